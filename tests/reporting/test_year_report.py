"""The year's report of the programme and of a cluster, on a release made by hand.

Like for like over the eleven organisations: 20,000 x 11 = 220,000 before and 23,000 + 30,000 + 20,000 + 18,000 +
7 x 22,000 = 245,000 after, which is growth of 11.4%.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.document import Bullets, Chart, DataTable, Document, Heading, Notice, Paragraph
from reporting.figures import Figures, ReportError
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import (
    BEFORE,
    YEAR,
    alert_row,
    cluster_row,
    make_release,
    response_row,
    turnover_row,
    year_row,
)


def _text(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph | Notice))


def test_the_programme_counts_its_organisations_once(small: Figures) -> None:
    text = _text(programme_report(small, YEAR))
    assert "Turnover of the 11 organisations with figures in both years grew by 11.4%, below the target of 15%." in text
    assert "Clusters at or above the target: 1 so far; the target is 2." in text


def test_every_figure_names_the_mart_it_was_read_from(small: Figures) -> None:
    document = programme_report(small, YEAR)
    assert [table.caption for table in document.tables() if not table.sources] == []
    assert {"turnover_by_cluster.like_for_like_growth_ratio", "employment_by_cluster.headcount_accepted"} <= {
        source.name for table in document.tables() for source in table.sources
    }


def test_a_chart_has_words_and_the_same_numbers_as_a_table(small: Figures) -> None:
    charts = [block for block in programme_report(small, YEAR).blocks if isinstance(block, Chart)]
    employees = next(chart for chart in charts if chart.caption.startswith("Employees"))
    assert employees.table.columns == ("Cluster", BEFORE, YEAR)
    assert employees.table.rows == (("Smethwick", "not known", "10"), ("Walsall", "100", "90"))
    assert f"Walsall from 100 in {BEFORE} to 90 in {YEAR}" in employees.words


def test_a_cluster_is_told_who_grew_without_figures(tmp_path: Path) -> None:
    rows = [
        # grew by less than 15%, and was below its path in both periods
        turnover_row("GB-CHC-1", "Ash Café", BEFORE, 21_000, 20_000, distance_from_path_ratio=-0.09),
        turnover_row("GB-CHC-1", "Ash Café", YEAR, 22_000, 21_000, distance_from_path_ratio=-0.17),
        turnover_row("GB-CHC-2", "Birch Hall", YEAR, 30_000, 20_000, distance_from_path_ratio=0.3),
        # below its path in this period only
        turnover_row("GB-CHC-3", "Cedar Kitchen", BEFORE, 20_000, 15_000, distance_from_path_ratio=0.1),
        turnover_row("GB-CHC-3", "Cedar Kitchen", YEAR, 20_500, 20_000, distance_from_path_ratio=-0.02),
        # below in both periods, but one of the figures is held back by a question
        turnover_row("GB-CHC-4", "Dale Works", BEFORE, 90, 15_000, distance_from_path_ratio=-0.9, is_held_back=True),
        turnover_row("GB-CHC-4", "Dale Works", YEAR, 10_000, 20_000, distance_from_path_ratio=-0.5),
    ]
    document = cluster_report(make_release(tmp_path / "release", turnover_by_organisation=rows), "walsall", YEAR)
    under: dict[str, tuple[str, ...]] = {}
    for block in document.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Bullets):
            under[heading] = block.items
    assert under["Grew by the target or more"] == ("Birch Hall",)
    assert under["Grew by less"] == ("Ash Café", "Cedar Kitchen")
    assert under["Early warnings: below the path two periods running"] == ("Ash Café",)


def test_open_questions_are_listed_without_the_figures(tmp_path: Path) -> None:
    asked = make_release(tmp_path / "asked", alerts=[alert_row("GB-CHC-100001", "Anvil Works", "It was £23,000?")])
    document = cluster_report(asked, "walsall", YEAR)
    table = next(block for block in document.blocks if isinstance(block, DataTable) and block.name == "open-questions")
    assert table.rows == (("Anvil Works", "Turnover (total income)", "Large change"),)
    assert "£23,000?" not in repr(document)
    assert "Open questions about these figures: 1." in _text(document)


def test_without_questions_it_says_so(small: Figures) -> None:
    text = _text(cluster_report(small, "walsall", YEAR))
    assert "No question about these figures is open." in text
    assert "There are no open questions." in text


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (
            {"Smethwick": ("a", None), "Walsall": ("b", None)},
            "All 2 returns that were due have arrived. Nothing was late.",
        ),
        (
            {"Smethwick": ("a", 6), "Walsall": (None, None)},
            "1 of the 2 returns that were due have arrived; missing: Walsall. Late: Smethwick by 6 days.",
        ),
        ({"Smethwick": (None, None), "Walsall": (None, None)}, "None of the 2 returns that were due has arrived."),
        ({"Walsall": ("b", None)}, "The return has arrived. Nothing was late."),
        ({"Walsall": (None, None)}, "The return that was due has not arrived."),
    ],
)
def test_returns_are_told_as_they_came(
    tmp_path: Path, came: dict[str, tuple[str | None, int | None]], expected: str
) -> None:
    rows = [response_row(name, arrived, days_late) for name, (arrived, days_late) in came.items()]
    years = [year_row(YEAR, len(rows), len(rows), is_default=True)]
    assert expected in _text(
        programme_report(make_release(tmp_path / "release", response_by_cluster=rows, programme_years=years), YEAR)
    )


def test_a_return_that_is_set_aside_by_us_has_arrived_and_is_neither_missing_nor_late(tmp_path: Path) -> None:
    rows = [
        response_row("Smethwick", "2025-06-30", None),
        {**response_row("Walsall", None, None), "return_state": "set aside by us"},
        {**response_row("Ward End", "2025-08-30", 30), "return_state": "set aside by us"},
    ]
    years = [year_row(YEAR, received=3, due=3, is_default=True)]
    release = make_release(tmp_path / "release", response_by_cluster=rows, programme_years=years)
    text = _text(programme_report(release, YEAR))
    assert (
        "All 3 returns that were due have arrived. Nothing was late. We have set aside the newest return of Walsall"
        in text
    )
    assert "Walsall and Ward End, because our own program stops at it" in text
    nothing = {"turnover_by_cluster": [cluster_row("Smethwick", YEAR)], "response_by_cluster": rows}
    with pytest.raises(ReportError, match="The return of walsall for 2024-25 is set aside by us"):
        cluster_report(make_release(tmp_path / "without", **nothing), "walsall", YEAR)


def test_a_growth_that_is_not_shown_says_why(tmp_path: Path) -> None:
    few = cluster_row(
        "Walsall", YEAR, like_for_like_growth_ratio=None, like_for_like_reason="fewer than 5 organisations"
    )
    figures = make_release(tmp_path / "few", turnover_by_cluster=[few])
    assert "Growth of turnover is not shown: fewer than 5 organisations." in _text(
        cluster_report(figures, "walsall", YEAR)
    )


def test_what_the_release_does_not_hold_is_refused_in_words(small: Figures) -> None:
    with pytest.raises(ReportError, match="There is no cluster dudley"):
        cluster_report(small, "dudley", YEAR)
    with pytest.raises(ReportError, match="There are: 2023-24, 2024-25"):
        programme_report(small, "2030-31")
