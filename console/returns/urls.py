"""Addresses below /returns/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.returns import list_views, send_views

app_name = "returns"
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
]
