"""Addresses below /alerts/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.alerts import one, views

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("", views.tonight, name="list"),
    path("alerts.csv", views.export_csv, name="csv"),
    path("alerts.xlsx", views.export_xlsx, name="xlsx"),
    path("several/", views.several, name="several"),
    path("views/", views.save_view, name="save-view"),
    path("views/<int:view_id>/", views.forget_view, name="forget-view"),
    path("<str:alert_id>/", one.one_alert, name="one"),
    path("<str:alert_id>/assign/", one.assign, name="assign"),
    path("<str:alert_id>/years.svg", one.years_chart, name="years"),
    path("<str:alert_id>/peers.svg", one.peers_chart, name="peers"),
]
