"""Addresses below /returns/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from console.returns import figures_views, list_views, send_views

app_name = "returns"
_YEAR = r"^(?P<cluster_id>[^/]+)/(?P<year>[^/]+)"
_TABLE = r"tables/(?P<table>[\w-]+)\.(?P<form>csv|xlsx)$"
urlpatterns: list[URLPattern] = [
    path("", list_views.returns_list, name="list"),
    path("check/", send_views.upload_return, name="check"),
    path("check/<str:token>/", send_views.checked_return, name="checked"),
    path("check/<str:token>/send/", send_views.send_return, name="send"),
    path("receipts/<int:number>/", send_views.receipt, name="receipt"),
    path("<str:cluster_id>/<str:year>/", list_views.one_return, name="one"),
    path("<str:cluster_id>/<str:year>/form/", list_views.year_form, name="form"),
    path("<str:cluster_id>/<str:year>/differences/", list_views.version_differences, name="differences"),
    path("<str:cluster_id>/<str:year>/differences.csv", list_views.differences_csv, name="differences-csv"),
    path("<str:cluster_id>/<str:year>/figures/", figures_views.cluster_figures, name="figures"),
    re_path(rf"{_YEAR}/figures/{_TABLE}", figures_views.figures_file, name="figures-file"),
    path(
        "<str:cluster_id>/<str:year>/organisations/<str:organisation_id>/",
        figures_views.organisation,
        name="organisation",
    ),
    path(
        "<str:cluster_id>/<str:year>/organisations/<str:organisation_id>/charts/<slug:table>.svg",
        figures_views.organisation_chart,
        name="organisation-chart",
    ),
    re_path(
        rf"{_YEAR}/organisations/(?P<organisation_id>[^/]+)/{_TABLE}",
        figures_views.figures_file,
        name="organisation-file",
    ),
]
