"""Plain grids of cells: what every kind of spreadsheet becomes before a form is looked for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

# An empty cell and empty text are both None.
Cell = None | str | float | int | bool | datetime.date | datetime.datetime | datetime.time


@dataclass(frozen=True)
class Grid:
    """One sheet. Its rows are all of one length; `rows[0][0]` is cell A1.

    Leading empty rows and columns are kept, so that addresses are true; trailing ones are dropped. `merged` holds
    (first row, first column, last row, last column), counted from 0 and inclusive, where the reader knows them; only
    the first cell of a merged range holds its value.
    """

    name: str
    visible: bool
    rows: list[list[Cell]]
    merged: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class Workbook:
    """All sheets of one file. `encoding`, `delimiter` and `decimal` say how a csv was read and are None otherwise."""

    kind: str  # 'xlsx', 'xls', 'xlsb', 'ods' or 'csv'
    grids: tuple[Grid, ...]
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None  # ',' or '.'


def column_letters(index: int) -> str:
    """Letters of a column counted from 0: 0 is 'A', 26 is 'AA'."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Address of a cell whose row and column are counted from 0: (6, 1) is 'B7'."""
    return f"{column_letters(column)}{row + 1}"


def trimmed(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The same rows, all of one length, without empty rows and columns at the end."""
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    width = max((_used_width(row) for row in rows), default=0)
    return [row[:width] + [None] * (width - len(row)) if len(row) != width else row for row in rows]


def _used_width(row: Sequence[Cell]) -> int:
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    return width
