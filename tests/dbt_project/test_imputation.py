"""Estimates of what was not sent, worked out on paper.

Eleven organisations of one sector answer in both years: 990,000 pounds in 2023-24 and 1,089,000 in 2024-25, a ratio of
1.1 (the mean of their ratios is another). Beside them:

- Tern gave 77,000 and leaves the next year blank: forward, 77,000 x 1.1 = 84,700, though the register knows better.
- Beck left 2023-24 blank and gives 121,000: backward, 121,000 x 990,000 / 1,089,000 = 110,000.
- Rook gives nothing in either year; the register has 64,000 for the accounts to 31 March 2025.
- Quill went from 20,100 to 90,100, which is asked about: no part of any ratio.
- Nave says that turnover does not apply; Gale has left: neither is estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pytest

from tests.dbt_project.small_programme import Sent, failures, lay, run_dbt

LAST = (41_000, 52_000, 63_000, 74_000, 85_000, 96_000, 107_000, 118_000, 129_000, 141_000, 84_000)
THIS = (50_100, 52_200, 69_300, 81_400, 93_500, 105_600, 117_700, 129_800, 141_900, 155_100, 92_400)
OTHERS: dict[str, tuple[int | None, int | None]] = {
    "Tern": (77_000, None),
    "Beck": (None, 121_000),
    "Rook": (None, None),
    "Quill": (20_100, 90_100),
    "Nave": (33_000, None),
    "Gale": (44_000, None),
}


def _rows(year: str) -> list[dict[str, Any]]:
    which = ("2023-24", "2024-25").index(year)
    incomes = {f"Peer {number}": pair for number, pair in enumerate(zip(LAST, THIS, strict=True))} | OTHERS
    rows = []
    for number, (name, pair) in enumerate(incomes.items()):
        row: dict[str, Any] = {
            "organisation_name": name,
            "charity_number": str(1_000_000 + number),
            "postcode": "WS1 1AA",
            "sectors": "education",
            "response_status": "answered",
            "period_starts_on": date(int(year[:4]), 4, 1),
            "period_ends_on": date(int(year[:4]) + 1, 3, 31),
            "total_income_gbp": pair[which],
            "clients_supported": 7,
        }
        if name == "Nave" and which == 1:
            row["total_income_gbp_missing"] = "not applicable"
        if name == "Gale" and which == 1:
            row["response_status"] = "left"
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("imputation")
    register = folder / "landed" / "register"
    register.mkdir(parents=True)
    header = (
        "scheme,number,registered_name,status,removed_on,postcode,linked_number,latest_income_gbp,latest_income_ends_on"
    )
    known = {1_000_011: ("Tern", 80_000), 1_000_013: ("Rook", 64_000)}
    everybody = [row["organisation_name"] for row in _rows("2023-24")]
    lines = [
        f"GB-CHC,{number},{everybody[number - 1_000_000]},registered,,WS1 1AA,,"
        + (f"{known[number][1]},2025-03-31" if number in known else ",")
        for number in range(1_000_000, 1_000_000 + len(everybody))
    ]
    (register / "public_register.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    returns = [
        Sent(str(place) * 64, year, date(int(year[:4]) + 1, 6, 1), _rows(year))
        for place, year in enumerate(("2023-24", "2024-25"))
    ]
    database = folder / "warehouse.duckdb"
    lay(database, folder / "landed", returns)
    without_tests = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    wanted = ("+imputation_errors", "+programme_turnover", "+turnover_by_cluster")
    outcome = run_dbt(project, database, folder / "target", "build", *without_tests, "--select", *wanted)
    assert failures(outcome) == []
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def test_what_was_not_sent_is_estimated_by_the_first_method_that_can(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        """
        select organisation_name, reporting_year, method, based_on_year, based_on_figure, peer_group, pairs, ratio,
            imputed_figure
        from imputations where field = 'total_income_gbp' order by organisation_name
        """
    ).fetchall()
    assert found == [
        ("Beck", "2023-24", "imputed backward", "2024-25", 121_000, "education", 11, 0.909091, 110_000),
        ("Rook", "2024-25", "imputed from the register", "2024-25", 64_000, None, None, None, 64_000),
        ("Tern", "2024-25", "imputed forward", "2023-24", 77_000, "education", 11, 1.1, 84_700),
    ]


def test_every_figure_says_what_it_rests_on(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        """
        select organisation_name, turnover_flag, turnover_gbp from turnover_by_organisation
        where reporting_year = '2024-25' and organisation_name not like 'Peer%' order by organisation_name
        """
    ).fetchall()
    assert found == [
        ("Beck", "returned", 121_000),
        ("Gale", "not given", None),
        ("Nave", "not given", None),
        ("Quill", "query open", 90_100),
        ("Rook", "imputed from the register", None),
        ("Tern", "imputed forward", None),
    ]


def test_estimates_stand_beside_the_total_and_never_in_growth(marts: duckdb.DuckDBPyConnection) -> None:
    sent = sum(THIS) + 90_100 + 121_000
    for mart in ("turnover_by_cluster", "programme_turnover"):
        assert marts.execute(
            f"""
            select turnover_gbp, imputed_organisations, turnover_imputed_gbp, turnover_with_imputed_gbp,
                growth_organisations, like_for_like_turnover_gbp, like_for_like_previous_gbp
            from {mart} where reporting_year = '2024-25'
            """
        ).fetchone() == (sent, 2, 148_700, sent + 148_700, 12, sum(THIS) + 90_100, sum(LAST) + 20_100)
    # Tern 84,700 - 77,000, Rook from nothing, Beck 121,000 - 110,000.
    assert marts.execute(
        "select change_imputation_gbp, answers_imputed from turnover_by_cluster where reporting_year = '2024-25'"
    ).fetchone() == (7_700 + 64_000 + 11_000, 2)


def test_the_error_is_measured_on_figures_that_are_known(marts: duckdb.DuckDBPyConnection) -> None:
    estimates = {
        "imputed forward": [
            (last * (sum(THIS) - this) / (sum(LAST) - last), this) for last, this in zip(LAST, THIS, strict=True)
        ],
        "imputed backward": [
            (this * (sum(LAST) - last) / (sum(THIS) - this), last) for last, this in zip(LAST, THIS, strict=True)
        ],
    }
    for method, pairs in estimates.items():
        errors = [abs(estimate / truth - 1) for estimate, truth in pairs]
        found = marts.execute(
            """
            select figures, median_error_ratio, share_within_a_tenth, share_within_a_quarter, total_error_ratio
            from imputation_errors where field = 'total_income_gbp' and method = ?
            """,
            [method],
        ).fetchone()
        assert found == pytest.approx(
            (
                11,
                median(errors),
                sum(error <= 0.1 for error in errors) / 11,
                sum(error <= 0.25 for error in errors) / 11,
                sum(estimate for estimate, _ in pairs) / sum(truth for _, truth in pairs) - 1,
            ),
            abs=1e-6,
        )
