"""The rules on a survey that nobody here made: each finds there what plain arithmetic over the file finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rules.survey import find, read_survey

LIVING_WAGE_GBP = 11.44  # an hour, of 2024-25, as GOV.UK has it

Row = dict[str, Any]
Judge = Callable[[Row], bool]


def _all_known(*names: str) -> Callable[[Judge], Judge]:
    """A judgement that holds only where every one of these figures was given."""

    def of(judge: Judge) -> Judge:
        return lambda row: all(row[name] is not None for name in names) and judge(row)

    return of


def _parts_off(row: Row) -> float:
    return abs(row["total_income_gbp"] - row["traded_income_gbp"] - row["other_income_gbp"])


MONEY = ("total_income_gbp", "traded_income_gbp", "other_income_gbp", "total_expenditure_gbp")
BY_HAND: dict[str, Judge] = {
    "V03": lambda row: any(row[name] is not None and row[name] < 0 for name in MONEY),
    "V11": _all_known("total_income_gbp")(
        lambda row: row["total_income_gbp"] >= 10_000 and row["total_income_gbp"] % 10_000 == 0
    ),
    "X04": _all_known("traded_income_gbp", "total_income_gbp")(
        lambda row: row["traded_income_gbp"] > 1.005 * row["total_income_gbp"]
    ),
    "X05": _all_known("traded_income_gbp", "total_income_gbp", "other_income_gbp")(
        lambda row: (
            _parts_off(row) > max(100, 0.01 * row["total_income_gbp"])
            and row["traded_income_gbp"] <= 1.005 * row["total_income_gbp"]
        )
    ),
    "X07": _all_known("staff", "total_income_gbp")(
        lambda row: not 5_000 <= row["total_income_gbp"] / row["staff"] <= 250_000
    ),
    "X08": _all_known("staff", "total_expenditure_gbp")(
        lambda row: row["staff"] * 1_650 * LIVING_WAGE_GBP > 1.2 * row["total_expenditure_gbp"]
    ),
}


@pytest.fixture(scope="module")
def survey(shared: Path) -> list[Row]:
    return read_survey(shared)


@pytest.fixture(scope="module")
def found(project: Path, tmp_path_factory: pytest.TempPathFactory, survey: list[Row]) -> list[tuple[str, str, str]]:
    return find(project, tmp_path_factory.mktemp("survey"), survey)


@pytest.mark.parametrize("code", sorted(BY_HAND))
def test_a_rule_finds_what_plain_arithmetic_finds(
    code: str, survey: list[Row], found: list[tuple[str, str, str]]
) -> None:
    by_hand = {row["id"] for row in survey if BY_HAND[code](row)}
    assert by_hand
    assert {name for rule, _, name in found if rule == code} == by_hand


def test_no_other_rule_that_applies_speaks(found: list[tuple[str, str, str]]) -> None:
    """Staff is one number there, so that nobody has more full-time equivalents than people."""
    assert {rule for rule, _, _ in found} == set(BY_HAND)


def test_what_a_reader_of_the_file_knows_is_found(found: list[tuple[str, str, str]]) -> None:
    """RET03 has a negative other revenue; RET32 sold 971 of a total of 107, RET37 1,024 of 206; RET36 has other
    revenue of 98,350 in a total of 2,747."""
    alerts = {(rule, name) for rule, _, name in found}
    assert alerts >= {("V03", "RET03"), ("X04", "RET32"), ("X04", "RET37"), ("X05", "RET36")}
