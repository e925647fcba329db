"""The Django application `access`."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may see and do what: sign-in, roles, users."""

    name = "console.access"
    label = "access"

    def ready(self) -> None:
        """Let the audit log hear of sign-ins."""
        from console.access.sign_ins import listen

        listen()
