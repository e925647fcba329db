"""The build database: a new DuckDB file each night, made from the landed rows, the register and the programme."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.programme import Programme, year_bounds
from ingestion.tables import FINDINGS_SCHEMA, PLACES_SCHEMA, bounds_of, tables
from orchestration.loaded_bounds import bound_landed, bound_register
from workspace.errors import PlainError


class RegisterError(PlainError):
    """A file of the register cannot be used; the message says what to do, in one line."""


# One row for each receipt, whether it was landed or refused.
RECEIPTS_SCHEMA = pa.schema(
    [
        pa.field("receipt_id", pa.string(), nullable=False),  # SHA-256 of the bytes
        pa.field("file_name", pa.string(), nullable=False),  # path below the inbox when first seen
        pa.field("size_bytes", pa.int64(), nullable=False),
        pa.field("arrived_at", pa.timestamp("us", tz="UTC"), nullable=False),  # when it was put in the inbox
        pa.field("received_at", pa.timestamp("us", tz="UTC"), nullable=False),  # when a night first saw it
        pa.field("status", pa.string(), nullable=False),  # landed, refused or set aside
        pa.field("refusal_rule", pa.string()),  # F01, F02, F03 or F05
        pa.field("refusal_message", pa.string()),
        pa.field("refusal_ask", pa.string()),
        pa.field("form", pa.string()),
        pa.field("form_version", pa.int32()),
        pa.field("cluster_id", pa.string()),  # null where it could not be told
        pa.field("reporting_year", pa.string()),
        pa.field("organisation_rows", pa.int32()),
        pa.field("set_aside_reason", pa.string()),  # why it is set aside, and where in it to look
    ]
)

# One row for each time that a file came, also when its bytes were known already.
ARRIVALS_SCHEMA = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),  # only grows; which return counts is decided by it
        pa.field("arrived_with", pa.int64(), nullable=False),  # the first of those found together with one file time
        pa.field("receipt_id", pa.string(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),  # path below the inbox
        pa.field("channel", pa.string(), nullable=False),  # inbox, remote inbox or console
        pa.field("sender", pa.string()),  # the cluster, where the path tells
        pa.field("file_at", pa.timestamp("us", tz="UTC"), nullable=False),  # the file's own time
        pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),  # when a run first saw it there
        pa.field("arrived_at", pa.timestamp("us", tz="UTC"), nullable=False),  # the earlier of both
        pa.field("known_at", pa.timestamp("us", tz="UTC"), nullable=False),  # it was there by then, whatever the clocks
    ]
)

# One row for each field of a landed table.
FIELDS_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("table_name", "field", "label", "type", "unit", "kpi", "means")),
        pa.field("bounds", pa.string()),  # of a number or a date, in words
        pa.field("least", pa.float64()),  # of a number
        pa.field("most", pa.float64()),
    ]
)

# One row for each number or date of the register that is beyond its bounds, and was not used.
BEYOND_SCHEMA = pa.schema(
    [
        pa.field("file_name", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("column_name", pa.string()),
        pa.field("found", pa.string()),
        pa.field("expected", pa.string()),
    ]
)

# The register is kept by WMCA under the home: who is enrolled, an extract of the public registers, and how clusters and
# places that would become one meet the criteria of the business case. Each is optional.
REGISTER_SCHEMAS: Mapping[str, Mapping[str, str]] = {
    "enrolments": {
        "cluster_id": "varchar",
        "organisation_name": "varchar",
        "charity_number": "varchar",
        "company_number": "varchar",
        "mutual_number": "varchar",
        "postcode": "varchar",
        "enrolled_on": "date",
        "left_on": "date",
    },
    "public_register": {
        "scheme": "varchar",  # GB-CHC, GB-COH or GB-MPR
        "number": "varchar",
        "registered_name": "varchar",
        "status": "varchar",  # registered or removed
        "removed_on": "date",
        "postcode": "varchar",
        "linked_number": "varchar",  # of a charity: the number of its company
        "latest_income_gbp": "double",  # as its last accounts on the register have it
        "latest_income_ends_on": "date",  # the last day of those accounts
    },
    "assessments": {
        "cluster_id": "varchar",  # of the programme, or of a place that would become a cluster
        "cluster_name": "varchar",
        "criterion": "varchar",  # as the mart readiness_by_cluster names it
        "verdict": "varchar",  # met or not met
        "number": "double",  # where the criterion counts something
        "evidence": "varchar",
        "assessed_on": "date",
    },
}
# Columns of the register that a file may lack.
_MAY_LACK = frozenset({"linked_number", "latest_income_gbp", "latest_income_ends_on"})

_PROGRAMME_TYPES: Mapping[str, str] = {
    "started_on": "date",
    "ended_on": "date",
    "opens_on": "date",
    "due_on": "date",
    "starts_on": "date",
    "ends_on": "date",
    "value": "double",
    "grant_gbp": "double",
    "coordination_share": "double",
    "cluster_year": "integer",
}


def load_warehouse(
    connection: duckdb.DuckDBPyConnection,
    *,
    landed: Sequence[Path],
    receipts: pa.Table,
    arrivals: pa.Table,
    labels: Mapping[tuple[str, str], str],
    register: Path,
    programme: Programme,
    operations: Mapping[str, pa.Table],
) -> None:
    """Make the schemas `landed`, `register`, `programme` and `operations`, on which every dbt model stands.

    In the folders `landed` lies a folder for each landed receipt, whose Parquet files are read where they lie; their
    names are not kept, so that no statement grows with how many have come. `labels` words each
    (table, field) as the programme's own form does. A register file that is absent is an empty table. `operations` are
    the register of alerts and the decisions.
    """
    for schema in ("landed", "register", "programme", "operations"):
        connection.execute(f"create schema if not exists {schema}")
    described = {name: table.schema for name, table in tables().items()}
    described |= {"places": PLACES_SCHEMA, "findings": FINDINGS_SCHEMA}
    for name, columns in described.items():
        _landed_view(connection, name, columns, landed)
    _table(connection, "landed.receipts", receipts.cast(RECEIPTS_SCHEMA))
    _table(connection, "landed.arrivals", arrivals.cast(ARRIVALS_SCHEMA))
    _table(connection, "landed.fields", _fields(labels, programme))
    bound_landed(connection, programme)
    _table(connection, "register.beyond_bounds", BEYOND_SCHEMA.empty_table())
    for name, columns in REGISTER_SCHEMAS.items():
        _register_table(connection, name, columns, register / f"{name}.csv")
    years = [
        {
            **year,
            "starts_on": str(year_bounds(year["reporting_year"])[0]),
            "ends_on": str(year_bounds(year["reporting_year"])[1]),
        }
        for year in programme.reporting_years
    ]
    _programme_table(connection, "clusters", programme.clusters)
    _programme_table(connection, "reporting_years", years)
    _programme_table(connection, "targets", programme.targets)
    _programme_table(connection, "grant_schedule", programme.grant_schedule)
    for name, rows in operations.items():
        _table(connection, f"operations.{name}", rows)


def _landed_view(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, landed: Iterable[Path]) -> None:
    found = [folder for folder in landed if any(folder.glob(f"*/{name}.parquet"))]
    if found:
        patterns = ", ".join(
            "'" + f"{_as_pattern(folder)}/*/{name}.parquet".replace("'", "''") + "'" for folder in found
        )
        connection.execute(f"create or replace view landed.{name} as select * from read_parquet([{patterns}])")
    else:
        _table(connection, f"landed.{name}", schema.empty_table())


def _as_pattern(folder: Path) -> str:
    """A folder as DuckDB's patterns of files take it, whatever its name."""
    # A backslash, which no bracket takes, is within the three signs from one bracket to the other.
    return re.sub(r"[*?\[\]\\]", lambda sign: "[[-]]" if sign[0] == "\\" else f"[{sign[0]}]", str(folder))


