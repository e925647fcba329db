"""Alerts tonight, worst first, and one alert, about which a steward decides without leaving the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from console.access.clusters import user_of
from console.access.roles import STEWARD
from console.decisions.decide import DecisionError, Verdict, decide, history
from console.decisions.kinds import KINDS, REASONS
from console.decisions.models import Decision
from console.releases import Release, release_of

_A_PAGE = 50
_FILTERS = {
    "cluster_id": "Cluster", "rule_code": "Rule", "severity": "Severity", "dimension": "Dimension", "field": "Field",
}  # fmt: skip


class DecisionForm(forms.Form):
    """What a steward decides, and why."""

    kind = forms.ChoiceField(label="Decision", choices=[(kind, about[0]) for kind, about in KINDS.items()])
    reason = forms.ChoiceField(
        label="Reason, where the figure is correct", choices=[("", "None"), *REASONS.items()], required=False
    )
    explanation = forms.CharField(label="Explanation", widget=forms.Textarea, required=False)
    new_value = forms.FloatField(label="Figure to count in its place", required=False)
    source = forms.CharField(label="Where that figure comes from", required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class _Found:
    """The alerts that fit, counted and cut to a page by DuckDB."""

    def __init__(self, release: Release, asked: dict[str, str]) -> None:
        self._release, self._values = release, list(asked.values())
        self._where = " and ".join(f"{column} = ?" for column in asked) or "true"

    def count(self) -> int:
        """How many fit."""
        return int(self._release.query(f"select count(*) as n from alerts where {self._where}", self._values)[0]["n"])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[dict[str, Any]]:
        return self._release.query(
            f"""
            select * from alerts where {self._where}
            order by
                case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
                impact_ratio desc nulls last, reporting_year desc nulls last,
                rule_code, cluster_name, organisation_name, label, alert_id
            limit {cut.stop - cut.start} offset {cut.start}
            """,
            self._values,
        )


def tonight(request: HttpRequest) -> HttpResponse:
    """The alerts of the release, worst first, with what was decided since; filters stand in the address."""
    release = release_of(request)
    asked = {name: request.GET[name] for name in _FILTERS if request.GET.get(name)}
    # Paginator asks for a count and for slices, and for nothing else of a sequence
    found: Any = _Found(release, asked)
    page: Page[dict[str, Any]] = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    rows = _with_live_status(release, list(page))
    choices = {
        name: [row[name] for row in release.query(f"select distinct {name} from alerts where {name} <> '' order by 1")]
        for name in _FILTERS
    }
    shown = [(name, label, choices[name], asked.get(name, "")) for name, label in _FILTERS.items()]
    return render(request, "alerts/list.html", {"page": page, "rows": rows, "filters": shown})


def one_alert(request: HttpRequest, alert_id: str) -> HttpResponse:
    """One alert, what was decided about it, and the form to decide."""
    release = release_of(request)
    found = release.query("select * from alerts where alert_id = ?", [alert_id])
    if not found:
        raise Http404
    made = history("default", alert_id)
    form = DecisionForm(request.POST or None, initial={"seen": made[-1].pk if made else 0})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _decided(request, alert_id, form):
            messages.success(request, "Your decision is kept. It counts from the next night on.")
            return redirect("alerts:one", alert_id=alert_id)
        status = 422
    alert = _with_live_status(release, found)[0]
    about = [
        (label, alert[name])
        for name, label in (
            ("rule_title", "Rule"), ("organisation_name", "Organisation"), ("cluster_name", "Cluster"),
            ("reporting_year", "Reporting year"), ("label", "Field"), ("observed", "What was sent"),
            ("expected", "What was expected"), ("hypothesis", "What may have happened"), ("impact", "Impact"),
            ("ask", "What the lead agency is asked"), ("file_name", "File"), ("sheet", "Sheet"), ("cell", "Cell"),
        )
    ]  # fmt: skip
    made_in_words = [(decision, KINDS[decision.kind][0], REASONS.get(decision.reason, "")) for decision in made]
    context = {"alert": alert, "about": about, "history": made_in_words, "form": form}
    context["may_decide"] = user_of(request).role == STEWARD
    return render(request, "alerts/one.html", context, status=status)


def _decided(request: HttpRequest, alert_id: str, form: DecisionForm) -> bool:
    told = form.cleaned_data
    verdict = Verdict(
        told["kind"], told["explanation"], told["reason"], new_value=told["new_value"], source=told["source"]
    )
    try:
        decide("default", [alert_id], verdict, by=user_of(request).email, at=timezone.now(), after=told["seen"])
    except DecisionError as error:
        form.add_error(None, str(error))
        return False
    return True


def _with_live_status(release: Release, alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same alerts; the status of those decided about since the release is the one that the decision gives."""
    known = release.query("select coalesce(max(decision_id), 0) as n from decisions")[0]["n"]
    since = Decision.objects.filter(alert_id__in=[alert["alert_id"] for alert in alerts], pk__gt=known).order_by("pk")
    live = {decision.alert_id: KINDS[decision.kind][1] for decision in since}
    return [alert | {"status": live.get(alert["alert_id"], alert["status"])} for alert in alerts]
