"""Sign-ins, wrong passwords and sign-outs, written into the audit log as Django tells of them."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from console.access.audit import record
from console.access.models import User
from console.access.sign_on import BACKEND


def _known(email: object) -> User | None:
    """The user of an address; what else was typed there may be a password, and is not written down."""
    return User.objects.filter(email=str(email or "").strip().lower()).first()


def _signed_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    by_password = getattr(user, "backend", "") != BACKEND
    record(request, "sign-in", "" if by_password else "by single sign-on", user=user)


def _signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        record(request, "sign-out", user=user)


def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    user = _known(credentials.get("username"))
    record(request, "sign-in-refused", "" if user else "an address that is no user's", user=user)


def _locked(request: HttpRequest | None, username: str, **_: Any) -> None:
    user = _known(username)
    record(request, "locked", "" if user else "an address that is no user's", user=user)


def listen() -> None:
    """From now on every sign-in is written down."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_refused, dispatch_uid="audit")
    user_locked_out.connect(_locked, dispatch_uid="audit")
