"""The workbook of a letter with questions: how it is laid out, and how it is read when it comes back with answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.grids import Cell, Grid, Workbook, address
from ingestion.refusals import Refusal
from ingestion.values import plain, typed_text

if TYPE_CHECKING:
    from ingestion.programme import Programme
    from ingestion.workers import ParseJob

QUESTIONS_SHEET, CHOICES_SHEET = "Questions", "Answers to choose from"
NUMBER, ORGANISATION, YEAR, ABOUT = "Question", "Organisation", "Reporting year", "About"
SENT, PLACE, ASKED, ANSWER, EXPLANATION = (
    "What you sent",
    "Where it stands",
    "What we ask",
    "Your answer",
    "Explanation",
)
HEADINGS = (NUMBER, ORGANISATION, YEAR, ABOUT, SENT, PLACE, ASKED, ANSWER, EXPLANATION)
# Without these a row cannot be told from another, or holds no answer.
_NEEDED = (NUMBER, ORGANISATION, YEAR, ABOUT, ANSWER, EXPLANATION)
# So many of the headings beside one another, and it is such a workbook; no return has them.
_TELLING = 5
_ROWS_LOOKED_AT = 60
_LONGEST_TEXT = 4000
_TOO_LONG = "Please shorten it to 4,000 characters, and upload the workbook again."


@dataclass(frozen=True)
class _Table:
    grid: Grid
    row: int  # of the headings, counted from 0
    columns: dict[str, int]  # by heading, in plain


@dataclass(frozen=True)
class AnsweredRow:
    """One row of the workbook, as it was typed. The answer is a number where the cell holds one."""

    row: int  # as the sheet counts it, from 1
    number: str
    organisation: str
    year: str
    about: str
    answer: str | float | None
    answer_cell: str
    explanation: str
    explanation_cell: str


def is_answered_letter(workbook: Workbook) -> bool:
    """Whether a file is no return, but the workbook of a letter."""
    return any(_table(grid) is not None for grid in workbook.grids)


def read_letter_answers(workbook: Workbook) -> list[AnsweredRow]:
    """The rows of an answered workbook that hold a question or an answer.

    Raises Refusal F02 where it is no such workbook, F03 where a column or all rows are missing, and F01 where a text
    is longer than any explanation.
    """
    table = next((found for grid in workbook.grids if (found := _table(grid))), None)
    if table is None:
        names = ", ".join(f"“{grid.name}”" for grid in workbook.grids[:4])
        raise Refusal(
            "F02",
            f"This is not the workbook of a letter: its sheets ({names}) do not have the headings "
            f"“{NUMBER}”, “{ANSWER}” and “{EXPLANATION}”.",
            "Download the workbook of the letter, answer in it, and upload that.",
        )
    missing = [heading for heading in _NEEDED if plain(heading) not in table.columns]
    if missing:
        raise Refusal(
            "F03",
            f"The column “{missing[0]}” is missing on the sheet “{table.grid.name}”.",
            "Put it back as it was in the workbook that you downloaded, and upload the workbook again.",
        )
    rows = [_read(table, at) for at in range(table.row + 1, len(table.grid.rows))]
    filled = [row for row in rows if row.number or row.answer is not None or row.explanation]
    if not filled:
        raise Refusal(
            "F03",
            f"There is no question below the headings of the sheet “{table.grid.name}”.",
            "Download the workbook of the letter again, and answer in that.",
        )
    return filled


def read_one(job: ParseJob, _: Programme) -> Refusal | None:
    """Read one answered workbook into `job.target`, as JSON; the refusal where it is turned away."""
    from dataclasses import asdict

    from ingestion.read import read

    try:
        rows = read_letter_answers(read(job.content, job.file_name))
    except Refusal as refusal:
        return refusal
    job.target.write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
    return None


def _table(grid: Grid) -> _Table | None:
    for at, cells in enumerate(grid.rows[:_ROWS_LOOKED_AT]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                columns.setdefault(plain(cell), column)
        if len(columns.keys() & set(map(plain, HEADINGS))) >= _TELLING:
            return _Table(grid, at, columns)
    return None


def _read(table: _Table, at: int) -> AnsweredRow:
    cells = table.grid.rows[at]

    def cell(heading: str) -> Cell:
        return cells[table.columns[plain(heading)]]

    def text(heading: str) -> str:
        # a character that no text has, and that databases refuse
        said = (typed_text(cell(heading)) or "").replace("\0", "").strip()
        if len(said) > _LONGEST_TEXT:
            raise Refusal("F01", f"The text in {place(heading)} has {len(said):,} characters.", _TOO_LONG)
        return said

    def place(heading: str) -> str:
        return address(at, table.columns[plain(heading)])

    answer = cell(ANSWER)
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    return AnsweredRow(
        row=at + 1,
        number=text(NUMBER),
        organisation=text(ORGANISATION),
        year=text(YEAR),
        about=text(ABOUT),
        answer=float(answer) if is_number else text(ANSWER) or None,  # type: ignore[arg-type]
        answer_cell=place(ANSWER),
        explanation=text(EXPLANATION),
        explanation_cell=place(EXPLANATION),
    )
