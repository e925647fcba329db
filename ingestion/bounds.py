"""What a number or a date of a field can be at most and at least; beyond it a cell is not understood."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.amounts import shown
from ingestion.values import Understood

# Nothing may be allowed beyond this: nine thousand such figures still add up to the whole pound in a double.
MOST_OF_ALL = 1_000_000_000_000
_DAYS_OF_ALL = (date(1900, 1, 1), date(2100, 12, 31))
NUMBER_BEYOND, DATE_BEYOND = "out of bounds", "date out of bounds"


class BoundsError(ValueError):
    """Bounds that cannot be used; the message says why, and what to write instead."""


@dataclass(frozen=True)
class Bounds:
    """The least and the most that a field can be, both allowed: two numbers, or two days."""

    least: float | date
    most: float | date
    unit: str | None = None

    @property
    def words(self) -> str:
        """What is expected, in words: from £0 to £1,000."""
        first, last = (_worded(one, self.unit) for one in (self.least, self.most))
        unit = f" {self.unit}" if self.unit not in (None, "GBP", "count") else ""
        return f"{'a date' if isinstance(self.least, date) else 'a number'} from {first} to {last}{unit}"

    @property
    def kind(self) -> str:
        """The kind of finding about a cell beyond them."""
        return DATE_BEYOND if isinstance(self.least, date) else NUMBER_BEYOND


FieldBounds = Mapping[tuple[str, str], Bounds]  # by table and field


def bounds_in(written: object, *, unit: str | None, is_date: bool) -> Bounds:
    """Bounds as they are written in YAML: a list of the least and the most.

    Raises BoundsError where they are no two numbers (or days), stand in the wrong order, or allow what sums could no
    longer hold.
    """
    found = list(written) if isinstance(written, list | tuple) else []
    if len(found) != 2 or not all(_is_day(one) if is_date else _is_number(one) for one in found):  # noqa: PLR2004
        example = "[2000-01-01, 2050-12-31]" if is_date else "[0, 50000000]"
        raise BoundsError(f"{written!r} is not the least and the most. Write them like {example}.")
    least, most = found
    if least >= most:
        raise BoundsError(f"{least} is not below {most}. Write the least first, then the most.")
    first, last = _DAYS_OF_ALL if is_date else (-MOST_OF_ALL, MOST_OF_ALL)
    if least < first or most > last:
        raise BoundsError(f"[{least}, {most}] goes too far. Stay between {first} and {last}.")
    return Bounds(least, most, unit) if is_date else Bounds(float(least), float(most), unit)


def within(column: Understood, bounds: Bounds) -> Understood:
    """The same column, in which a value beyond its bounds is not understood. What was typed stays beside it."""
    values = column.values
    low, high = (pa.scalar(one, values.type) for one in (bounds.least, bounds.most))
    beyond = pc.fill_null(pc.or_(pc.less(values, low), pc.greater(values, high)), False)
    rows = pc.indices_nonzero(beyond).to_pylist()
    if not rows:
        return column
    notes = [note for note in column.notes if note[0] not in set(rows)]
    notes += [(row, bounds.kind, _shown(values[row].as_py())) for row in rows]
    return Understood(
        values=pc.if_else(beyond, pa.scalar(None, values.type), values),
        typed=column.typed,
        missing=pc.if_else(beyond, pa.scalar("not understood"), column.missing),
        notes=sorted(notes, key=lambda note: note[0]),
    )


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool) and not math.isnan(one)


def _is_day(one: object) -> bool:
    return type(one) is date


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else shown(value)  # type: ignore[arg-type]


def _worded(value: float | date, unit: str | None) -> str:
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    pounds = "£" if unit == "GBP" else ""
    return f"{'-' if value < 0 else ''}{pounds}{abs(value):,.13g}"
