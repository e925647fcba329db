"""Rows as a table of plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Rows as text columns; numbers to the right, None as a dash."""
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(len(heading), *(len(row[place]) for row in texts), 0) for place, heading in enumerate(headings)]
    right = [
        all(isinstance(row[place], int | float) or row[place] is None for row in rows) for place in range(len(headings))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return [line(headings), line(["-" * width for width in widths]), *(line(row) for row in texts)]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)
