"""A set of reports in which every sentence turns every way that it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting import words
from reporting.benchmark import benchmark
from reporting.figures import Figures
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import WALSALL, YEAR, alert_row, cluster_row, make_release, turnover_row


def _returns(came: dict[str, tuple[str | None, int | None]]) -> list[dict[str, object]]:
    return [
        {"cluster_id": name, "cluster_name": name, "reporting_year": YEAR, "receipt_id": receipt, "days_late": late}
        for name, (receipt, late) in came.items()
    ]


def _clusters() -> list[dict[str, object]]:
    """One cluster for each way that growth and the share at target can turn out."""
    turns = [(0.2, 11, None), (0.15, 0, None), (0.1, 2, None), (-0.1, 2, None), (None, 2, "too few")]
    return [
        cluster_row(
            f"Cluster {number}",
            YEAR,
            like_for_like_growth_ratio=ratio,
            like_for_like_reason=why,
            at_target_organisations=reached,
            share_reason=why,
        )
        for number, (ratio, reached, why) in enumerate(turns)
    ]


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
    asked = make_release(
        tmp_path / "asked",
        alerts=[alert_row("GB-CHC-100001", "Anvil Works", "Is that right?")],
        turnover_by_cluster=_clusters(),
        returns=_returns({"a": ("1", 3), "b": (None, None)}),
    )
    benchmark(asked, "GB-CHC-100001", YEAR)
    programme_report(asked, YEAR)
    programme_report(small, YEAR)
    cluster_report(small, "walsall", YEAR)
    for number, came in enumerate(
        [{}, {"a": (None, None)}, {"a": ("1", None)}, {"a": (None, None), "b": (None, None)}]
    ):
        other = _returns(came) or [{**_returns({"a": ("1", None)})[0], "reporting_year": "2020-21"}]
        programme_report(make_release(tmp_path / str(number), returns=other), YEAR)
    for now, before in ((2, 1), (1, 2), (1, 1), (None, 1)):
        words.change("Employees", now, before)
    for reached in (1, 3, None):
        words.target_count("Referrals", reached, 3)
    assert met == {(subject, turn) for subject, turns in words.sentences().items() for turn in turns}


def test_growth_that_shrank_is_not_called_growth(tmp_path: Path) -> None:
    rows = [turnover_row("GB-CHC-1", "Ash Café", YEAR, 18_000, 20_000)]
    text = repr(programme_report(make_release(tmp_path / "r", turnover_by_organisation=rows), YEAR))
    assert "Turnover of the 1 organisation with figures in both years fell by 10.0%" in text
