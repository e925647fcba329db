"""The page of each KPI, on a release made by hand: 100 employees before and 90 after in Walsall, 10 in Smethwick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reporting.document import Chart, DataTable, Document, Heading, Paragraph
from reporting.figures import Figures, ReportError
from reporting.kpi_pages import kpi_page, kpi_pages, page_of_measure, programme_page
from reporting.kpi_sections import kpis
from tests.reporting.small_release import (
    BEFORE,
    YEAR,
    cluster_row,
    employment_row,
    make_release,
    marts_of_small,
    outputs_row,
)


def _table(document: Document, name: str) -> DataTable:
    return next(table for table in document.tables() if table.name == name)


def _rows(document: Document, name: str) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in _table(document, name).rows}


def _under(document: Document, heading: str) -> str:
    """The sentences between a heading and the next one."""
    texts: dict[str, list[str]] = {}
    last = ""
    for block in document.blocks:
        if isinstance(block, Heading):
            last = block.text
        elif isinstance(block, Paragraph):
            texts.setdefault(last, []).append(block.text)
    return " ".join(texts[heading])


def test_every_kpi_of_the_reports_has_a_page_and_every_measure_leads_to_one(small: Figures) -> None:
    assert {kpi["heading"] for kpi in kpis()} < {page.heading for page in kpi_pages().values()}
    measures = [row[0] for row in _table(programme_page(small, YEAR), "kpis").rows]
    assert [measure for measure in measures if page_of_measure().get(measure) not in kpi_pages()] == []


@pytest.mark.parametrize("name", list(kpi_pages()))
def test_every_table_of_a_page_has_a_name_of_its_own_and_every_chart_its_words(small: Figures, name: str) -> None:
    document = kpi_page(small, name, YEAR)
    names = [table.name for table in document.tables()]
    assert len(names) == len(set(names)) > 1
    assert [block for block in document.blocks if isinstance(block, Chart) and not block.words] == []
    assert {source.name for source in document.sources()} == {one.source.name for one in document.definitions}


def test_the_parts_of_a_change_add_up_to_it(tmp_path: Path) -> None:
    # 100 to 90 is a change of -10; -4 of it in organisations of both years, so that -6 is of others
    now = {**employment_row("Walsall", YEAR, 90, 72.5), "headcount_change": -4}
    figures = make_release(tmp_path / "r", employment_by_cluster=[employment_row("Walsall", BEFORE, 100, 80.0), now])
    document = kpi_page(figures, "employment", YEAR)
    assert _table(document, "employment-change").columns[3:] == (
        "Change",
        "Organisations with figures in both years",
        "All else",
    )
    assert _rows(document, "employment-change")["Walsall"] == ("100", "90", "-10", "-4", "-6")


def test_a_part_that_is_not_known_leaves_the_rest_not_known(tmp_path: Path) -> None:
    now = {**employment_row("Walsall", YEAR, 90, 72.5), "headcount_change": None}
    rows = [employment_row("Walsall", BEFORE, 100, 80.0), now]
    shown = _rows(
        kpi_page(make_release(tmp_path / "r", employment_by_cluster=rows), "employment", YEAR), "employment-change"
    )
    assert shown["Walsall"][2:] == ("-10", "not known", "not known")


def test_only_clusters_with_both_years_are_in_the_split(small: Figures) -> None:
    document = kpi_page(small, "employment", YEAR)
    shown = _rows(document, "employment-change")
    assert list(shown) == ["Walsall", "All of these"]
    assert shown["All of these"] == shown["Walsall"]
    assert "the largest change was in Walsall: 10 less." in _under(document, "What changed since last year, and where")


def test_what_the_figures_rest_on_is_the_sum_of_the_clusters(small: Figures) -> None:
    # two clusters, each with 13 due, 11 answered, 1 held back and 2 estimated
    document = kpi_page(small, "employment", YEAR)
    said = _under(document, "What the figures rest on")
    assert "Clusters whose return counts: 2. Of the 26 organisations that were due to answer, 22 answered." in said
    assert "until questions are settled: 2. Organisations with an estimate" in said
    assert "never part of them: 4." in said
    assert "Quality rating of these figures: high for Smethwick and Walsall, since nearly all answered." in said
    assert _rows(document, "rests-on")["Walsall"] == ("13", "11", "1", "2", "3", "2.0", "90.0%", "4", "high")


def test_a_year_in_which_a_kpi_has_no_figures_says_so(tmp_path: Path) -> None:
    earlier = [{**row, "reporting_year": BEFORE} for row in marts_of_small()["environment_by_cluster"]]
    document = kpi_page(make_release(tmp_path / "r", environment_by_cluster=earlier), "environment", YEAR)
    assert _rows(document, "in-short")["Tonnes of CO2e"] == ("none set", "3.5", "not known", "not known")
    assert _under(document, "What the figures rest on") == "No return of this year counts yet."


def test_turnover_stands_beside_the_path_of_the_same_organisations(tmp_path: Path) -> None:
    def path(year: str, turnover: float, target: float) -> dict[str, Any]:
        return {
            "population": "participants",
            "reporting_year": year,
            "target_growth_ratio": 0.15,
            "organisations_with_turnover": 11,
            "turnover_gbp": turnover,
            "target_of_those_gbp": target,
            "distance_ratio": turnover / target - 1,
        }

    rows = [path(BEFORE, 220_000.0, 220_000.0), path(YEAR, 227_700.0, 253_000.0)]
    document = kpi_page(make_release(tmp_path / "r", programme_growth_path=rows), "turnover-growth", YEAR)
    assert "The programme in 2024-25 is 10.0% below the path of 15% a year from its baselines." in _under(
        document, "The path over the years"
    )
    assert _rows(document, "turnover-of-the-participants-and-the-path-of-the-target-by-year") == {
        "Their turnover": ("£220,000", "£227,700"),
        "Their path": ("£220,000", "£253,000"),
    }


def test_an_earlier_year_shows_nothing_of_later_ones(small: Figures) -> None:
    assert _table(kpi_page(small, "employment", BEFORE), "in-short").columns == (
        "Measure",
        "Target",
        BEFORE,
        "Rests on",
    )
    assert _rows(kpi_page(small, "employment", BEFORE), "employment").keys() == {"Walsall"}


def test_what_is_not_there_is_refused(small: Figures, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        kpi_page(small, "happiness", YEAR)
    with pytest.raises(ReportError, match="There are: 2023-24, 2024-25"):
        kpi_page(small, "employment", "2031-32")
    low = [cluster_row("Walsall", YEAR, quality_rating=None, quality_reason="nothing is known")]
    said = _under(
        kpi_page(make_release(tmp_path / "r", turnover_by_cluster=low), "turnover-growth", YEAR),
        "What the figures rest on",
    )
    assert "Quality rating of these figures: not known for Walsall, since nothing is known." in said


def test_outputs_stand_in_the_order_of_their_numbers(small: Figures) -> None:
    numbers = [row[0][0] for row in _table(programme_page(small, YEAR), "outputs").rows]
    assert numbers == sorted(numbers)
    assert set(numbers) == {"1", "2", "3", "4", "5", "6"}


def test_what_is_sent_otherwise_now_stands_beside_the_baseline(small: Figures) -> None:
    document = kpi_page(small, "baselines", YEAR)
    assert _rows(document, "baselines-revised")["Walsall"] == ("£220,000", "£219,000", "-£1,000", "1", "2")
    assert _rows(document, "baselines-of-employees")["Walsall"] == ("11", "100", "80.5", "101", "80.5")


def test_outputs_of_the_clusters_stand_beside_their_targets(tmp_path: Path) -> None:
    clusters = [outputs_row("Walsall", YEAR), outputs_row("Smethwick", YEAR, supported_organisations=50, offered=5)]
    document = kpi_page(make_release(tmp_path / "r", outputs_by_cluster=clusters), "outputs", YEAR)
    assert _table(document, "outputs-by-cluster").columns == ("Measure", "Target", "Smethwick", "Walsall")
    shown = _rows(document, "outputs-by-cluster")
    assert shown["1. Organisations supported so far"] == ("50", "50", "41")
    assert shown["2. Kinds of help at the hub"] == ("5", "5", "2")
