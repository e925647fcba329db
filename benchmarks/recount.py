"""Totals of clusters worked out from landed rows by pandas.

Of our SQL nothing is taken but which returns count and which rows have an unsettled error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

Figure = tuple[str, str, str, str]  # mart, column, cluster, reporting year
_Key = tuple[str, str, int]  # receipt, sheet, row
# What is summed: the column of the mart by cluster, and the landed field.
_SUMS: Mapping[str, Mapping[str, str]] = {
    "turnover_by_cluster": {"turnover_gbp": "total_income_gbp"},
    "employment_by_cluster": {
        "headcount": "employees_headcount",
        "fte": "employees_fte",
        "jobs_created_headcount": "jobs_created_headcount",
        "jobs_created_fte": "jobs_created_fte",
        "jobs_safeguarded_fte": "jobs_safeguarded_fte",
        "jobs_disadvantaged": "jobs_disadvantaged",
    },
    "social_value_by_cluster": {
        "volunteers": "volunteers",
        "volunteer_hours": "volunteer_hours",
        "contract_social_value_gbp": "contract_social_value_gbp",
        "clients_supported": "clients of different people",
        "client_attendances": "clients of attendances",
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
_SOCIAL_VALUE = "social_value_by_cluster"
_TURNOVER = "turnover_by_cluster"
_EMISSIONS = "environment_by_cluster"
# Water is supplied and then treated, and electricity is lost on its way.
_ACTIVITIES = {
    "electricity_kwh": ("electricity_kwh", "electricity_losses_kwh"),
    "water_m3": ("water_supply_m3", "water_treatment_m3"),
} | {
    name: (name,)
    for name in ("gas_kwh", "petrol_litres", "diesel_litres", "waste_landfill_tonnes", "waste_recycled_tonnes")
}
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
    for basis in ("different people", "attendances"):
        rows[f"clients of {basis}"] = rows["clients_supported"].where(rows["clients_basis"] == basis)
    excluded = {mart: _excluded(connection, mart.removesuffix("_by_cluster").replace("_", " ")) for mart in _SUMS}
    found: dict[Figure, Sequence[float] | None] = {}
    for (cluster, year), group in rows.groupby(["cluster_id", "reporting_year"]):
        for mart, columns in _SUMS.items():
            found[mart, "organisations", str(cluster), str(year)] = [1.0] * len(group)
            for column, field in columns.items():
                # Jobs are a part of social value, also where they are shown beside employment.
                out = _is_among(group, excluded[_SOCIAL_VALUE if column.startswith("jobs_") else mart])
                for name, values in _parts(column, group[field], out).items():
                    known = [float(value) for value in values if not math.isnan(value)]
                    found[mart, name, str(cluster), str(year)] = known or _nothing(name)
    factors = connection.execute("select field, year, kgco2e_per_unit from reference.ghg_factors").fetchall()
    found |= _emissions(rows, excluded[_EMISSIONS], {(field, year): factor for field, year, factor in factors})
    counts = set(counting["receipt_id"])
    tables = [connection.execute(f"select * from landed.{name}").df() for name in ("funding", "brokerage")]
    funding, brokerage = (table[table["receipt_id"].isin(counts)] for table in tables)
    years = sorted(rows[["cluster_id", "reporting_year"]].drop_duplicates().itertuples(index=False, name=None))
    return found | _growth(rows, excluded[_TURNOVER]) | _funding(funding, years) | _brokerage(brokerage, years)


def _excluded(connection: duckdb.DuckDBPyConnection, kpi: str) -> set[_Key]:
    """Rows with an error about a KPI that nobody has settled: which they are is the catalogue's to say."""
    found = connection.execute(
        """
        select years.receipt_id, years.sheet, years.row_number
        from intermediate.int_organisation_years as years
        inner join intermediate.int_held_back as held using (cluster_id, organisation_id, reporting_year)
        where held.kpi = ?
        """,
        [kpi],
    ).fetchall()
    return {(receipt, sheet, int(row)) for receipt, sheet, row in found}


def _is_among(rows: pd.DataFrame, keys: set[_Key]) -> pd.Series:
    places = zip(rows["receipt_id"], rows["sheet"], rows["row_number"], strict=True)
    return pd.Series([place in keys for place in places], index=rows.index, dtype=bool)


