"""The Django application `access`."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may see and do what: sign-in, roles, users."""

    name = "console.access"
    label = "access"
