"""The rule catalogue with each rule's scorecard, and one rule's page."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from console.alerts.catalogue import rules
from console.releases import release_of
from expectations.catalogue import Rule
from ingestion.programme import read_programme

_A_PAGE = 50


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every rule of the catalogue, by code, with what became of its alerts."""
    cards = {card["rule_code"]: card for card in release_of(request).query("select * from rule_scorecard")}
    page = Paginator(list(rules().values()), _A_PAGE).get_page(request.GET.get("page"))
    rows = [{"rule": rule, "card": cards.get(rule.code)} for rule in page]
    return render(request, "rules/list.html", {"rows": rows, "page": page})


def one_rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: what it asks and why, its thresholds, its scorecard, and what it says in the shadow."""
    rule = rules().get(code)
    if rule is None:
        raise Http404
    release = release_of(request)
    cards = release.query("select * from rule_scorecard where rule_code = ?", [code])
    shadow = release.query(
        """
        select organisation_name, reporting_year, severity, message
        from shadow_alerts
        where rule_code = ?
        order by reporting_year desc nulls last, organisation_name, field, alert_id
        """,
        [code],
    )
    about = [
        ("Severity", rule.severity),
        ("Level", rule.level),
        ("Dimension", rule.dimension),
        ("Who can mend it", "the lead agency" if rule.mend == "submitter" else rule.mend),
        ("Status", f"in the shadow until {rule.holds_from}" if rule.holds_from else rule.status),
        ("Why", rule.because),
        ("Source", rule.source),
    ]
    page = Paginator(shadow, _A_PAGE).get_page(request.GET.get("page"))
    card = cards[0] if cards else None
    return render(
        request,
        "rules/one.html",
        {"rule": rule, "about": about, "thresholds": _thresholds(rule), "score": _score(card), "page": page},
    )


def _thresholds(rule: Rule) -> list[tuple[str, object]]:
    """Those in force: the programme's own take the place of the catalogue's, which is then told beside them."""
    own = read_programme(settings.PROGRAMME).thresholds.get(rule.code, {})
    return [
        (
            name.replace("_", " "),
            f"{own[name]} (set by the programme; the catalogue has {value})" if name in own else value,
        )
        for name, value in sorted(rule.thresholds.items())
    ]


def _score(card: dict[str, object] | None) -> list[tuple[str, object]]:
    if card is None:
        return []
    return [
        ("Alerts ever published", card["fired"]),
        ("Found to be errors", card["confirmed_errors"]),
        ("Found to be right", card["confirmed_correct"]),
        ("Not an error of this kind", card["rule_wrong"]),
        ("Still open", card["still_open"]),
        ("Days to a decision (median)", card["median_days_to_decision"]),
        ("Cries wolf", card["cries_wolf"]),
    ]