def _parts(column: str, values: pd.Series, out: pd.Series) -> Mapping[str, pd.Series]:
    """A total as sent, what of it is accepted, and what is excluded."""
    stem, unit = (column[:-4], "_gbp") if column.endswith("_gbp") else (column, "")
    return {column: values, f"{stem}_accepted{unit}": values[~out], f"{stem}_excluded{unit}": values[out]}


def _nothing(name: str) -> Sequence[float] | None:
    """What a column says where none of its parts is known: of what is excluded, that it is nothing."""
    return [] if "_excluded" in name else None


def _emissions(
    rows: pd.DataFrame, excluded: set[_Key], factors: Mapping[tuple[str, int], float]
) -> dict[Figure, Sequence[float] | None]:
    """Quantities by the factor of the calendar year that holds the middle of the accounting period, in tonnes."""
    found: dict[Figure, Sequence[float] | None] = {}
    for (cluster, year), group in rows.groupby(["cluster_id", "reporting_year"]):
        for name, part in _parts("tco2e", group.index.to_series(), _is_among(group, excluded)).items():
            tonnes = [one for row in group.loc[part].to_dict("records") for one in _tonnes(row, factors)]
            known = [one for one in tonnes if not math.isnan(one)]
            # Without the factor of one activity the sum is not known.
            whole = len(known) == len(tonnes)
            found[_EMISSIONS, name, str(cluster), str(year)] = (known or _nothing(name)) if whole else None
    return found


def _tonnes(row: Mapping[Any, Any], factors: Mapping[tuple[str, int], float]) -> list[float]:
    starts, ends = row["period_starts_on"], row["period_ends_on"]
    dated = not (pd.isna(starts) or pd.isna(ends))
    year = (starts + (ends - starts) // 2).year if dated else int(row["reporting_year"][:4])
    found = []
    for field, activities in _ACTIVITIES.items():
        if not math.isnan(row[field]):
            found += [row[field] * (factors.get((name, year)) or math.nan) / 1000 for name in activities]
    return found


def _funding(rows: pd.DataFrame, years: Sequence[tuple[str, str]]) -> dict[Figure, Sequence[float] | None]:
    """Money and gifts in kind by where they stand; those of a kind that is not told are in neither."""
    found: dict[Figure, Sequence[float] | None] = {}
    for cluster, year in years:
        own = rows[(rows["cluster_id"] == cluster) & (rows["reporting_year"] == year) & rows["kind"].notna()]
        for status in ("applied", "secured", "received"):
            for name, kinds in (("cash", own["kind"] != "in kind"), ("in_kind", own["kind"] == "in kind")):
                values = own["amount_gbp"][kinds & (own["status"] == status)]
                known = [float(value) for value in values if not math.isnan(value)]
                found["funding_by_cluster", f"{name}_{status}_gbp", cluster, year] = known or None
    return found


def _brokerage(rows: pd.DataFrame, years: Sequence[tuple[str, str]]) -> dict[Figure, Sequence[float] | None]:
    """Opportunities told of so far, each once with what was said of it last, and their whole-life value."""
    found: dict[Figure, Sequence[float] | None] = {}
    for cluster, year in years:
        own = rows[(rows["cluster_id"] == cluster) & (rows["reporting_year"] <= year)]
        told: dict[str, dict[str, Any]] = {}
        for row in own.sort_values(["reporting_year", "row_number"]).to_dict("records"):
            name = _plain(row["opportunity"]) or f"{row['receipt_id']} {row['row_number']}"
            known = {key: row[key] for key in ("stage", "value_gbp") if not pd.isna(row[key])}
            told[name] = told.get(name, {}) | known
        for stage in ("introduced", "won", "lost"):
            those = [one for one in told.values() if stage in ("introduced", one.get("stage"))]
            values = [float(one["value_gbp"]) for one in those if "value_gbp" in one]
            found["outputs_by_cluster", f"brokerage_{stage}_gbp", cluster, year] = values or None
            found["outputs_by_cluster", f"opportunities_{stage}", cluster, year] = [1.0] * len(those)
    return found


def _growth(rows: pd.DataFrame, held_back: set[_Key]) -> dict[Figure, Sequence[float] | None]:
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
    postcode = row["postcode"] if isinstance(row["postcode"], str) else ""
    return _plain(row["organisation_name"]) + "|" + postcode


def _plain(name: object) -> str:
    text = (name if isinstance(name, str) else "").lower().replace("&", " and ")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())
