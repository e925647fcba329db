"""Addresses below /returns/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.returns import send_views

app_name = "returns"
urlpatterns: list[URLPattern] = [
    path("check/", send_views.upload_return, name="check"),
    path("check/<str:token>/", send_views.checked_return, name="checked"),
    path("check/<str:token>/send/", send_views.send_return, name="send"),
    path("receipts/<int:number>/", send_views.receipt, name="receipt"),
]
