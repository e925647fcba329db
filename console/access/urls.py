"""Addresses of signing in and out."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from console.access import audit_page, health, metrics, sign_on, users, views

app_name = "access"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("single-sign-on/", sign_on.Start.as_view(), name="single-sign-on"),
    path("single-sign-on/back/", sign_on.Back.as_view(), name="single-sign-on-back"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("password/", users.own_password, name="password"),
    path("users/", users.users, name="users"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/password/", users.new_password, name="user-password"),
    path("users/<int:user_id>/unlock/", users.unlock, name="user-unlock"),
    path("audit/", audit_page.audit, name="audit"),
    path("audit.csv", audit_page.audit_csv, name="audit-csv"),
    path("health/", health.health, name="health"),
    path("metrics", metrics.metrics, name="metrics"),
]
