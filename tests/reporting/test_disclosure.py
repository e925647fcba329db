"""What leaves the authority tells no figure that the public edition hides, and the search for one does find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.benchmark import benchmark
from reporting.document import Chart, Document
from reporting.figures import Figures
from reporting.html import as_html
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import WALSALL, YEAR, make_release, marts_of_small
from tests.reporting.told_figures import hidden_figures, of_cluster, told

HIDDEN = [
    ("employment_by_cluster", "walsall", "headcount_accepted"),
    ("employment_by_cluster", "smethwick", "jobs_created_fte_accepted"),
    ("social_value_by_cluster", "walsall", "volunteer_hours_accepted"),
    ("turnover_by_cluster", "walsall", "turnover_accepted_gbp"),
]


@pytest.fixture(scope="module")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return make_release(tmp_path_factory.mktemp("hiding"), hidden=HIDDEN)


def _leaving(figures: Figures) -> list[Document]:
    return [
        programme_report(figures, YEAR, public=True),
        *(cluster_report(figures, cluster, YEAR) for cluster in ("smethwick", "walsall")),
    ]


def test_no_hidden_figure_is_told(hiding: Figures) -> None:
    hidden = hidden_figures(hiding)
    # of Walsall both years of headcount and turnover, of the others one
    assert len(hidden) == 6
    programme, *clusters = _leaving(hiding)
    assert told(programme, hidden, YEAR) == set()
    for name, document in zip(("Smethwick", "Walsall"), clusters, strict=True):
        assert told(document, of_cluster(hidden, name), YEAR) == set()


def test_the_search_finds_them_in_the_report_that_stays(hiding: Figures) -> None:
    hidden = hidden_figures(hiding)
    assert told(programme_report(hiding, YEAR), hidden, YEAR) == set(hidden)


def test_what_leaves_is_the_same_whatever_is_behind_the_hidden_figures(hiding: Figures, tmp_path: Path) -> None:
    """All figures of clusters and of the programme are other ones, but the public edition is the same."""
    other = make_release(
        tmp_path / "other",
        hidden=HIDDEN,
        **{
            mart: [
                {name: value * 3 if isinstance(value, float) else value for name, value in row.items()} for row in rows
            ]
            for mart, rows in marts_of_small().items()
            if not mart.endswith("_by_organisation")
        },
    )
    for file in ("marts.duckdb", "data-dictionary.json"):
        (other.folder / "public" / file).write_bytes((hiding.folder / "public" / file).read_bytes())
    assert [as_html(document) for document in _leaving(other)] == [as_html(document) for document in _leaving(hiding)]
    assert as_html(programme_report(other, YEAR)) != as_html(programme_report(hiding, YEAR))


def test_a_hidden_figure_is_called_hidden_in_words_and_drawn_nowhere(hiding: Figures) -> None:
    document = cluster_report(hiding, "walsall", YEAR)
    page = as_html(document)
    assert "Employees at the end of the year: the two years are not compared" in page
    assert '<td class="number">hidden</td>' in page
    # both years are hidden, so there is no line to draw
    drawn = {block.caption for block in document.blocks if isinstance(block, Chart)}
    assert {"Employees at the end of the year", "Turnover as sent"} & drawn == set()


def test_a_benchmark_reads_only_what_its_organisation_sent_and_groups(hiding: Figures) -> None:
    for organisation_id in WALSALL:
        document = benchmark(hiding, organisation_id, YEAR)
        assert {source.mart for source in document.sources() if not source.mart.endswith("_by_organisation")} == set()
        page = as_html(document)
        assert [name for other, (name, _, _) in WALSALL.items() if other != organisation_id and name in page] == []
