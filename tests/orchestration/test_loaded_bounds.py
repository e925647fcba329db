"""What was landed before there were bounds, and what operators keep in registers, breaks no sum."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ingestion.bounds import bounds_in
from orchestration.loaded_bounds import beyond_in_registers
from orchestration.operations import no_operations
from orchestration.warehouse import ARRIVALS_SCHEMA, RECEIPTS_SCHEMA, load_warehouse
from tests.dbt_project.small_programme import PROGRAMME, Sent, lay

_NUMBERS = "charity_number,company_number,mutual_number,postcode"


def _loaded(tmp_path: Path, *rows: dict[str, object]) -> duckdb.DuckDBPyConnection:
    database = tmp_path / "warehouse.duckdb"
    lay(database, tmp_path / "landed", [Sent("a" * 64, "2024-25", date(2025, 6, 1), organisations=rows)])
    return duckdb.connect(str(database), read_only=True)


@pytest.mark.parametrize("number", [4929123456781234.0, -1e31, 1e160, float("inf"), float("nan")])
def test_a_landed_number_beyond_its_bounds_is_not_understood(tmp_path: Path, number: float) -> None:
    huge = {"organisation_name": "Huge", "total_income_gbp": number, "total_income_gbp_typed": "a lot"}
    with _loaded(tmp_path, huge, {"organisation_name": "Usual", "total_income_gbp": 5.0}) as connection:
        figures = connection.execute(
            "select organisation_name, total_income_gbp, total_income_gbp_typed, total_income_gbp_missing"
            " from landed.organisations order by 1"
        ).fetchall()
        (finding,) = connection.execute("select * from landed.findings").to_arrow_table().to_pylist()
    assert figures == [("Huge", None, "a lot", "not understood"), ("Usual", 5.0, None, None)]
    found = {name: finding[name] for name in ("kind", "table_name", "sheet", "cell", "field", "typed")}
    assert found == {
        "kind": "out of bounds",
        "table_name": "organisations",
        "sheet": "Organisations",
        "cell": "R6",
        "field": "total_income_gbp",
        "typed": "a lot",
    }
    assert "We expect a number from -£20,000,000,000 to £20,000,000,000 (sheet Organisations, cell R6)." in str(
        finding["message"]
    )


def test_several_cells_beyond_are_each_found(tmp_path: Path) -> None:
    rows = [
        {"organisation_name": "One", "total_income_gbp": 1e12, "volunteer_hours": 1e12, "joined_on": date(1850, 1, 1)},
        {"organisation_name": "Two", "total_income_gbp": -1e12},
    ]
    with _loaded(tmp_path, *rows) as connection:
        found = connection.execute("select field, row_number, kind from landed.findings order by all").fetchall()
        kept = connection.execute("select count(*) from landed.organisations where total_income_gbp is null").fetchone()
    assert found == [
        ("joined_on", 6, "date out of bounds"),
        ("total_income_gbp", 6, "out of bounds"),
        ("total_income_gbp", 7, "out of bounds"),
        ("volunteer_hours", 6, "out of bounds"),
    ]
    assert kept == (2,)


def test_rows_within_their_bounds_are_read_where_they_lie(tmp_path: Path) -> None:
    with _loaded(tmp_path, {"organisation_name": "Usual", "total_income_gbp": 5.0}) as connection:
        kinds = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'landed' and table_type = 'VIEW'"
        ).fetchall()
    assert {("organisations",), ("findings",), ("cover",)} <= set(kinds)


def _with_register(tmp_path: Path, name: str, text: str) -> duckdb.DuckDBPyConnection:
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / f"{name}.csv").write_text(text, encoding="utf-8")
    connection = duckdb.connect()
    load_warehouse(
        connection,
        landed=[],
        receipts=RECEIPTS_SCHEMA.empty_table(),
        arrivals=ARRIVALS_SCHEMA.empty_table(),
        labels={},
        register=tmp_path / "register",
        programme=PROGRAMME,
        operations=no_operations(),
    )
    return connection


def test_an_income_of_the_register_that_cannot_be_is_left_out_and_named(tmp_path: Path) -> None:
    head = "scheme,number,registered_name,status,removed_on,postcode,latest_income_gbp,latest_income_ends_on\n"
    rows = "GB-CHC,1,Usual,registered,,,5000,2025-03-31\nGB-CHC,2,Huge,registered,,,1e300,2025-03-31\n"
    connection = _with_register(tmp_path, "public_register", head + rows)
    incomes = connection.execute("select number, latest_income_gbp from register.public_register order by 1").fetchall()
    assert incomes == [("1", 5000.0), ("2", None)]
    assert beyond_in_registers(connection) == [
        "register/public_register.csv, line 3: latest_income_gbp is 1e+300. We expect a number from -£20,000,000,000 "
        "to £20,000,000,000, and left it out. Correct the file."
    ]


def test_a_day_that_stands_for_never_is_no_day(tmp_path: Path) -> None:
    head = f"cluster_id,organisation_name,{_NUMBERS},enrolled_on,left_on\n"
    connection = _with_register(tmp_path, "enrolments", head + "walsall,Usual,,,,,2022-04-01,9999-12-31\n")
    assert connection.execute("select enrolled_on, left_on from register.enrolments").fetchall() == [
        (date(2022, 4, 1), None)
    ]
    assert len(beyond_in_registers(connection)) == 1


def test_the_programme_may_have_drawn_its_bounds_closer_since(tmp_path: Path) -> None:
    lay(
        tmp_path / "first.duckdb",
        tmp_path / "landed",
        [Sent("a" * 64, "2024-25", date(2025, 6, 1), organisations=[{"total_income_gbp": 6.0e6}])],
    )
    own = {("organisations", "total_income_gbp"): bounds_in([0, 5_000_000], unit="GBP", is_date=False)}
    with duckdb.connect() as connection:
        load_warehouse(
            connection,
            landed=[tmp_path / "landed"],
            receipts=pa.Table.from_pylist([], schema=RECEIPTS_SCHEMA),
            arrivals=ARRIVALS_SCHEMA.empty_table(),
            labels={},
            register=tmp_path,
            programme=replace(PROGRAMME, bounds=own),
            operations=no_operations(),
        )
        found = connection.execute("select total_income_gbp_missing from landed.organisations").fetchall()
        bounds = connection.execute("select least, most from landed.fields where field = 'total_income_gbp'").fetchall()
    assert (found, bounds) == ([("not understood",)], [(0.0, 5_000_000.0)])
