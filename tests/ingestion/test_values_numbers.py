"""Numbers as people type them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.amounts import shown
from ingestion.values import understand

NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"


@pytest.mark.parametrize(
    ("typed", "pounds"),
    [
        ("1200", 1200),
        ("£1,200", 1200),
        ("£ 1,200.50", 1200.5),
        ("1,234.50", 1234.5),
        ("12,345,678", 12345678),
        ("GBP 1200", 1200),
        ("1200 GBP", 1200),
        ("1200 pounds", 1200),
        ("(500)", -500),
        ("(£56)", -56),
        ("£(56)", None),
        ("-500", -500),
        ("- 500", -500),
        ("\u2212500", -500),
        ("\u2013500", -500),
        ("-£500", -500),
        ("£-500", -500),
        ("500-", -500),
        ("+500", 500),
        ("(-500)", None),
        ("(500", None),
        ("12 000", 12000),
        (f"12{NBSP}000", 12000),
        (f"12{THIN}000", 12000),
        (f"1{NARROW}234{NARROW}567,8", 1234567.8),
        ("1'234", 1234),
        ("'1200", 1200),
        ("1,5", 1.5),
        ("1234,56", 1234.56),
        ("0,500", 0.5),
        ("1,500", 1500),
        ("1.500", 1.5),
        ("1.234,56", 1234.56),
        ("1.234.567", 1234567),
        ("1.2E+05", 120000),
        (".5", 0.5),
        ("500.", 500),
        (" 500 ", 500),
        ("nil", 0),
        ("None", 0),
        ("ZERO", 0),
        ("0", 0),
        # What could mean two things, or more than a number, is not guessed.
        ("1,2345", None),
        ("1,50,000", None),
        ("12 00", None),
        ("1.2.3", None),
        ("approx 500", None),
        ("10-15", None),
        ("about 5", None),
        ("500 + VAT", None),
        ("€500", None),
        ("$500", None),
        ("50%", None),
        ("½", None),
        ("10²", None),
        ("١٢", None),
        ("1e400", None),
        ("nan", None),
        ("inf", None),
        ("#N/A", None),
        ("#REF!", None),
        ("£", None),
        ("5 " * 40, None),
    ],
)
def test_money_as_typed(typed: str, pounds: float | None) -> None:
    column = understand([typed], "money")
    assert column.values.to_pylist() == [pounds]
    assert column.typed.to_pylist() == [typed]
    assert column.missing.to_pylist() == [None if pounds is not None else "not understood"]
    assert column.notes == ([] if pounds is not None else [(0, "not a number", None)])


@pytest.mark.parametrize(
    ("typed", "value", "understood"),
    [
        ("1.2k", 1200, "1200"),
        ("£1.2K", 1200, "1200"),
        ("3m", 3_000_000, "3000000"),
        ("£1.5 million", 1_500_000, "1500000"),
        ("(2.5k)", -2500, "-2500"),
        ("12 thousand", 12000, "12000"),
        ("£2bn", 2_000_000_000, "2000000000"),
    ],
)
def test_thousands_and_millions_are_understood_and_noted(typed: str, value: float, understood: str) -> None:
    column = understand([None, typed], "money")
    assert column.values.to_pylist() == [None, value]
    assert column.notes == [(1, "in thousands", understood)]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (None, "blank"),
        ("-", "blank"),
        ("\u2014", "blank"),
        (" -- ", "blank"),
        ("n/a", "not applicable"),
        ("N/A", "not applicable"),
        ("na", "not applicable"),
        ("n.a.", "not applicable"),
        ("Not applicable", "not applicable"),
        ("not known", "not known"),
        ("Unknown", "not known"),
        ("don't know", "not known"),
        ("don\u2019t know", "not known"),
        ("NK", "not known"),
        ("?", "not known"),
        ("refused", "refused"),
        ("RF", "refused"),
        ("accounts not ready", "accounts not ready"),
        ("NYA", "accounts not ready"),
    ],
)
@pytest.mark.parametrize("kind", ["money", "number", "count", "date", "yes or no", "text", "code", "identifier"])
def test_reasons_for_no_value_are_kept_apart_from_zero(typed: str | None, reason: str, kind: str) -> None:
    column = understand([typed], kind)
    assert column.values.to_pylist() == [None]
    assert column.missing.to_pylist() == [reason]
    assert column.typed.to_pylist() == [typed]
    assert column.notes == []


def test_a_decimal_comma_of_the_file_settles_what_a_comma_means() -> None:
    typed = ["1,500", "1.500", "1.234,56", "1,234.56", "1,5", "1.5", "1500", "12 000,25"]
    assert understand(typed, "number", decimal=",").values.to_pylist() == [
        1.5, 1500, 1234.56, 1234.56, 1.5, 1.5, 1500, 12000.25,
    ]  # fmt: skip
    assert understand(typed, "number", decimal=".").values.to_pylist() == [
        1500, 1.5, 1234.56, 1234.56, 1.5, 1.5, 1500, 12000.25,
    ]  # fmt: skip


def test_money_in_thousands_is_multiplied_once() -> None:
    # 108.111 thousands are 108111 pounds to the penny; 1.2k says its own unit.
    column = understand([108.111, "108.111", "£6", "1.2k", None, 0.1 + 0.2], "money", times=1000)
    assert column.values.to_pylist() == [108111.0, 108111.0, 6000.0, 1200.0, None, 300.0]
    assert column.typed.to_pylist() == ["108.111", "108.111", "£6", "1.2k", None, "0.3"]
    assert column.notes == [(3, "in thousands", "1200")]


def test_only_money_is_multiplied() -> None:
    assert understand([12.0], "count", times=1000).values.to_pylist() == [12.0]


def test_pounds_among_people_are_not_a_number_of_people() -> None:
    column = understand(["£12", "12"], "count")
    assert column.values.to_pylist() == [None, 12.0]
    assert column.notes == [(0, "not a number", None)]


def test_percentages_are_shares() -> None:
    assert understand(["12.5%", "60 %", "5,5%", 0.125], "number").values.to_pylist() == [0.125, 0.6, 0.055, 0.125]


def test_a_count_that_is_not_whole_is_kept_and_noted() -> None:
    column = understand([7.5, 3, "2.5", "12", "x"], "count")
    assert column.values.to_pylist() == [7.5, 3.0, 2.5, 12.0, None]
    assert column.notes == [(0, "not whole", "7.5"), (2, "not whole", "2.5"), (4, "not a number", None)]


def test_cells_of_other_types_are_not_numbers() -> None:
    column = understand([True, datetime.date(2015, 3, 31), datetime.time(12, 30), float("inf")], "number")
    assert column.values.to_pylist() == [None, None, None, None]
    assert column.typed.to_pylist() == ["TRUE", "2015-03-31", "12:30:00", "inf"]
    assert [kind for _, kind, _ in column.notes] == ["not a number"] * 4


def test_numbers_are_shown_as_a_person_sees_them() -> None:
    numbers = [1200.0, 0.1, 1e7, 1e15, 0.1 + 0.2, 1234567.891, -0.0, 0.00001, 1 / 3, 42]
    assert understand(numbers, "number").typed.to_pylist() == [
        "1200", "0.1", "10000000", "1000000000000000", "0.3", "1234567.891", "0", "0.00001", "0.333333333333333", "42",
    ]  # fmt: skip


def test_numbers_beyond_the_exact_ones_are_read() -> None:
    assert understand([10**17 + 1, 3, None], "number").values.to_pylist() == [1e17, 3.0, None]


def test_an_empty_column() -> None:
    column = understand([], "money")
    assert column.values.to_pylist() == column.typed.to_pylist() == column.missing.to_pylist() == column.notes == []


whole = st.integers(min_value=-(10**12), max_value=10**12)
pence = st.integers(min_value=-(10**13), max_value=10**13)
GROUPINGS = [",", " ", NBSP, THIN, "'"]


@settings(deadline=None, derandomize=True)
@given(whole, st.sampled_from(GROUPINGS), st.sampled_from(["", "£", "£ ", "GBP "]))
def test_grouped_whole_numbers_come_back(number: int, group: str, currency: str) -> None:
    sign = "-" if number < 0 else ""
    assert understand([f"{sign}{currency}{abs(number):,}".replace(",", group)], "money").values.to_pylist() == [number]


@settings(deadline=None, derandomize=True)
@given(pence)
def test_pounds_and_pence_come_back_in_both_conventions(number: int) -> None:
    english = f"{number / 100:,.2f}"
    continental = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert understand([english], "money").values.to_pylist() == [number / 100]
    assert understand([continental], "money", decimal=",").values.to_pylist() == [number / 100]


@settings(deadline=None, derandomize=True)
@given(pence)
def test_negatives_in_brackets_come_back(number: int) -> None:
    assert understand([f"({abs(number) / 100:.2f})"], "money").values.to_pylist() == [-abs(number) / 100]


@settings(deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_what_is_shown_reads_as_the_same_number_to_fifteen_digits(number: float) -> None:
    again = understand([shown(number)], "number").values[0].as_py()
    assert again == pytest.approx(number, rel=1e-14, abs=1e-20)


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_any_text_is_a_number_or_a_reason_or_a_note_and_never_lost(text: str) -> None:
    column = understand([text], "money")
    assert column.typed.to_pylist() == [text]
    assert (column.values[0].as_py() is None) == (column.missing[0].as_py() is not None)
    noted = [kind for _, kind, _ in column.notes if kind == "not a number"]
    assert bool(noted) == (column.missing[0].as_py() == "not understood")
