"""Addresses below /kpis/."""

from __future__ import annotations

from django.urls import path

from console.kpis import views

app_name = "kpis"
urlpatterns = [
    path("", views.programme, name="programme"),
]
