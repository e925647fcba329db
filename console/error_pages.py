"""The page for what went wrong on our side. It needs neither the database nor a release, which may be what is wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.request_ids import id_of


def server_error(request: HttpRequest) -> HttpResponse:
    """An error nobody foresaw; the page has the number by which the log knows it."""
    return HttpResponse(_page(request, "500.html"), status=500)


def _page(request: HttpRequest, template: str) -> bytes:
    # Without the request: its session and its user are in the database.
    return render(None, template, {"number": id_of(request)}).content
