"""What failed in a build: in words for people, with the rows that failed and the receipts that those lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.suites.gate import GateOutcome
from orchestration.dbt_build import DbtOutcome, FailedNode

# How closely a row leads to a receipt: it bears its id, its cluster and year, or its cluster alone.
BY_RECEIPT, BY_RETURN, BY_CLUSTER = 3, 2, 1
_MOST_ROWS = 1000
Row = Mapping[str, Any]

_CALCULATION = "a calculation of the figures stopped"
_SENTENCES = {
    "model": _CALCULATION,
    "seed": "reference data could not be loaded",
    "key": "two rows stand for the same thing, or a row does not say what it stands for",
    "unique": "two rows stand for the same thing",
    "filled": "a row lacks what every row must have",
    "not_null": "a row lacks what every row must have",
    "accepted_values": "a row says something that cannot be",
    "relationships": "a row speaks of something that is not known",
    "sums_agree": "a total of a cluster is not the sum over its organisations",
}
# The column in which a test of dbt's gives the value that failed, where it gives no key.
_VALUES = {"accepted_values": "value_field", "relationships": "from_field", "unique": "unique_field"}


@dataclass(frozen=True)
class Failure:
    """One thing that failed in a build."""

    name: str  # of the model, test or expectation; for the log alone
    message: str  # as dbt or the gate put it; for the log alone
    sentence: str  # for people
    rows: tuple[Row, ...] = ()  # that failed, by column; none where it names no row
    column: str | None = None  # what it is about, where that is one column


def failures_of(dbt: DbtOutcome, gate: GateOutcome | None, database: Path) -> tuple[Failure, ...]:
    """Everything that failed in a build, with its rows as far as the build database still has them."""
    with duckdb.connect(str(database), read_only=True) as connection:
        built = {node.unique_id: node.relation for node in dbt.built}
        found = [
            Failure(
                one.name,
                one.message,
                _SENTENCES.get(one.kind, "a check of the figures did not pass"),
                _rows(connection, one, built.get(one.tests)),
                one.column,
            )
            for one in dbt.failed
        ]
    for result in gate.results if gate else ():
        if not result.passed:
            why = result.why[:1].lower() + result.why[1:].rstrip(".")
            name = f"{result.mart}.{result.column or ''} {result.expectation}"
            found.append(
                Failure(name, result.sentence, f"this does not hold: {why}", tuple(result.sample), result.column)
            )
    return tuple(found)


def receipts_named(failures: Iterable[Failure], database: Path) -> dict[str, int]:
    """The receipts that failing rows lead to, with how closely; the more rows, the same closeness."""
    named: dict[str, int] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for row in (row for failure in failures for row in failure.rows):
            for receipt, closeness in _receipts_of(connection, row).items():
                named[receipt] = max(closeness, named.get(receipt, 0))
    return named


def _rows(connection: duckdb.DuckDBPyConnection, failed: FailedNode, relation: str | None) -> tuple[Row, ...]:
    """The rows that make a test fail; of a model or seed there are none."""
    if failed.kind in {"model", "seed"} or not failed.sql:
        return ()
    rows = _query(connection, f"select * from ({failed.sql}\n) limit {_MOST_ROWS}")
    value = _VALUES.get(failed.kind)
    if value and failed.column and relation:
        values = [row[value] for row in rows if value in row]
        return _query(
            connection,
            f"""
            select * from {relation}
            where "{failed.column}" in (select unnest(?)) or ("{failed.column}" is null and ?)
            limit {_MOST_ROWS}
            """,
            [[one for one in values if one is not None], None in values],
        )
    return rows


def _receipts_of(connection: duckdb.DuckDBPyConnection, row: Row) -> dict[str, int]:
    """The receipts that one row leads to."""
    direct = {str(value) for name, value in row.items() if name.endswith("receipt_id") and value}
    if direct:
        return dict.fromkeys(direct, BY_RECEIPT)
    cluster, year = row.get("cluster_id"), row.get("reporting_year")
    if cluster:
        found = _query(
            connection,
            "select receipt_id, reporting_year from landed.receipts where status = 'landed' and cluster_id = ?",
            [cluster],
        )
        return {one["receipt_id"]: BY_RETURN if one["reporting_year"] == year else BY_CLUSTER for one in found}
    for column, relation in (
        ("alert_id", "intermediate.int_alerts"),
        ("organisation_id", "intermediate.int_organisation_years"),
    ):
        if row.get(column):
            found = _query(connection, f"select receipt_id from {relation} where {column} = ?", [row[column]])
            return {one["receipt_id"]: BY_RETURN for one in found if one["receipt_id"]}
    identity = row.get("identity_id") or row.get("number_id")
    if identity:
        number = str(identity).rsplit("-", 1)[-1]
        found = _query(
            connection,
            """
            select distinct receipt_id from landed.organisations
            where $number in (charity_number, company_number, mutual_number)
            """,
            {"number": number},
        )
        return {one["receipt_id"]: BY_RETURN for one in found}
    return {}


def _query(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Row, ...]:
    """Rows by column; none where the build did not come as far as the table, or another engine wrote the SQL."""
    try:
        found = connection.execute(sql, values)
    except duckdb.Error:
        return ()
    names = [column[0] for column in found.description]
    return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())
