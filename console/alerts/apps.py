"""The Django application `alerts`."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What looks wrong tonight, and the rules that say so."""

    name = "console.alerts"
    label = "alerts"
