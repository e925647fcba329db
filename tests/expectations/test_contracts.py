"""The contract of landed rows: good rows keep it, and every way of breaking it is found."""

import datetime

import pyarrow as pa
import pytest

from expectations.contracts.landed import check_landed
from ingestion.tables import tables

SCHEMA = tables()["referrals"].schema
GOOD = {
    "receipt_id": "ab" * 32,
    "cluster_id": "ward-end",
    "reporting_year": "2024-25",
    "sheet": "Referrals",
    "row_number": 3,
    "organisation": "Caldmore Pantry",
    "organisation_typed": "caldmore pantry",
    "scheme": "Growth Accelerator",
    "scheme_typed": "growth accelerator",
    "referred_on": datetime.date(2024, 6, 1),
    "referred_on_typed": "01/06/2024",
    "outcome_missing": "blank",
}


def rows(*changes: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(
        [GOOD | {"row_number": 3 + place} | change for place, change in enumerate(changes)], SCHEMA
    )


@pytest.mark.parametrize("name", list(tables()))
def test_a_table_without_rows_keeps_the_contract(name: str) -> None:
    assert check_landed(name, tables()[name].schema.empty_table()) == []


def test_good_rows_keep_the_contract() -> None:
    assert check_landed("referrals", rows({}, {}, {"receipt_id": "cd" * 32, "row_number": 3})) == []


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"receipt_id": "not a hash"}, "receipt_id"),
        ({"cluster_id": "Ward End"}, "cluster_id"),
        ({"reporting_year": "2024"}, "reporting_year"),
        ({"sheet": ""}, "sheet"),
        ({"row_number": 0}, "row_number"),
        ({"referred_on": datetime.date(1066, 10, 14)}, "referred_on"),
        ({"scheme": None}, "scheme"),
        ({"scheme": "Growth Decelerator"}, "scheme"),
        ({"reporting_year": "2024-26"}, "reporting_year"),
        ({"scheme_missing": "blank"}, "scheme"),
        ({"outcome_missing": "forgotten"}, "outcome_missing"),
    ],
)
def test_each_breach_is_found_with_its_row(change: dict[str, object], column: str) -> None:
    failures = check_landed("referrals", rows({}, change))
    assert (column, GOOD["receipt_id"] if column != "receipt_id" else "not a hash") in {
        (failure.column, failure.receipt_id) for failure in failures
    }
    row = change.get("row_number", 4)
    assert {failure.row_number for failure in failures} == {row}


def test_all_breaches_are_found_not_the_first() -> None:
    failures = check_landed("referrals", rows({"reporting_year": "x"}, {"cluster_id": "X"}, {"scheme": None}))
    assert {failure.column for failure in failures} == {"reporting_year", "cluster_id", "scheme"}


def test_a_row_that_stands_twice_is_found() -> None:
    failures = check_landed("referrals", rows({"row_number": 7}, {"row_number": 7}))
    assert {failure.row_number for failure in failures} == {7}


def test_a_number_that_is_not_finite_is_found() -> None:
    schema = tables()["funding"].schema
    values = {
        "receipt_id": "ab" * 32,
        "cluster_id": "walsall",
        "reporting_year": "2024-25",
        "sheet": "F",
        "row_number": 2,
    }
    missing = {name: "blank" for name in schema.names if name.endswith("_missing") and name != "amount_gbp_missing"}
    endless = pa.Table.from_pylist([values | missing | {"amount_gbp": float("inf")}], schema)
    assert [failure.column for failure in check_landed("funding", endless)] == ["amount_gbp"]


def test_a_column_too_many_is_found() -> None:
    extra = rows({}).append_column("surplus", pa.array(["x"]))
    assert check_landed("referrals", extra) != []
