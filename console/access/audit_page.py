"""The audit log as a page and as a file, for administrators."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime

from console.access.audit import recorded
from console.access.models import EVENTS, AuditEntry
from publishing.tables import harmless_value

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
    response = StreamingHttpResponse(_lines(entries), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


class _Echo:
    """What `csv` writes into, and gets back line by line."""

    def write(self, line: str) -> str:
        return line


def _lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(["at", "who", "role", "what", "about"]))
    for entry in entries.iterator():
        cells = (localtime(entry.at).isoformat(), entry.who, entry.role, entry.what, entry.about)
        yield str(writer.writerow([harmless_value(cell) for cell in cells]))


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
