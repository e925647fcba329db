"""Upload the workbook of a letter with its answers."""

from __future__ import annotations

from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from console.access.audit import record
from console.access.clusters import user_of
from console.queries.answered_workbook import WorkbookError, answers_of, read_upload
from console.queries.answers import AnswerError, keep_answers
from console.queries.letter_views import letter_of
from console.queries.models import Letter
from console.queries.waiting import FOR_THE_AGENCY, states
from console.returns.upload_limit import was_too_large
from ingestion.programme import read_programme
from ingestion.receive import MOST_BYTES

_UNPROCESSABLE = 422
_SMALLER = "Remove pictures and sheets that do not belong to the workbook, and upload it again."


class UploadForm(forms.Form):
    """A workbook."""

    file = forms.FileField(
        label="The workbook with your answers",
        error_messages={
            "required": "Choose the workbook that you answered in.",
            "empty": "The file is empty. Choose the workbook that you answered in.",
        },
    )


def upload(request: HttpRequest, letter_id: int) -> HttpResponse:
    """Take an answered workbook: all of its answers are kept, or none and everything that is wrong is said."""
    letter = letter_of(request, letter_id)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if was_too_large(request):
        form.errors["file"] = form.error_class([f"The file has more than {MOST_BYTES // 1_000_000} MB. {_SMALLER}"])
    if form.is_bound and form.is_valid() and _kept(request, letter, form):
        return redirect("queries:letter", letter.pk)
    status = _UNPROCESSABLE if form.errors else 200
    return render(request, "queries/upload.html", {"letter": letter, "form": form}, status=status)


def _kept(request: HttpRequest, letter: Letter, form: UploadForm) -> bool:
    file = form.cleaned_data["file"]
    name = Path(file.name).name
    try:
        given = answers_of(letter, read_upload(file, read_programme(settings.PROGRAMME)))
        # The answers and what the audit log says of them, or neither.
        with transaction.atomic():
            keep_answers(letter, given, by=user_of(request).email, at=timezone.localtime(), file_name=name)
            record(request, "upload", f"{letter}: {name}, {len(given)} answers")
    except (WorkbookError, AnswerError) as error:
        for problem in error.problems if isinstance(error, WorkbookError) else (str(error),):
            form.add_error("file", problem)
        record(request, "upload", f"{letter}: {name}, not taken")
        return False
    left = sum(one.state in FOR_THE_AGENCY for one in states(letter.questions.all()))
    still = f" {left} question{'s wait' if left != 1 else ' waits'} for an answer still." if left else ""
    messages.success(request, f"Thank you. {len(given)} answer{'s are' if len(given) != 1 else ' is'} kept.{still}")
    return True
