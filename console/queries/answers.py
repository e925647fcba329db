"""Answers of a lead agency: which fit a question, and the decision that each proposes to the steward."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from console.decisions.decide import DecisionError, Verdict, beyond_bounds, can_be_corrected, decide
from console.decisions.kinds import KINDS, REASONS
from console.decisions.models import Alert, Decision
from console.queries.models import (
    ANSWERS,
    FIGURE,
    NOT_APPLY,
    NOT_KNOWN,
    RESEND,
    RIGHT,
    Answer,
    Letter,
    Question,
    Turndown,
)  # fmt: skip
from console.queries.waiting import EXPLAINED, Standing, standings, states
from console.returns.programme import programme
from ingestion.tables import tables

# The decision that an answer proposes. A promise of a corrected return proposes none: the return itself will tell.
PROPOSES = {RIGHT: "confirm", FIGURE: "correct", NOT_APPLY: "rule-wrong", NOT_KNOWN: "leave-out"}
_MAY_BE_BELOW_ZERO = "surplus_gbp"


class AnswerError(Exception):
    """An answer that cannot be taken, accepted or turned down; the message says why and what to do."""


@dataclass(frozen=True)
class Given:
    """An answer as somebody gave it, on the page or in the workbook."""

    kind: str
    reason: str = ""
    new_value: float | None = None
    explanation: str = ""


def kinds_for(question: Question) -> tuple[str, ...]:
    """The kinds of answer that a question can have: only a figure of an organisation can be put right or left out."""
    figure = can_be_corrected(question.organisation_id, question.field)
    organisation = question.organisation_id is not None
    return (RIGHT, *([FIGURE] if figure else []), NOT_APPLY, RESEND, *([NOT_KNOWN] if organisation else []))


def problem_with(question: Question, given: Given) -> tuple[str, str]:
    """What is wrong with an answer, as (the part, the words); two empty texts where nothing is."""
    if given.kind not in kinds_for(question):
        return "kind", "Choose one of the answers."
    if given.kind == RIGHT and given.reason not in REASONS:
        return "reason", "Choose the reason for which what you sent is right."
    if given.kind == FIGURE:
        words = _problem_with_figure(question, given.new_value)
        if words:
            return "new_value", words
    if not given.explanation.strip():
        return "explanation", "Say why, in a sentence that somebody understands next year."
    return "", ""


def keep_answers(letter: Letter, given: dict[int, Given], *, by: str, at: datetime, file_name: str = "") -> None:
    """Keep answers to questions of a letter, by the number of the question: all or none.

    Raises AnswerError where a question has been settled in the meantime.
    """
    with transaction.atomic():
        for standing in _locked(letter, list(given)):
            if not standing.is_open:
                raise AnswerError(
                    f"Question {standing.question.number} needs no answer any more: {standing.in_words_of_the_agency}."
                )
            answer = given[standing.question.number]
            Answer.objects.create(
                question=standing.question,
                kind=answer.kind,
                reason=answer.reason if answer.kind == RIGHT else "",
                new_value=answer.new_value if answer.kind == FIGURE else None,
                explanation=answer.explanation.strip(),
                answered_at=at,
                answered_by=by,
                file_name=file_name,
            )


def verdict_of(standing: Standing) -> Verdict | None:
    """What the steward would decide by accepting the answer; None where the answer proposes nothing."""
    answer, question = standing.answer, standing.question
    if answer is None or answer.kind not in PROPOSES:
        return None
    where = f"the lead agency's answer to question {question.number} of letter {question.letter_id}"
    return Verdict(
        PROPOSES[answer.kind],
        f"{answer.explanation} ({where[0].upper()}{where[1:]}.)",
        answer.reason,
        new_value=answer.new_value,
        source=where if answer.kind == FIGURE else "",
    )


def in_words(verdict: Verdict) -> str:
    """A proposed decision as a steward reads it."""
    words = KINDS[verdict.kind][0]
    if verdict.new_value is not None:
        words += f": {verdict.new_value:,.10g}"
    return f"{words} ({REASONS[verdict.reason].lower()})" if verdict.reason else words


def accept(
    letter: Letter, numbers: Sequence[int] | None, *, by: str, at: datetime, seen_answer: int, seen_decision: int
) -> list[Standing]:
    """Decide as the answers to these questions propose (None: all that wait for approval), all or none.

    `seen_answer` and `seen_decision` are the ids of the last answer and decision when the steward looked. Raises
    AnswerError where an answer or a decision has come since, or there is nothing to accept.
    """
    with transaction.atomic():
        found = _locked(letter, numbers)
        if numbers is None:
            found = [one for one in found if one.state == EXPLAINED]
        if not found:
            raise AnswerError("There is no answer to accept. Choose one that waits for approval.")
        for standing in found:
            question, answer, verdict = standing.question, standing.answer, verdict_of(standing)
            if answer is None or verdict is None or standing.state != EXPLAINED:
                raise AnswerError(f"Question {question.number} has no answer to accept: {standing.state}.")
            if answer.pk > seen_answer or standing.last_decision > seen_decision:
                raise AnswerError(
                    f"Question {question.number} was answered again or decided about in the meantime. Look again first."
                )
            try:
                decide(
                    "default",
                    [question.alert_id],
                    verdict,
                    by=by,
                    at=at,
                    after=standing.last_decision,
                    bounds=programme().bounds,
                )
            except DecisionError as error:
                raise AnswerError(f"Question {question.number}: {error}") from error
    return found


def turn_down(letter: Letter, number: int, reason: str, *, by: str, at: datetime, seen_answer: int) -> None:
    """Send a question back to the lead agency, with the reason for which its answer will not do.

    Raises AnswerError where no reason is given, or the answer is not the one that the steward saw.
    """
    if not reason.strip():
        raise AnswerError("Say what the lead agency should tell you instead.")
    with transaction.atomic():
        (standing,) = _locked(letter, [number])
        if standing.answer is None or not standing.may_be_turned_down:
            raise AnswerError(f"There is no answer to turn down: {standing.state}.")
        if standing.answer.pk > seen_answer:
            raise AnswerError("The question was answered again in the meantime. Look again first.")
        Turndown.objects.create(answer=standing.answer, reason=reason.strip(), made_at=at, made_by=by)


def last_seen() -> dict[str, int]:
    """The ids of the last answer and the last decision there are: how far a page shows what happened."""
    return {
        "seen_answer": Answer.objects.aggregate(last=Max("pk"))["last"] or 0,
        "seen_decision": Decision.objects.aggregate(last=Max("pk"))["last"] or 0,
    }


def _locked(letter: Letter, numbers: Sequence[int] | None) -> list[Standing]:
    """How the questions stand, and stay until the transaction ends: whoever decides takes the same locks."""
    questions = Question.objects.filter(letter=letter)
    if numbers is not None:
        questions = questions.filter(number__in=numbers)
    list(Alert.objects.select_for_update().filter(pk__in=questions.values("alert")).order_by("pk"))
    return standings(states(questions))


def _problem_with_figure(question: Question, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "Give the right figure, in digits."
    if value < 0 and question.field != _MAY_BE_BELOW_ZERO:
        return "The figure cannot be below zero."
    beyond = beyond_bounds(question.field or "", value, programme().bounds)
    if beyond:
        return beyond
    if tables()["organisations"].fields[question.field or ""].type == "count" and value != int(value):
        return "Give a whole number: this counts people or things."
    if question.value is not None and value == question.value:
        return f"That is the figure that we ask about. If it is right, choose “{ANSWERS[RIGHT]}”."
    return ""
