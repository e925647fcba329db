"""What happened to the alerts of a release since it was built: decided about, answered, given to somebody.

The tables that this reads are only ever added to. So how many rows there are and which is the last says whether
anything changed, and what was read stays good until it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max

from console.alerts.models import Assignment
from console.decisions.kinds import KINDS, TO_BE_ASKED, WAITING
from console.decisions.models import Decision
from console.queries.models import Answer, Question, Turndown
from console.queries.waiting import EXPLAINED, asked, explained
from console.releases import Release

# The states of an alert as the list names them, and what a reader is told.
STATES = {
    "new": "new",
    "reopened": "reopened",
    "acknowledged": "acknowledged",
    TO_BE_ASKED: "to be asked in the next letter",
    WAITING: "waiting for the agency",
    "explained": EXPLAINED,
    "confirmed": "resolved: confirmed",
    "corrected": "resolved: corrected",
    "left out": "resolved: left out",
    "rule wrong": "resolved: rule wrong",
    "superseded": "superseded",
}
RESOLVED = ("confirmed", "corrected", "left out", "rule wrong", "superseded")


@dataclass(frozen=True, eq=False)
class Live:
    """By alert: the status that it has by now, where that is another than in the release, and who looks after it.

    As long as nothing changes it is the same object, so that what was found with it may be kept.
    """

    status: Mapping[str, str]
    assigned: Mapping[str, str]

    def columns(self) -> tuple[Sequence[str], Sequence[str | None], Sequence[str | None]]:
        """The same as three lists of one length, for a query: alert, status, e-mail address of who looks after it."""
        ids = sorted({*self.status, *self.assigned})
        return ids, [self.status.get(one) for one in ids], [self.assigned.get(one) for one in ids]


def live_of(release: Release) -> Live:
    """What happened since the release was built."""
    so_far = tuple(
        tuple(model.objects.aggregate(last=Max("pk"), rows=Count("pk")).values())
        for model in (Decision, Assignment, Question, Answer, Turndown)
    )
    return _read(release.release_id, _known_to(release), _asked_in(release), so_far)


@lru_cache(maxsize=4)
def _read(release_id: str, known: int, asked_in_release: frozenset[str], so_far: tuple[tuple[int, ...], ...]) -> Live:
    del release_id, so_far  # only tell whether anything changed
    since = Decision.objects.filter(pk__gt=known).order_by("pk").values_list("alert_id", "kind")
    status = {alert_id: KINDS[kind][1] for alert_id, kind in since}
    # A decision to ask asks nobody: a letter does.
    to_ask = {one for one, words in status.items() if words == TO_BE_ASKED} | (asked_in_release - status.keys())
    in_a_letter = asked(to_ask)
    status |= {one: WAITING if one in in_a_letter else TO_BE_ASKED for one in sorted(to_ask)}
    answered = explained(set(Answer.objects.values_list("question__alert_id", flat=True)))
    assigned = dict(Assignment.objects.order_by("pk").values_list("alert_id", "assigned_to"))
    return Live({**status, **dict.fromkeys(answered, "explained")}, assigned)


def _asked_in(release: Release) -> frozenset[str]:
    """The alerts that a steward had decided to ask about when the release was built."""
    sql = f"select alert_id from alerts where status in ('{TO_BE_ASKED}', '{WAITING}')"
    found: frozenset[str] = release.keep("asked", lambda: frozenset(row["alert_id"] for row in release.query(sql)))
    return found


def to_be_asked(live: Live) -> list[str]:
    """The alerts that wait for the next letter."""
    return sorted(one for one, status in live.status.items() if status == TO_BE_ASKED)


def _known_to(release: Release) -> int:
    """The last decision that the night knew of."""
    return int(
        release.keep(
            "last decision", lambda: release.query("select coalesce(max(decision_id), 0) as n from decisions")[0]["n"]
        )
    )
