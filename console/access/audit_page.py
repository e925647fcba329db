"""The audit log as a page and as a file, for administrators."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime

from console.access.audit import recorded
from console.access.models import EVENTS, AuditEntry
from console.downloads import csv_response

_ON_A_PAGE = 50


def audit(request: HttpRequest) -> HttpResponse:
    """Who did what and when, the newest first, narrowed by the address: `who`, `what`, `since`."""
    entries, problem = _chosen(request)
    page = Paginator(entries, _ON_A_PAGE).get_page(request.GET.get("page"))
    told = {"page": page, "events": EVENTS, "chosen": request.GET, "problem": problem, "query": request.GET.urlencode()}
    return render(request, "access/audit.html", told, status=422 if problem else 200)


@recorded("download")
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same entries, all of them, as CSV."""
    entries, _ = _chosen(request)
    columns = ("at", "who", "role", "what", "about")
    rows = entries.values(*columns).iterator()
    return csv_response("audit", columns, (row | {"at": localtime(row["at"]).isoformat()} for row in rows))


def _chosen(request: HttpRequest) -> tuple[QuerySet[AuditEntry], str]:
    """The entries that the address asks for, and what is wrong with it."""
    entries = AuditEntry.objects.all()
    if who := request.GET.get("who", "").strip():
        entries = entries.filter(who__icontains=who)
    if what := request.GET.get("what", ""):
        entries = entries.filter(what=what)
    if since := request.GET.get("since", "").strip():
        try:
            entries = entries.filter(at__date__gte=date.fromisoformat(since))
        except ValueError:
            return entries.none(), f"{since} is not a day. Write it like 2026-03-31."
    return entries, ""
