"""A set of reports in which every sentence turns every way that it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting import words
from reporting.benchmark import benchmark
from reporting.figures import Figures
from reporting.kpi_pages import kpi_page
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import (
    BEFORE,
    PARTS,
    WALSALL,
    YEAR,
    action_row,
    alert_row,
    below_twice,
    cluster_row,
    employment_row,
    make_release,
    marts_of_small,
    outputs_row,
    own_carbon,
    own_value,
    path_row,
    programme_row,
    response_row,
    turnover_row,
    year_row,
)


def _clusters() -> list[dict[str, object]]:
    """One cluster for each way that growth and the share at target can turn out."""
    turns = [(0.2, 11, None), (0.0, 2, None), (0.15, 0, None), (0.1, 2, None), (-0.1, 2, None), (None, 2, "too few")]
    return [
        cluster_row(
            f"Cluster {number}",
            YEAR,
            like_for_like_growth_ratio=ratio,
            like_for_like_reason=why,
            at_target_organisations=reached,
            share_reason=why,
            quality_rating="high" if number else "medium",
            real_growth_reason="no price level for 2024-25",
            turnover_excluded_gbp=5_000.0,
            held_back_organisations=1,
            imputed_organisations=2,
            change_leavers_gbp=-40_000.0,
            # of one, the parts do not add up
            change_gbp=-17_000.0 if number else None,
            change_reason=None if number else "its parts do not add up",
        )
        for number, (ratio, reached, why) in enumerate(turns)
    ]


def _environment(**checked: bool) -> list[dict[str, object]]:
    (row,) = marts_of_small()["environment_by_cluster"]
    return [{**row, **checked}]


def _reports(figures: Figures) -> None:
    programme_report(figures, YEAR)
    programme_report(figures, YEAR, public=True)


def _without_anything(folder: Path) -> Figures:
    """No action, no outcome, no organisation that grew, no hub, and a change that cannot be split."""
    return make_release(
        folder,
        action_plan_by_cluster=[],
        social_value_outcomes_by_cluster=[],
        turnover_by_organisation=[turnover_row("GB-CHC-1", "Ash Café", YEAR, 18_000, 20_000)],
        outputs_by_cluster=[outputs_row("Walsall", YEAR, hub=None)],
        turnover_by_cluster=[cluster_row("Walsall", YEAR, change_gbp=None, change_reason="no year before")],
        target_path_by_cluster=[path_row("Walsall", YEAR, 0.0)],
        alerts=[alert_row("GB-CHC-1", "Ash Café", f"Is {number} right?") for number in range(21)],
    )


def _with_more(folder: Path) -> Figures:
    carbon = [own_carbon("GB-CHC-100001", 1.0, 1.0, 4.0, change) for change in (1.0,)]
    return make_release(
        folder,
        action_plan_by_cluster=[action_row("hub", 0)],
        outputs_by_cluster=[outputs_row("Walsall", YEAR, offered=5)],
        turnover_by_cluster=[cluster_row("Walsall", YEAR, **dict.fromkeys(PARTS, 0.0))],
        target_path_by_cluster=[path_row("Walsall", YEAR, None)],
        environment_by_organisation=carbon,
        environment_by_cluster=_environment(factors_verified=False, factor_missing=True),
    )


def _report_set_aside(folder: Path) -> None:
    """Reports of a year of one return and of two, all of them set aside by us."""
    aside = [{**response_row(name, None, None), "return_state": "set aside by us"} for name in ("a", "b")]
    for number in (1, 2):
        programme_report(make_release(folder / f"aside {number}", response_by_cluster=aside[:number]), YEAR)


def _with_less(folder: Path) -> None:
    """Turnover of which some is excluded, and a year of which not all returns are in."""
    early = [year_row(BEFORE, is_default=True), year_row(YEAR, 1, 4)]
    programme_report(make_release(folder / "early", programme_years=early), YEAR)
    with_excluded = [programme_row(YEAR, turnover_excluded_gbp=5_000.0)]
    programme_report(make_release(folder / "excluded", programme_turnover=with_excluded), YEAR)


def test_every_sentence_is_met(small: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[tuple[str, str]] = set()
    say = words.say

    def heard(subject: str, turn: str, **figures: object) -> str:
        met.add((subject, turn))
        return say(subject, turn, **figures)

    monkeypatch.setattr(words, "say", heard)
    for organisation_id in (*WALSALL, "GB-CHC-100020"):
        benchmark(small, organisation_id, YEAR)
    benchmark(small, "GB-CHC-100001", YEAR, {})
    _reports(small)
    cluster_report(small, "walsall", YEAR)
    asked = make_release(
        tmp_path / "asked",
        alerts=[alert_row("GB-CHC-100001", "Anvil Works", "Is that right?")],
        turnover_by_cluster=_clusters(),
        response_by_cluster=[response_row("a", "2025-06-30", 3), response_row("b", None, None)],
        environment_by_cluster=_environment(factors_verified=False),
        social_value_by_organisation=[own_value("GB-CHC-100001", 10.0, 122.1, method_flag="SV_FALLBACK")],
        environment_by_organisation=[own_carbon("GB-CHC-100001", 1.0, 1.0, 4.0, -1.0)],
        baseline_by_cluster=[{**marts_of_small()["baseline_by_cluster"][0], "organisations_without_baseline": 1}],
    )
    benchmark(asked, "GB-CHC-100001", YEAR)
    _reports(asked)
    _with_less(tmp_path)
    for number, came in enumerate(
        ([], [("a", None)], [("a", "2025-06-30")], [("a", None), ("b", None)]),
    ):
        rows = [response_row(name, arrived, None) for name, arrived in came]
        others = rows or [{**response_row("a", None, None), "reporting_year": "2020-21"}]
        years = [year_row(YEAR, len(rows), len(rows), is_default=True)]
        programme_report(make_release(tmp_path / str(number), response_by_cluster=others, programme_years=years), YEAR)
    _report_set_aside(tmp_path)
    asked_much = [alert_row("GB-CHC-100001", "Anvil Works", f"Is {number} right?") for number in range(6)]
    benchmark(make_release(tmp_path / "much", alerts=asked_much), "GB-CHC-100001", YEAR)
    cluster_report(_without_anything(tmp_path / "nothing"), "walsall", YEAR)
    programme_report(_without_anything(tmp_path / "no split"), YEAR)
    more = _with_more(tmp_path / "more")
    cluster_report(more, "walsall", YEAR)
    programme_report(more, YEAR)
    benchmark(more, "GB-CHC-100001", YEAR)
    no_return = [outputs_row("Walsall", YEAR, has_return=False)]
    cluster_report(make_release(tmp_path / "no return", outputs_by_cluster=no_return), "walsall", YEAR)
    bare = make_release(
        tmp_path / "bare",
        outputs_by_cluster=[outputs_row("Walsall", YEAR, offered=0)],
        environment_by_organisation=[own_carbon("GB-CHC-100001", 0.0, 0.0, 0.0, 0.0)],
        turnover_by_organisation=below_twice(),
    )
    cluster_report(bare, "walsall", YEAR)
    benchmark(bare, "GB-CHC-100001", YEAR)
    changes = [("Walsall", YEAR, 90), ("Walsall", BEFORE, 90)]
    steady = [employment_row(name, year, headcount, 8.0) for name, year, headcount in changes]
    grown = [employment_row("Walsall", YEAR, 91, 8.0), steady[1]]
    left_out = [{**row, "headcount_excluded": 5.0} for row in steady]
    for number, rows in enumerate(([steady[0]], steady, grown, left_out)):
        kpi_page(make_release(tmp_path / f"kpi {number}", employment_by_cluster=rows), "employment", YEAR)
    kpi_page(small, "employment", YEAR)
    kpi_page(small, "jobs", YEAR)
    kpi_page(small, "baselines", YEAR)
    earlier = [{**row, "reporting_year": BEFORE} for row in marts_of_small()["environment_by_cluster"]]
    kpi_page(make_release(tmp_path / "no kpi", environment_by_cluster=earlier), "environment", YEAR)
    for now, before in ((2, 1), (1, 2), (1, 1), (None, 1), (words.HIDDEN, 1)):
        words.change("Employees", now, before)
    for reached in (1, 3, None):
        words.target_count("Referrals", reached, 3)
    words.target_count("Referrals", 1, None)
    for ratio in (0.1, 0.0, -0.1):
        words.growth(ratio, None, 11, None)
    no_target = [cluster_row("Walsall", YEAR, target_growth_ratio=None)]
    cluster_report(make_release(tmp_path / "no target", turnover_by_cluster=no_target), "walsall", YEAR)
    half_valued = [{**own_value("GB-CHC-100001", 100.0, 1_221.0), "volunteer_hours_high_gbp": None}]
    benchmark(make_release(tmp_path / "half valued", social_value_by_organisation=half_valued), "GB-CHC-100001", YEAR)
    assert met == {(subject, turn) for subject, turns in words.sentences().items() for turn in turns}


def test_growth_that_shrank_is_not_called_growth(tmp_path: Path) -> None:
    rows = [programme_row(YEAR, like_for_like_growth_ratio=-0.1, growth_organisations=1)]
    text = repr(programme_report(make_release(tmp_path / "r", programme_turnover=rows), YEAR))
    assert "Turnover of the 1 organisation with figures in both years fell by 10.0%" in text
