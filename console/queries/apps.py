"""The Django application `queries`."""

from __future__ import annotations

from django.apps import AppConfig


class QueriesConfig(AppConfig):
    """Questions to lead agencies and their answers."""

    name = "console.queries"
    label = "queries"
