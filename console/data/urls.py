"""Addresses below /data/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from console.data import views

app_name = "data"
urlpatterns: list[URLPattern] = [
    path("", views.marts, name="marts"),
    path("marts/<slug:name>/", views.mart, name="mart"),
    re_path(r"^marts/(?P<name>\w+)\.(?P<form>csv|xlsx|parquet)$", views.mart_file, name="mart-file"),
]
