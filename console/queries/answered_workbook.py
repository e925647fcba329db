"""An answered workbook, uploaded: read in a confined child, as every file from outside, and held against its letter."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from console.queries.answers import Given, kinds_for, problem_with
from console.queries.models import FIGURE, Letter, Question
from console.queries.waiting import standings, states
from console.queries.workbook import CHOICES, number_of
from ingestion.amounts import amount
from ingestion.letter_answers import NUMBER, AnsweredRow, read_one
from ingestion.programme import Programme
from ingestion.refusals import Refusal
from ingestion.values import plain
from ingestion.workers import ParseJob, parse_files

# One at a time in each process of the server: a reader may take a gigabyte.
_turn = threading.Lock()
_LONGEST_WAIT = 60.0
_MOST_PROBLEMS = 20
_CHOICES = {plain(text): meant for text, meant in CHOICES.items()}


class WorkbookError(Exception):
    """An answered workbook that cannot be taken; `problems` say what is wrong, each with its cell where it has one."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


def read_upload(upload: UploadedFile[bytes], programme: Programme) -> list[AnsweredRow]:
    """The rows of an uploaded workbook. Raises WorkbookError where it cannot be read."""
    name = Path(upload.name or "workbook").name
    if not _turn.acquire(timeout=_LONGEST_WAIT):
        raise WorkbookError("Many workbooks are being read just now. Please try again in a minute.")
    try:
        with tempfile.TemporaryDirectory(prefix="answers-") as folder:
            job = ParseJob("", name, Path(folder) / "content", Path(folder) / "read" / "rows.json")
            with job.content.open("wb") as file:
                for chunk in upload.chunks():
                    file.write(chunk)
            for outcome in parse_files([job], programme, processes=1, one=read_one):
                if outcome.refusal:
                    raise _error_of(outcome.refusal)
                if outcome.machine:
                    raise WorkbookError("We could not read the workbook just now, and it is not its fault. Try again.")
            return [AnsweredRow(**row) for row in json.loads(job.target.read_text(encoding="utf-8"))]
    finally:
        _turn.release()


def answers_of(letter: Letter, rows: Iterable[AnsweredRow]) -> dict[int, Given]:
    """The answers of a workbook by the number of their question; questions without an answer are left out.

    Raises WorkbookError with everything that is wrong: nothing of such a workbook is kept.
    """
    known = {plain(number_of(one.question)): one for one in standings(states(letter.questions.all()))}
    given: dict[int, Given] = {}
    problems: list[str] = []
    seen: dict[str, int] = {}
    for row in rows:
        standing = known.get(plain(row.number))
        problem = _problem_with_row(letter, row, standing.question if standing else None, seen)
        if problem:
            problems.append(problem)
        elif standing and (row.answer is not None or row.explanation):
            problem, answer = _answer(standing.question, row)
            if not problem and not standing.is_open:
                words = standing.in_words_of_the_agency
                problem = f"Row {row.row}: question {row.number} needs no answer any more: {words}."
            if problem:
                problems.append(problem)
            elif answer:
                given[standing.question.number] = answer
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        raise WorkbookError(*problems[:_MOST_PROBLEMS], *([f"And {more} more."] if more > 0 else []))
    if not given:
        raise WorkbookError(
            "No question of the workbook has an answer. Fill in the yellow columns and upload it again."
        )
    return given


def _error_of(refusal: Refusal) -> WorkbookError:
    return WorkbookError(f"{refusal.message} {refusal.ask}")


def _problem_with_row(letter: Letter, row: AnsweredRow, question: Question | None, seen: dict[str, int]) -> str:
    """What is wrong with the columns that tell which question a row answers."""
    if not row.number:
        return f"Row {row.row}: the column “{NUMBER}” is empty. Put back what stood there."
    if question is None:
        other = _other_letter(letter, row.number)
        if other:
            return f"Row {row.row}: {row.number} is a question of letter {other}. This is letter {letter.pk}."
        return f"Row {row.row}: letter {letter.pk} has no question {row.number}. Put back what stood there."
    first = seen.setdefault(plain(row.number), row.row)
    if first != row.row:
        return f"Row {row.row}: question {row.number} stands in row {first} already. Keep one of the two rows."
    for what, typed, asked in (
        ("organisation", row.organisation, question.organisation_name),
        ("reporting year", row.year, question.reporting_year),
        ("figure", row.about, question.label),
    ):
        if plain(typed) != plain(asked or ""):
            return (
                f"Row {row.row}: question {row.number} has another {what} in our letter: “{asked or 'none'}”, "
                f"not “{typed or 'none'}”. Put back what stood there, so that no answer is taken for another."
            )
    return ""


def _other_letter(letter: Letter, number: str) -> str:
    """The letter that a question's number names, where it is another."""
    start = number.strip().upper().removeprefix("Q").split("-")[0]
    return start if start.isdecimal() and start != str(letter.pk) else ""


def _answer(question: Question, row: AnsweredRow) -> tuple[str, Given | None]:
    """What is wrong with an answer, with its cell, or the answer."""
    if row.answer is None:
        return f"{row.answer_cell}: there is an explanation but no answer. Choose one, or type the right figure.", None
    for text, cell in ((row.answer, row.answer_cell), (row.explanation, row.explanation_cell)):
        if isinstance(text, str) and text.startswith(("=", "#")):
            return f"{cell}: this holds a formula or an error ({text[:40]}). Write the answer itself.", None
    kind, reason, value = _meant(row.answer)
    if not kind:
        return f"{row.answer_cell}: “{str(row.answer)[:60]}” is not on the list{_or_figure(question)}.", None
    if kind == FIGURE and FIGURE not in kinds_for(question):
        return (
            f"{row.answer_cell}: this question is not about a figure that can be put right here. Choose "
            "from the list, such as “We will send a corrected return”.",
            None,
        )
    answer = Given(kind, reason, value, row.explanation)
    part, words = problem_with(question, answer)
    if words:
        return f"{row.explanation_cell if part == 'explanation' else row.answer_cell}: {words}", None
    return "", answer


def _meant(answer: str | float) -> tuple[str, str, float | None]:
    """Kind, reason and figure of what stands in the column for the answer; no kind where that is not clear."""
    if isinstance(answer, float | int):
        return FIGURE, "", float(answer)
    chosen = _CHOICES.get(plain(answer))
    if chosen:
        return (*chosen, None)
    found = amount(answer)
    return (FIGURE, "", found.value) if found else ("", "", None)


def _or_figure(question: Question) -> str:
    return " and is no figure" if FIGURE in kinds_for(question) else ""
