"""Where in a return to look first, once a build is known to stop at it: sheet and cell, as near as can be told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb

from ingestion.tables import tables
from orchestration.failing_rows import Failure, Row

_MOST_PLACES = 3
# A figure is odd where it is so many times the largest of all other returns in the same field, and of this least.
_ODD_TIMES = 100.0
_LEAST = 100_000.0
_NUMBERS = {"money", "number", "count"}


def cells_to_look_at(
    failures: Iterable[Failure], receipt_id: str, connection: duckdb.DuckDBPyConnection
) -> tuple[str, ...]:
    """Up to three places such as “Organisations, cell H17 (1e+200)”, the likeliest first; none where none stands out.

    The rows that failed come first. In the rows of a failure, and where no row is named in the whole return, the
    figures that are out of all proportion to those of other returns are given.
    """
    try:
        return tuple(dict.fromkeys(_places(connection, failures, receipt_id)))[:_MOST_PLACES]
    except duckdb.Error:
        return ()


def _places(connection: duckdb.DuckDBPyConnection, failures: Iterable[Failure], receipt_id: str) -> Iterator[str]:
    odd = dict(_odd_cells(connection, receipt_id))
    named: list[tuple[str, int, str | None]] = []
    for failure in failures:
        for row in failure.rows:
            named += [(*place, failure.column) for place in _rows_of(connection, row, receipt_id)]
    for sheet, number, column in named:
        here = [text for (of_sheet, of_row), text in odd.items() if (of_sheet, of_row) == (sheet, number)]
        cell = _cell(connection, receipt_id, sheet, column, number)
        yield from here or [f"{sheet}, cell {cell}" if cell else f"{sheet}, row {number}"]
    if not named:
        yield from odd.values()


def _rows_of(connection: duckdb.DuckDBPyConnection, row: Row, receipt_id: str) -> list[tuple[str, int]]:
    """Sheet and row in the return that a failing row comes from."""
    if row.get("sheet") and row.get("row_number") and row.get("receipt_id") == receipt_id:
        return [(row["sheet"], int(row["row_number"]))]
    if row.get("organisation_id"):
        return connection.execute(
            """
            select distinct sheet, row_number from intermediate.int_organisation_years
            where receipt_id = ? and organisation_id = ?
            order by all
            """,
            [receipt_id, row["organisation_id"]],
        ).fetchall()
    return []


def _odd_cells(connection: duckdb.DuckDBPyConnection, receipt_id: str) -> Iterator[tuple[tuple[str, int], str]]:
    """The oddest cell of each row that has one, the oddest first: where it stands, and in words."""
    found: list[tuple[float, str, int, str, Any]] = []
    for table in tables().values():
        numbers = [field.name for field in table.fields.values() if field.type in _NUMBERS]
        if not numbers:
            continue
        largest = (
            connection.execute(
                f"select {', '.join(f'max(abs({name}))' for name in numbers)} from landed.{table.name} "
                "where receipt_id <> ?",
                [receipt_id],
            ).fetchone()
            or ()
        )
        columns = ", ".join(["sheet", "row_number", *numbers])
        for row in connection.execute(
            f"select {columns} from landed.{table.name} where receipt_id = ? order by row_number", [receipt_id]
        ).fetchall():
            for name, value, usual in zip(numbers, row[2:], largest, strict=True):
                odds = _oddness(value, usual)
                if odds > _ODD_TIMES:
                    found.append((odds, row[0], row[1], name, value))
    seen: set[tuple[str, int]] = set()
    for _, sheet, number, name, value in sorted(found, key=lambda one: (-one[0], one[1:4])):
        if (sheet, number) in seen:
            continue
        seen.add((sheet, number))
        cell = _cell(connection, receipt_id, sheet, name, number)
        yield (sheet, number), f"{sheet}, {f'cell {cell}' if cell else f'row {number}'} ({value:,g})"


def _oddness(value: Any, largest_elsewhere: float | None) -> float:
    """How many times the largest figure of other returns this one is; endless for what is no figure."""
    if value is None:
        return 0.0
    if not math.isfinite(value):
        return math.inf
    usual = largest_elsewhere if largest_elsewhere is not None and math.isfinite(largest_elsewhere) else 0.0
    return float(abs(value) / max(usual, _LEAST))


def _cell(
    connection: duckdb.DuckDBPyConnection, receipt_id: str, sheet: str, field: str | None, number: int
) -> str | None:
    """The cell of a field in a row, such as H17; None where the field has no place of its own in the return."""
    place = connection.execute(
        """
        select column_letters, row_number from landed.places
        where receipt_id = ? and sheet = ? and field = ? and column_letters is not null
        """,
        [receipt_id, sheet, field or ""],
    ).fetchone()
    return f"{place[0]}{place[1] or number}" if place else None
