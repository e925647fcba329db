"""Addresses below /data/."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "data"
urlpatterns: list[URLPattern] = []
