"""Whose wrong passwords are counted together: the same account, however it is written, from the same machine."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest


def account(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The account that somebody tries, as it is looked up: `Jo@Example.org ` is `jo@example.org`."""
    tried = (credentials or request.POST).get("username") or ""
    return tried.strip().lower()


def machine(request: HttpRequest) -> str | None:
    """The address of the visitor.

    Behind a proxy that is the last one that the proxy wrote down: those before it are what the visitor says himself.
    """
    if settings.BEHIND_PROXY:
        told = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if told:
            return told
    address = request.META.get("REMOTE_ADDR")
    return str(address) if address else None
