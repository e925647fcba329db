"""From what failed to the receipts and cells behind it, on a database made by hand: no dbt runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.suites.gate import GateOutcome, GateResult
from ingestion.tables import PLACES_SCHEMA, tables
from orchestration.cells_to_look_at import cells_to_look_at
from orchestration.dbt_build import BuiltNode, DbtOutcome, FailedNode
from orchestration.failing_rows import BY_CLUSTER, BY_RECEIPT, BY_RETURN, Failure, failures_of, receipts_named

RECEIPTS = [("w24", "walsall", "2024-25"), ("w25", "walsall", "2025-26"), ("s25", "smethwick", "2025-26")]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Three landed receipts, with one organisation each; Walsall's of 2025-26 has two."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        for schema in ("landed", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table landed.receipts (receipt_id text, cluster_id text, reporting_year text, status text)"
        )
        connection.executemany("insert into landed.receipts values (?, ?, ?, 'landed')", RECEIPTS)
        connection.execute(
            """
            create table intermediate.int_organisation_years as
            select * from (values
                ('walsall', 'A', '2024-25', 'w24', 'Organisations', 6),
                ('walsall', 'A', '2025-26', 'w25', 'Organisations', 7),
                ('walsall', 'B', '2025-26', 'w25', 'Organisations', 8),
                ('smethwick', 'C', '2025-26', 's25', 'Organisations', 6)
            ) as t (cluster_id, organisation_id, reporting_year, receipt_id, sheet, row_number)
            """
        )
        connection.execute("create table intermediate.int_alerts as select 'a1' as alert_id, 's25' as receipt_id")
        connection.execute(
            "create table marts.employment as "
            "select *, case organisation_id when 'B' then 'odd' else 'fine' end as kind "
            "from intermediate.int_organisation_years"
        )
        for name, table in tables().items():
            connection.register("rows", _rows(name).cast(table.schema))
            connection.execute(f"create table landed.{name} as from rows")
        connection.register("rows", pa.Table.from_pylist(PLACES, schema=PLACES_SCHEMA))
        connection.execute("create table landed.places as from rows")
    return file


def place(receipt: str, field: str, letters: str) -> dict[str, Any]:
    told = {"receipt_id": receipt, "table_name": "organisations", "field": field, "label": field, "label_typed": field}
    return {**told, "sheet": "Organisations", "column_letters": letters, "row_number": None, "times": 1.0}


PLACES = [
    place(receipt, field, letters)
    for receipt in ("w24", "w25", "s25")
    for field, letters in (("total_income_gbp", "H"), ("volunteers", "M"), ("joined_on", "F"))
]


def _rows(table: str) -> pa.Table:
    schema = tables()[table].schema
    if table != "organisations":
        return schema.empty_table()
    found = []
    for receipt, cluster, year, number, income, joined in (
        ("w24", "walsall", "2024-25", 6, 200_000.0, None),
        ("w25", "walsall", "2025-26", 7, 1e17, None),
        ("w25", "walsall", "2025-26", 8, 300_000.0, None),
        ("s25", "smethwick", "2025-26", 6, 5_000_000.0, None),
    ):
        row = dict.fromkeys(schema.names)
        row |= {"receipt_id": receipt, "cluster_id": cluster, "reporting_year": year, "sheet": "Organisations"}
        found.append(row | {"row_number": number, "total_income_gbp": income, "joined_on": joined, "volunteers": 4.0})
    return pa.Table.from_pylist(found, schema=pa.schema([field.with_nullable(True) for field in schema]))


def failed(kind: str, sql: str, column: str | None = None) -> DbtOutcome:
    built = (BuiltNode("model.employment", "employment", '"marts"."employment"', "table", "", ()),)
    node = FailedNode("test_of_ours", kind, sql, "model.employment", column, "Got 1 result, configured to fail if != 0")
    return DbtOutcome(succeeded=False, failures=("test_of_ours: Got 1 result",), built=built, failed=(node,))


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("select 'w25' as receipt_id, 'walsall' as cluster_id", {"w25": BY_RECEIPT}),
        ("select 's25' as replaces_receipt_id", {"s25": BY_RECEIPT}),
        (
            "select 'walsall' as cluster_id, '2025-26' as reporting_year, count(*) as rows_found",
            {"w25": BY_RETURN, "w24": BY_CLUSTER},
        ),
        ("select 'walsall' as cluster_id, 'A' as organisation_id", {"w24": BY_CLUSTER, "w25": BY_CLUSTER}),
        ("select 'A' as organisation_id", {"w24": BY_RETURN, "w25": BY_RETURN}),
        ("select 'a1' as alert_id", {"s25": BY_RETURN}),
        ("select 2024 as financial_year", {}),
        ("select * from table_that_was_never_built", {}),
    ],
)
def test_rows_lead_to_receipts_by_what_they_bear(database: Path, sql: str, named: dict[str, int]) -> None:
    assert receipts_named(failures_of(failed("key", sql), None, database), database) == named


def test_a_value_leads_to_its_rows(database: Path) -> None:
    outcome = failed("accepted_values", "select 'odd' as value_field, 1 as n_records", "kind")
    (failure,) = failures_of(outcome, None, database)
    assert failure.sentence == "a row says something that cannot be"
    assert [row["organisation_id"] for row in failure.rows] == ["B"]
    assert receipts_named([failure], database) == {"w25": BY_RECEIPT}


def test_a_model_names_no_row_and_no_sentence_names_a_model(database: Path) -> None:
    (failure,) = failures_of(failed("model", "select 1"), None, database)
    assert (failure.rows, failure.sentence) == ((), "a calculation of the figures stopped")
    (failure,) = failures_of(failed("test", "select 'w25' as receipt_id"), None, database)
    assert failure.sentence == "a check of the figures did not pass"


def test_the_gate_leads_to_receipts_too(database: Path) -> None:
    rows = ({"cluster_id": "smethwick", "reporting_year": "2025-26"},)
    result = GateResult("m", "expect_x", "c", False, 1, rows, "A share lies between 0 and 1.", None)
    good = GateResult("m", "expect_y", "c", True, 0, (), "Nothing.", None)
    (failure,) = failures_of(DbtOutcome(True, ()), GateOutcome(False, (good, result)), database)
    assert failure.sentence == "this does not hold: a share lies between 0 and 1"
    assert receipts_named([failure], database) == {"s25": BY_RETURN}


@pytest.fixture
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database), read_only=True) as opened:
        yield opened


def failure(column: str | None, **row: object) -> Failure:
    return Failure("a test", "it failed", "a check did not pass", (row,), column)


def test_without_a_row_the_figures_out_of_all_proportion_are_named(connection: duckdb.DuckDBPyConnection) -> None:
    assert cells_to_look_at((), "w25", connection) == ("Organisations, cell H7 (1e+17)",)
    assert cells_to_look_at((), "w24", connection) == ()


def test_with_a_row_its_cell_is_named_or_the_row(connection: duckdb.DuckDBPyConnection) -> None:
    by_place = failure("volunteers", receipt_id="w24", sheet="Organisations", row_number=6)
    assert cells_to_look_at([by_place], "w24", connection) == ("Organisations, cell M6",)
    by_key = failure("share", cluster_id="walsall", organisation_id="A", reporting_year="2024-25")
    assert cells_to_look_at([by_key], "w24", connection) == ("Organisations, row 6",)
    # What is out of all proportion in that row says more than the row; of another row it says nothing.
    assert cells_to_look_at([by_key], "w25", connection) == ("Organisations, cell H7 (1e+17)",)
