"""The Django application `decisions`."""

from __future__ import annotations

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Decisions and the register of alerts."""

    name = "console.decisions"
    label = "decisions"
    verbose_name = "Decisions about alerts"
