"""The demo's reports that leave the authority: no hidden figure, no name that does not belong there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.benchmark import benchmark, organisations_that_answered
from reporting.figures import Figures
from reporting.html import as_html
from reporting.peers import peer_groups
from reporting.year_report import cluster_report, programme_report
from tests.reporting.told_figures import Place, hidden_figures, of_cluster, told

pytestmark = pytest.mark.xdist_group("demo")

YEAR = "2025-26"


@pytest.fixture(scope="module")
def figures(demo_home: Path) -> Figures:
    return Figures((demo_home / "releases" / "current").resolve())


@pytest.fixture(scope="module")
def hidden(figures: Figures) -> dict[Place, float]:
    return dict(hidden_figures(figures))


def test_no_hidden_figure_is_told(figures: Figures, hidden: dict[Place, float]) -> None:
    assert len(hidden) > 20
    assert told(programme_report(figures, YEAR, public=True), hidden, YEAR) == set()
    for cluster in figures.mart("clusters", "cluster_id"):
        report = cluster_report(figures, str(cluster["cluster_id"]), YEAR)
        assert told(report, of_cluster(hidden, str(cluster["cluster_name"])), YEAR) == set()


def test_the_search_would_find_them(figures: Figures, hidden: dict[Place, float]) -> None:
    """The report that stays has jobs created by year, and the public edition hides many of them."""
    of_jobs = {place for place in hidden if place[3] == "jobs_created_fte_accepted" and place[2] <= YEAR}
    assert of_jobs
    assert of_jobs <= told(programme_report(figures, YEAR), hidden, YEAR)


def test_the_public_report_names_no_organisation(figures: Figures) -> None:
    page = as_html(programme_report(figures, YEAR, public=True))
    lead_agencies = {row["lead_agency"] for row in figures.mart("clusters", "cluster_id")}
    names = {row["organisation_name"] for row in figures.mart("organisations", "organisation_id")} - lead_agencies
    assert len(names) > 200
    assert [name for name in names if name in page] == []


def test_a_benchmark_names_no_other_organisation(figures: Figures) -> None:
    groups = peer_groups(figures, YEAR)
    assert min(group.organisations for group in groups.values()) > 10
    answered = organisations_that_answered(figures, YEAR)
    names = {str(row["organisation_name"]) for row in answered}
    for row in answered[::20]:
        own = str(row["organisation_name"])
        page = as_html(benchmark(figures, str(row["organisation_id"]), YEAR, groups))
        assert own.replace("&", "&amp;").replace("'", "&#39;") in page
        assert [name for name in names if name in page and name not in own] == []
