"""Alerts tonight, worst first: the list, the same as a file, views kept for oneself, and many decided at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from console.access.audit import record, recorded
from console.access.clusters import user_of
from console.access.models import User
from console.access.roles import STEWARD
from console.alerts.forms import AssignForm, SeveralForm
from console.alerts.listing import COLUMNS, Listing, filters
from console.alerts.live import STATES, live_of
from console.alerts.models import SavedView
from console.alerts.one import assign_to
from console.decisions.decide import DecisionError, decide
from console.decisions.models import Alert, Decision
from console.downloads import csv_response, xlsx_response
from console.releases import release_of

_A_PAGE = 50
_MOST_AT_ONCE = 500
_MOST_VIEWS = 20
_LONGEST_NAME = 60
_UNPROCESSABLE = 422


def tonight(request: HttpRequest) -> HttpResponse:
    """The alerts of the release, worst first, with what was decided since; filters stand in the address."""
    listing = _listing(request)
    # Paginator asks for a count and for slices, and for nothing else of a sequence
    found: Any = listing
    page: Page[dict[str, Any]] = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    names = dict(User.objects.filter(email__in={row["assigned_to"] for row in rows}).values_list("email", "name"))
    for row in rows:
        row["state"] = STATES.get(row["status"], row["status"])
        row["looked_after_by"] = names.get(row["assigned_to"], row["assigned_to"])
    reader = user_of(request)
    asked = QueryDict(mutable=True)
    asked.update(listing.asked)
    context = {
        "page": page,
        "rows": rows,
        "filters": filters(release_of(request), listing.asked, reader),
        "asked": asked.urlencode(),
        "views": SavedView.objects.filter(owner=reader),
        "may_decide": reader.role == STEWARD,
        "most": _MOST_AT_ONCE,
    }
    return render(request, "alerts/list.html", context)


@recorded("download")
def export_csv(request: HttpRequest) -> HttpResponseBase:
    """Every alert that the filters of the address let through, as CSV."""
    return csv_response("alerts", COLUMNS, _listing(request).all())


@recorded("download")
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The same as an Excel workbook."""
    return xlsx_response("alerts", COLUMNS, _listing(request).all())


def several(request: HttpRequest) -> HttpResponse:
    """The alerts that were chosen on the list, and one form to decide about all of them or none."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = list(dict.fromkeys(asked.getlist("alert")))
    if request.method == "GET" and asked.get("all"):
        chosen = [row["alert_id"] for row in _listing(request)[0 : _MOST_AT_ONCE + 1]]
    if not chosen or len(chosen) > _MOST_AT_ONCE:
        what = f"{_MOST_AT_ONCE} alerts at the most" if chosen else "the alerts first: tick the boxes beside them"
        messages.error(request, f"Choose {what}.")
        return redirect("alerts:list")
    known = {one.pk: one for one in Alert.objects.filter(pk__in=chosen)}
    alerts = [known[one] for one in chosen if one in known]
    form = SeveralForm(request.POST if "kind" in asked or "decide" in asked else None, initial={"seen": _last(chosen)})
    status = 200
    if request.method == "POST" and "assign" in asked:
        given = AssignForm(request.POST)
        if given.is_valid():
            with transaction.atomic():
                assign_to(request, [one.pk for one in alerts], given.cleaned_data["assigned_to"])
            return redirect("alerts:list")
        status = _UNPROCESSABLE
    elif request.method == "POST":
        if form.is_valid() and _all_decided(request, chosen, form):
            messages.success(request, f"Your decision about {len(chosen)} alerts is kept.")
            return redirect("alerts:list")
        status = _UNPROCESSABLE
    context = {"alerts": alerts, "form": form, "assign_form": AssignForm()}
    return render(request, "alerts/several.html", context, status=status)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name; the same name again takes the place of the earlier."""
    reader, name = user_of(request), request.POST.get("name", "").strip()
    given = QueryDict(request.POST.get("filters", ""))
    kept = QueryDict(mutable=True)
    for one in filters(release_of(request), {}, reader):
        if given.get(one.name):
            kept[one.name] = given[one.name]
    address = f"{reverse('alerts:list')}?{kept.urlencode()}"
    others = SavedView.objects.filter(owner=reader).exclude(name=name).count()
    if not name or len(name) > _LONGEST_NAME:
        messages.error(request, "Give the view a name of up to 60 letters.")
    elif others >= _MOST_VIEWS:
        messages.error(request, f"You keep {_MOST_VIEWS} views. Remove one first.")
    else:
        SavedView.objects.update_or_create(owner=reader, name=name, defaults={"filters": kept.urlencode()[:1000]})
        messages.success(request, f"The view “{name}” is kept.")
    return redirect(address)


@require_POST
def forget_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Remove a view of one's own."""
    SavedView.objects.filter(owner=user_of(request), pk=view_id).delete()
    return redirect("alerts:list")


def _listing(request: HttpRequest) -> Listing:
    release = release_of(request)
    return Listing(release, live_of(release), request.GET.dict(), user_of(request))


def _last(alert_ids: list[str]) -> int:
    """The last decision about any of these alerts; 0 for none."""
    last = Decision.objects.filter(alert_id__in=alert_ids).order_by("-pk").first()
    return last.pk if last else 0


def _all_decided(request: HttpRequest, chosen: list[str], form: SeveralForm) -> bool:
    verdict = form.verdict()
    by, at = user_of(request).email, timezone.localtime()
    try:
        decide("default", chosen, verdict, by=by, at=at, after=form.cleaned_data["seen"])
    except DecisionError as error:
        form.add_error(None, str(error))
        return False
    record(request, "decision", f"{verdict.kind}: {len(chosen)} alerts, {' '.join(one[:8] for one in chosen)}")
    return True
