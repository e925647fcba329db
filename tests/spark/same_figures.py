"""Whether two databases hold the same tables with the same cells, as far as figures are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from publishing.tables import quoted

# Half a penny: two figures of pounds that print alike to the penny may differ by less.
_PENNY = 0.005
_RATIO = 1e-9


def differences(one: Path, other: Path, schemas: Sequence[str]) -> list[str]:
    """One sentence for each column, table or row count of these schemas in which the databases differ."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{quoted(file)}' as {name} (read_only)")
        found = []
        for schema in schemas:
            names = [_names(connection, side, schema) for side in ("one", "other")]
            if names[0] != names[1]:
                found.append(f"{schema} has the tables {names[0]} and {names[1]}")
            for table in sorted(set(names[0]) & set(names[1])):
                found += [f"{schema}.{table}: {told}" for told in _of_table(connection, f"{schema}.{table}")]
        return found


def cells(database: Path, schemas: Sequence[str]) -> int:
    """How many cells there are to compare."""
    with duckdb.connect(str(database), read_only=True) as connection:
        counted = 0
        for schema in schemas:
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = ?", [schema]
            ).fetchall():
                rows = connection.execute(f"select * from {schema}.{table}")
                counted += len(rows.description) * len(rows.fetchall())
        return counted


def _names(connection: duckdb.DuckDBPyConnection, side: str, schema: str) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by all",
            [side, schema],
        ).fetchall()
    ]


def _of_table(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    described = [
        [(name, kind) for name, kind, *_ in connection.execute(f"describe {side}.{table}").fetchall()]
        for side in ("one", "other")
    ]
    if described[0] != described[1]:
        mine, theirs = (set(columns) for columns in described)
        yield f"columns {sorted(mine - theirs)} and {sorted(theirs - mine)}"
        return
    columns = [name for name, _ in described[0]]
    # Rows are paired by all that is no fraction, and then by the fractions.
    exact = [place for place, (_, kind) in enumerate(described[0]) if kind != "DOUBLE"]
    rows = [
        sorted(
            connection.execute(f"select * from {side}.{table}").fetchall(),
            key=lambda row: ([_sortable(row[place]) for place in exact], [_sortable(value) for value in row]),
        )
        for side in ("one", "other")
    ]
    if len(rows[0]) != len(rows[1]):
        yield f"{len(rows[0])} and {len(rows[1])} rows"
        return
    for place, column in enumerate(columns):
        pairs = [(mine[place], theirs[place]) for mine, theirs in zip(*rows, strict=True)]
        unlike = [pair for pair in pairs if not _alike(column, *pair)]
        if unlike:
            yield f"{column} differs in {len(unlike)} of {len(pairs)} rows, first {unlike[0][0]!r} and {unlike[0][1]!r}"


def _sortable(value: Any) -> tuple[bool, Any]:
    """Nulls last; fractions coarsely, so that noise in the last digit pairs no row with another's."""
    if isinstance(value, float):
        return False, round(value, 4)
    return value is None, "" if value is None else value


def _alike(column: str, one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        if column.endswith("_gbp"):
            return abs(one - other) < _PENNY
        return abs(one - other) <= _RATIO * max(1.0, abs(one))
    return type(one) is type(other) and one == other
