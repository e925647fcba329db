"""One alert: what it says, what it rests on, what was decided, and the forms to decide and to assign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from console.access.audit import record
from console.access.clusters import user_of
from console.access.models import User
from console.access.roles import STEWARD
from console.alerts.catalogue import rules
from console.alerts.evidence import Peers, peers, row_as_sent, row_of, years_as_sent
from console.alerts.forms import AssignForm, DecisionForm
from console.alerts.listing import Listing
from console.alerts.live import STATES, live_of
from console.alerts.models import Assignment
from console.charts import svg_response
from console.decisions.decide import DecisionError, decide, history
from console.decisions.kinds import KINDS, REASONS, WAITING
from console.decisions.models import Decision
from console.queries.models import Letter
from console.releases import Release, release_of
from console.returns.programme import programme
from reporting.charts import band_chart, bar_chart

_UNPROCESSABLE = 422
_EARLIER = 10
_ABOUT = (
    ("organisation_name", "Organisation"), ("cluster_name", "Cluster"), ("reporting_year", "Reporting year"),
    ("label", "Field"), ("observed", "What was sent"), ("expected", "What was expected"),
    ("hypothesis", "What may have happened"), ("impact", "Impact"), ("ask", "What the lead agency is asked"),
    ("place", "Where it stands"), ("first_seen_on", "First seen"), ("times_seen", "Nights seen"),
)  # fmt: skip
_YEARS = (
    ("reporting_year", "Reporting year"), ("typed", "As it was typed"), ("value", "Figure", "numeric"),
    ("low", "Expected from", "numeric"), ("high", "Expected to", "numeric"),
)  # fmt: skip
_CHANGES = (("change", "Change since the year before"), ("organisations", "Organisations", "numeric"))
_CELLS = (("label", "Heading"), ("cell", "Cell"), ("typed", "Typed"), ("understood", "Understood"))


def one_alert(request: HttpRequest, alert_id: str) -> HttpResponse:
    """One alert, all that it rests on, what was decided about it, and the form to decide."""
    release = release_of(request)
    alert = _found(release, alert_id)
    made = history("default", alert_id)
    form = DecisionForm(request.POST or None, initial={"seen": made[-1].pk if made else 0})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _decided(request, alert, form):
            messages.success(request, "Your decision is kept. It counts from the next night on.")
            return redirect("alerts:one", alert_id=alert_id)
        status = _UNPROCESSABLE
        made = history("default", alert_id)
    live = live_of(release)
    alert |= {"status": live.status.get(alert_id, alert["status"]), "place": _place(alert)}
    assigned = live.assigned.get(alert_id, "")
    found = _evidence(release, alert_id)
    years = found.years
    context = {
        "alert": alert,
        "state": STATES.get(alert["status"], alert["status"]),
        "letter": _letter(alert_id) if alert["status"] in (WAITING, "explained") else None,
        "about": [
            (label, release.year_shown(alert[name]) if name == "reporting_year" else alert[name])
            for name, label in _ABOUT
            if alert[name] is not None
        ],
        "rule": rules().get(alert["rule_code"]),
        "row": found.row,
        "years": _with_band(alert, years),
        "years_alt": _years_in_words(alert, years),
        "years_caption": f"{alert['label']}, year by year",
        "years_columns": _YEARS,
        "peers_columns": _CHANGES,
        "row_columns": _CELLS,
        "peers": _peers_in_words(found.peers),
        "same_row": found.same_row,
        "history": [(decision, KINDS[decision.kind][0], REASONS.get(decision.reason, "")) for decision in made],
        "of_organisation": _earlier(alert, alert__organisation_id=alert["organisation_id"])
        if alert["organisation_id"]
        else [],
        "of_rule": _earlier(alert, alert__rule_code=alert["rule_code"]),
        "assignments": Assignment.objects.filter(alert_id=alert_id),
        "assigned": _name(assigned),
        "assign_form": AssignForm(initial={"assigned_to": assigned}),
        "form": form,
        "may_decide": user_of(request).role == STEWARD,
    }
    return render(request, "alerts/one.html", context, status=status)


@require_POST
def assign(request: HttpRequest, alert_id: str) -> HttpResponse:
    """Give an alert to a steward, or to nobody."""
    _found(release_of(request), alert_id)
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "An alert can be given to a steward who may sign in, or to nobody.")
        return redirect("alerts:one", alert_id=alert_id)
    assign_to(request, [alert_id], form.cleaned_data["assigned_to"])
    return redirect("alerts:one", alert_id=alert_id)


def assign_to(request: HttpRequest, alert_ids: list[str], email: str) -> None:
    """Write down who looks after these alerts from now on, and say so on the next page."""
    by, at = user_of(request).email, timezone.localtime()
    Assignment.objects.bulk_create(
        [Assignment(alert_id=one, assigned_to=email, assigned_by=by, assigned_at=at) for one in alert_ids]
    )
    what = "1 alert" if len(alert_ids) == 1 else f"{len(alert_ids)} alerts"
    messages.success(request, f"{what}: looked after by {_name(email)}.")


def years_chart(request: HttpRequest, alert_id: str) -> HttpResponse:
    """The organisation's years as a line, with the range that was expected of the last."""
    release = release_of(request)
    alert = _found(release, alert_id)
    years = _with_band(alert, _evidence(release, alert_id).years)
    if not years:
        raise Http404
    return svg_response(band_chart(years, x="reporting_year", y="value", low="low", high="high", number=",.0f"))


