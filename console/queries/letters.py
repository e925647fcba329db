"""Make letters: one for each lead agency, with a question for each alert that was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from console.decisions.decide import DecisionError, Verdict, decide
from console.decisions.kinds import SETTLING
from console.decisions.models import Alert, Decision
from console.queries.models import Letter, Question
from console.queries.waiting import OPEN, states
from console.releases import Release

_OF_THE_ALERT = (
    "rule_code", "organisation_id", "organisation_name", "reporting_year", "field", "label", "observed", "value",
    "expected", "message", "ask", "file_name", "sheet", "cell",
)  # fmt: skip
_IN_ORDER = """
    select * from alerts where alert_id in (select unnest($alert_ids::varchar[]))
    order by
        cluster_name, organisation_name nulls first, reporting_year desc nulls last,
        case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
        rule_code, label, alert_id
"""


class LetterError(Exception):
    """Letters that cannot be made; the message says why and what to do."""


def alerts_to_ask(release: Release, alert_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The chosen alerts as the release has them, in the order of the letters: by cluster, organisation and year."""
    return release.query(_IN_ORDER, {"alert_ids": list(alert_ids)})


def not_to_ask(release: Release) -> list[str]:
    """Alerts about which there is nothing to ask: the agency is asked already, or a steward has settled it since."""
    known = release.query("select coalesce(max(decision_id), 0) as n from decisions")[0]["n"]
    since = Decision.objects.filter(pk__gt=known).order_by("pk").values_list("alert_id", "kind")
    settled = [alert_id for alert_id, kind in dict(since).items() if kind in SETTLING]
    return sorted({*settled, *(one.alert_id for one in states(Question.objects.all()) if one.state in OPEN)})


def make_letters(
    release: Release, alert_ids: Sequence[str], *, by: str, at: datetime, answer_by: date, note: str
) -> list[Letter]:
    """One letter for each lead agency of these alerts, and the decision to ask about each alert: all or nothing.

    `at` is now by the programme's clock: its date is the day on which the letters are made. Raises LetterError where an
    alert is not there, has no lead agency, or has nothing left to ask.
    """
    if answer_by < at.date():
        raise LetterError(f"{answer_by:%-d %B %Y} has passed. Give a day to come.")
    alerts = alerts_to_ask(release, alert_ids)
    if not alerts:
        raise LetterError("Choose at least one alert.")
    if len(alerts) < len(set(alert_ids)):
        raise LetterError("Some of these alerts are no longer there. Choose again.")
    if any(alert["cluster_id"] is None for alert in alerts):
        raise LetterError("An alert without a cluster has no lead agency that could be asked.")
    with transaction.atomic():
        # Two stewards who ask about the same alert at the same time: the second waits here, and is told below.
        list(Alert.objects.select_for_update().filter(pk__in=alert_ids).order_by("pk"))
        gone = set(not_to_ask(release)) & set(alert_ids)
        if gone:
            raise LetterError(
                f"{len(gone)} of these alerts are asked about already, or were decided about in the meantime. "
                "Choose again."
            )
        by_cluster: dict[str, list[dict[str, Any]]] = {}
        for alert in alerts:
            by_cluster.setdefault(alert["cluster_id"], []).append(alert)
        letters = []
        for cluster_id, about in by_cluster.items():
            letter = Letter.objects.create(
                cluster_id=cluster_id,
                cluster_name=about[0]["cluster_name"],
                made_at=at,
                made_by=by,
                answer_by=answer_by,
                note=note.strip(),
                release_id=release.release_id,
            )
            _ask(letter, about)
            letters.append(letter)
    return letters


def _ask(letter: Letter, about: Sequence[Mapping[str, Any]]) -> None:
    verdict = Verdict("ask", f"Asked in letter {letter.pk} to the lead agency of {letter.cluster_name}.")
    ids = [str(alert["alert_id"]) for alert in about]
    try:
        decisions = decide("default", ids, verdict, by=letter.made_by, at=letter.made_at)
    except DecisionError as error:
        raise LetterError(str(error)) from error
    Question.objects.bulk_create(
        [
            Question(
                letter=letter,
                number=number,
                alert_id=alert["alert_id"],
                decision=decision,
                **{name: alert[name] for name in _OF_THE_ALERT},
            )
            for number, (alert, decision) in enumerate(zip(about, decisions, strict=True), start=1)
        ]
    )
