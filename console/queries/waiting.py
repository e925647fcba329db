"""How each question stands. It is worked out from what was asked, answered and decided, and never kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Max

from console.decisions.kinds import KINDS, SETTLING
from console.decisions.models import Decision, Night, Spell
from console.queries.models import RESEND, Answer, Question, Turndown

WAITING = "waiting for the agency"
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


@dataclass(frozen=True)
class Standing:
    """One question, how it stands, and the answer and the turning down that this rests on."""

    question: Question
    state: str
    answer: Answer | None = None
    turndown: Turndown | None = None
    last_decision: int = 0  # id of the last decision about the alert, 0 for none

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


def standings(questions: Iterable[Question]) -> list[Standing]:
    """How each of these questions stands, in their order; a fixed number of look-ups for any number of them."""
    asked = list(questions)
    alerts = {question.alert_id for question in asked}
    answers = {answer.question_id: answer for answer in Answer.objects.filter(question__in=asked).order_by("pk")}
    turned_down = {one.answer_id: one for one in Turndown.objects.filter(answer__in=answers.values())}
    newest = dict(
        Question.objects.filter(alert__in=alerts).order_by().values_list("alert_id").annotate(newest=Max("pk"))
    )
    decided: dict[str, list[tuple[int, str]]] = {}
    for alert_id, pk, kind in (
        Decision.objects.filter(alert__in=alerts).order_by("pk").values_list("alert_id", "pk", "kind")
    ):
        decided.setdefault(alert_id, []).append((pk, kind))
    standing_now = _alerts_of_the_last_night(alerts)
    found = []
    for question in asked:
        answer = answers.get(question.pk)
        turndown = turned_down.get(answer.pk) if answer else None
        made = decided.get(question.alert_id, [])
        state = (
            _settled(question, made)
            or (REPLACED if newest[question.alert_id] != question.pk else "")
            or (GONE if question.alert_id not in standing_now else "")
            or (CHANGED if _changed(question) else "")
            or _open_state(answer, turndown)
        )
        found.append(Standing(question, state, answer, turndown, made[-1][0] if made else 0))
    return found


def explained(alert_ids: Collection[str]) -> set[str]:
    """Which of these alerts have an answer of the lead agency that waits for a steward."""
    return {one.question.alert_id for one in _newest(alert_ids) if one.state == EXPLAINED}


def asked(alert_ids: Collection[str]) -> dict[str, Standing]:
    """The newest question about each of these alerts, by alert, while it is open."""
    return {one.question.alert_id: one for one in _newest(alert_ids) if one.is_open}


def _newest(alert_ids: Collection[str]) -> list[Standing]:
    found: list[Standing] = []
    ids = sorted(alert_ids)
    for start in range(0, len(ids), _AT_ONCE):
        some = Question.objects.filter(alert__in=ids[start : start + _AT_ONCE])
        newest = some.order_by().values("alert_id").annotate(newest=Max("pk"))
        questions = Question.objects.filter(pk__in=newest.values("newest"))
        found += standings(questions.select_related("alert", "letter"))
    return found


def _settled(question: Question, made: list[tuple[int, str]]) -> str:
    """The status that the first settling decision after the question gave the alert, or nothing."""
    since = (kind for pk, kind in made if pk > question.decision_id and kind in SETTLING)
    return next((KINDS[kind][1] for kind in since), "")


def _changed(question: Question) -> bool:
    """Whether the alert is about another figure now than the one that was asked about."""
    return (question.observed, question.value) != (question.alert.observed, question.alert.value)


def _open_state(answer: Answer | None, turndown: Turndown | None) -> str:
    if answer is None:
        return WAITING
    if turndown is not None:
        return ASKED_AGAIN
    return RESENDING if answer.kind == RESEND else EXPLAINED


def _alerts_of_the_last_night(alerts: Collection[str]) -> set[str]:
    last = Night.objects.aggregate(last=Max("seen_on"))["last"]
    return set(Spell.objects.filter(alert__in=alerts, last_on=last).values_list("alert_id", flat=True))
