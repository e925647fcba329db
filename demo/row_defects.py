"""Mistakes in the row of one organisation: which row suits each, and what it does to that row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from demo.returns import Row

_MONEY = (
    "traded_income_gbp", "grants_and_donations_gbp", "other_income_gbp", "prior_year_income_gbp",
    "total_expenditure_gbp", "investment_received_gbp",
)  # fmt: skip
_INCOME_PARTS = ("traded_income_gbp", "grants_and_donations_gbp", "other_income_gbp")
_MANY_STAFF = 5
_MIDDLING_TURNOVER_GBP = 60_000
# Whoever joined before then has figures of an earlier year in every return that mistakes are planted in.
_KNOWN_SINCE = date(2024, 4, 1)


@dataclass(frozen=True)
class RowDefect:
    """One mistake to plant: `change` alters a row for which `suits` holds; the mistake then stands in `field`."""

    rule_code: str
    kind: str
    cluster_id: str
    reporting_year: str
    field: str
    suits: Callable[[Row], bool]
    change: Callable[[Row], None]
    after_an_answer: bool = False  # only in the row of an organisation that answered the year before too


def any_row(row: Row) -> bool:
    """Any organisation that answered."""
    return True


def _has_numbers(row: Row) -> bool:
    return bool(row["charity_number"] or row["company_number"] or row["mutual_number"])


def _has_two_numbers(row: Row) -> bool:
    return bool(row["charity_number"] and row["company_number"])


def has_volunteers(row: Row) -> bool:
    """Has volunteers."""
    return bool(row["volunteers"])


def _has_few_staff(row: Row) -> bool:
    return bool(0 < row["employees_headcount"] < _MANY_STAFF)


def is_middling(row: Row) -> bool:
    """Has a turnover of middling size or more."""
    return bool(row["total_income_gbp"] >= _MIDDLING_TURNOVER_GBP)


def has_history(row: Row) -> bool:
    """Is of middling size and has figures of an earlier year."""
    return is_middling(row) and row["joined_on"] < _KNOWN_SINCE


def has_many_staff(row: Row) -> bool:
    """Has at least five employees and figures of an earlier year."""
    return bool(row["employees_headcount"] >= _MANY_STAFF and row["joined_on"] < _KNOWN_SINCE)


def _ends_in_march(row: Row) -> bool:
    return bool(row["period_ends_on"].month == 3)  # noqa: PLR2004


def put(field: str, value: object) -> Callable[[Row], None]:
    """A change that puts one answer in the place of another."""

    def change(row: Row) -> None:
        row[field] = value

    return change


def _below_zero(row: Row) -> None:
    row["total_expenditure_gbp"] = -row["total_expenditure_gbp"]


def _half_a_person(row: Row) -> None:
    row["employees_headcount"] += 0.5


def _shorthand_thousands(row: Row) -> None:
    total = round(row["total_income_gbp"], -2)
    row["traded_income_gbp"] += total - row["total_income_gbp"]
    row["total_income_gbp"] = f"{total / 1000:g}k"


def _backwards(row: Row) -> None:
    row["period_ends_on"] = row["period_ends_on"].replace(year=row["period_ends_on"].year - 1)


def _longer_by(months: int) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        starts_on = row["period_starts_on"]
        years, month = divmod(starts_on.year * 12 + starts_on.month - 1 - months, 12)
        row["period_starts_on"] = starts_on.replace(year=years, month=month + 1)

    return change


def _more_time_than_people(row: Row) -> None:
    row["employees_fte"] = row["employees_headcount"] + 1.5


def _in_thousands(row: Row) -> None:
    for field in _MONEY:
        if row[field] is not None:
            row[field] = round(row[field] / 1000)
    row["total_income_gbp"] = sum(row[part] for part in _INCOME_PARTS)


def _turnover_times(ratio: float) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for field in (*_INCOME_PARTS, "total_expenditure_gbp"):
            row[field] = round(row[field] * ratio)
        row["total_income_gbp"] = sum(row[part] for part in _INCOME_PARTS)

    return change


def _three_times_the_staff(row: Row) -> None:
    row["employees_headcount"] *= 3
    row["employees_fte"] = round(row["employees_fte"] * 3, 1)


ROW_DEFECTS = (
    RowDefect("V01", "required answer blank", "ward-end", "2025-26", "clients_supported", any_row,
              put("clients_supported", None)),
    RowDefect("V02", "words instead of a number", "walsall", "2025-26", "volunteer_hours", has_volunteers,
              put("volunteer_hours", "approx 500")),
    RowDefect("V02", "a range instead of a number", "smethwick", "2024-25", "volunteers", has_volunteers,
              put("volunteers", "10-15")),
    RowDefect("V03", "spending below zero", "wolverhampton", "2025-26", "total_expenditure_gbp", any_row, _below_zero),
    RowDefect("V04", "half a person", "ward-end", "2024-25", "employees_headcount", _has_few_staff, _half_a_person),
    RowDefect("V05", "thousands written as k", "smethwick", "2025-26", "total_income_gbp", is_middling,
              _shorthand_thousands),
    RowDefect("V06", "postcode of the wrong shape", "wolverhampton", "2024-25", "postcode", _has_numbers,
              put("postcode", "WV1 3")),
    RowDefect("V07", "legal form not on the list", "ward-end", "2025-26", "legal_form", _has_numbers,
              put("legal_form", "Company of friends")),
    RowDefect("V08", "day that does not exist", "ward-end", "2024-25", "period_ends_on", _ends_in_march,
              put("period_ends_on", "31/02/2025")),
    RowDefect("V08", "period ends before it starts", "walsall", "2025-26", "period_ends_on", _ends_in_march,
              _backwards),
    RowDefect("V09", "period of 15 months", "smethwick", "2025-26", "period_ends_on", _ends_in_march, _longer_by(3)),
    RowDefect("V09", "period of 20 months", "wolverhampton", "2025-26", "period_ends_on", _ends_in_march,
              _longer_by(8)),
    RowDefect("X01", "more full-time equivalents than people", "ward-end", "2025-26", "employees_fte",
              _has_few_staff, _more_time_than_people),
    RowDefect("X03", "people but no full-time equivalent", "walsall", "2024-25", "employees_fte", _has_few_staff,
              put("employees_fte", 0)),
    RowDefect("X10", "hours but no volunteers", "wolverhampton", "2024-25", "volunteers", has_volunteers,
              put("volunteers", 0)),
    RowDefect("X10", "volunteers but no hours", "smethwick", "2024-25", "volunteer_hours", has_volunteers,
              put("volunteer_hours", 0)),
    RowDefect("P01", "money in thousands", "walsall", "2025-26", "total_income_gbp", has_history, _in_thousands),
    RowDefect("P01", "money in thousands the year before", "ward-end", "2024-25", "total_income_gbp", has_history,
              _in_thousands),
    RowDefect("P02", "turnover far above last year's", "smethwick", "2025-26", "total_income_gbp", has_history,
              _turnover_times(3.2)),
    RowDefect("P02", "turnover far below last year's", "ward-end", "2025-26", "total_income_gbp", has_history,
              _turnover_times(0.28)),
    RowDefect("P02", "three times the staff", "wolverhampton", "2025-26", "employees_headcount", has_many_staff,
              _three_times_the_staff),
    RowDefect("R01", "no identifier and no word about it", "walsall", "2025-26", "charity_number",
              lambda row: not _has_numbers(row), put("unregistered", None)),
    RowDefect("R02", "charity number of five digits", "smethwick", "2025-26", "charity_number", _has_two_numbers,
              put("charity_number", "10900")),
    RowDefect("R03", "company number of nine characters", "wolverhampton", "2025-26", "company_number",
              _has_two_numbers, put("company_number", "98012345X")),
)  # fmt: skip
