"""Rows of a release that an earlier version made, with the columns that reports read today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from publishing.totals import accepted, excluded, is_excluded, split
from reporting.years import ReturnsOfYear

Row = Mapping[str, Any]

# What a column was called before, by its name of today.
_RENAMED = {"quality_rating": "confidence", "quality_reason": "confidence_reason"}
# The totals that reports show, by the KPI of their marts.
_TOTALS: Mapping[str, tuple[str, ...]] = {
    "turnover": ("turnover_gbp",),
    "employment": (
        "headcount",
        "fte",
        "jobs_created_headcount",
        "jobs_created_fte",
        "jobs_safeguarded_fte",
        "jobs_disadvantaged",
    ),
    "social_value": (
        "volunteers",
        "volunteer_hours",
        "volunteer_hours_low_gbp",
        "volunteer_hours_central_gbp",
        "volunteer_hours_high_gbp",
        "clients_supported",
        "client_attendances",
        "contract_social_value_gbp",
    ),
    "environment": ("tco2e_scope_1", "tco2e_scope_2", "tco2e_scope_3", "tco2e"),
    "innovation": ("new_products", "new_markets"),
    "investment": ("investment_received_gbp",),
}


def returns_by_year(select: Callable[[str], Sequence[Row]], as_of: str) -> Mapping[str, ReturnsOfYear]:
    """The returns of each year of a release that has no mart of years, as of its day.

    Each cluster that has figures in any year owes one, which is near enough for a release that is soon replaced.
    """
    rows = select("select distinct cluster_id, reporting_year from turnover_by_cluster")
    due = len({row["cluster_id"] for row in rows})
    received = Counter(str(row["reporting_year"]) for row in rows)
    over = [year for year in sorted(received) if f"{int(year[:4]) + 1}-03-31" < as_of]
    most = [year for year in over if received[year] * 2 > due]
    default = next(reversed(most or over or sorted(received)), None)
    return {year: ReturnsOfYear(count, due, year == default) for year, count in received.items()}


def earlier_name(mart: str, column: str) -> str:
    """What a column was called before it had its name of today, or the total that it is a part of; else the same."""
    part = split(column)
    if part and part[0] in _totals_of(mart):
        return part[0]
    return _RENAMED.get(column, column)


def as_of_today(mart: str, rows: Sequence[Row], select: Callable[[str], Sequence[Row]], *, public: bool) -> list[Row]:
    """The same rows of a mart, with what they lack of the columns of today.

    Of the totals by cluster the accepted and the excluded part are summed from the mart by organisation, which `select`
    reads. The public edition of an earlier version has neither, so there they are not known.
    """
    named = [_with_names_of_today(row) for row in rows]
    lacking = [one for one in _totals_of(mart) if named and one in named[0] and accepted(one) not in named[0]]
    if not lacking:
        return named
    parts = {} if public else _parts(mart.removesuffix("_by_cluster") + "_by_organisation", lacking, select)
    unknown = dict.fromkeys(name(column) for column in lacking for name in (accepted, excluded))
    return [{**row, **parts.get((row["cluster_id"], row["reporting_year"]), unknown)} for row in named]


def _totals_of(mart: str) -> Sequence[str]:
    kpi, _, by = mart.rpartition("_by_")
    return _TOTALS.get(kpi, ()) if by == "cluster" else ()


def _parts(
    source: str, totals: Sequence[str], select: Callable[[str], Sequence[Row]]
) -> Mapping[tuple[str, str], dict[str, Any]]:
    known = select(f"select column_name from duckdb_columns() where table_name = '{source}'")
    columns = {row["column_name"] for row in known}
    sums = []
    for column in totals:
        flag = is_excluded(source, column) if is_excluded(source, column) in columns else "is_held_back"
        sums.append(f"sum({column}) filter (where not {flag}) as {accepted(column)}")
        sums.append(f"coalesce(sum({column}) filter (where {flag}), 0) as {excluded(column)}")
    rows = select(f"select cluster_id, reporting_year, {', '.join(sums)} from {source} group by all")
    return {(row["cluster_id"], row["reporting_year"]): dict(row) for row in rows}


def _with_names_of_today(row: Row) -> Row:
    missing = {now: row[before] for now, before in _RENAMED.items() if now not in row and before in row}
    return {**row, **missing} if missing else row
