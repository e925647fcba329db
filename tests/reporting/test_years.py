"""A year of which not all returns are in: it is not the one that is shown first, and says so wherever it appears.

2023-24 is complete. Of 2024-25 one cluster of four has sent its return.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.headline import headline_lines
from publishing.reader import open_marts
from reporting.document import Chart, Document, Notice, Paragraph
from reporting.figures import Figures
from reporting.kpi_pages import kpi_page, kpi_pages, programme_page
from reporting.places import agency_page, own_benchmark
from reporting.year_report import cluster_report, programme_report
from reporting.years import ReturnsOfYear, label_of
from tests.reporting.small_release import BEFORE, YEAR, make_release, marts_of_small, year_row

MARKED = f"{YEAR} (1 of 4 returns)"


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """One return of four for the year; the other cluster's rows are left out."""
    marts = marts_of_small()
    only = {
        name: [row for row in rows if row.get("cluster_id") != "smethwick" or row.get("reporting_year") != YEAR]
        for name, rows in marts.items()
        if rows and "reporting_year" in rows[0] and name != "programme_years"
    }
    years = [year_row(BEFORE, 4, 4, is_default=True), year_row(YEAR, 1, 4)]
    return make_release(tmp_path_factory.mktemp("early"), **{**only, "programme_years": years})


def _documents(figures: Figures) -> list[Document]:
    return [
        programme_report(figures, YEAR),
        programme_report(figures, YEAR, public=True),
        cluster_report(figures, "walsall", YEAR),
        programme_page(figures, YEAR),
        agency_page(figures, "walsall", YEAR),
        own_benchmark(figures, "walsall", "GB-CHC-100001", YEAR),
        *(kpi_page(figures, name, YEAR) for name in kpi_pages()),
    ]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for one in fields(value) if one.name != "sources" for text in _texts(getattr(value, one.name))]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, (list, tuple, frozenset)):
        return [text for one in value for text in _texts(one)]
    return []


def _said(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph | Notice))


def test_one_early_return_does_not_take_over(early: Figures) -> None:
    assert early.default_year() == BEFORE
    assert early.for_anyone.default_year() == BEFORE


def test_every_place_that_names_the_year_says_how_many_returns_are_in(early: Figures) -> None:
    bare = re.compile(rf"{YEAR}(?! \(1 of 4 returns\))")
    for document in _documents(early):
        texts = _texts((document.title, document.subtitle, document.blocks))
        assert [text for text in texts if bare.search(text)] == [], document.title
        assert any(MARKED in text for text in texts), document.title
        assert [text for text in texts if f"{BEFORE} (" in text] == []


def test_a_sum_of_some_clusters_is_not_compared_with_that_of_all(early: Figures) -> None:
    said = _said(programme_report(early, YEAR))
    assert f"Employees at the end of the year: 90 in {MARKED}. This is not compared with {BEFORE}" in said
    assert "Employees at the end of the year fell" not in said
    assert f"Not all returns of {MARKED} are in." in said
    # the cluster's own two years are whole
    assert "Employees at the end of the year fell by 10, from 100 to 90." in _said(
        cluster_report(early, "walsall", YEAR)
    )


def test_targets_of_the_clusters_stay_those_of_all(early: Figures) -> None:
    document = programme_report(early, YEAR)
    assert "Clusters at or above the target: 0 so far; the target is 4." in _said(document)
    (outputs,) = [table for table in document.tables() if table.name == "outputs"]
    assert [row[1] for row in outputs.rows if row[0] == "3. Clusters that grew by the target"] == ["4"]
    assert "1 of the 4 returns of the year have arrived; it is not due yet." in _said(document)


def test_the_line_of_the_programme_has_no_point_of_some_clusters(tmp_path: Path) -> None:
    years = ("2021-22", "2022-23", BEFORE, YEAR)
    path = [
        {**marts_of_small()["programme_growth_path"][0], "reporting_year": year, "turnover_gbp": 100_000.0 * at}
        for at, year in enumerate(years, start=1)
    ]
    returns = [*(year_row(year, 4, 4) for year in years[:3]), year_row(YEAR, 1, 4)]
    figures = make_release(tmp_path, programme_growth_path=path, programme_years=returns)
    (chart,) = [
        block
        for block in kpi_page(figures, "turnover-growth", YEAR).blocks
        if isinstance(block, Chart) and block.caption.startswith("Turnover of the participants")
    ]
    assert chart.table.columns == ("Line", *years[:3])


def test_a_complete_year_is_named_as_it_is(small: Figures) -> None:
    assert small.default_year() == YEAR
    for document in _documents(small):
        assert "returns)" not in repr(document.blocks)
    assert label_of(YEAR, None) == label_of(YEAR, ReturnsOfYear(4, 4, True)) == YEAR
    assert label_of(YEAR, ReturnsOfYear(0, 4, False)) == f"{YEAR} (0 of 4 returns)"


def test_a_release_of_before_is_read_by_the_same_rule(tmp_path: Path) -> None:
    """It has no mart of years: of two clusters one has sent 2025-26, which is not over on 1 July 2025."""
    turnover = marts_of_small()["turnover_by_cluster"]
    early = [{**turnover[2], "reporting_year": "2025-26"}]
    figures = make_release(tmp_path, turnover_by_cluster=[*turnover, *early], programme_years=[])
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as marts:
        marts.execute("drop table programme_years")
    assert figures.default_year() == YEAR
    assert figures.returns["2025-26"] == ReturnsOfYear(1, 2, False)
    assert figures.returns[YEAR].are_all_in


def test_the_headline_is_of_the_default_year_and_names_what_is_not_shown_yet(early: Figures) -> None:
    with open_marts(early.folder / "marts.duckdb") as marts:
        lines = headline_lines(marts)
    assert lines[0] == f"Headline KPIs, {BEFORE}"
    assert lines[-1] == f"Not shown yet: {MARKED}."
