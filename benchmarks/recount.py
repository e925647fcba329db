"""Totals of clusters worked out from landed rows by pandas: of our SQL nothing is taken but which returns count."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

Figure = tuple[str, str, str, str]  # mart, column, cluster, reporting year
# What is summed: the column of the mart by cluster, and the landed field.
_SUMS: Mapping[str, Mapping[str, str]] = {
    "turnover_by_cluster": {"turnover_gbp": "total_income_gbp"},
    "employment_by_cluster": {
        "headcount": "employees_headcount",
        "fte": "employees_fte",
        "jobs_created_headcount": "jobs_created_headcount",
        "jobs_created_fte": "jobs_created_fte",
        "jobs_safeguarded_fte": "jobs_safeguarded_fte",
    },
    "social_value_by_cluster": {
        "volunteers": "volunteers",
        "volunteer_hours": "volunteer_hours",
        "contract_social_value_gbp": "contract_social_value_gbp",
    },
    "environment_by_cluster": {
        name: name
        for name in (
            "electricity_kwh", "gas_kwh", "petrol_litres", "diesel_litres", "water_m3", "waste_landfill_tonnes",
            "waste_recycled_tonnes",
        )
    },
    "innovation_by_cluster": {"new_products": "new_products", "new_markets": "new_markets"},
    "investment_by_cluster": {"investment_received_gbp": "investment_received_gbp"},
}  # fmt: skip
_TURNOVER = "turnover_by_cluster"
_BOTH_YEARS = ("like_for_like_turnover_gbp", "like_for_like_previous_gbp")
_SMALL_BASE_GBP = 5000
_SHAPES = {
    "charity_number": r"[1-9][0-9]{5,6}(-[0-9]{1,3})?|SC0[0-9]{5}|(NIC)?1[0-9]{5}",
    "company_number": r"[0-9]{8}|[A-Z]{2}[0-9]{6}|R[0-9]{7}",
    "mutual_number": r"(IP|RS|SP)?[0-9]{1,6}[A-Z]{0,2}",
}


def recount(connection: duckdb.DuckDBPyConnection) -> dict[Figure, Sequence[float] | None]:
    """The parts of each figure; None where none of its parts is known."""
    counting = connection.execute("select receipt_id from intermediate.int_returns where counts").df()
    landed = connection.execute("select * from landed.organisations").df()
    enrolled = connection.execute("select * from register.enrolments").df()
    rows = landed[landed["receipt_id"].isin(counting["receipt_id"])].copy()
    rows["organisation"] = _organisations(rows, enrolled)
    rows = rows.sort_values(["receipt_id", "sheet", "row_number"]).drop_duplicates(["receipt_id", "organisation"])
    found: dict[Figure, Sequence[float] | None] = {}
    for (cluster, year), group in rows.groupby(["cluster_id", "reporting_year"]):
        for mart, columns in _SUMS.items():
            found[mart, "organisations", str(cluster), str(year)] = [1.0] * len(group)
            for column, field in columns.items():
                known = [float(value) for value in group[field] if not math.isnan(value)]
                found[mart, column, str(cluster), str(year)] = known or None
    return found | _growth(rows, _held_back(connection))


def _held_back(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str, int]]:
    """Rows with an error about turnover that nobody has settled: which they are is the catalogue's to say."""
    found = connection.execute(
        """
        select years.receipt_id, years.sheet, years.row_number
        from intermediate.int_organisation_years as years
        inner join intermediate.int_held_back as held using (cluster_id, organisation_id, reporting_year)
        where held.kpi = 'turnover'
        """
    ).fetchall()
    return {(receipt, sheet, int(row)) for receipt, sheet, row in found}


def _growth(rows: pd.DataFrame, held_back: set[tuple[str, str, int]]) -> dict[Figure, Sequence[float] | None]:
    """Turnover over twelve months, this year's and last year's, of those with an accepted figure in both."""
    by_year = {(row["cluster_id"], row["organisation"], row["reporting_year"]): row for row in rows.to_dict("records")}
    found: dict[Figure, Sequence[float] | None] = {
        (_TURNOVER, column, str(cluster), str(year)): None
        for cluster, year in rows[["cluster_id", "reporting_year"]].drop_duplicates().itertuples(index=False)
        for column in _BOTH_YEARS
    }
    for (cluster, who, year), this in by_year.items():
        last = by_year.get((cluster, who, f"{int(year[:4]) - 1}-{year[2:4]}"))
        if last is None or this["response_status"] not in (None, "answered"):
            continue
        two = _twelve_months(this), _twelve_months(last)
        doubtful = any((one["receipt_id"], one["sheet"], one["row_number"]) in held_back for one in (this, last))
        if doubtful or this["participant_class"] == "non-trading" or math.isnan(sum(two)) or two[1] < _SMALL_BASE_GBP:
            continue
        for column, value in zip(_BOTH_YEARS, two, strict=True):
            figure = (_TURNOVER, column, str(cluster), str(year))
            found[figure] = [*(found[figure] or ()), value]
    return found


def _twelve_months(row: Mapping[Any, Any]) -> float:
    """A turnover over twelve months, by the length of the accounting period to the nearest month."""
    income, starts, ends = float(row["total_income_gbp"]), row["period_starts_on"], row["period_ends_on"]
    if pd.isna(starts) or pd.isna(ends):
        return income
    months = round((ends - starts).days * 12 / 365.25)
    return income * 12 / months if months > 0 else income


def _organisations(rows: pd.DataFrame, enrolled: pd.DataFrame) -> list[str]:
    """Who each row is: rows that share a number, directly or over others, are one; else name and postcode."""
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    def keys_of(row: Mapping[Any, Any]) -> list[str]:
        return [
            f"{kind} {row[kind]}"
            for kind, shape in _SHAPES.items()
            if isinstance(row[kind], str) and re.fullmatch(shape, str(row[kind]))
        ]

    named: dict[str, set[str]] = {}
    told = [*rows.to_dict("records"), *enrolled.to_dict("records")]
    for row in told:
        keys = keys_of(row)
        for key in keys[1:]:
            leader[find(key)] = find(keys[0])
    for row in told:
        if keys := keys_of(row):
            named.setdefault(_name(row), set()).add(find(keys[0]))
    found = []
    for row in rows.to_dict("records"):
        keys, name = keys_of(row), _name(row)
        numbered = named.get(name, set()) if not name.startswith("|") else set()
        found.append(find(keys[0]) if keys else next(iter(numbered)) if len(numbered) == 1 else name)
    return found


def _name(row: Mapping[Any, Any]) -> str:
    name = str(row["organisation_name"] or "").lower().replace("&", " and ")
    postcode = row["postcode"] if isinstance(row["postcode"], str) else ""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name).split()) + "|" + postcode
