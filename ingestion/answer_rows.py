"""Which rows below the labels hold answers: not blank ones, totals, notes, or the labels said again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestion.grids import Cell, Grid
from ingestion.headers import Header, heading
from ingestion.thousands import says_thousands
from ingestion.values import plain

# "Total", "Grand total for Walsall", "Totals 2025-26"; whether it may be a name is told by what stands beside it.
_TOTAL = re.compile(r"(?:grand |sub ?|overall |column )?(?:totals?|sums?|averages?|means?)\b")
_ONLY_TOTAL = re.compile(r"(?:grand |sub ?|overall |column )?(?:totals?|sums?|averages?)")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# A text longer than this by itself in its row is a note, not the name of an organisation.
_LONGEST_NAME = 80
_NOTE = re.compile(r"\s*(?:notes?\b|sources?\b|\*|†)", re.IGNORECASE)


def answer_rows(grid: Grid, header: Header) -> tuple[list[int], list[tuple[int, int, str]]]:
    """Rows with answers, counted from 0, and the (row, column, text) of each row that was left out.

    Blank rows, and rows in which nothing but columns outside the form is filled, are neither.
    """
    places = [column.column for column in header.columns if column.field.targets]
    rows = grid.rows
    filled = {
        row: used
        for row in range(header.below, len(rows))
        if (used := [place for place in places if rows[row][place] is not None])
    }
    last_full = max((row for row, used in filled.items() if len(used) > 1), default=-1)
    answers: list[int] = []
    left_out: list[tuple[int, int, str]] = []
    after_gap = False
    for row in range(header.below, len(rows)):
        text = _first_text(rows[row])
        if row not in filled:
            if text and _is_note(text[1]):
                left_out.append((row, *text))
            after_gap = True
            continue
        used = filled[row]
        below_all = len(used) == 1 and after_gap and row > last_full
        if text and (
            _is_total(rows[row], text[0], used)
            or _says_labels_again(rows[row], header)
            or (len(used) == 1 and (_is_note(text[1]) or below_all))
        ):
            left_out.append((row, *text))
            after_gap = True
        else:
            answers.append(row)
    return answers, left_out


def _first_text(cells: Sequence[Cell]) -> tuple[int, str] | None:
    return next(((place, cell) for place, cell in enumerate(cells) if isinstance(cell, str)), None)


def _is_total(cells: Sequence[Cell], label: int, used: Sequence[int]) -> bool:
    """Whether a row adds up others. "Total Recycling CIC" has a postcode or other words beside it; a total has not."""
    words = plain(str(cells[label]))
    if _ONLY_TOTAL.fullmatch(words):
        return True
    if not _TOTAL.match(words):
        return False
    beside = [cells[place] for place in used if place != label]
    return bool(beside) and not any(isinstance(cell, str) and _LETTERS.search(cell) for cell in beside)


def _says_labels_again(cells: Sequence[Cell], header: Header) -> bool:
    most = len(header.columns) // 2
    if list(map(type, cells)).count(str) <= most:
        return False  # too few words for most of the labels, and quick to see
    same = sum(
        isinstance(cell := cells[column.column], str) and heading(cell) == heading(column.typed)
        for column in header.columns
    )
    return same >= 2 and same > most  # noqa: PLR2004 - one answer may be worded like its label


def _is_note(text: str) -> bool:
    return _NOTE.match(text) is not None or len(text) > _LONGEST_NAME or says_thousands(text)
