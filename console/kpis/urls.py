"""Addresses below /kpis/."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "kpis"
urlpatterns: list[URLPattern] = []
