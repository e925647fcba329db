"""Mistakes that only show when figures are held against one another, or against what is possible."""

from __future__ import annotations

from demo.returns import Row
from demo.row_defects import RowDefect, any_row, has_history, has_many_staff, has_volunteers, is_middling, put

_LARGE_TURNOVER_GBP = 300_000
_SOME_VOLUNTEERS = 4
_DECEMBER = 12
_INCOME_PARTS = ("traded_income_gbp", "grants_and_donations_gbp", "other_income_gbp")


def _is_large(row: Row) -> bool:
    return bool(row["total_income_gbp"] >= _LARGE_TURNOVER_GBP)


def _had_volunteers(row: Row) -> bool:
    return has_history(row) and bool((row["volunteers"] or 0) >= _SOME_VOLUNTEERS)


def _ends_in_december(row: Row) -> bool:
    return has_history(row) and bool(row["period_ends_on"].month == _DECEMBER)


def _hardly_any_time(row: Row) -> None:
    row["employees_fte"] = round(row["employees_headcount"] * 0.08, 2)


def _more_trade_than_income(row: Row) -> None:
    row["traded_income_gbp"] = round(row["total_income_gbp"] * 1.4)


def _parts_too_large(row: Row) -> None:
    row["other_income_gbp"] += round(row["total_income_gbp"] * 0.06) + 150


def _one_person_earns_all(row: Row) -> None:
    row["employees_headcount"], row["employees_fte"] = 1, 1.0


def _spends_less_than_pay(row: Row) -> None:
    row["total_expenditure_gbp"] = round(row["employees_fte"] * 5_000)


def _hours_without_sleep(row: Row) -> None:
    row["volunteer_hours"] = row["volunteers"] * 900


def _more_jobs_than_staff(row: Row) -> None:
    row["jobs_created_fte"] = round(row["employees_fte"] + 3, 1)


def _more_disadvantaged_than_jobs(row: Row) -> None:
    row["jobs_disadvantaged"] = (row["jobs_created_headcount"] or 0) + 2


def _products_without_a_word(row: Row) -> None:
    row["new_products"], row["new_products_note"] = 3, None


def _markets_without_a_word(row: Row) -> None:
    row["new_markets"], row["new_markets_note"] = 2, "van"


def _telephone_number(row: Row) -> None:
    row["new_products"], row["new_products_note"] = 1, "A repair café; ask Jo on 07700 900123"


def _meter_reading(row: Row) -> None:
    row["electricity_kwh"] = round(60_000 * max(row["employees_fte"] or 0, 1))


def _gas_in_watt_hours(row: Row) -> None:
    row["gas_kwh"] = round(150_000 * max(row["employees_fte"] or 0, 1))


def _year_before_last(row: Row) -> None:
    for field in ("period_starts_on", "period_ends_on"):
        row[field] = row[field].replace(year=row[field].year - 1)


def _a_month_later(row: Row) -> None:
    row["period_starts_on"] = row["period_starts_on"].replace(month=2)
    row["period_ends_on"] = row["period_ends_on"].replace(year=row["period_ends_on"].year + 1, month=1)


def _another_last_year(row: Row) -> None:
    row["prior_year_income_gbp"] = round(row["prior_year_income_gbp"] * 1.3)


def _nobody_helps_any_more(row: Row) -> None:
    row["volunteers"], row["volunteer_hours"] = 0, 0


def _no_turnover_any_more(row: Row) -> None:
    for field in ("total_income_gbp", *_INCOME_PARTS):
        row[field] = 0


def _in_pence(row: Row) -> None:
    for field in (*_INCOME_PARTS, "total_expenditure_gbp"):
        row[field] *= 100
    row["total_income_gbp"] = sum(row[part] for part in _INCOME_PARTS)


FIGURE_DEFECTS = (
    RowDefect("V10", "telephone number in a note", "smethwick", "2025-26", "new_products_note", any_row,
              _telephone_number),
    RowDefect("V12", "accounts of the year before", "wolverhampton", "2025-26", "period_ends_on", any_row,
              _year_before_last),
    RowDefect("X02", "hardly any time for many people", "ward-end", "2025-26", "employees_fte", has_many_staff,
              _hardly_any_time),
    RowDefect("X04", "more trade than income", "walsall", "2025-26", "traded_income_gbp", is_middling,
              _more_trade_than_income),
    RowDefect("X05", "income parts too large", "wolverhampton", "2025-26", "total_income_gbp", is_middling,
              _parts_too_large),
    RowDefect("X07", "one person earns it all", "smethwick", "2025-26", "total_income_gbp", _is_large,
              _one_person_earns_all),
    RowDefect("X08", "spends less than the pay", "walsall", "2024-25", "employees_fte", has_many_staff,
              _spends_less_than_pay),
    RowDefect("X09", "volunteers who never sleep", "ward-end", "2025-26", "volunteer_hours", has_volunteers,
              _hours_without_sleep),
    RowDefect("X12", "more jobs created than staff", "wolverhampton", "2024-25", "jobs_created_fte", any_row,
              _more_jobs_than_staff),
    RowDefect("X13", "visits counted as people", "smethwick", "2024-25", "clients_supported", any_row,
              put("clients_supported", 250_000)),
    RowDefect("X14", "more disadvantaged people than jobs", "walsall", "2025-26", "jobs_disadvantaged", any_row,
              _more_disadvantaged_than_jobs),
    RowDefect("X16", "products without a description", "ward-end", "2024-25", "new_products", any_row,
              _products_without_a_word),
    RowDefect("X16", "markets without a description", "smethwick", "2025-26", "new_markets", any_row,
              _markets_without_a_word),
    RowDefect("X17", "meter reading as electricity", "wolverhampton", "2025-26", "electricity_kwh", any_row,
              _meter_reading),
    RowDefect("X17", "gas in watt-hours", "walsall", "2025-26", "gas_kwh", any_row, _gas_in_watt_hours),
    RowDefect("P02", "turnover in pence", "wolverhampton", "2025-26", "total_income_gbp", has_history, _in_pence),
    RowDefect("P06", "another figure for last year", "ward-end", "2025-26", "prior_year_income_gbp", has_history,
              _another_last_year, after_an_answer=True),
    RowDefect("P08", "no volunteer any more", "smethwick", "2025-26", "volunteers", _had_volunteers,
              _nobody_helps_any_more, after_an_answer=True),
    RowDefect("P08", "no turnover any more", "walsall", "2025-26", "total_income_gbp", has_history,
              _no_turnover_any_more, after_an_answer=True),
    RowDefect("P09", "a month between two years", "ward-end", "2025-26", "period_starts_on", _ends_in_december,
              _a_month_later, after_an_answer=True),
)  # fmt: skip
