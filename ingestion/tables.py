"""The tables that landed rows are kept in: fields, types and Arrow schemas, read from tables.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import yaml

from ingestion.bounds import Bounds, BoundsError, FieldBounds, bounds_in

TABLES_FILE = Path(__file__).parent / "tables.yml"

# Why a field holds no value. A blank is never zero, and "not known" is not "none".
MISSING_REASONS = (
    "blank",  # the form asks, the cell is empty
    "not asked",  # this form has no such field, or the file has no such column
    "not known",
    "not applicable",
    "refused",
    "accounts not ready",
    "not understood",  # something was typed that could not be read; a finding says what
)

_ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "codes": pa.string(),  # several codes, "; " between
    "identifier": pa.string(),
    "postcode": pa.string(),
    "reference": pa.string(),
    "references": pa.string(),  # several references, "; " between
    "yes or no": pa.bool_(),
    "date": pa.date32(),
    "money": pa.float64(),
    "number": pa.float64(),
    # A count that was typed as 7.5 is kept as 7.5, so that a rule can ask about it.
    "count": pa.float64(),
}

# What has a least and a most.
_BOUNDED = frozenset({"date", "money", "number", "count"})


@dataclass(frozen=True)
class Field:
    """One field of a landed table."""

    name: str
    type: str
    unit: str | None
    kpi: str | None
    means: str
    bounds: Bounds | None = None  # of a number or a date

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of the understood value."""
        return _ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One landed table: its grain and its fields in order."""

    name: str
    grain: str
    fields: Mapping[str, Field]

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of a landed table.

        Where the row stands comes first; then for each field the value understood, `<field>_typed` (the text as it
        was typed, null for an empty cell) and `<field>_missing` (one of MISSING_REASONS where there is no value).
        """
        columns = [pa.field(name, kind, nullable=False) for name, kind in ROW_KEYS.items()]
        for field in self.fields.values():
            columns += [
                pa.field(field.name, field.arrow_type),
                pa.field(f"{field.name}_typed", pa.string()),
                pa.field(f"{field.name}_missing", pa.string()),
            ]
        return pa.schema(columns)


# Where a landed row stands: in every table, first, never null.
ROW_KEYS: Mapping[str, pa.DataType] = {
    "receipt_id": pa.string(),
    "cluster_id": pa.string(),
    "reporting_year": pa.string(),
    "sheet": pa.string(),
    "row_number": pa.int32(),
}

# One row for each field found in a file: where its column (layout rows) or its answer (layout pairs) stands.
# A cell's address is column_letters followed by row_number, which for layout rows is the row's own number.
PLACES_SCHEMA = pa.schema(
    [
        pa.field("receipt_id", pa.string(), nullable=False),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("label", pa.string()),  # as the form words it
        pa.field("label_typed", pa.string()),  # as the file words it
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("column_letters", pa.string(), nullable=False),
        pa.field("row_number", pa.int32()),  # only for layout pairs
        pa.field("times", pa.float64(), nullable=False),  # 1000 where money was declared in thousands
    ]
)

# One row for each thing that was noticed about a cell, a row or a column while parsing.
FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("receipt_id", pa.string(), nullable=False),
        pa.field("cluster_id", pa.string(), nullable=False),
        pa.field("reporting_year", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # one of ingestion.findings.KINDS
        pa.field("table_name", pa.string()),
        pa.field("sheet", pa.string()),
        pa.field("cell", pa.string()),
        pa.field("row_number", pa.int32()),
        pa.field("field", pa.string()),
        pa.field("label", pa.string()),
        pa.field("typed", pa.string()),
        pa.field("understood", pa.string()),
        pa.field("message", pa.string(), nullable=False),
        pa.field("ask", pa.string(), nullable=False),
    ]
)


@cache
def tables() -> Mapping[str, Table]:
    """Every landed table by name, in the order of tables.yml."""
    described = yaml.safe_load(TABLES_FILE.read_text(encoding="utf-8"))
    return {
        name: Table(
            name=name,
            grain=table["grain"],
            fields={
                field: Field(field, entry["type"], entry.get("unit"), entry.get("kpi"), entry["means"], _bounds(entry))
                for field, entry in table["fields"].items()
            },
        )
        for name, table in described.items()
    }


def bounds_of(table: str, field: str, own: FieldBounds) -> Bounds | None:
    """The bounds of a field: the programme's `own` where it sets any, else those of tables.yml."""
    return own.get((table, field)) or tables()[table].fields[field].bounds


def own_bounds(written: object) -> FieldBounds:
    """The bounds that a programme sets itself: by table and field, the least and the most.

    Raises BoundsError where a table or field does not exist or has none, or where they cannot be used.
    """
    if not isinstance(written, Mapping) or not all(isinstance(fields, Mapping) for fields in written.values()):
        raise BoundsError("Write them by table and field, like organisations: {total_income_gbp: [0, 50000000]}.")
    own: dict[tuple[str, str], Bounds] = {}
    for table, fields in written.items():
        for name, two in fields.items():
            field = tables()[table].fields.get(name) if table in tables() else None
            if field is None or field.bounds is None:
                raise BoundsError(f"There is no number or date {table}.{name}. They are listed in {TABLES_FILE.name}.")
            own[table, name] = _worded_bounds(f"{table}.{name}", two, field.unit, is_date=field.type == "date")
    return own


def _bounds(entry: Mapping[str, object]) -> Bounds | None:
    kind = entry["type"]
    if kind not in _BOUNDED:
        return None
    unit = entry.get("unit")
    return bounds_in(entry["between"], unit=None if unit is None else str(unit), is_date=kind == "date")


def _worded_bounds(name: str, two: object, unit: str | None, *, is_date: bool) -> Bounds:
    try:
        return bounds_in(two, unit=unit, is_date=is_date)
    except BoundsError as error:
        raise BoundsError(f"{name}: {error}") from error
