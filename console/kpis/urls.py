"""Addresses below /kpis/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from console.kpis import views

app_name = "kpis"
urlpatterns: list[URLPattern] = [
    path("", views.programme, name="programme"),
    path("all/", views.every_kpi, name="list"),
    path("<slug:name>/", views.one_kpi, name="one"),
    path("<slug:name>/charts/<slug:table>.svg", views.chart, name="chart"),
    re_path(r"^(?P<name>[\w-]+)/tables/(?P<table>[\w-]+)\.(?P<form>csv|xlsx)$", views.table_file, name="table"),
]
