"""How each question stands. It is worked out from what was asked, answered and decided, and never kept."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Max, QuerySet

from console.decisions.kinds import KINDS, SETTLING, WAITING
from console.decisions.models import Decision
from console.decisions.register import still_there
from console.queries.models import RESEND, Answer, Question, Turndown

EXPLAINED = "explained, waiting for approval"
ASKED_AGAIN = "asked again"
RESENDING = "waiting for a corrected return"
REPLACED = "asked anew in a later letter"
GONE = "no longer stands"
CHANGED = "the figure has changed since"
# What the lead agency has to do something about, and what nobody has settled yet.
FOR_THE_AGENCY = frozenset({WAITING, ASKED_AGAIN})
OPEN = frozenset({WAITING, ASKED_AGAIN, EXPLAINED, RESENDING})
# The same in the words of the lead agency, where they differ.
TO_THE_AGENCY = {
    WAITING: "to answer",
    EXPLAINED: "being looked at",
    "confirmed": "settled, what you sent counts",
    "corrected": "settled, another figure counts",
    "rule wrong": "settled, the question does not apply",
    "left out": "settled, left out of the KPIs",
}
# A database takes only so many values in one question.
_AT_ONCE = 5000


class State(NamedTuple):
    """How one question stands: all that can be said without its words."""

    question_id: int
    letter_id: int
    number: int  # in its letter
    alert_id: str
    state: str
    answer_id: int | None  # the newest
    last_decision: int  # id of the last decision about the alert, 0 for none


@dataclass(frozen=True)
class Standing:
    """One question, how it stands, and the answer and the turning down that this rests on."""

    question: Question
    state: str
    answer: Answer | None
    turndown: Turndown | None
    last_decision: int

    @property
    def is_open(self) -> bool:
        """Whether neither a decision nor a new return has settled it; until then an agency may think again."""
        return self.state in OPEN

    @property
    def in_words_of_the_agency(self) -> str:
        """The state as the lead agency reads it."""
        return TO_THE_AGENCY.get(self.state, self.state)

    @property
    def may_be_turned_down(self) -> bool:
        """Whether there is an answer that waits for the steward."""
        return self.state in {EXPLAINED, RESENDING}


def states(questions: QuerySet[Question]) -> list[State]:
    """How each of these questions stands, by letter and number; a fixed number of look-ups for any number of them."""
    alerts = questions.order_by().values("alert")
    newest = dict(Question.objects.filter(alert__in=alerts).order_by().values_list("alert_id").annotate(Max("pk")))
    decisions: dict[str, list[tuple[int, str]]] = {}
    for alert_id, pk, kind in (
        Decision.objects.filter(alert__in=alerts).order_by("pk").values_list("alert_id", "pk", "kind")
    ):
        decisions.setdefault(alert_id, []).append((pk, kind))
    of_these = Answer.objects.filter(question__in=questions.order_by().values("pk")).order_by("pk")
    answers = {question_id: (pk, kind) for question_id, pk, kind in of_these.values_list("question_id", "pk", "kind")}
    turned_down = set(Turndown.objects.filter(answer__in=of_these.order_by()).values_list("answer_id", flat=True))
    # all of a night at once: looked up one by one they would cost more
    there = still_there("default")
    found = []
    for pk, letter_id, number, alert_id, asked_by, *was_and_is in questions.order_by("letter", "number").values_list(
        "pk", "letter_id", "number", "alert_id", "decision_id", "observed", "value", "alert__observed", "alert__value"
    ):
        answer_id, kind = answers.get(pk, (None, ""))
        decided = decisions.get(alert_id, [])
        state = (
            _settled(asked_by, decided)
            or (REPLACED if newest[alert_id] != pk else "")
            or (GONE if alert_id not in there else "")
            or (CHANGED if was_and_is[:2] != was_and_is[2:] else "")
            or _open_state(answer_id, kind, turned_down)
        )
        last_decision = decided[-1][0] if decided else 0
        found.append(State(pk, letter_id, number, alert_id, state, answer_id, last_decision))
    return found


def standings(found: Collection[State]) -> list[Standing]:
    """The same with the questions and the answers themselves, for the few that a page shows."""
    questions = Question.objects.in_bulk([one.question_id for one in found])
    answers = Answer.objects.in_bulk([one.answer_id for one in found if one.answer_id])
    turndowns = {one.answer_id: one for one in Turndown.objects.filter(answer__in=answers)}
    return [
        Standing(
            questions[one.question_id],
            one.state,
            answers.get(one.answer_id or 0),
            turndowns.get(one.answer_id or 0),
            one.last_decision,
        )
        for one in found
    ]


def explained(alert_ids: Collection[str]) -> set[str]:
    """Which of these alerts have an answer of the lead agency that waits for a steward."""
    return {alert_id for alert_id, one in asked(alert_ids).items() if one.state == EXPLAINED}


def asked(alert_ids: Collection[str]) -> dict[str, State]:
    """How the open question about each of these alerts stands, by alert; none for those with none."""
    ids = sorted(alert_ids)
    found: dict[str, State] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = states(Question.objects.filter(alert__in=ids[start : start + _AT_ONCE]))
        found |= {one.alert_id: one for one in some if one.state in OPEN}
    return found


def _settled(asked_by: int, decided: list[tuple[int, str]]) -> str:
    """The status that the first settling decision after the one to ask gave the alert, or nothing."""
    since = (kind for pk, kind in decided if pk > asked_by and kind in SETTLING)
    return next((KINDS[kind][1] for kind in since), "")


def _open_state(answer_id: int | None, kind: str, turned_down: Set[int]) -> str:
    if answer_id is None:
        return WAITING
    if answer_id in turned_down:
        return ASKED_AGAIN
    return RESENDING if kind == RESEND else EXPLAINED
