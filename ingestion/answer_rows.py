"""Which rows below the labels hold answers: not blank ones, totals, notes, or the labels said again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter

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
    below = range(header.below, len(rows))
    # Counted for every row; which cells they are is asked only of the few rows where it matters.
    counts = {row: full for row, full in zip(below, _full_cells(rows[header.below :], places), strict=True) if full}
    last_full = max((row for row, full in counts.items() if full > 1), default=-1)
    answers: list[int] = []
    left_out: list[tuple[int, int, str]] = []
    after_gap = False
    for row in below:
        text = _first_text(rows[row])
        if row not in counts:
            if text and _is_note(text[1]):
                left_out.append((row, *text))
            after_gap = True
            continue
        alone = counts[row] == 1
        below_all = alone and after_gap and row > last_full
        if text and (
            _is_total(rows[row], text[0], places)
            or _says_labels_again(rows[row], header)
            or (alone and (_is_note(text[1]) or below_all))
        ):
            left_out.append((row, *text))
            after_gap = True
        else:
            answers.append(row)
    return answers, left_out


def _full_cells(rows: Sequence[Sequence[Cell]], places: Sequence[int]) -> list[int]:
    """How many of these places of each row hold something."""
    if not places:
        return [0] * len(rows)
    # A place is picked twice where there is only one, since a single one does not come as a tuple.
    pick = itemgetter(places[0], *places)
    most = len(places) + 1
    return [most - found.count(None) - (found[0] is not None) for found in map(pick, rows)]


def _first_text(cells: Sequence[Cell]) -> tuple[int, str] | None:
    return next(((place, cell) for place, cell in enumerate(cells) if isinstance(cell, str)), None)


def _is_total(cells: Sequence[Cell], label: int, places: Sequence[int]) -> bool:
    """Whether a row adds up others. "Total Recycling CIC" has a postcode or other words beside it; a total has not."""
    words = plain(str(cells[label]))
    if _ONLY_TOTAL.fullmatch(words):
        return True
    if not _TOTAL.match(words):
        return False
    beside = [cells[place] for place in places if place != label and cells[place] is not None]
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
