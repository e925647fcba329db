"""Dates as people type them, and as cells hold them."""

# ruff: noqa: DTZ001 - cells of a spreadsheet have no time zone

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.values import understand

MARCH_31 = datetime.date(2015, 3, 31)


@pytest.mark.parametrize(
    "cell",
    [
        MARCH_31,
        datetime.datetime(2015, 3, 31),
        datetime.datetime(2015, 3, 31, 14, 5),
        "31 Mar 2015",
        "31 March 2015",
        "31st March 2015",
        "31st of March 2015",
        "31 MAR. 2015",
        "31-Mar-15",
        "31Mar2015",
        "March 31, 2015",
        "Mar 31 2015",
        "Tuesday 31 March 2015",
        "Tue, 31 Mar 2015",
        "31/03/15",
        "31/3/2015",
        "31-03-2015",
        "31.03.2015",
        "31 03 2015",
        "2015-03-31",
        "2015/03/31",
        "2015-03-31T00:00:00",
        "2015-03-31 14:05",
        "31/03/2015 00:00:00",
        "  31/03/2015 ",
        42094,
        42094.0,
        42094.75,
        "42094",
    ],
)
def test_the_last_of_march(cell: object) -> None:
    column = understand([cell], "date")  # type: ignore[list-item]
    assert column.values.to_pylist() == [MARCH_31]
    assert column.missing.to_pylist() == [None]
    assert column.notes == []


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2015",
        "29/02/2015",
        "31 Sept 2015",
        "00/03/2015",
        "03/31/2015",
        "March 2015",
        "2015",
        2015,
        "2014-15",
        "Easter 2015",
        "31/03",
        "31/03-2015",
        "31/03/0215",
        "31/03/12015",
        "1234567",
        True,
        datetime.time(12, 0),
        9000,
        "1" * 10_000,
    ],
)
def test_what_is_no_date_is_kept_and_noted(cell: object) -> None:
    column = understand([None, cell], "date")  # type: ignore[list-item]
    assert column.values.to_pylist() == [None, None]
    assert column.missing.to_pylist() == ["blank", "not understood"]
    assert column.notes == [(1, "not a date", None)]
    assert column.typed[1].as_py() is not None


def test_a_leap_day_of_a_leap_year() -> None:
    assert understand(["29/02/2016"], "date").values.to_pylist() == [datetime.date(2016, 2, 29)]


def test_two_digit_years_turn_at_fifty() -> None:
    typed = ["1/1/00", "1/1/49", "1/1/50", "1 Jan 99"]
    assert [day.year for day in understand(typed, "date").values.to_pylist()] == [2000, 2049, 1950, 1999]


def test_the_order_of_day_and_month_is_the_callers() -> None:
    assert understand(["03/04/2015"], "date").values.to_pylist() == [datetime.date(2015, 4, 3)]
    assert understand(["03/04/2015"], "date", day_first=False).values.to_pylist() == [datetime.date(2015, 3, 4)]


def test_what_was_typed_stands_beside_the_date() -> None:
    column = understand(
        [datetime.datetime(2015, 3, 31), datetime.datetime(2015, 3, 31, 14, 5), 42094.0, "31/3/15"], "date"
    )
    assert column.typed.to_pylist() == ["2015-03-31", "2015-03-31 14:05:00", "42094", "31/3/15"]


@settings(deadline=None, derandomize=True)
@given(st.dates(min_value=datetime.date(1950, 1, 1), max_value=datetime.date(2049, 12, 31)))
def test_dates_come_back_from_every_way_of_writing(day: datetime.date) -> None:
    ways = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%B %d, %Y"]
    assert understand([day.strftime(way) for way in ways], "date").values.to_pylist() == [day] * len(ways)
