"""Whose wrong passwords are counted together: the same account, however it is written, from the same machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from console.access.addresses import visitor_of

_LONGEST_ADDRESS = 254  # of an e-mail address; PostgreSQL keeps no more of what was typed in its place


def account(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The account that somebody tries, as it is looked up: `Jo@Example.org ` is `jo@example.org`."""
    tried = (credentials or request.POST).get("username") or ""
    return tried.strip().lower()[:_LONGEST_ADDRESS]


def machine(request: HttpRequest) -> str | None:
    """The address of the visitor: through our proxies what they wrote down, else who speaks to us."""
    return visitor_of(
        str(request.META.get("REMOTE_ADDR") or ""),
        request.headers.get("X-Forwarded-For", ""),
        proxies=settings.PROXIES,
    )


def locked_accounts() -> frozenset[str]:
    """The accounts that too many wrong passwords keep shut now, from one machine or from several."""
    pause = get_cool_off()
    assert pause is not None
    tried = AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - pause).values("username", "ip_address")
    shut = tried.annotate(failures=Sum("failures_since_start")).filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    return frozenset(shut.order_by().values_list("username", flat=True))


def forget_the_future() -> None:
    """Forget wrong passwords and sessions that a clock which was ahead dated after now.

    Such passwords would keep an account shut until that day, and such sessions would stay open until then.
    """
    now = timezone.now()
    AccessAttempt.objects.filter(attempt_time__gt=now).delete()
    Session.objects.filter(expire_date__gt=now + timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()


def unlock(email: str) -> None:
    """Forget the wrong passwords of an account, from every machine."""
    reset(username=email)
