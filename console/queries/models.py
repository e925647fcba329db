"""Letters to lead agencies: what was asked, what was answered, which answers were turned down. Only ever added to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from console.decisions.kinds import REASONS
from console.decisions.models import Alert, Decision, OnlyAdded

# What a lead agency can answer, in its own words.
RIGHT, FIGURE, NOT_APPLY, NOT_KNOWN, RESEND = "right", "figure", "not-apply", "not-known", "resend"
ANSWERS = {
    RIGHT: "What we sent is right",
    FIGURE: "The right figure is another",
    NOT_APPLY: "The question does not apply",
    NOT_KNOWN: "We do not know the right figure",
    RESEND: "We will send a corrected return",
}


class Letter(OnlyAdded):
    """One row per letter: the questions that one lead agency was asked at one time."""

    a_row: ClassVar = "A letter"
    instead: ClassVar = "Make a new one."
    cluster_id = models.CharField(max_length=200, db_index=True)
    cluster_name = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254)
    answer_by = models.DateField()
    note = models.TextField(blank=True)  # what the steward says before the questions
    release_id = models.CharField(max_length=64)  # whose alerts these were

    class Meta:
        """Letters are numbered in the order in which they were made."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"Letter {self.pk} to {self.cluster_name}"

    def get_absolute_url(self) -> str:
        """The address of its page."""
        return reverse("queries:letter", args=[self.pk])


class Question(OnlyAdded):
    """One row per alert in a letter, with the alert as it was when the question was asked."""

    a_row: ClassVar = "A question"
    instead: ClassVar = "Ask again in a new letter."
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveIntegerField()  # in its letter, from 1
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="questions")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT)  # that the agency is asked
    rule_code = models.CharField(max_length=8)
    organisation_id = models.CharField(max_length=200, null=True)
    organisation_name = models.CharField(max_length=1000, null=True)
    reporting_year = models.CharField(max_length=7, null=True)
    field = models.CharField(max_length=100, null=True)
    label = models.TextField(null=True)
    observed = models.TextField(null=True)
    value = models.FloatField(null=True)
    expected = models.TextField(null=True)
    message = models.TextField()
    ask = models.TextField()
    file_name = models.TextField(null=True)
    sheet = models.TextField(null=True)
    cell = models.CharField(max_length=16, null=True)

    class Meta:
        """A letter asks about an alert once."""

        ordering: ClassVar = ["letter_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "number"], name="one_question_a_number"),
            models.UniqueConstraint(fields=["letter", "alert"], name="one_question_an_alert"),
        ]


class Answer(OnlyAdded):
    """One row per answer to a question. The newest one counts."""

    a_row: ClassVar = "An answer"
    instead: ClassVar = "Answer again; the new answer takes the place of the earlier."
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=16, choices=list(ANSWERS.items()))
    reason = models.CharField(max_length=16, choices=list(REASONS.items()), blank=True)
    new_value = models.FloatField(null=True)
    explanation = models.TextField()
    answered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=254)
    file_name = models.TextField(blank=True)  # the workbook that it was read from

    class Meta:
        """Answers are numbered in the order in which they came."""

        ordering: ClassVar = ["id"]


class Turndown(OnlyAdded):
    """One row per answer that a steward did not accept: the agency is asked again."""

    a_row: ClassVar = "What was said about an answer"
    answer = models.OneToOneField(Answer, on_delete=models.PROTECT)
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254)
