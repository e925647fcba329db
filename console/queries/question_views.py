"""One question: the lead agency answers it there, and a steward accepts the answer or turns it down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from console.access.audit import record
from console.access.clusters import user_of
from console.access.roles import AGENCY, STEWARD
from console.decisions.kinds import REASONS
from console.queries.answers import AnswerError, Given, keep_answers, kinds_for, last_seen, problem_with, turn_down
from console.queries.letter_views import letter_of, row_of
from console.queries.models import ANSWERS, Letter, Question
from console.queries.waiting import EXPLAINED, FOR_THE_AGENCY, standings, states
from console.queries.workbook import place_of
from ingestion.amounts import amount

_UNPROCESSABLE = 422
_LONGEST = 4000


class AnswerForm(forms.Form):
    """What a lead agency answers to one question."""

    kind = forms.ChoiceField(label="Your answer", widget=forms.RadioSelect, required=False)
    new_value = forms.CharField(label="The right figure", required=False, max_length=60)
    reason = forms.ChoiceField(
        label="Why it is right",
        choices=[("", "Choose a reason"), *REASONS.items()],
        required=False,
    )
    explanation = forms.CharField(
        label="Explanation",
        help_text="Say what happened, or where the right figure comes from. Please name no people.",
        widget=forms.Textarea,
        required=False,
        max_length=_LONGEST,
    )

    def __init__(self, question: Question, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._question = question
        kinds = kinds_for(question)
        self.fields["kind"] = forms.ChoiceField(
            label="Your answer",
            widget=forms.RadioSelect,
            required=False,
            choices=[(kind, ANSWERS[kind]) for kind in kinds],
        )
        if "figure" not in kinds:
            del self.fields["new_value"]

    def clean(self) -> dict[str, Any]:
        """The same test as for an answer that comes in a workbook."""
        told = super().clean() or self.cleaned_data
        if not self.errors:
            field, words = problem_with(self._question, self.given())
            if words:
                self.add_error(field, words)
        return told

    def given(self) -> Given:
        """The answer; a figure may be written as people write it, such as £182,000."""
        told = self.cleaned_data
        found = amount(told.get("new_value", ""))
        return Given(told["kind"], told["reason"], found.value if found else None, told["explanation"])


class TurndownForm(forms.Form):
    """Why an answer will not do."""

    reason = forms.CharField(
        label="What the lead agency should tell you instead",
        help_text="They are asked again, and read this.",
        widget=forms.Textarea,
        required=False,
        max_length=_LONGEST,
    )
    seen_answer = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def one_question(request: HttpRequest, letter_id: int, number: int) -> HttpResponse:
    """One question with its answers; the agency of the letter answers it, a steward turns the answer down."""
    letter = letter_of(request, letter_id)
    question = get_object_or_404(letter.questions, number=number)
    role, status, seen = user_of(request).role, 200, last_seen()
    posted = request.POST if request.method == "POST" else None
    answer_form = AnswerForm(question, posted if role == AGENCY else None)
    turndown_form = TurndownForm(posted if role == STEWARD else None, initial=seen)
    if posted is not None:
        if role == AGENCY and answer_form.is_valid() and _answered(request, letter, question, answer_form):
            return _to_the_next(letter, question)
        if role == STEWARD and turndown_form.is_valid() and _turned_down(request, letter, question, turndown_form):
            return redirect("queries:letter", letter.pk)
        status = _UNPROCESSABLE
    (standing,) = standings(states(letter.questions.filter(number=number)))
    context = {
        "letter": letter,
        "row": row_of(standing),
        "standing": standing,
        "about": _about(question),
        "history": _history(question),
        "posted": answer_form if role == AGENCY else turndown_form,
        "answer_form": answer_form if role == AGENCY and standing.is_open else None,
        "turndown_form": turndown_form if role == STEWARD and standing.may_be_turned_down else None,
        "may_accept": role == STEWARD and standing.state == EXPLAINED,
        "is_agency": role == AGENCY,
        "seen": seen,
    }
    return render(request, "queries/question.html", context, status=status)


def _answered(request: HttpRequest, letter: Letter, question: Question, form: AnswerForm) -> bool:
    by, now = user_of(request).email, timezone.localtime()
    try:
        keep_answers(letter, {question.number: form.given()}, by=by, at=now)
    except AnswerError as error:
        form.add_error(None, str(error))
        return False
    record(request, "letter", f"{letter}: answered question {question.number}")
    messages.success(request, f"Thank you. Your answer to question {question.number} is kept.")
    return True


def _turned_down(request: HttpRequest, letter: Letter, question: Question, form: TurndownForm) -> bool:
    told, by, now = form.cleaned_data, user_of(request).email, timezone.localtime()
    try:
        turn_down(letter, question.number, told["reason"], by=by, at=now, seen_answer=told["seen_answer"])
    except AnswerError as error:
        form.add_error("reason" if not told["reason"].strip() else None, str(error))
        return False
    record(request, "letter", f"{letter}: turned down the answer to question {question.number}")
    messages.success(request, f"The lead agency is asked question {question.number} again.")
    return True


def _to_the_next(letter: Letter, answered: Question) -> HttpResponse:
    """To the next question that waits for the agency, from this one on; to the letter where none is left."""
    waiting = [one.number for one in states(letter.questions.all()) if one.state in FOR_THE_AGENCY]
    if not waiting:
        return redirect("queries:letter", letter.pk)
    later = [number for number in waiting if number > answered.number]
    return redirect("queries:question", letter.pk, (later or waiting)[0])


def _about(question: Question) -> list[tuple[str, Any]]:
    told = [
        ("Organisation", question.organisation_name),
        ("Reporting year", question.reporting_year),
        ("About", question.label),
        ("What was sent", question.observed),
        ("What was expected", question.expected),
        ("Where it stands", place_of(question)),
    ]
    return [(label, value) for label, value in told if value]


def _history(question: Question) -> list[dict[str, Any]]:
    """The answers, the oldest first, each with the reason for which it was turned down."""
    answers = question.answers.select_related("turndown").order_by("pk")
    return [{"answer": answer, "turndown": getattr(answer, "turndown", None)} for answer in answers]
