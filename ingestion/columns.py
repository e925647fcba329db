"""One column of a form's sheet becomes one landed field, or several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.amounts import shown
from ingestion.bounds import FieldBounds, within
from ingestion.forms import FormField, FormSheet
from ingestion.grids import Cell
from ingestion.tables import bounds_of, tables
from ingestion.values import Understood, padded_company_number, understand

ParsedColumn = Understood


@dataclass(frozen=True)
class Asked:
    """How the file writes numbers, whom its sheets may refer to, what its roll call says, and own bounds."""

    decimal: str = "."
    references: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    bounds: FieldBounds = field(default_factory=dict)


def parse_column(
    of: FormField, sheet: FormSheet, cells: Sequence[Cell], asked: Asked, times: float
) -> dict[str, ParsedColumn]:
    """The landed fields that a column fills, by name. `times` is 1000 where its money is in thousands."""
    if of.field is None:
        return _parted(of, understand(cells, "identifier")) if of.becomes else {}
    kind = tables()[sheet.table].fields[of.field].type
    choices = of.choice_map or None
    if kind in {"reference", "references"}:
        choices = asked.references
    understood = understand(cells, kind, choices=choices, times=times, decimal=asked.decimal)
    bounds = bounds_of(sheet.table, of.field, asked.bounds)
    if bounds:
        understood = within(understood, bounds)
    if sheet.table != "organisations" and understood.values.type == pa.float64():
        understood.notes += _below_zero(understood.values)
    if of.field == "company_number":
        understood.values = _padded(understood.values)
    return {of.field: understood}


def absent_columns(
    sheet: FormSheet, rows: int, present: Mapping[str, ParsedColumn] | None = None
) -> dict[str, ParsedColumn]:
    """Every field of the table that the sheet does not hold: not asked, in each row."""
    return {
        name: Understood(
            values=pa.nulls(rows, about.arrow_type),
            typed=pa.nulls(rows, pa.string()),
            missing=pa.array(["not asked"] * rows, pa.string()),
        )
        for name, about in tables()[sheet.table].fields.items()
        if name not in (present or {})
    }


def _below_zero(values: pa.Array) -> list[tuple[int, str, str | None]]:
    """A note for each number below zero. Those of organisations are looked at by a rule, since a surplus may be so."""
    rows = pc.indices_nonzero(pc.fill_null(pc.less(values, 0), False)).to_pylist()
    return [(row, "below zero", shown(values[row].as_py())) for row in rows]


def _parted(of: FormField, numbers: Understood) -> dict[str, ParsedColumn]:
    """One column of registration numbers, parted by their shape. A number of no known shape goes to the last field."""
    *_, rest = of.becomes
    goes_to = [_target(of.becomes, value, rest) for value in numbers.values.to_pylist()]
    parted: dict[str, ParsedColumn] = {}
    for target in of.becomes:
        mine = [goes == target for goes in goes_to]
        values = _kept(numbers.values, mine)
        other = pa.array(["not applicable"] * len(mine), pa.string())
        parted[target] = Understood(
            values=_padded(values) if target == "company_number" else values,
            typed=_kept(numbers.typed, mine),
            missing=pa.array(
                [
                    own if goes is None or is_mine else why
                    for own, why, goes, is_mine in zip(
                        numbers.missing.to_pylist(), other.to_pylist(), goes_to, mine, strict=True
                    )
                ],
                pa.string(),
            ),
        )
    return parted


def _target(becomes: Mapping[str, str], value: str | None, rest: str) -> str | None:
    if value is None:
        return None
    return next((target for target, pattern in becomes.items() if re.fullmatch(pattern, value)), rest)


def _kept(values: pa.Array, mine: Sequence[bool]) -> pa.Array:
    return pa.array(
        [value if keep else None for value, keep in zip(values.to_pylist(), mine, strict=True)], pa.string()
    )


def _padded(numbers: pa.Array) -> pa.Array:
    return pa.array([padded_company_number(number) if number else None for number in numbers.to_pylist()], pa.string())
