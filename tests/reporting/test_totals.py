"""Where a total is shown, it is the accepted one, and what is excluded stands beside it: in every edition."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.totals import accepted, excluded, split
from reporting.document import Chart, DataTable, Document, Notice, Paragraph
from reporting.figures import Figures
from reporting.kpi_pages import kpi_page, programme_page
from reporting.places import agency_page
from reporting.words import HIDDEN
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import (
    BEFORE,
    YEAR,
    cluster_row,
    employment_row,
    make_release,
    marts_of_small,
    programme_row,
)

# Walsall was sent £243,000, of which £200,000 is one figure in pence; of 90 employees 15 are in question.
_TURNOVER = [
    cluster_row("Smethwick", YEAR, turnover_gbp=50_000.0),
    cluster_row("Walsall", BEFORE, turnover_gbp=220_000.0),
    cluster_row("Walsall", YEAR, turnover_gbp=243_000.0, turnover_excluded_gbp=200_000.0),
]
_STAFF = [
    employment_row("Walsall", BEFORE, 100, 80.0),
    {**employment_row("Walsall", YEAR, 90, 72.5), "headcount_excluded": 15.0},
    employment_row("Smethwick", YEAR, 10, 8.0),
]
_WHOLE = [programme_row(YEAR, turnover_gbp=293_000.0, turnover_excluded_gbp=200_000.0)]


def _release(folder: Path, hidden: bool = False) -> Figures:
    cells = [
        ("turnover_by_cluster", "walsall", "turnover_excluded_gbp"),
        ("employment_by_cluster", "walsall", "headcount_excluded"),
    ]
    people = [{**row, "people_excluded": 5.0} for row in marts_of_small()["social_value_outcomes_by_cluster"]]
    return make_release(
        folder,
        cells if hidden else (),
        turnover_by_cluster=_TURNOVER,
        employment_by_cluster=_STAFF,
        programme_turnover=_WHOLE,
        social_value_outcomes_by_cluster=people,
    )


def _rows(document: Document, name: str) -> dict[str, tuple[str, ...]]:
    table = next(table for table in document.tables() if table.name == name)
    return {row[0]: row[1:] for row in table.rows}


def _said(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph | Notice))


def test_parts_of_a_total_are_named_by_one_rule() -> None:
    assert (accepted("turnover_gbp"), excluded("turnover_gbp")) == ("turnover_accepted_gbp", "turnover_excluded_gbp")
    assert (accepted("volunteer_hours"), excluded("fte")) == ("volunteer_hours_accepted", "fte_excluded")
    for column in ("turnover_gbp", "fte"):
        assert split(accepted(column)) == (column, "accepted")
        assert split(excluded(column)) == (column, "excluded")
    assert [split(column) for column in ("turnover_gbp", "accepted", "excluded_gbp")] == [None] * 3


def test_the_annual_report_shows_what_is_accepted_and_what_is_excluded(tmp_path: Path) -> None:
    document = programme_report(_release(tmp_path), YEAR)
    # organisations, accepted, excluded
    assert _rows(document, "turnover")["Walsall"][:3] == ("11", "£43,000", "£200,000")
    assert _rows(document, "turnover")["Smethwick"][:3] == ("11", "£50,000", "£0")
    assert _rows(document, "employment")["Walsall"][1:3] == ("75", "72.5")
    assert _rows(document, "employment")["Walsall: excluded"][1:3] == ("15", "0.0")
    # the programme: 75 and 10 employees are accepted; 100 were the year before
    assert _rows(document, "kpis")["Employees"][1:3] == ("100", "85")
    assert _rows(document, "kpis")["Employees: excluded"][1:3] == ("0", "15")
    assert _rows(document, "accepted-turnover-by-year")["Walsall"] == ("£220,000", "£43,000")
    assert _rows(document, "accepted-turnover-by-year")["Walsall: excluded"] == ("£0", "£200,000")
    assert _rows(document, "outcomes")["Training: excluded"] == ("5", "")
    said = _said(document)
    assert "Accepted turnover: £93,000. Beside it, excluded until errors are settled: £200,000." in said
    assert "Employees at the end of the year fell by 15, from 100 to 85. Not part of it" in said
    assert "as an error is not settled: 15 of 2024-25." in said
    assert "Excluded from turnover until errors are settled: £200,000." in said


@pytest.mark.parametrize("page", ["turnover-growth", "employment", "outcomes-for-people"])
def test_no_page_or_report_tells_a_doubted_total(tmp_path: Path, page: str) -> None:
    """As sent: £243,000 and £293,000 of turnover, 90 and 100 employees, 35 people with an outcome."""
    figures = _release(tmp_path)
    documents = [
        kpi_page(figures, page, YEAR),
        programme_page(figures, YEAR),
        programme_report(figures, YEAR),
        cluster_report(figures, "walsall", YEAR),
        agency_page(figures, "walsall", YEAR),
    ]
    for document in documents:
        # the waterfall leads from a total as sent to a total as sent, and says so
        tables = [table for table in document.tables() if table.name != "change-in-parts"]
        cells = {cell for table in tables for row in table.rows for cell in row}
        assert cells & {"£243,000", "£293,000", "90"} == set(), document.title
        assert "35" not in {row[1] for table in tables if table.name == "outcomes" for row in table.rows}
        for block in document.blocks:
            if isinstance(block, Chart) and not isinstance(block, DataTable) and block.table.name != "change-in-parts":
                assert "243" not in block.words


def test_the_public_edition_says_that_something_is_excluded_where_it_hides_how_much(tmp_path: Path) -> None:
    figures = _release(tmp_path, hidden=True)
    for document in (programme_report(figures, YEAR, public=True), cluster_report(figures, "walsall", YEAR)):
        assert _rows(document, "turnover")["Walsall"][1:3] == ("£43,000", HIDDEN)
        assert _rows(document, "employment")["Walsall: excluded"][1] == HIDDEN
        assert f"Excluded from turnover until errors are settled: {HIDDEN}." in _said(document)
        assert "£200,000" not in repr(document)


def test_nothing_excluded_takes_no_row(small: Figures) -> None:
    document = programme_report(small, YEAR)
    assert [row for table in document.tables() for row in table.rows if "excluded" in row[0]] == []
    assert "Accepted turnover: £255,000. Nothing is excluded." in _said(document)
