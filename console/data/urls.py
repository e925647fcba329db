"""Addresses below /data/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from console.data import releases_views, sql_views, views

app_name = "data"
urlpatterns: list[URLPattern] = [
    path("", views.marts, name="marts"),
    path("marts/<slug:name>/", views.mart, name="mart"),
    path("public.xlsx", views.public_tables, name="public-tables"),
    path("sql/", sql_views.sql, name="sql"),
    path("sql.csv", sql_views.sql_file, name="sql-file"),
    path("releases/", releases_views.releases, name="releases"),
    path("releases/<slug:release_id>/", releases_views.release, name="release"),
    path("releases/<slug:release_id>/marts/", views.marts, name="release-marts"),
    path("releases/<slug:release_id>/marts/<slug:name>/", views.mart, name="release-mart"),
    re_path(
        r"^releases/(?P<release_id>[\w-]+)/marts/(?P<name>\w+)\.(?P<form>csv|xlsx|parquet)$",
        views.mart_file,
        name="release-mart-file",
    ),
    re_path(r"^marts/(?P<name>\w+)\.(?P<form>csv|xlsx|parquet)$", views.mart_file, name="mart-file"),
]
