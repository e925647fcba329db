"""A table of a page as rows for a file: the numbers behind what the page shows, unrounded, with their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reporting.document import DataTable
from reporting.words import Written

# Pounds and shares of 1 need a word beside the number; counts, people, hours and tonnes have it in their label.
_UNITS = {"pounds": "pounds", "percent": "ratio"}


def columns_and_rows(table: DataTable) -> tuple[Sequence[str], Sequence[Mapping[str, object]]]:
    """The headings and the rows by heading. What is not known or hidden stays the word that the page has for it.

    The unit stands in the heading; where it differs from row to row, in a last column.
    """
    ways = [{cell.way for cell in column if isinstance(cell, Written)} for column in zip(*table.rows, strict=True)]
    differs = any(len({_UNITS.get(way, "") for way in of_column}) > 1 for of_column in ways)
    headings = [
        f"{name} ({unit})" if not differs and (unit := _unit(of_column)) else name
        for name, of_column in zip(table.columns, ways or [set[str]()] * len(table.columns), strict=True)
    ]
    rows = [
        dict(zip(headings, map(_value, row), strict=True))
        | ({"Unit": _unit({cell.way for cell in row if isinstance(cell, Written)})} if differs else {})
        for row in table.rows
    ]
    return [*headings, *(["Unit"] if differs else [])], rows


def _unit(ways: set[str]) -> str:
    return " and ".join(sorted({_UNITS[way] for way in ways if way in _UNITS}))


def _value(cell: str) -> str | float | int:
    number = cell.number if isinstance(cell, Written) else None
    if number is None:
        return str(cell)
    return int(number) if number.is_integer() else number