def _table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("rows_to_load", rows)
    connection.execute(f"create or replace table {name} as select * from rows_to_load")
    connection.unregister("rows_to_load")


def _fields(labels: Mapping[tuple[str, str], str], programme: Programme) -> pa.Table:
    rows = []
    for table in tables().values():
        for field in table.fields.values():
            bounds = bounds_of(table.name, field.name, programme.bounds)
            numbers = bounds is not None and not isinstance(bounds.least, date)
            rows.append(
                {
                    "table_name": table.name,
                    "field": field.name,
                    "label": labels.get((table.name, field.name), field.means.rstrip(".")),
                    "type": field.type,
                    "unit": field.unit,
                    "kpi": field.kpi,
                    "means": field.means,
                    "bounds": bounds.words if bounds else None,
                    "least": bounds.least if bounds and numbers else None,
                    "most": bounds.most if bounds and numbers else None,
                }
            )
    return pa.Table.from_pylist(rows, schema=FIELDS_SCHEMA)


def _register_table(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], file: Path) -> None:
    _read_register(connection, name, types, file)
    bound_register(connection, name, types)


def _read_register(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], file: Path) -> None:
    rows = _register_rows(types, file) if file.is_file() else []
    try:
        _typed_table(connection, f"register.{name}", rows, types)
    except duckdb.Error as error:
        raise RegisterError(
            f"{file} cannot be used: {str(error).splitlines()[0]}. Dates are written 2026-03-31."
        ) from error


def _register_rows(types: Mapping[str, str], file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            lacking = set(types) - set(reader.fieldnames or ()) - _MAY_LACK
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise RegisterError(f"{file} is not text (UTF-8). Save it again as CSV UTF-8, or restore it.") from error
    except csv.Error as error:
        raise RegisterError(f"{file} cannot be read as CSV ({error}). Save it again, or restore it.") from error
    if lacking:
        raise RegisterError(f"{file} lacks the column {min(lacking)}. Its columns are {', '.join(types)}.")
    return rows


def check_register(file: Path) -> None:
    """Raise RegisterError where a file of the register cannot be used; files of other names are nothing of ours."""
    if file.stem in REGISTER_SCHEMAS:
        with duckdb.connect() as connection:
            connection.execute("create schema register")
            _read_register(connection, file.stem, REGISTER_SCHEMAS[file.stem], file)


def _programme_table(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, str]]) -> None:
    types = {column: _PROGRAMME_TYPES.get(column, "varchar") for column in (rows[0] if rows else ())}
    _typed_table(connection, f"programme.{name}", rows, types)


def _typed_table(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, str]], types: Mapping[str, str]
) -> None:
    """A table from rows of text; an empty text is null."""
    texts = pa.table({column: pa.array([row.get(column) or None for row in rows], pa.string()) for column in types})
    casts = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in types.items())
    connection.register("rows_to_load", texts)
    connection.execute(f"create or replace table {name} as select {casts} from rows_to_load")
    connection.unregister("rows_to_load")
