"""Rule P03 draws the same bounds, and names the same outliers, as banff of Statistics Canada on the same pairs.

Each set of pairs stands in a year of its own, so that its peers are exactly the set: as many organisations with a
turnover in that year and the year before. Half of the sets have another exponent, and so another run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.catalogue import read_catalogue
from tests.dbt_project.small_programme import Sent, failures, lay, run_dbt

pytestmark = pytest.mark.xdist_group("growth_effects")

SETS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "banff_outputs.json").read_text("utf-8"))["sets"]
YEARS = ("2022-23", "2023-24", "2024-25", "2025-26", "2026-27")


def _rows(sets: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The organisations' rows of each reporting year; the first set stands in the first two years, and so on."""
    rows: dict[str, list[dict[str, Any]]] = {year: [] for year in YEARS}
    for place, of_set in enumerate(sets):
        for number, pair in enumerate(of_set["pairs"]):
            for year, income in zip(YEARS[place : place + 2], pair, strict=True):
                start = int(year[:4])
                rows[year].append(
                    {
                        "organisation_name": f"Trust {place} {number}",
                        "charity_number": str(1_000_000 + 1000 * place + number),
                        "postcode": "WS1 1AA",
                        "response_status": "answered",
                        "period_starts_on": date(start, 4, 1),
                        "period_ends_on": date(start + 1, 3, 31),
                        "total_income_gbp": income,
                    }
                )
    return rows


def _bounds() -> tuple[str, str]:
    """The two bounds as the catalogue's condition has them."""
    (rule,) = (rule for rule in read_catalogue() if rule.code == "P03")
    assert "effect < {effect_low} or effect > {effect_high}" in (rule.cases[0].when or "")
    return rule.terms["effect_low"], rule.terms["effect_high"]


def _filled(sql: str, thresholds: Mapping[str, float]) -> str:
    for name, value in thresholds.items():
        sql = sql.replace("{" + name + "}", str(value))
    return sql


@pytest.fixture(scope="module", params=sorted({of_set["exponent"] for of_set in SETS}))
def effects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, project: Path) -> Any:
    """The model built over the sets of one exponent, and these sets."""
    chosen = [of_set for of_set in SETS if of_set["exponent"] == request.param]
    folder = tmp_path_factory.mktemp("effects")
    database = folder / "warehouse.duckdb"
    returns = [
        Sent(str(place) * 64, year, date(int(year[:4]) + 1, 6, 1), rows)
        for place, (year, rows) in enumerate(_rows(chosen).items())
        if rows
    ]
    lay(database, folder / "landed", returns)
    words = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    outcome = run_dbt(
        project,
        database,
        folder / "target",
        *words,
        "--select",
        "+int_growth_effects",
        as_of=date(2027, 8, 1),
        thresholds={"P03": {"exponent": request.param}},
    )
    assert failures(outcome) == []
    return database, chosen


def test_bounds_and_outliers_are_those_of_banff(effects: Any) -> None:
    database, chosen = effects
    low, high = _bounds()
    assert len(chosen) >= 3
    with duckdb.connect(str(database), read_only=True) as connection:
        for place, of_set in enumerate(chosen):
            thresholds = {
                "minimum_deviation": of_set["minimum_deviation"],
                "multiplier": of_set["multiplier"],
                "multiplier_large": -1,
                "large_group": 100,
            }
            low_sql, high_sql = _filled(low, thresholds), _filled(high, thresholds)
            rows = connection.execute(
                f"""
                select organisation_name, pairs_in_group, peer_group, effect_q1, effect_median, effect_q3,
                    {low_sql} as low, {high_sql} as high, effect < {low_sql} or effect > {high_sql} as is_outlier
                from intermediate.int_growth_effects
                where reporting_year = '{YEARS[place + 1]}' and field = 'total_income_gbp'
                """
            ).fetchall()
            # Zeros, negatives and blanks are left out, and as many as banff leaves out.
            assert {(row[1], row[2]) for row in rows} == {(of_set["used"], "the whole programme")}
            assert len(rows) == of_set["used"] == len(of_set["pairs"]) - of_set["left_out"]
            expected = [of_set[name] for name in ("q1", "median", "q3", "low", "high")]
            assert rows[0][3:8] == pytest.approx(expected, rel=1e-6, abs=1e-6)
            assert {row[0] for row in rows if row[8]} == {f"Trust {place} {number}" for number in of_set["outliers"]}


def test_the_sets_try_what_they_are_for() -> None:
    """Pairs that are left out, a minimum deviation that widens the bounds, and outliers on both sides."""
    assert sum(of_set["left_out"] for of_set in SETS) >= 10
    assert any(
        of_set["median"] - of_set["low"] > of_set["multiplier"] * (of_set["median"] - of_set["q1"]) + 1e-6
        for of_set in SETS
    )
    assert all(of_set["outliers"] for of_set in SETS)
