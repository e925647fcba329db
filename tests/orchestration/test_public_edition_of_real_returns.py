"""The public edition of the seven boroughs: amounts of few or of one large organisation, and programme totals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.publishing.attack import attack, truth

pytestmark = pytest.mark.xdist_group("real")


def test_no_hidden_turnover_can_be_worked_out(real_home: Path) -> None:
    """Who makes too much of a cluster's turnover is found with pandas; that figure stays open by 15% on either side."""
    release = (real_home / "releases" / "current").resolve()
    rows = pd.read_csv(release / "csv" / "turnover_by_organisation.csv")
    found = attack(release / "public" / "csv")
    hidden = {place: interval for place, interval in found.items() if place[2] == "turnover_accepted_gbp"}
    primary = 0
    for place, interval in hidden.items():
        cluster, year = place[1].split("|")
        of_year = rows[(rows["cluster_id"] == cluster) & (rows["reporting_year"] == year)]
        of_cell = of_year[~of_year["is_held_back"]]["turnover_gbp"].dropna()
        largest = of_cell[of_cell > 0].nlargest(2)
        most = max(largest.iloc[0] / 0.7, largest.sum() / 0.85)
        figure = truth(release, place)
        assert interval.low < figure < interval.high
        if len(of_cell[of_cell > 0]) < 5 or most > of_cell.sum():
            primary += 1
            assert interval.low <= 0.85 * figure
            assert interval.high >= max(1.15 * figure, most) - 1
    # Some must be hidden, and as many more at most: each year has a total of its own.
    assert 0 < primary <= len(hidden) <= 2 * primary
    shown = pd.read_csv(release / "public" / "csv" / "turnover_by_cluster.csv")["turnover_accepted_gbp"]
    assert (shown == "[c]").sum() == len(hidden)


def test_no_small_headcount_is_shown(real_home: Path) -> None:
    release = (real_home / "releases" / "current").resolve()
    shown = pd.read_csv(release / "public" / "csv" / "employment_by_cluster.csv")["headcount_accepted"]
    figures = pd.to_numeric(shown[shown != "[c]"]).dropna()
    assert len(figures) > 10
    assert not figures.between(0, 10, inclusive="neither").any()
    assert (shown == "[c]").sum() > 5
