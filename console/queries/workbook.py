"""The workbook of a letter: the rows in question, each with what is asked, and two columns to answer in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from console.decisions.kinds import REASONS
from console.queries.answers import kinds_for
from console.queries.models import ANSWERS, FIGURE, NOT_APPLY, NOT_KNOWN, RESEND, RIGHT, Letter, Question
from ingestion import letter_answers as layout

# What can be chosen in the workbook, and what each means: the kind of answer and the reason.
CHOICES: dict[str, tuple[str, str]] = {
    **{f"{ANSWERS[RIGHT]}: {text[0].lower()}{text[1:]}": (RIGHT, key) for key, text in REASONS.items()},
    ANSWERS[NOT_APPLY]: (NOT_APPLY, ""),
    ANSWERS[RESEND]: (RESEND, ""),
    # last, so that a shorter list of the same cells leaves it out where nothing can be left out of the KPIs
    ANSWERS[NOT_KNOWN]: (NOT_KNOWN, ""),
}
_HEADER_ROW = 3
_WIDTHS = {
    layout.NUMBER: 10, layout.ORGANISATION: 30, layout.YEAR: 10, layout.ABOUT: 26, layout.SENT: 16, layout.PLACE: 28,
    layout.ASKED: 60, layout.ANSWER: 34, layout.EXPLANATION: 44,
}  # fmt: skip
_GUIDANCE = (
    "Please answer in the two yellow columns: choose an answer from the list, or type the right figure in its place, "
    "and say why in a sentence. Please name no people. Leave all other columns and the headings as they are."
)


def number_of(question: Question) -> str:
    """What a question is called in the workbook, such as Q12-3: a text that no spreadsheet takes for a date."""
    return f"Q{question.letter_id}-{question.number}"


def place_of(question: Question) -> str:
    """Where the figure stands in the return, as far as that is known."""
    return ", ".join(part for part in (question.file_name, question.sheet, question.cell) if part)


def letter_workbook(letter: Letter, questions: Sequence[Question]) -> bytes:
    """An xlsx of these questions; the same letter gives the same bytes."""
    import xlsxwriter

    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **plain}) as book:
        created = letter.made_at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": str(letter), "created": created})
        sheet = book.add_worksheet(layout.QUESTIONS_SHEET)
        _write_questions(book, sheet, letter, questions)
        choices = book.add_worksheet(layout.CHOICES_SHEET)
        choices.set_column(0, 0, 80)
        choices.write_column(0, 0, list(CHOICES))
    return file.getvalue()


def _write_questions(book: Any, sheet: Any, letter: Letter, questions: Sequence[Question]) -> None:
    wrapped = {"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True}
    told = book.add_format(wrapped)
    to_fill_in = {"bg_color": "#FFF7BF", "border": 1, "num_format": "General", "quote_prefix": False}
    asked = book.add_format(wrapped | to_fill_in)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7EEF5", "border": 1})
    sheet.write_string(
        0, 0, f"{letter}: please answer by {letter.answer_by:%-d %B %Y}", book.add_format({"bold": True})
    )
    sheet.write_string(1, 0, _GUIDANCE)
    if letter.note:
        sheet.write_string(2, 0, letter.note, book.add_format({"quote_prefix": True}))
    for column, heading in enumerate(layout.HEADINGS):
        sheet.set_column(column, column, _WIDTHS[heading])
        sheet.write_string(_HEADER_ROW, column, heading, head)
    answer = layout.HEADINGS.index(layout.ANSWER)
    for row, question in enumerate(questions, start=_HEADER_ROW + 1):
        cells = {
            layout.NUMBER: number_of(question),
            layout.ORGANISATION: question.organisation_name or "",
            layout.YEAR: question.reporting_year or "",
            layout.ABOUT: question.label or "",
            layout.SENT: question.observed or "",
            layout.PLACE: place_of(question),
            layout.ASKED: f"{question.message} {question.ask}",
        }
        for column, heading in enumerate(layout.HEADINGS):
            if heading in cells:
                sheet.write_string(row, column, cells[heading], told)
            else:
                sheet.write_blank(row, column, None, asked)
        sheet.data_validation(row, answer, row, answer, _guidance(question))
    sheet.freeze_panes(_HEADER_ROW + 1, 2)
    sheet.set_landscape()
    sheet.repeat_rows(_HEADER_ROW)
    sheet.fit_to_pages(1, 0)


def _guidance(question: Question) -> dict[str, Any]:
    """The drop-down of an answer. A figure may be typed over it, so that nothing else is refused here either."""
    kinds = kinds_for(question)
    last = len(CHOICES) if NOT_KNOWN in kinds else len(CHOICES) - 1
    return {
        "validate": "list",
        "source": f"='{layout.CHOICES_SHEET}'!$A$1:$A${last}",
        "show_error": False,
        "input_title": layout.ANSWER,
        "input_message": "Choose from the list, or type the right figure."
        if FIGURE in kinds
        else "Choose from the list.",
    }
