"""Organisations that nobody expects: none of them stops a report, least of all the reports of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from orchestration.reports import ERRORS, make_reports
from reporting import benchmark as benchmark_module
from reporting import kpi_change, kpi_sections, make, turnover_sections
from reporting import kpi_pages as kpi_pages_module
from reporting.benchmark import benchmark
from reporting.document import Document, Paragraph
from reporting.figures import Figures, ReportError
from reporting.kpi_pages import kpi_page, kpi_pages, programme_page
from reporting.peers import size_band
from reporting.places import agency_page, own_benchmark, places_among_peers
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import YEAR, make_release, marts_of_small, turnover_row

_NOW = datetime(2025, 7, 2, tzinfo=UTC)
_LONG = "Very Long Name " * 40

# What is odd about each: name, income now, income before, other columns.
_ODD: tuple[tuple[str, float | None, float | None, dict[str, Any]], ...] = (
    ("Below Zero Now", -5_000.0, 20_000.0, {"growth_ratio": -1.25, "growth_status": "counted"}),
    ("Below Zero Before", 20_000.0, -5_000.0, {"growth_ratio": None, "growth_status": "small base"}),
    ("Zero Now", 0.0, 20_000.0, {}),
    ("Zero Before", 20_000.0, 0.0, {}),
    ("Nothing At All", None, None, {"growth_status": None, "participant_class": None, "cluster_year": None}),
    ("Not In The Register Of Names", 20_000.0, None, {}),
    ("a/b\\c: Sea & Land?", 20_000.0, 21_000.0, {}),
    (_LONG, 20_000.0, 21_000.0, {}),
    ("", 20_000.0, 21_000.0, {}),
    (" \u200b", 20_000.0, 21_000.0, {}),
    ("\u0645\u0624\u0633\u0633\u0629 \u05e9\u05dc\u05d5\u05dd", 20_000.0, 21_000.0, {}),
    ("\u4e2d\u6587 \U0001f600 Trust", 20_000.0, 21_000.0, {}),
    ('<script>alert(1)</script> "#let x = 1"', 20_000.0, 21_000.0, {}),
    ("=1+1", 20_000.0, 21_000.0, {}),
    ("Bell\u0007 Ringers", 20_000.0, 21_000.0, {}),
)


def _odd_release(folder: Path) -> Figures:
    """The small release with one row for each of the odd organisations."""
    turnover = [
        turnover_row(f"GB-CHC-2000{number:02d}", name, YEAR, now, before, **other)
        for number, (name, now, before, other) in enumerate(_ODD)
    ]
    marts = marts_of_small()
    known = [
        {"organisation_id": row["organisation_id"], "sectors": None if number % 2 else "; "}
        for number, row in enumerate(turnover)
        if row["organisation_name"] != "Not In The Register Of Names"
    ]
    return make_release(
        folder,
        turnover_by_organisation=[*marts["turnover_by_organisation"], *turnover],
        organisations=[*marts["organisations"], *known],
    )


def test_every_odd_organisation_has_its_reports(tmp_path: Path) -> None:
    figures = _odd_release(tmp_path / "release")
    found = make_reports(figures.folder, "all", None, YEAR, to=tmp_path / "reports", now=_NOW)
    assert found.not_made == ()
    # the eleven of Walsall and the one that is new answered too; two clusters, the programme and its public edition
    assert len(found.made) == len(_ODD) + 12 + 4
    assert all((folder / "report.pdf").stat().st_size > 1_000 for folder in found.made)
    page = tmp_path / "reports" / figures.release_id / YEAR / "organisations" / "GB-CHC-200012" / "report.html"
    assert "<script>alert" not in page.read_text(encoding="utf-8")


def test_one_that_cannot_be_made_stops_none_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = _odd_release(tmp_path / "release")

    def fails(figures: Figures, organisation_id: str, *others: Any) -> Document:
        if organisation_id == "GB-CHC-100003":
            raise ZeroDivisionError("by nobody")
        if organisation_id == "GB-CHC-100004":
            raise ReportError("There is nothing to say of Dray Carers")
        return benchmark(figures, organisation_id, *others)

    monkeypatch.setattr(make, "benchmark", fails)
    found = make_reports(figures.folder, "all", None, YEAR, to=tmp_path / "reports", now=_NOW)
    log = tmp_path / "reports" / figures.release_id / ERRORS
    assert found.not_made == (
        (f"{YEAR}/organisations/GB-CHC-100003", f"unexpected error; {log} has the details"),
        (f"{YEAR}/organisations/GB-CHC-100004", "There is nothing to say of Dray Carers"),
    )
    assert "by nobody" in log.read_text(encoding="utf-8")
    assert len(found.made) == len(_ODD) + 12 + 4 - 2
    # what is asked for alone is not passed over
    with pytest.raises(ZeroDivisionError):
        make_reports(figures.folder, "organisation", "GB-CHC-100003", YEAR, to=tmp_path / "one", now=_NOW)


def test_the_lead_agency_sees_every_odd_organisation(tmp_path: Path) -> None:
    figures = _odd_release(tmp_path)
    found = {row[0]: row for row in places_among_peers(figures, "walsall", YEAR).rows}
    assert found["Below Zero Now"][1] == "-125.0%"
    assert found["Below Zero Before"][5] == "No place: the earlier figure is too small to compare with"
    assert "GB-CHC-200008" in found, "an organisation without a name goes by its id"
    for number in range(len(_ODD)):
        own_benchmark(figures, "walsall", f"GB-CHC-2000{number:02d}", YEAR)


def test_an_income_below_zero_has_no_size(tmp_path: Path) -> None:
    assert [size_band(income) for income in (-1e12, -0.01, 0.0)] == [None, None, "under £10,000"]
    told = benchmark(_odd_release(tmp_path), "GB-CHC-200000", YEAR)
    said = " ".join(block.text for block in told.blocks if isinstance(block, Paragraph))
    assert "Your income fell by 125.0%, from £20,000 in 2023-24 to -£5,000." in said


def test_a_name_as_an_id_becomes_a_folder_that_any_file_system_takes(tmp_path: Path) -> None:
    ids = ("walsall", "a/b", "a_b", "..", "", "\u4e2d" * 300)
    clusters = [{"cluster_id": one} for one in ids]
    folders = [place for place, _ in make.reports_of(_Clusters(clusters), "all", None, YEAR)][2:]  # type: ignore[arg-type]
    names = [folder.rsplit("/", 1)[1] for folder in folders]
    assert names[0] == "walsall" and names[2] == "a_b"
    assert len(set(names)) == len(ids)
    assert [name for name in names if "/" in name or name in {"", ".", ".."} or len(name.encode()) > 255] == []


class _Clusters:
    """A release that knows its clusters and nothing else."""

    def __init__(self, clusters: list[dict[str, str]]) -> None:
        self._clusters = clusters

    def mart(self, name: str, order_by: str, **equal: object) -> list[dict[str, str]]:
        return self._clusters

    def select(self, sql: str, **values: object) -> list[dict[str, str]]:
        return []


def _every_document(figures: Figures) -> Iterator[Callable[[], object]]:
    yield lambda: programme_report(figures, YEAR)
    yield lambda: programme_report(figures, YEAR, public=True)
    yield lambda: cluster_report(figures, "walsall", YEAR)
    yield lambda: benchmark(figures, "GB-CHC-100001", YEAR)
    yield lambda: agency_page(figures, "walsall", YEAR)
    yield lambda: own_benchmark(figures, "walsall", "GB-CHC-100001", YEAR)
    yield lambda: programme_page(figures, YEAR)
    for name in kpi_pages():
        yield lambda name=name: kpi_page(figures, name, YEAR)  # type: ignore[misc]


_KEYS = {"cluster_id", "cluster_name", "organisation_id", "reporting_year", "population", "building_block"}


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts without their drawing, which is most of the time of a document."""
    for module in (turnover_sections, kpi_sections, kpi_pages_module, kpi_change, benchmark_module):
        for chart in ("bar_chart", "line_chart"):
            if hasattr(module, chart):
                monkeypatch.setattr(module, chart, lambda rows, **_: {"rows": len(rows)})


