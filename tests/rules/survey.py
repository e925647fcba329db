"""A public survey of sixty retailers that nobody here made, as one return, and what the rules find in it.

Its columns become ours: staff the headcount and the full-time equivalents, turnover the traded income, other revenue
the other income, total revenue the turnover, total costs the spending. Money is in thousands there. A shop has no
grants. A blank stays a blank.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from tests.dbt_project.small_programme import Sent, failures, lay, run_dbt

YEAR = "2024-25"
COLUMNS = {
    "total_income_gbp": "total.rev",
    "traded_income_gbp": "turnover",
    "other_income_gbp": "other.rev",
    "total_expenditure_gbp": "total.costs",
}
# What the survey can be asked: the rules about one figure and about figures beside each other.
APPLY = ("V03", "V11", "X01", "X02", "X03", "X04", "X05", "X07", "X08")


def read_survey(shared: Path) -> list[dict[str, Any]]:
    """One row per retailer: its `id`, and its figures in pounds and people; None where it left a blank."""
    with (shared / "known_answers" / "SBS2000.csv").open(encoding="utf-8", newline="") as handle:
        told = list(csv.DictReader(handle, delimiter=";"))
    rows = []
    for one in told:
        row: dict[str, Any] = {"id": one["id"], "staff": None if one["staff"] == "NA" else float(one["staff"])}
        row |= {ours: None if one[theirs] == "NA" else 1_000 * float(one[theirs]) for ours, theirs in COLUMNS.items()}
        rows.append(row)
    return rows


def find(project: Path, folder: Path, survey: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Rule, severity and retailer of every alert of the rules that apply, in this order. Writes below the folder."""
    rows = [
        {
            "organisation_name": one["id"],
            "charity_number": str(1_000_000 + number),
            "postcode": "WS1 1AA",
            "response_status": "answered",
            "period_starts_on": date(2024, 4, 1),
            "period_ends_on": date(2025, 3, 31),
            "grants_and_donations_gbp": 0,
            "employees_headcount": one["staff"],
            "employees_fte": one["staff"],
            **{field: one[field] for field in COLUMNS},
        }
        for number, one in enumerate(survey)
    ]
    database = folder / "warehouse.duckdb"
    lay(database, folder / "landed", [Sent("a" * 64, YEAR, date(2025, 6, 1), rows)])
    without_tests = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    outcome = run_dbt(project, database, folder / "target", "build", *without_tests, "--select", "+int_alerts")
    assert failures(outcome) == []
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            """
            select rule_code, severity, organisation_name from intermediate.int_alerts
            where list_contains(?, rule_code) order by rule_code, organisation_name
            """,
            [list(APPLY)],
        ).fetchall()
