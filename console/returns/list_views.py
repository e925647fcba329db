"""Returns: how each stands, every file that came, and what two versions say differently."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.timezone import localdate

from console.access.audit import recorded
from console.access.clusters import limit_to_cluster, own_cluster, user_of
from console.access.roles import AGENCY
from console.downloads import csv_response
from console.paging import A_PAGE
from console.releases import NoReleaseError, release_of
from console.returns.checking import in_parts
from console.returns.differences import Difference, differences
from console.returns.models import Sent
from console.returns.programme import cluster_name, programme
from console.returns.states import STATES, names_of, open_questions, receipts, standing_of, standings
from console.returns.uploads import forget_old
from reporting.figures import ReportError
from reporting.year_form import write_year_form
from workspace.records import DamagedError

# The tables of a return as its reader knows them.
_SHEETS = {
    "cover": "Cover", "roll_call": "Roll call", "organisations": "Organisations", "outcomes": "Outcomes",
    "support": "Support", "referrals": "Referrals", "brokerage": "Brokerage", "funding": "Funding",
    "action_plan": "Action plan", "hub": "Hub",
}  # fmt: skip
_UNPROCESSABLE = 422


def returns_list(request: HttpRequest) -> HttpResponse:
    """One row for each cluster and year that the reader sees; filters stand in the address."""
    forget_old(Path(settings.HOME) / "uploads")
    release, own = release_of(request), own_cluster(user_of(request))
    everything = standings(release, programme(), today=localdate(), cluster_id=own)
    asked = {name: request.GET.get(name, "") for name in ("cluster", "year", "state")}
    chosen = [
        one
        for one in everything
        if asked["cluster"] in ("", one.cluster_id)
        and asked["year"] in ("", one.reporting_year)
        and asked["state"] in ("", one.state)
    ]
    clusters = sorted({(one.cluster_id, one.cluster_name) for one in everything}, key=lambda one: one[1])
    years = sorted({one.reporting_year for one in everything}, reverse=True)
    filters = [
        ("cluster", "Cluster", clusters, asked["cluster"]),
        ("year", "Reporting year", [(year, year) for year in years], asked["year"]),
        ("state", "State", [(state, state.capitalize()) for state in STATES], asked["state"]),
    ]
    about = {
        "page": Paginator(chosen, A_PAGE).get_page(request.GET.get("page")),
        "filters": [one for one in filters if len(one[2]) > 1],
        "states": STATES,
        "may_send": user_of(request).role == AGENCY,
        "refused": [one for one in receipts(release) if one["state"] == "refused"] if own is None else [],
        "as_of": date.fromisoformat(release.as_of),
    }
    return render(request, "returns/list.html", about)


def one_return(request: HttpRequest, cluster_id: str, year: str) -> HttpResponse:
    """One cluster and year: its state, every file that came and every version of it."""
    release, is_agency = release_of(request), user_of(request).role == AGENCY
    standing = standing_of(release, cluster_id, year)
    signed = limit_to_cluster(Sent.objects.filter(cluster_id=cluster_id, reporting_year=year), user_of(request))
    files = []
    for one in receipts(release, cluster_id):
        sent = [sent for sent in signed if sent.inbox_name in names_of(one)]
        if one["reporting_year"] == year or sent:
            files.append(one | {"sent": sent})
    known = {sent.pk for one in files for sent in one["sent"]}
    versions = sorted((one for one in files if one["version"]), key=lambda one: one["version"])
    about = {
        "standing": standing,
        "files": files,
        "waiting": [sent for sent in signed if sent.pk not in known],
        "versions": versions,
        "last_two": versions[-2:] if len(versions) > 1 else [],
        "may_send": is_agency,
        "parts": in_parts({"alerts": open_questions(release, cluster_id, year)}) if is_agency else [],
    }
    return render(request, "returns/one.html", about)


def version_differences(request: HttpRequest, cluster_id: str, year: str) -> HttpResponse:
    """What one version of a return says differently from another."""
    standing = standing_of(release_of(request), cluster_id, year)
    versions, first, second, found = _compared(request, cluster_id, year)
    page = Paginator(found or [], A_PAGE).get_page(request.GET.get("page"))
    about = {
        "standing": standing,
        "versions": versions,
        "first": first,
        "second": second,
        "page": page,
        "rows": [_as_row(one) for one in page],
        "columns": list(_COLUMNS.items()),
        "problem": "" if found is not None else "Choose two versions of this return that are kept here.",
    }
    return render(request, "returns/differences.html", about, status=200 if found is not None else _UNPROCESSABLE)


@recorded("download")
def differences_csv(request: HttpRequest, cluster_id: str, year: str) -> HttpResponseBase:
    """The same differences, all of them, as a file."""
    _, first, second, found = _compared(request, cluster_id, year)
    if found is None:
        raise Http404
    name = f"differences-{cluster_id}-{year}-{first}-{second}"
    rows = ({heading: _as_row(one)[key] for key, heading in _COLUMNS.items()} for one in found)
    return csv_response(name, list(_COLUMNS.values()), rows)


@recorded("download")
def year_form(request: HttpRequest, cluster_id: str, year: str) -> HttpResponseBase:
    """The form of a cluster for a year, with last year's organisations and answers in it."""
    try:
        figures = release_of(request).figures()
    except NoReleaseError:
        figures = None
    scheme = programme()
    with tempfile.TemporaryDirectory(prefix="returns-form-") as folder:
        target = Path(folder) / "form.xlsx"
        try:
            write_year_form(
                scheme, cluster_id, year, target, figures=figures, landed=_landed(), created_at=timezone.now()
            )
        except ReportError as error:
            raise Http404 from error
        content = target.read_bytes()
    return FileResponse(
        io.BytesIO(content), as_attachment=True, filename=f"{cluster_name(cluster_id, scheme)} return {year}.xlsx"
    )


_COLUMNS = {"subject": "About", "sheet": "Sheet", "label": "Figure or answer", "before": "Before", "after": "After"}


def _as_row(one: Difference) -> dict[str, Any]:
    sheet = _SHEETS.get(one.table, one.table)
    return {
        "subject": one.subject or sheet, "sheet": sheet, "label": one.label, "before": one.before, "after": one.after,
    }  # fmt: skip


def _compared(
    request: HttpRequest, cluster_id: str, year: str
) -> tuple[list[dict[str, Any]], int, int, list[Difference] | None]:
    """The versions of a return, the two that are asked for, and their differences; None where there are not two."""
    versions = sorted(
        (one for one in receipts(release_of(request), cluster_id) if one["version"] and one["reporting_year"] == year),
        key=lambda one: one["version"],
    )
    numbers = {one["version"]: one["receipt_id"] for one in versions}
    last = len(versions)
    first, second = _number(request, "from", last - 1), _number(request, "to", last)
    if first not in numbers or second not in numbers:
        return versions, first, second, None
    try:
        return versions, first, second, differences(_landed(), numbers[first], numbers[second])
    except (FileNotFoundError, DamagedError):  # the next run lands what is damaged again
        return versions, first, second, None


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else usual if not text else 0  # noqa: PLR2004


def _landed() -> Path:
    return Path(settings.HOME) / "landed"