@pytest.mark.usefixtures("undrawn")
def test_a_figure_that_nobody_has_stops_no_report(small: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column of each mart is blank in turn, as where a programme has no target or nobody answers a question."""
    whole = lru_cache(maxsize=None)(Figures.mart)
    read: set[str] = set()
    blank: tuple[str, str] | None = None

    def mart(figures: Figures, name: str, order_by: str, **equal: object) -> list[Any]:
        read.add(name)
        rows = whole(figures, name, order_by, **equal)
        return [{**row, blank[1]: None} if blank and blank[1] in row and blank[0] == name else row for row in rows]

    monkeypatch.setattr(Figures, "mart", mart)
    readers: dict[str, list[Callable[[], object]]] = {}
    for make_one in _every_document(small):
        read.clear()
        make_one()
        for name in read:
            readers.setdefault(name, []).append(make_one)
    blanked = 0
    for name, rows in marts_of_small().items():
        for column in sorted({column for row in rows for column in row} - _KEYS - {"outcome_type", "answered"}):
            blank = name, column
            for make_one in readers.get(name, []):
                make_one()
                blanked += 1
    assert blanked > 500


@pytest.mark.usefixtures("undrawn")
def test_a_mart_without_rows_of_the_year_stops_no_report(tmp_path: Path) -> None:
    """Each mart in turn has rows of another year only, as where a cluster sent one sheet and no other."""
    for mart, rows in marts_of_small().items():
        if not rows or "reporting_year" not in rows[0]:
            continue
        figures = make_release(tmp_path / mart, **{mart: [{**rows[0], "reporting_year": "2019-20"}]})
        for make_one in _every_document(figures):
            try:
                make_one()
            except ReportError as nothing:
                assert mart in {"turnover_by_cluster", "turnover_by_organisation"}, nothing