def peers_chart(request: HttpRequest, alert_id: str) -> HttpResponse:
    """How many organisations changed by how much, with the alert's own marked."""
    release = release_of(request)
    _found(release, alert_id)
    found = _evidence(release, alert_id).peers
    if found is None:
        raise Http404
    return svg_response(
        bar_chart(_bars(found), label="change", value="organisations", title="Organisations", number=",.0f")
    )


def _letter(alert_id: str) -> Letter | None:
    """The letter that asks about an alert: the last one that did."""
    return Letter.objects.filter(questions__alert=alert_id).order_by("-pk").first()


def _found(release: Release, alert_id: str) -> dict[str, Any]:
    """The alert as the release has it; one that fires no more as it was last seen."""
    found = release.query("select * from alerts where alert_id = ?", [alert_id])
    if found:
        return found[0]
    closed = Listing.closed(release, alert_id)
    if closed is None:
        raise Http404
    return closed


def _decided(request: HttpRequest, alert: dict[str, Any], form: DecisionForm) -> bool:
    verdict = form.verdict()
    try:
        decide(
            "default",
            [alert["alert_id"]],
            verdict,
            by=user_of(request).email,
            at=timezone.localtime(),
            after=form.cleaned_data["seen"],
            bounds=programme().bounds,
        )
    except DecisionError as error:
        form.add_error(None, str(error))
        return False
    record(request, "decision", f"{verdict.kind}: {alert['rule_code']} {alert['alert_id']}")
    return True


@dataclass(frozen=True)
class _Evidence:
    """What an alert of a release rests on; it never changes."""

    row: list[dict[str, Any]]
    years: list[dict[str, Any]]
    peers: Peers | None
    same_row: list[dict[str, Any]]


@lru_cache(maxsize=256)
def _evidence(release: Release, alert_id: str) -> _Evidence:
    alert, landed = _found(release, alert_id), settings.HOME / "landed"
    years = years_as_sent(release, landed, alert)
    return _Evidence(row_as_sent(landed, alert), years, peers(release, landed, alert, years), _same_row(release, alert))


def _with_band(alert: dict[str, Any], years: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The years, and beside the alert's own the range that was expected, where there is one."""
    return [
        one
        | {
            "low": alert["expected_low"] if one["reporting_year"] == alert["reporting_year"] else None,
            "high": alert["expected_high"] if one["reporting_year"] == alert["reporting_year"] else None,
        }
        for one in years
    ]


def _place(alert: dict[str, Any]) -> str | None:
    parts = ((alert["file_name"], "{}"), (alert["sheet"], "sheet {}"), (alert["cell"], "cell {}"))
    return ", ".join(words.format(value) for value, words in parts if value) or None


def _years_in_words(alert: dict[str, Any], years: list[dict[str, Any]]) -> str:
    told = "; ".join(f"{one['reporting_year']}: {one['typed'] or 'nothing'}" for one in years)
    expected = f" Expected: {alert['expected']}." if alert["expected"] else ""
    return f"{told}.{expected}"


def _peers_in_words(found: Peers | None) -> dict[str, Any] | None:
    if found is None:
        return None
    words = (
        f"Half of the {found.organisations} organisations that gave this figure in both years changed by a factor "
        f"between {found.lower_quartile:.2f} and {found.upper_quartile:.2f}; the middle is {found.median:.2f}."
    )
    own = "" if found.own is None else f" This one changed by a factor of {found.own:,.2f}."
    return {"words": words + own, "rows": _bars(found)}


def _bars(found: Peers) -> list[dict[str, Any]]:
    return [
        {"change": f"{words} (this one)" if mine else words, "organisations": many}
        for words, many, mine in found.classes
    ]


def _same_row(release: Release, alert: dict[str, Any]) -> list[dict[str, Any]]:
    """The other alerts of tonight on the same row of the same sheet."""
    row = row_of(alert)
    if row is None:
        return []
    return release.query(
        """
        select alert_id, rule_code, severity, label, message from alerts
        where receipt_id = ? and sheet = ? and regexp_extract(cell, '[0-9]+$') = ? and alert_id <> ?
        order by rule_code, label, alert_id
        """,
        [alert["receipt_id"], alert["sheet"], str(row), alert["alert_id"]],
    )


def _earlier(alert: dict[str, Any], **same: object) -> list[Decision]:
    """The last decisions about other alerts that have something in common with this one, the newest first."""
    made = Decision.objects.filter(**same).exclude(alert_id=alert["alert_id"])
    return list(made.select_related("alert").order_by("-pk")[:_EARLIER])


def _name(email: str) -> str:
    """The name of a user; the address itself where there is none by it, and "nobody" for none."""
    known = User.objects.filter(email=email).first() if email else None
    return known.name if known else email or "nobody"
