"""The Django application `returns`."""

from __future__ import annotations

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """Returns: their state, versions, and the upload by lead agencies."""

    name = "console.returns"
    label = "returns"
