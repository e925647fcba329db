"""Totals in reports: what is accepted is the figure, and what is excluded stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from publishing.totals import accepted, excluded
from reporting import words
from reporting.figures import Figures, Row


def is_total(figures: Figures, mart: str, column: str) -> bool:
    """Whether a column is a total that has an accepted and an excluded part."""
    return figures.shows(mart, accepted(column))


def column_shown(figures: Figures, mart: str, column: str) -> str:
    """The column that is shown for a figure: of a total its accepted part."""
    return accepted(column) if is_total(figures, mart, column) else column


def excluded_of(rows: Iterable[Row], column: str) -> words.Figure:
    """What of a total over some rows is excluded: 0 where nothing is, hidden where it is for one of them."""
    return words.total(row.get(excluded(column)) for row in rows) or 0


def is_some(figure: words.Figure) -> bool:
    """Whether there is something excluded to be told of, even if how much is hidden."""
    return figure == words.HIDDEN or bool(figure)


def excluded_said(rows: Sequence[Row], column: str, write: str, year: str) -> str:
    """The sentence on what is excluded from a total of a year; nothing where nothing is. Starts with a blank."""
    figure = excluded_of(rows, column)
    if not is_some(figure):
        return ""
    return " " + words.say("excluded", "some", year=year, excluded=words.WRITE[write](figure))
