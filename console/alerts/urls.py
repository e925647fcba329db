"""Addresses below /alerts/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.alerts import views

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("", views.tonight, name="list"),
    path("<str:alert_id>/", views.one_alert, name="one"),
]
