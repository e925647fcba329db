"""What must hold for every number, date, table and file, tried on many that a machine thinks up."""

from __future__ import annotations

import csv
import datetime
import io
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.amounts import amount, shown
from ingestion.dates import date_in
from ingestion.read import read
from ingestion.read_csv import DELIMITERS, read_csv
from ingestion.refusals import Refusal
from ingestion.values import understand

# The same examples in every run: a failure is one that anybody can see again.
MANY = settings(max_examples=300, derandomize=True, deadline=None, database=None)
FEW = settings(max_examples=60, derandomize=True, deadline=None, database=None)

PENCE = st.integers(min_value=-(10**12), max_value=10**12)
DAYS = st.dates(min_value=datetime.date(1950, 1, 1), max_value=datetime.date(2049, 12, 31))
WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFÀéñ"), min_size=1, max_size=12)


def ways_to_write(pence: int) -> list[str]:
    """One amount of money as people type it, with a decimal point."""
    sign, pounds, rest = ("-" if pence < 0 else ""), abs(pence) // 100, abs(pence) % 100
    grouped = f"{pounds:,}.{rest:02}"
    ways = [
        f"{sign}{pounds}.{rest:02}",
        f"{sign}{grouped}",
        f"{sign}£{grouped}",
        f"£{sign}{grouped}",
        f" {sign}{grouped} ",
    ]
    ways += [f"{sign}{grouped.replace(',', ' ')}", f"{sign}{grouped} GBP", f"{sign.replace('-', '−')}£ {grouped}"]
    if pence < 0:
        ways += [f"({grouped})", f"(£{grouped})", f"{grouped}-"]
    if rest == 0:
        ways += [f"{sign}{pounds}", f"{sign}£{pounds:,}"]
    return ways


@MANY
@given(PENCE)
def test_an_amount_is_the_same_however_it_is_typed(pence: int) -> None:
    for text in ways_to_write(pence):
        found = amount(text)
        assert found is not None, text
        assert found.value == pence / 100, text


@MANY
@given(PENCE)
def test_with_a_decimal_comma_points_and_commas_change_places(pence: int) -> None:
    swapped = str.maketrans(".,", ",.")
    for text in ways_to_write(pence):
        found = amount(text.translate(swapped), decimal=",")
        assert found is not None, text
        assert found.value == pence / 100, text


@MANY
@given(st.floats(min_value=-1e15, max_value=1e15, allow_nan=False))
def test_a_number_is_understood_as_it_is_shown(number: float) -> None:
    found = amount(shown(number))
    assert found is not None
    assert math.isclose(found.value, number, rel_tol=1e-12, abs_tol=1e-9)


@MANY
@given(st.text(max_size=80))
def test_no_text_upsets_the_reader_of_numbers_and_dates(text: str) -> None:
    found = amount(text)
    assert found is None or math.isfinite(found.value)
    day = date_in(text)
    assert day is None or 1800 <= day.year < 2200


@MANY
@given(DAYS)
def test_a_day_is_the_same_however_it_is_typed(day: datetime.date) -> None:
    number, month = day.day, day.strftime("%B")
    for text in (
        day.isoformat(), f"{day:%d/%m/%Y}", f"{number}.{day.month}.{day.year}", f"{day:%d-%m-%y}",
        f"{number} {month} {day.year}", f"{number} {month[:3]} {day.year}", f"{month} {number}, {day.year}",
        f"{day:%Y-%m-%d} 00:00:00",
    ):  # fmt: skip
        assert date_in(text) == day, text
    assert date_in(f"{day:%m/%d/%Y}", day_first=False) == day


@FEW
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=40), st.floats(), st.integers(), st.booleans(), DAYS), max_size=12)
)
@pytest.mark.parametrize(
    "kind", ["money", "count", "number", "date", "yes or no", "text", "identifier", "postcode", "code"]
)
def test_every_cell_has_a_value_or_a_reason_and_keeps_what_was_typed(kind: str, cells: list[object]) -> None:
    found = understand(cells, kind, choices={"yes": "yes"} if kind == "code" else None)  # type: ignore[arg-type]
    assert len(found.values) == len(found.typed) == len(found.missing) == len(cells)
    for value, missing, typed, cell in zip(
        found.values.to_pylist(), found.missing.to_pylist(), found.typed.to_pylist(), cells, strict=True
    ):
        assert (value is None) == (missing is not None)
        assert cell is not None or typed is None
        assert value is None or typed is not None


@FEW
@given(
    table=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 10**6).map(str), WORDS), min_size=3, max_size=12),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    ending=st.sampled_from(["\r\n", "\n"]),
)
def test_a_table_comes_back_from_csv_as_it_was_written(
    table: list[tuple[str, ...]], delimiter: str, encoding: str, ending: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(table)
    book = read_csv(text.getvalue().encode(encoding), "table", 1000)
    assert [tuple(row) for row in book.grids[0].rows] == table


@FEW
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(lambda more: b"PK\x03\x04" + more)))
def test_any_bytes_are_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = Path(tmp_path_factory.getbasetemp()) / "any-bytes"
    file.write_bytes(content)
    try:
        book = read(file, "any.csv")
    except Refusal as refusal:
        assert refusal.rule == "F01"
        assert refusal.ask.endswith(".")
    else:
        assert any(grid.rows for grid in book.grids)
