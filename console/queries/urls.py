"""Addresses below /queries/."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "queries"
urlpatterns: list[URLPattern] = []
