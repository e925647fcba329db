"""The one gate that every request passes: it lets through what the matrix says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from console.access.clusters import check_own_cluster
from console.access.matrix import PAGES, Page
from console.access.models import User
from console.access.sign_on import has_signed_on

_UNWRITTEN = Page()
# Where somebody may go whose password was good for one time only.
_BEFORE_A_NEW_PASSWORD = frozenset({"access:password", "access:sign-out"})


def _knows(request: HttpRequest, setting: str) -> bool:
    """Whether a machine that reads a page shows the token that the settings name; where there is none, nobody does."""
    token = str(getattr(settings, setting))
    shown = request.headers["Authorization"].removeprefix("Bearer ").strip()
    return bool(token) and request.method in {"GET", "HEAD"} and compare_digest(shown.encode(), token.encode())


class Gate:
    """Middleware that holds every view to the matrix."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; `process_view` decides."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _words: object, named: dict[str, Any]
    ) -> HttpResponseBase | None:
        """None where the request may go on, the sign-in page for a stranger.

        Raises PermissionDenied, Http404, or BadRequest for a character that no text has and PostgreSQL cannot keep.
        """
        if any("\0" in text for sent in (request.GET, request.POST) for _, texts in sent.lists() for text in texts):
            raise BadRequest
        name = request.resolver_match.view_name if request.resolver_match else ""
        page = PAGES.get(name, _UNWRITTEN)
        if page.anybody:
            return None
        if page.token and "Authorization" in request.headers:
            return (
                None if _knows(request, page.token) else HttpResponse("This token is not the right one.\n", status=401)
            )
        if not isinstance(request.user, User):
            back = request.get_full_path() if request.method == "GET" else reverse("access:home")
            return redirect_to_login(back, reverse("access:sign-in"))
        if not page.admits(request.method or "", request.user.role):
            raise PermissionDenied
        if request.user.must_change_password and not has_signed_on(request) and name not in _BEFORE_A_NEW_PASSWORD:
            return redirect("access:password")
        if "cluster_id" in named:
            check_own_cluster(request.user, named["cluster_id"])
        return None
