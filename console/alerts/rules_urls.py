"""Addresses below /rules/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.alerts import rules_views

app_name = "rules"
urlpatterns: list[URLPattern] = [
    path("", rules_views.catalogue, name="list"),
    path("<str:code>/", rules_views.one_rule, name="one"),
]
