"""Money that is said to be in thousands of pounds: in a heading, or in a line anywhere outside the answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ingestion.grids import Cell, Grid

# How people say it.
_THOUSANDS = re.compile(
    r"£\s*[(]?\s*['’]?\s*0{3}['’]?s?\b|£\s*k\b|\(\s*['’]?0{3}['’]?s?\s*\)|\b(?:in|of)\s+£?\s*thousands?\b"
    r"|\bthousands\s+of\s+pounds\b|\bin\s+000['’]?s\b|\b000s\b",
    re.IGNORECASE,
)
_OF_MONEY = re.compile(r"£|pound|gbp|money|figure|amount|value|sum|turnover|income", re.IGNORECASE)
# "Whole pounds, not thousands" asks for the opposite.
_DENIED = re.compile(r"\b(?:not|never|no|don['’]?t|avoid|without|instead|rather|whole pounds)\b", re.IGNORECASE)
_LONGEST_LINE = 200
_ROWS_LOOKED_AT = 60


class Line(NamedTuple):
    """A line that says so, and where it stands: row and column counted from 0."""

    sheet: str
    row: int
    column: int
    text: str


def without_thousands(heading: str) -> str:
    """A heading without the words that say that its money is in thousands."""
    return _THOUSANDS.sub(" ", heading)


def says_thousands(cell: Cell) -> bool:
    """Whether a line says that money is in thousands of pounds, and not that it should not be."""
    return (
        isinstance(cell, str)
        and len(cell) <= _LONGEST_LINE
        and _THOUSANDS.search(cell) is not None
        and _OF_MONEY.search(cell) is not None
        and _DENIED.search(cell) is None
    )


def first_line(grid: Grid, rows: Iterable[int]) -> Line | None:
    """The first line in these rows of a sheet that says so."""
    for row in rows:
        for column, cell in enumerate(grid.rows[row]):
            if isinstance(cell, str) and says_thousands(cell):
                return Line(grid.name, row, column, cell)
    return None


def line_beside(grids: Iterable[Grid]) -> Line | None:
    """The first line that says so on sheets that hold no answers, such as a sheet of notes."""
    found = (first_line(grid, range(min(len(grid.rows), _ROWS_LOOKED_AT))) for grid in grids)
    return next((line for line in found if line), None)
