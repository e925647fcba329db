"""The tables of an edition: every mart in one DuckDB file, as Parquet and as CSV, each sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from publishing.marts import Mart
from workspace.harmless import harmless_sql

# A client of DuckDB 1.2 or later can read a file of this storage version.
STORAGE_VERSION = "v1.2.0"
# The column that says why a cell of the column before it is empty ends so.
MARKER = "_marker"


@dataclass(frozen=True)
class Table:
    """A mart as it was written: how many rows, and DuckDB's type of each column in their order."""

    mart: Mart
    rows: int
    types: dict[str, str]
    csv: str  # its CSV file, below the folder of the edition


def write_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, folder: Path, marts: Sequence[Mart]
) -> tuple[Table, ...]:
    """Write `marts.duckdb`, `parquet/` and `csv/` into a folder from the tables of one schema, `database.schema`.

    The same rows give the same bytes of CSV and Parquet: every table is sorted by all its columns. In CSV a marker
    stands in the cell that it explains.
    """
    (folder / "parquet").mkdir(parents=True)
    (folder / "csv").mkdir()
    connection.execute(f"attach '{quoted(folder / 'marts.duckdb')}' as release (storage_version '{STORAGE_VERSION}')")
    # One transaction: each of a thousand comments would go to the disk by itself otherwise.
    connection.execute("begin")
    written = tuple(_write(connection, f"{schema}.{mart.name}", mart, folder) for mart in marts)
    connection.execute("commit")
    connection.execute("checkpoint release")
    connection.execute("detach release")
    return written


def quoted(text: object) -> str:
    """A text for use between single quotes in SQL."""
    return str(text).replace("'", "''")


def add_table(connection: duckdb.DuckDBPyConnection, source: str, mart: Mart, *, csv: str) -> Table:
    """Write one table into the database attached as `release`, sorted and with its descriptions in it.

    `csv` is the name of its CSV file, which the caller writes.
    """
    table = f"release.main.{mart.name}"
    connection.execute(f"create table {table} as select * from {source} order by all")
    # The descriptions go into the database itself, where an analyst's tool shows them.
    comments = [f"comment on table {table} is '{quoted(mart.means)}'"]
    comments += [f"comment on column {table}.\"{one.name}\" is '{quoted(one.means)}'" for one in mart.columns]
    connection.execute("; ".join(comments))
    types = dict(connection.execute(f"select column_name, column_type from (describe {table})").fetchall())
    (rows,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return Table(mart, rows, types, csv)


def _write(connection: duckdb.DuckDBPyConnection, source: str, mart: Mart, folder: Path) -> Table:
    table = f"release.main.{mart.name}"
    written = add_table(connection, source, mart, csv=f"csv/{mart.name}.csv")
    types = written.types
    parquet, csv = folder / "parquet" / f"{mart.name}.parquet", folder / written.csv
    connection.execute(f"copy (select * from {table} order by all) to '{quoted(parquet)}' (format parquet)")
    columns = ", ".join(
        _marked(column) if column + MARKER in types else harmless_sql(column) if kind == "VARCHAR" else f'"{column}"'
        for column, kind in types.items()
        if not column.endswith(MARKER)
    )
    rows_in_order = f"select {columns} from (select * from {table} order by all)"
    connection.execute(f"copy ({rows_in_order}) to '{quoted(csv)}' (format csv, header)")
    return written


def _marked(column: str) -> str:
    return f'coalesce("{column}{MARKER}", cast("{column}" as varchar)) as "{column}"'
