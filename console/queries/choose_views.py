"""Choose alerts, see which letters they make, and make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from console.access.audit import record
from console.access.clusters import user_of
from console.alerts.live import live_of, to_be_asked
from console.paging import page_of
from console.queries.letters import LetterError, alerts_to_ask, make_letters, not_to_ask
from console.releases import Release, release_of

_DAYS_TO_ANSWER = 14
_FILTERS = {
    "cluster_name": "Cluster", "severity": "Severity", "rule_code": "Rule", "reporting_year": "Reporting year",
}  # fmt: skip
# What a lead agency can be asked about: what it may mend, unless it is settled or it is asked already.
_ASKABLE = """
    from alerts
    where not is_settled and cluster_id is not null
        and (mend = 'submitter' or list_contains($marked::varchar[], alert_id))
        and not list_contains($not_to_ask::varchar[], alert_id)
"""
_MARKED = "marked"  # in the address: only those that a steward decided to ask about
_WORST_FIRST = """
    order by
        cluster_name, not list_contains($marked::varchar[], alert_id),
        case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
        reporting_year desc nulls last, organisation_name, rule_code, label, alert_id
"""


class LetterForm(forms.Form):
    """What stands in all of the letters, and the alerts that were chosen."""

    alerts = forms.CharField(widget=forms.HiddenInput)
    answer_by = forms.DateField(
        label="Answer by",
        help_text="For example 9/12/2026.",
        input_formats=["%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y"],
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={
            "required": "Say by which day you need the answers.",
            "invalid": "Write the day like 9/12/2026.",
        },
    )
    note = forms.CharField(
        label="What to say before the questions",
        help_text="It stands in every one of the letters. You may leave it empty.",
        widget=forms.Textarea,
        required=False,
        max_length=4000,
    )


def choose(request: HttpRequest) -> HttpResponse:
    """The alerts that a lead agency can be asked about, by cluster, the worst first; filters stand in the address."""
    release = release_of(request)
    asked = _asked(request.GET)
    values = _values(release, asked)
    marked = f"list_contains($marked::varchar[], alert_id) as {_MARKED}"
    page = page_of(release, f"select *, {marked} {_fitting(asked)} {_WORST_FIRST}", values, request.GET.get("page"))
    choices = {
        name: [row[name] for row in release.query(f"select distinct {name} from alerts where {name} <> '' order by 1")]
        for name in _FILTERS
    }
    left_out = release.query(
        """
        select
            count(*) filter (cluster_id is null) as without_cluster,
            count(*) filter (cluster_id is not null and mend <> 'submitter') as not_theirs
        from alerts where not is_settled
        """
    )[0]
    context = {
        "page": page,
        "filters": [(name, label, choices[name], asked.get(name, "")) for name, label in _FILTERS.items()],
        "asked": asked,
        "to_be_asked": len(to_be_asked(live_of(release))),
        **left_out,
    }
    return render(request, "queries/choose.html", context)


def make(request: HttpRequest) -> HttpResponse:
    """Show which letters the chosen alerts make; once the day to answer by is given too, make them."""
    release = release_of(request)
    chosen = _chosen(request, release)
    today = timezone.localdate()
    if "answer_by" in request.POST:
        form = LetterForm(request.POST)
    else:
        form = LetterForm(initial={"alerts": " ".join(chosen), "answer_by": today + timedelta(days=_DAYS_TO_ANSWER)})
    alerts = alerts_to_ask(release, chosen)
    if not alerts:
        messages.error(request, "Choose at least one alert.")
        return redirect("queries:choose")
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            letters = make_letters(
                release,
                chosen,
                by=user_of(request).email,
                at=timezone.localtime(),
                answer_by=told["answer_by"],
                note=told["note"],
            )
        except LetterError as error:
            form.add_error(None, str(error))
        else:
            for letter in letters:
                record(request, "letter", f"{letter}: {letter.questions.count()} questions")
            messages.success(request, f"Made {_count(len(letters), 'letter')}: {', '.join(map(str, letters))}.")
            return redirect("queries:list")
    counts: dict[str, int] = {}
    for alert in alerts:
        counts[alert["cluster_name"]] = counts.get(alert["cluster_name"], 0) + 1
    context = {"form": form, "counts": list(counts.items()), "letters": _count(len(counts), "letter")}
    return render(request, "queries/make.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, release: Release) -> list[str]:
    """The ids of the alerts that were ticked, of all that fit the filters, or of those of the letters shown."""
    if "alerts" in request.POST:
        return request.POST["alerts"].split()
    if "all" not in request.POST:
        return request.POST.getlist("alert")
    asked = _asked(request.POST)
    return [row["alert_id"] for row in release.query(f"select alert_id {_fitting(asked)}", _values(release, asked))]


def _asked(told: Any) -> dict[str, str]:
    return {name: told[name] for name in (*_FILTERS, _MARKED) if told.get(name)}


def _fitting(asked: dict[str, str]) -> str:
    told = [f"{name} = ${name}" for name in asked if name != _MARKED]
    told += ["list_contains($marked::varchar[], alert_id)"] if _MARKED in asked else []
    return " and ".join([_ASKABLE, *told])


def _values(release: Release, asked: dict[str, str]) -> dict[str, object]:
    told: dict[str, object] = {name: value for name, value in asked.items() if name != _MARKED}
    return told | {"marked": to_be_asked(live_of(release)), "not_to_ask": not_to_ask(release)}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
