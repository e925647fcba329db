"""Decide about alerts: the one way in, for the command line and for the web pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from console.decisions.kinds import KINDS, REASONS
from expectations.sums import tolerance_ratio
from workspace.errors import WrongCallError
from workspace.suggestions import what_there_is

if TYPE_CHECKING:
    from console.decisions.models import Alert, Decision
    from ingestion.bounds import FieldBounds

# By so many letters an alert is called, and so many are named where there is none of that name.
_SHOWN_LETTERS = 8
_CLOSE = 5


class DecisionError(WrongCallError):
    """A decision that cannot be taken; the message says why and what to do, in one line."""


@dataclass(frozen=True)
class Verdict:
    """What a steward says about one alert or several."""

    kind: str  # one of KINDS
    explanation: str
    reason: str = ""  # one of REASONS; asked for where a figure is confirmed
    within: float = 0.0  # a confirmed figure may move by this share before the question opens again
    until: date | None = None  # the last day on which the decision holds
    new_value: float | None = None  # the figure to count instead, where one is corrected
    source: str = ""  # where the corrected figure comes from


def decide(
    database: str,
    alert_ids: Sequence[str],
    verdict: Verdict,
    *,
    by: str,
    at: datetime,
    after: int | None = None,
    bounds: FieldBounds | None = None,
) -> list[Decision]:
    """Add one decision for each alert, all or none.

    `database` is what open_operations gave. `at` is now by the programme's clock: its date is the day of the decision.
    `after` is the id of the last decision that the steward had seen on a single alert (0 for none): where another has
    been made since, nothing is decided. `bounds` are those that the programme sets itself; a corrected figure keeps to
    them. Raises DecisionError where the verdict is not complete, does not fit the alert, or came too late.
    """
    from django.db import transaction

    from console.decisions.models import Alert, Decision

    _check_verdict(verdict, by, at)
    with transaction.atomic(using=database):
        # In one order, so that two stewards who decide about the same alerts never wait for each other.
        asked = Alert.objects.using(database).select_for_update().filter(pk__in=alert_ids).order_by("pk")
        found = {alert.pk: alert for alert in asked}
        for alert_id in alert_ids:
            if alert_id not in found:
                raise DecisionError(f"There is no alert {alert_id}.")
            _check_fit(verdict, found[alert_id], bounds or {})
        if after is not None:
            last = Decision.objects.using(database).filter(alert_id__in=alert_ids).order_by("-pk").first()
            if last is not None and last.pk != after:
                raise DecisionError(
                    f"{last.decided_by} has decided in the meantime ({KINDS[last.kind][0].lower()}). Look again first."
                )
        made = []
        for alert_id in alert_ids:
            decision = _decision(database, found[alert_id], verdict, by, at)
            decision.save(using=database)
            made.append(decision)
    return made


def history(database: str, alert_id: str) -> list[Decision]:
    """Every decision about an alert, the oldest first."""
    from console.decisions.models import Decision

    return list(Decision.objects.using(database).filter(alert_id=alert_id).order_by("pk"))


def find_alert(database: str, start: str) -> Alert:
    """The one alert whose id starts so.

    Raises DecisionError where none does, or several do.
    """
    from console.decisions.models import Alert

    found = list(Alert.objects.using(database).filter(pk__startswith=start).order_by("pk")[:2])
    if not found:
        raise DecisionError(f"There is no alert {start}.", _what_there_is(database, start))
    if len(found) > 1:
        raise DecisionError(f"Several alerts begin with {start}. Give more of the id.")
    return found[0]


def _what_there_is(database: str, start: str) -> str:
    """Ids of alerts that begin most like the one that was asked for, and the command that shows them all."""
    from console.decisions.models import Alert

    ids = Alert.objects.using(database).order_by("pk").values_list("pk", flat=True)
    for length in range(min(len(start), _SHOWN_LETTERS), -1, -1):
        close = [pk[:_SHOWN_LETTERS] for pk in ids.filter(pk__startswith=start[:length])[:_CLOSE]]
        if close:
            return f"{what_there_is(start, close)} See all with: returns alerts"
    return "None is known yet. They come with a run: returns nightly"


def _check_verdict(verdict: Verdict, by: str, at: datetime) -> None:
    if verdict.kind not in KINDS:
        raise DecisionError(f"{verdict.kind} is no kind of decision. The kinds are {', '.join(KINDS)}.")
    if not by.strip():
        raise DecisionError("Say who decides.")
    if verdict.kind != "acknowledge" and not verdict.explanation.strip():
        raise DecisionError("Say why, in a sentence that a colleague understands next year.")
    if verdict.reason and verdict.reason not in REASONS:
        raise DecisionError(f"{verdict.reason} is no reason. The reasons are {', '.join(REASONS)}.")
    if verdict.kind == "confirm" and not verdict.reason:
        raise DecisionError(f"Give the reason for which the figure is right: {', '.join(REASONS)}.")
    if verdict.within < 0:
        raise DecisionError("The share by which a figure may move cannot be below zero.")
    if verdict.within and verdict.kind != "confirm":
        raise DecisionError("Only a figure that is confirmed may move within a share.")
    if verdict.until is not None and verdict.until < at.date():
        raise DecisionError(f"{verdict.until} has passed. Give a day to come, or none.")
    if (verdict.new_value is not None) != (verdict.kind == "correct"):
        raise DecisionError("A correction needs the figure to count instead, and only a correction has one.")
    if verdict.kind == "correct" and not verdict.source.strip():
        raise DecisionError("Say where the corrected figure comes from, such as the accounts of 31 March 2026.")


def _check_fit(verdict: Verdict, alert: Alert, bounds: FieldBounds) -> None:
    if verdict.kind == "correct" and not can_be_corrected(alert.organisation_id, alert.field):
        raise DecisionError(
            f"Alert {alert.pk[:8]} is not about a figure of an organisation, so there is none to correct. "
            "Ask the lead agency for a correction instead."
        )
    if verdict.new_value is not None:
        words = beyond_bounds(alert.field or "", verdict.new_value, bounds)
        if words:
            raise DecisionError(words)
    if verdict.kind == "ask" and alert.cluster_id is None:
        raise DecisionError(
            f"Alert {alert.pk[:8]} is about a file of which we do not know the cluster: there is no lead agency to ask."
        )
    if verdict.kind == "leave-out" and alert.organisation_id is None:
        raise DecisionError(f"Alert {alert.pk[:8]} is not about an organisation, so nothing can be left out.")
    if verdict.within and alert.value is None:
        raise DecisionError(f"Alert {alert.pk[:8]} is not about a number, so it cannot move within a share.")


def can_be_corrected(organisation_id: str | None, field: str | None) -> bool:
    """Whether another figure can be counted in the place of what this is about: only figures of an organisation."""
    from ingestion.tables import tables

    known = tables()["organisations"].fields.get(field or "")
    return organisation_id is not None and known is not None and known.type in {"money", "number", "count"}


def beyond_bounds(field: str, value: float, bounds: FieldBounds) -> str:
    """What to say of a figure of an organisation that is beyond its bounds; an empty text where it is not."""
    from ingestion.tables import bounds_of

    allowed = bounds_of("organisations", field, bounds)
    if allowed is None or allowed.least <= value <= allowed.most:  # type: ignore[operator]
        return ""
    return f"The figure {value:,.15g} is beyond what this can be. Give {allowed.words}."


def _decision(database: str, alert: Alert, verdict: Verdict, by: str, at: datetime) -> Decision:
    from console.decisions.models import Decision

    # A correction holds while the corrected figure stands; any other decision while the figure in question does.
    held = verdict.new_value if verdict.kind == "correct" else alert.value
    # Figures are kept as doubles; a band of 30% has to hold a change of exactly 30%.
    rounding = tolerance_ratio() * max(1.0, abs(held or 0.0))
    room = abs(held) * verdict.within + rounding if held is not None else 0.0
    return Decision(
        alert=alert,
        kind=verdict.kind,
        decided_at=at,
        decided_by=by.strip(),
        reason=verdict.reason,
        explanation=verdict.explanation.strip(),
        severity=alert.severity,
        observed=alert.observed,
        value=_figure_as_sent(database, alert) if verdict.kind == "correct" else alert.value,
        low=None if held is None else held - room,
        high=None if held is None else held + room,
        until=verdict.until,
        new_value=verdict.new_value,
        source=verdict.source.strip(),
    )


def _figure_as_sent(database: str, alert: Alert) -> float | None:
    """The figure that the agency sent: the alert's, unless that is what an earlier correction put in its place."""
    from console.decisions.models import Decision

    earlier = (
        Decision.objects.using(database)
        .filter(
            kind="correct",
            alert__cluster_id=alert.cluster_id,
            alert__organisation_id=alert.organisation_id,
            alert__reporting_year=alert.reporting_year,
            alert__field=alert.field,
        )
        .order_by("-pk")
        .first()
    )
    if earlier is not None and alert.value is not None and earlier.new_value == alert.value:
        return earlier.value
    return alert.value
