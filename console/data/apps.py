"""The Django application `data`."""

from __future__ import annotations

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Marts, SQL and releases."""

    name = "console.data"
    label = "data"
