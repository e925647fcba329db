"""The Django application `kpis`."""

from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """KPIs: targets, figures, paths."""

    name = "console.kpis"
    label = "kpis"
