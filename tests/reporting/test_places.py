"""What a lead agency gets back rests on its own return, and tells nothing of the organisations of other clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reporting.figures import Figures, ReportError
from reporting.peers import peer_groups
from reporting.places import own_benchmark, own_organisations, places_among_peers
from tests.reporting.small_release import WALSALL, YEAR, make_release, turnover_row


def _rows(own: int, **other: Any) -> list[dict[str, Any]]:
    """The organisations of Walsall, of which the first `own` stay there and the others are of Ward End."""
    away = {"cluster_id": "ward-end", "cluster_name": "Ward End"}
    return [
        turnover_row(one, name, YEAR, now, before, **({} if number < own else away), **other)
        for number, (one, (name, before, now)) in enumerate(WALSALL.items())
    ]


@pytest.mark.parametrize(("own", "is_shown"), [(1, True), (2, False), (11, False)])
def test_ten_of_a_group_are_of_other_clusters_than_the_readers(tmp_path: Path, own: int, is_shown: bool) -> None:
    figures = make_release(tmp_path, turnover_by_organisation=_rows(own))
    assert len(peer_groups(figures, YEAR)) == 3
    assert len(peer_groups(figures, YEAR, known_to="walsall")) == (3 if is_shown else 0)
    (line,) = [row for row in places_among_peers(figures, "walsall", YEAR).rows if row[0] == "Anvil Works"]
    # Growth in order: -10%, 0%, seven times 10%, 15%, 50%; the middle half is 10% to 10%.
    assert line == (
        ("Anvil Works", "15.0%", "Health: 11 organisations", "10.0%", "10.0% to 10.0%", "Above the middle half")
        if is_shown
        else ("Anvil Works", "15.0%", "", "", "", "No place: there are too few similar organisations")
    )


def test_places_are_above_in_or_below_the_middle_half(tmp_path: Path) -> None:
    # Three of one's own beside ten others, whose growth in order is -10%, 0%, seven times 10%, 50%.
    own = [
        turnover_row(f"GB-CHC-1000{number}", name, YEAR, 20_000 * (1 + ratio), 20_000)
        for number, name, ratio in (("01", "A", 0.3), ("20", "B", 0.1), ("21", "C", -0.4))
    ]
    figures = make_release(tmp_path, turnover_by_organisation=[*own, *_rows(1)[1:]])
    found = {row[0]: row[-1] for row in places_among_peers(figures, "walsall", YEAR).rows}
    assert found == {"A": "Above the middle half", "B": "In the middle half", "C": "Below the middle half"}


def test_only_the_clusters_own_rows_are_its_own(tmp_path: Path) -> None:
    both = [
        turnover_row("GB-CHC-100001", "Anvil Works", YEAR, 23_000, 20_000, cluster_id=cluster)
        for cluster in ("walsall", "ward-end")
    ]
    quiet = turnover_row("GB-CHC-100002", "Beacon Café", YEAR, None, 20_000, cluster_id="ward-end", answered=False)
    figures = make_release(tmp_path, turnover_by_organisation=[*both, quiet])

    def own(cluster: str) -> list[str]:
        return [row["organisation_id"] for row in own_organisations(figures, cluster, YEAR)]

    # A benchmark takes the row of the first cluster; the other one does not see it as its own.
    assert (own("walsall"), own("ward-end")) == (["GB-CHC-100001"], [])
    assert own_benchmark(figures, "walsall", "GB-CHC-100001", YEAR).title == "Anvil Works"
    for organisation_id in ("GB-CHC-100001", "GB-CHC-100002"):
        with pytest.raises(ReportError, match="has no figures of"):
            own_benchmark(figures, "ward-end", organisation_id, YEAR)


def test_why_there_is_no_growth_is_said(small: Figures) -> None:
    found = {row[0]: row for row in places_among_peers(small, "walsall", YEAR).rows}
    reasons = {row[-1] for row in found.values() if row[1] == "not known"}
    assert reasons == {"No place: we hold no earlier figure of it"}
