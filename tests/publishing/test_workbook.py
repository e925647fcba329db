"""The workbook of the public tables: what a reader with or without a screen finds in it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from publishing.public import WORKBOOK, write_public
from publishing.workbook import heading_of, title_of
from tests.publishing.small_marts import make_marts

Grid = list[list[object]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clusters, of which one organisation dominates the first, and the smallest other figure goes with it."""
    folder = tmp_path_factory.mktemp("workbook")
    turnover = {"=a": [900, 20, 20, 20, 20, 20], "b": [100] * 6, "c": [500] * 6}
    marts = make_marts(folder / "internal.duckdb", turnover, {"=a": (30.0, 12.0)})
    write_public(folder / "internal.duckdb", folder / "public", marts, about="Release 7, as of 2026-07-01")
    return folder / "public" / WORKBOOK


@pytest.fixture(scope="module")
def sheets(file: Path) -> dict[str, Grid]:
    book = CalamineWorkbook.from_path(file)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def table_in(grid: Grid) -> Grid:
    """The rows from the headings on: the first row without an empty cell."""
    start = next(number for number, row in enumerate(grid) if "" not in row)
    return grid[start:]


def test_it_begins_with_a_cover_contents_and_notes(sheets: dict[str, Grid]) -> None:
    assert list(sheets) == ["Cover", "Contents", "Notes", "Table 1", "Table 2", "Table 3"]
    assert ["Release 7, as of 2026-07-01"] in sheets["Cover"]
    assert [row[0] for row in sheets["Contents"]][-3:] == ["Table 1", "Table 2", "Table 3"]
    assert any("[c] stands for a figure that is hidden" in str(row[1]) for row in sheets["Notes"])


def test_every_sheet_holds_one_marked_table_without_empty_cells(sheets: dict[str, Grid]) -> None:
    for name in ("Table 1", "Table 2", "Table 3"):
        headings, *body = table_in(sheets[name])
        assert len(set(headings)) == len(headings)
        assert body
        assert not any(cell in {"", None} for row in body for cell in row)


def test_a_screen_reader_finds_the_tables_and_nothing_runs(file: Path) -> None:
    with zipfile.ZipFile(file) as parts:
        tables = [name for name in parts.namelist() if name.startswith("xl/tables/")]
        pages = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    # Contents, notes and three tables; the cover is text.
    assert (len(tables), len(pages)) == (5, 6)
    for page in pages:
        assert "<mergeCell" not in page
        assert not re.search(r"<f[ >]", page)


def test_hidden_figures_are_marked(sheets: dict[str, Grid]) -> None:
    (grid,) = (grid for grid in sheets.values() if "Turnover by cluster" in str(grid[0][0]) and len(grid[0]) > 2)
    headings, *body = table_in(grid)
    turnover = {row[headings.index("Cluster id")]: row[headings.index("Turnover, accepted (pounds)")] for row in body}
    assert turnover == {"=a": "[c]", "b": "[c]", "c": 3000}
    assert "[c] hidden to protect confidentiality" in [row[0] for row in grid]


@pytest.mark.parametrize(
    ("column", "heading"),
    [
        ("turnover_gbp", "Turnover (pounds)"),
        ("turnover_accepted_gbp", "Turnover, accepted (pounds)"),
        ("electricity_kwh_excluded", "Electricity, excluded (kWh)"),
        ("people_excluded", "People, excluded"),
        ("like_for_like_growth_ratio", "Like for like growth ratio"),
        ("tco2e_scope_1", "tCO2e scope 1"),
        ("electricity_kwh", "Electricity (kWh)"),
        ("volunteer_hours", "Volunteer hours"),
        ("due_on", "Due on"),
    ],
)
def test_headings_are_words_with_their_unit(column: str, heading: str) -> None:
    assert heading_of(column) == heading


def test_titles_are_words() -> None:
    assert title_of("turnover_by_cluster") == "Turnover by cluster"
