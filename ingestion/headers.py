"""Where the labels of a form stand on a sheet: wherever they moved, over two rows, or worded otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ingestion.forms import FormField, FormSheet
from ingestion.grids import Cell, Grid
from ingestion.values import plain

# How people say that money is in thousands of pounds.
_THOUSANDS = re.compile(
    r"£\s*[(]?\s*['’]?\s*0{3}['’]?s?\b|£\s*k\b|\(\s*['’]?0{3}['’]?s?\s*\)|\b(?:in|of)\s+£?\s*thousands?\b"
    r"|\bthousands\s+of\s+pounds\b|\bin\s+000['’]?s\b|\b000s\b",
    re.IGNORECASE,
)
# The labels stand in one of the first rows of a sheet.
_ROWS_LOOKED_AT = 60
_CELLS_TO_THE_RIGHT = 6


@dataclass(frozen=True)
class Column:
    """A label found above a column. Row and column are counted from 0."""

    field: FormField
    column: int
    typed: str
    in_thousands: bool


@dataclass(frozen=True)
class Header:
    """The labels of a sheet of layout rows."""

    row: int  # the (last) row of labels; the answers begin below it
    columns: tuple[Column, ...]
    unknown: tuple[tuple[int, int, str], ...]  # (row, column, text) of headings that are none of the form's

    @property
    def found(self) -> frozenset[FormField]:
        """The fields that have a column."""
        return frozenset(column.field for column in self.columns)


@dataclass(frozen=True)
class Answer:
    """A label and the cell beside it, on a sheet of layout pairs."""

    field: FormField
    row: int
    column: int  # of the answer
    typed: str
    in_thousands: bool


@lru_cache(maxsize=4096)
def heading(text: str) -> tuple[str, bool]:
    """A heading for comparing, and whether it says that its money is in thousands of pounds."""
    without = _THOUSANDS.sub(" ", text)
    return plain(without), without != text


def says_thousands(cell: Cell) -> bool:
    """Whether a line of a sheet says that money is in thousands of pounds."""
    return isinstance(cell, str) and _THOUSANDS.search(cell) is not None


def find_header(grid: Grid, sheet: FormSheet) -> Header | None:
    """The row under which most of the form's labels stand, the first of equals; None where there are fewer than two."""
    best: Header | None = None
    spread = merged_cells(grid)
    for row in range(min(len(grid.rows), _ROWS_LOOKED_AT)):
        header = _header_at(grid, spread, row, sheet)
        if len(header.columns) >= min(2, len(sheet.fields)) and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
    return best


def find_answers(grid: Grid, sheet: FormSheet) -> tuple[Answer, ...]:
    """The first cell that bears each label, with the answer to its right."""
    left = list(sheet.fields)
    answers: list[Answer] = []
    for row, cells in enumerate(grid.rows[:_ROWS_LOOKED_AT]):
        for place, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            words, in_thousands = heading(cell)
            field = next((field for field in left if words in _headings(field)), None)
            if field:
                left.remove(field)
                answers.append(Answer(field, row, _answer_column(cells, place), cell, in_thousands))
                break
    return tuple(answers)


def merged_cells(grid: Grid) -> Mapping[tuple[int, int], Cell]:
    """What a merged range says in each of its cells but the first, which alone holds it."""
    spread: dict[tuple[int, int], Cell] = {}
    for top, first, bottom, last in grid.merged:
        if top >= len(grid.rows) or first >= len(grid.rows[top]):
            continue
        held = grid.rows[top][first]
        if held is None or (bottom - top + 1) * (last - first + 1) > len(grid.rows) + len(grid.rows[top]):
            continue
        for row in range(top, bottom + 1):
            spread |= {(row, column): held for column in range(first, last + 1) if (row, column) != (top, first)}
    return spread


def _header_at(grid: Grid, spread: Mapping[tuple[int, int], Cell], row: int, sheet: FormSheet) -> Header:
    columns: list[Column] = []
    unknown: list[tuple[int, int, str]] = []
    taken: list[FormField] = []
    for place in range(len(grid.rows[row])):
        texts = list(_texts(grid, spread, row, place))
        for text in texts:
            words, in_thousands = heading(text)
            field = _field_for(words, sheet.fields, taken)
            if field:
                taken.append(field)
                columns.append(Column(field, place, text, in_thousands))
                break
        else:
            if texts:
                unknown.append((row, place, texts[0]))
    return Header(row, tuple(columns), tuple(unknown))


def _texts(grid: Grid, spread: Mapping[tuple[int, int], Cell], row: int, column: int) -> Iterator[str]:
    """The wordings of a column's label: its own cell, with the one above in front, or the one above alone."""
    own = grid.rows[row][column]
    above = (grid.rows[row - 1][column] or spread.get((row - 1, column))) if row else None
    if isinstance(own, str):
        yield own
        if isinstance(above, str):
            yield f"{above} {own}"
    elif own is None and isinstance(above, str) and spread.get((row, column)) == above:
        yield above


def _field_for(words: str, fields: Sequence[FormField], taken: Sequence[FormField]) -> FormField | None:
    """The field that a heading means. One label may stand twice: then what stands to its left tells which it is."""
    fitting = [field for field in fields if words in _headings(field) and field not in taken]
    if len(fitting) > 1 and taken:
        follows = fields.index(taken[-1]) + 1
        if follows < len(fields) and fields[follows] in fitting:
            return fields[follows]
    return fitting[0] if fitting else None


@cache
def _headings(field: FormField) -> frozenset[str]:
    return frozenset(heading(label)[0] for label in (field.label, *field.also))


def _answer_column(cells: Sequence[Cell], label: int) -> int:
    """The first filled cell to the right of a label, else the one beside it."""
    for column in range(label + 1, min(len(cells), label + 1 + _CELLS_TO_THE_RIGHT)):
        if cells[column] is not None:
            return column
    return label + 1
