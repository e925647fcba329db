"""Answers that are neither numbers nor dates: yes and no, codes, names, registration numbers, postcodes."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from ingestion.tables import tables
from ingestion.values import padded_company_number, plain, understand

SECTORS = {
    plain(label): code
    for label, code in {
        "Housing": "housing",
        "Food and drink": "food",
        "Membership associations, social clubs and trade unions": "membership",
        "Energy & nature": "energy",
        "Other": "other",
    }.items()
}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("Yes", True), ("Y", True), ("true", True), ("1", True), (1.0, True), (1, True), (True, True), ("x", True),
        ("✓", True), ("tick", True), ("yes.", True),
        ("No", False), ("n", False), ("FALSE", False), ("0", False), (0, False), (False, False),
    ],
)  # fmt: skip
def test_yes_and_no(cell: str | float, value: bool) -> None:
    column = understand([cell], "yes or no")
    assert column.values.to_pylist() == [value]
    assert column.notes == []


def test_an_answer_that_is_neither_yes_nor_no() -> None:
    column = understand(["maybe", 2, None, "n/a"], "yes or no")
    assert column.values.to_pylist() == [None] * 4
    assert column.missing.to_pylist() == ["not understood", "not understood", "blank", "not applicable"]
    assert column.notes == [(0, "not on the list", None), (1, "not on the list", None)]


def test_true_one_and_one_point_nought_are_typed_differently() -> None:
    assert understand([True, 1, 1.0, "1"], "yes or no").typed.to_pylist() == ["TRUE", "1", "1", "1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Post-code ", "post code"),
        ("Reg. No.", "reg no"),
        ("Co-operative", "cooperative"),
        ("Food & Drink", "food and drink"),
        ("Turnover\n(£)", "turnover"),
        ("Turnover £000", "turnover 000"),
        ("  PERIOD_END ", "period end"),
        ("don\u2019t know", "dont know"),
        ("Water (m³)", "water m3"),
        ("Year\u00a0end", "year end"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_codes_are_found_by_their_plain_labels() -> None:
    column = understand([" HOUSING ", "food & drink", "Fishing", None, "not known", 3.0], "code", choices=SECTORS)
    assert column.values.to_pylist() == ["housing", "food", None, None, None, None]
    assert column.missing.to_pylist() == [None, None, "not understood", "blank", "not known", "not understood"]
    assert column.typed.to_pylist() == [" HOUSING ", "food & drink", "Fishing", None, "not known", "3"]
    assert column.notes == [(2, "not on the list", None), (5, "not on the list", None)]


def test_a_choice_comes_before_a_reason() -> None:
    assert understand(["None", "unknown"], "code", choices={"none": "none", "unknown": "u"}).values.to_pylist() == [
        "none",
        "u",
    ]


def test_several_codes_in_one_cell() -> None:
    typed = [
        "Housing; other",
        "Housing, Other, housing",
        "Membership associations, social clubs and trade unions",
        "Other, Membership associations, social clubs and trade unions, Housing",
        "Energy and nature\nFood and drink",
        "Housing; Fishing",
        "Fishing",
        "n/a",
    ]
    column = understand(typed, "codes", choices=SECTORS)
    assert column.values.to_pylist() == [
        "housing; other",
        "housing; other",
        "membership",
        "other; membership; housing",
        "energy; food",
        "housing",
        None,
        None,
    ]
    assert column.missing.to_pylist() == [None] * 6 + ["not understood", "not applicable"]
    assert column.notes == [(5, "not on the list", "housing"), (6, "not on the list", None)]


def test_references_without_a_list_are_kept() -> None:
    assert understand(["A Ltd ;  B  CIC", "C"], "references").values.to_pylist() == ["A Ltd; B CIC", "C"]
    assert understand([" A  Ltd "], "reference").values.to_pylist() == ["A Ltd"]


def test_registration_numbers() -> None:
    cells = [1090095.0, " sc 12345", "1090095-1", "n/a", "none", "applied for", None, 7]
    column = understand(cells, "identifier")
    assert column.values.to_pylist() == ["1090095", "SC12345", "1090095-1", None, None, "APPLIED FOR", None, "7"]
    assert column.missing.to_pylist() == [None, None, None, "not applicable", "not applicable", None, "blank", None]
    assert column.typed.to_pylist() == ["1090095", " sc 12345", "1090095-1", "n/a", "none", "applied for", None, "7"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1090095", "01090095"),
        ("07444723", "07444723"),
        ("sc12345", "SC012345"),
        ("OC 301234", "OC301234"),
        ("IP1234R", "IP01234R"),
        ("28797R", "28797R"),
        ("123456789", "123456789"),
        ("applied for", "APPLIEDFOR"),
    ],
)
def test_company_numbers_have_eight_characters(text: str, number: str) -> None:
    assert padded_company_number(text) == number


def test_postcodes() -> None:
    cells = ["b8 3aa", "B83AA", " WS10  9ab", "EC1A1BB", "Walsall", "-", None]
    assert understand(cells, "postcode").values.to_pylist() == [
        "B8 3AA", "B8 3AA", "WS10 9AB", "EC1A 1BB", "WALSALL", None, None,
    ]  # fmt: skip


def test_text_keeps_its_words_and_errors_are_no_text() -> None:
    column = understand(["  The  Old\nMill ", "#REF!", 12.0, "Nil", "-"], "text")
    assert column.values.to_pylist() == ["The Old Mill", None, "12", "Nil", None]
    assert column.missing.to_pylist() == [None, "not understood", None, None, "blank"]
    assert column.typed.to_pylist() == ["  The  Old\nMill ", "#REF!", "12", "Nil", "-"]


def test_every_field_of_the_landed_tables_has_a_reader_of_its_type() -> None:
    for table in tables().values():
        for field in table.fields.values():
            column = understand(["n/a", None], field.type)
            assert column.values.type == field.arrow_type
            assert column.typed.type == column.missing.type == pa.string()
            assert column.missing.to_pylist() == ["not applicable", "blank"]


def test_an_unknown_kind_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="'colour'"):
        understand(["red"], "colour")


def test_a_column_of_fifty_thousand_takes_a_fraction_of_a_second() -> None:
    numbers = [row * 1.37 for row in range(50_000)]
    texts = [f"£{row * 7:,}" for row in range(50_000)]
    understand(numbers[:10], "money")
    started = time.process_time()
    column = understand(numbers, "money")
    assert understand(texts, "money").values[49_999].as_py() == 349_993
    assert column.values[49_999].as_py() == pytest.approx(68_498.63)
    # About 0.09 s on the machine this was written on: room for a busy one.
    assert time.process_time() - started < 1.5
