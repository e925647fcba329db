"""What is loaded for a build keeps to its bounds: landed rows of an earlier reader, and the operator's registers.

A reader that knows the bounds lands nothing beyond them. Rows that were landed before, or before the programme drew its
bounds closer, and files that an operator edits may hold anything; one such figure must not break the sums of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from ingestion.bounds import MOST_OF_ALL, Bounds
from ingestion.findings import Finding
from ingestion.programme import Programme
from ingestion.tables import bounds_of, tables

# Dates and numbers of a register, whichever column they stand in.
_REGISTER_BOUNDS = {
    "date": Bounds(date(1900, 1, 1), date(2100, 12, 31)),
    "double": Bounds(-float(MOST_OF_ALL), float(MOST_OF_ALL)),
}
_INCOME = "latest_income_gbp"


def bound_landed(connection: duckdb.DuckDBPyConnection, programme: Programme) -> None:
    """Replace each landed figure beyond its bounds by nothing, `not understood`, with a finding as the reader words it.

    A table in which nothing is beyond stays the view that it is: one pass over its figures is all that this costs.
    """
    for table in tables().values():
        bounds = {name: bounds_of(table.name, name, programme.bounds) for name in table.fields}
        beyond = {name: _beyond(name, one) for name, one in bounds.items() if one is not None}
        if not beyond:
            continue
        counts = connection.execute(
            f"select {', '.join(f'count(*) filter (where {sql})' for sql in beyond.values())} from landed.{table.name}"
        ).fetchone()
        broken = [name for name, count in zip(beyond, counts or (), strict=True) if count]
        for name in broken:
            _find(connection, table.name, name, beyond[name], bounds[name])
        if broken:
            _blank(connection, table.name, {name: beyond[name] for name in broken})


def bound_register(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str]) -> None:
    """Replace each number or date of a register beyond its bounds by nothing, and list it in `register.beyond_bounds`.

    `types` are the columns of `register.<name>`, whose rows stand in the order of the file.
    """
    bounded = {column: _register_bounds(column, kind) for column, kind in types.items() if kind in _REGISTER_BOUNDS}
    replaced = []
    for column, bounds in bounded.items():
        beyond = _beyond(column, bounds)
        connection.execute(
            f"""
            insert into register.beyond_bounds
            select ?, line, ?, cast("{column}" as varchar), ?
            from (select *, row_number() over () + 1 as line from register.{name}) where {beyond}
            """,
            [f"{name}.csv", column, bounds.words],
        )
        replaced.append(f'case when not {beyond} then "{column}" end as "{column}"')
    if replaced:
        connection.execute(
            f"create or replace table register.{name} as select * replace ({', '.join(replaced)}) from register.{name}"
        )


def beyond_in_registers(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """One sentence for each value of a register that was not used, for whoever keeps the registers."""
    rows = connection.execute(
        "select file_name, line, column_name, found, expected from register.beyond_bounds order by all"
    ).fetchall()
    return [
        f"register/{file}, line {line}: {column} is {found}. We expect {expected}, and left it out. Correct the file."
        for file, line, column, found, expected in rows
    ]


def _register_bounds(column: str, kind: str) -> Bounds:
    income = tables()["organisations"].fields["total_income_gbp"].bounds
    return income if column == _INCOME and income else _REGISTER_BOUNDS[kind]


def _find(connection: duckdb.DuckDBPyConnection, table: str, field: str, beyond: str, bounds: Bounds | None) -> None:
    """Add a finding for each row of a table in which a field is beyond its bounds."""
    rows = connection.execute(
        f"""
        select
            this.receipt_id, this.cluster_id, this.reporting_year, this.sheet, this.row_number, this.{field}_typed,
            cast(this.{field} as varchar), places.label, places.column_letters, places.row_number
        from (select * from landed.{table} where {beyond}) as this
        left join landed.places as places
            on this.receipt_id = places.receipt_id and this.sheet = places.sheet
            and places.table_name = ? and places.field = ?
        order by all
        """,
        [table, field],
    ).fetchall()
    found = []
    for receipt_id, cluster_id, year, sheet, row_number, typed, understood, label, letters, at in rows:
        one = Finding(
            kind=bounds.kind if bounds else "",
            table_name=table,
            sheet=sheet,
            cell=f"{letters}{at or row_number}" if letters else None,
            row_number=at or row_number,
            field=field,
            label=label or tables()[table].fields[field].means.rstrip("."),
            typed=typed,
            understood=understood,
            expected=bounds.words if bounds else None,
        )
        found.append(
            (
                receipt_id, cluster_id, year, one.kind, table, sheet, one.cell, one.row_number, field, one.label,
                typed, understood, one.message, one.ask,
            )
        )  # fmt: skip
    connection.execute("create or replace temp table more_findings as select * from landed.findings limit 0")
    connection.executemany(f"insert into more_findings values ({', '.join('?' * 14)})", found)
    connection.execute("insert into more_findings select * from landed.findings")
    _as_table(connection, "findings", "select * from more_findings")


def _blank(connection: duckdb.DuckDBPyConnection, table: str, beyond: Mapping[str, str]) -> None:
    """Empty the values beyond, and say that they were not understood."""
    replaced = [f"case when not {sql} then {name} end as {name}" for name, sql in beyond.items()] + [
        f"case when {sql} then 'not understood' else {name}_missing end as {name}_missing"
        for name, sql in beyond.items()
    ]
    _as_table(connection, table, f"select * replace ({', '.join(replaced)}) from landed.{table}")


def _as_table(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    """Put the rows of a query in place of a landed table, which may be a view of Parquet files."""
    connection.execute(f"create or replace table landed.bounded as {sql}")
    (kind,) = connection.execute(
        "select table_type from information_schema.tables where table_schema = 'landed' and table_name = ?", [name]
    ).fetchone() or ("BASE TABLE",)
    connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} landed.{name}")
    connection.execute(f"alter table landed.bounded rename to {name}")


def _beyond(column: str, bounds: Bounds) -> str:
    """SQL that is true of a value beyond its bounds, and of one that is not a number; never null."""
    # Asked for by name: where a comparison alone is held against the statistics of a Parquet file, what is not a number
    # is passed over.
    no_number = "" if isinstance(bounds.least, date) else f'isnan("{column}") or '
    return f'coalesce({no_number}"{column}" not between {_literal(bounds.least)} and {_literal(bounds.most)}, false)'


def _literal(value: float | date) -> str:
    return f"date '{value}'" if isinstance(value, date) else f"{value!r}::double"
