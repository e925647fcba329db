"""Addresses below /rules/."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "rules"
urlpatterns: list[URLPattern] = []
