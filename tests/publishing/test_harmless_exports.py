"""Every way in which rows leave as a file, with an organisation whose name a spreadsheet program would run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.query import run_query, write_query
from orchestration.release import Release, publish
from publishing.marts import Column, Mart
from publishing.tables import Table
from publishing.workbook import write_workbook
from reporting.make import as_csv
from reporting.words import pounds
from tests.publishing.workbook_cells import text_cells
from workspace.harmless import would_run

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
POISON = [" \n＝HYPERLINK(1)", "=1+1", "\u200b@SUM(A1)", "\t+1"]
# Who writes files of rows, and how each is held below: whoever adds one adds its test.
WRITERS = {
    "console/downloads.py": "tests/console/test_downloads_harmless.py",
    "console/queries/workbook.py": "tests/console/test_downloads_harmless.py",
    "ingestion/workbook.py": "here",
    "orchestration/query.py": "here",
    "publishing/revisions.py": "here, as the mart of revisions",
    "publishing/tables.py": "here",
    "publishing/workbook.py": "here",
    "reporting/make.py": "here",
}
_WRITES = re.compile(
    r"csv\.(?:w|DictW)riter\(|format csv|\.to_csv\(|\.to_excel\(|xlsxwriter\.Workbook\(|gpt\.write_workbook"
)


def test_every_writer_of_rows_is_known(project: Path) -> None:
    folders = ("cli", "console", "decisions", "expectations", "ingestion", "orchestration", "publishing", "reporting")
    folders += ("warehouse", "workspace")
    found = {
        file.relative_to(project).as_posix()
        for folder in folders
        for file in (project / folder).rglob("*.py")
        if _WRITES.search(file.read_text(encoding="utf-8"))
    }
    assert found == set(WRITERS)


def _harmless(rows: Iterable[Iterable[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    # All of the poison is there, and none of it would run.
    assert all(any(cell == f"'{poison}" for cell in cells) for poison in POISON)
    return not any(map(would_run, cells))


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A mart of organisations, published: two editions of it, so that the second has revisions."""
    home, database = Home(tmp_path / "home"), tmp_path / "build.duckdb"
    home.folder.mkdir()
    columns = tuple(Column(name, "As it says.") for name in ("organisation_id", "words", "n"))
    marts = (Mart("organisations", "One row per organisation.", columns, ("organisation_id",)),)
    made = None
    for names in (POISON, [f"{name}2" for name in POISON] + POISON):
        database.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as build:
            build.execute("create schema marts")
            build.execute("create table marts.organisations (organisation_id text, words text, n double)")
            rows = [[f"id{at}", name] for at, name in enumerate(names)]
            build.executemany("insert into marts.organisations values (?, ?, -1.5)", rows)
        made = publish(home, database, marts, as_of=date(2026, 7, 1), now=NOW, inputs={})
    assert made
    return made


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_csv_of_a_release_and_what_changed(release: Release) -> None:
    rows = _read((release.folder / "csv" / "organisations.csv").read_bytes().decode())
    assert _harmless(rows)
    assert {row[2] for row in rows[1:]} == {"-1.5"}
    changes = [cell for row in _read((release.folder / "changes.csv").read_bytes().decode()) for cell in row]
    assert "'=1+12" in changes
    assert not any(map(would_run, changes))


def test_a_query_on_the_command_line(release: Release, tmp_path: Path) -> None:
    sql = 'select words as "=1+1", n from organisations'
    printed = _read(run_query(release, sql, form="csv"))
    assert _harmless(printed)
    assert printed[0] == ["'=1+1", "n"]
    assert printed[1][1] == "-1.5"
    write_query(release, sql, tmp_path / "out.csv")
    assert _harmless(_read((tmp_path / "out.csv").read_bytes().decode()))


def test_the_tables_of_a_report() -> None:
    told = as_csv(("Organisation", "Change"), tuple((name, pounds(-1234.0)) for name in POISON))
    assert _harmless(_read(told))
    assert [row[1] for row in _read(told)[1:]] == [pounds(-1234.0)] * len(POISON)


def test_the_public_workbook(release: Release, tmp_path: Path) -> None:
    """It has clusters only, and is not sent back: a text stays what it is, in a cell of text."""
    mart = Mart("organisations", "One row per organisation.", (Column("words", "What."),))
    table = Table(mart, len(POISON), {"words": "VARCHAR"}, "csv/organisations.csv")
    write_workbook(release.folder / "marts.duckdb", tmp_path / "t.xlsx", [table], about="A release.", notes=["A note."])
    assert {text for text, _ in text_cells(tmp_path / "t.xlsx")} >= set(POISON)
    assert _no_formulas(tmp_path / "t.xlsx")


def test_the_form_with_last_year_s_names(project: Path, tmp_path: Path) -> None:
    """The name stays as it was sent, so that it is the same organisation next year; its cell is marked as a text."""
    from ingestion.forms import read_form
    from ingestion.workbook import write_form

    form = read_form("west-midlands-return-2")
    rows = [{"organisation_name": name} for name in POISON]
    write_form(form, tmp_path / "form.xlsx", answers={"organisations": rows}, created_at=NOW)
    found = dict(text_cells(tmp_path / "form.xlsx"))
    assert {text: found[text] for text in POISON} == dict.fromkeys(POISON, True)
    assert _no_formulas(tmp_path / "form.xlsx")


def _no_formulas(workbook: Path) -> bool:
    with zipfile.ZipFile(workbook) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/s")]
    return bool(sheets) and not any("<f>" in sheet or "<f " in sheet for sheet in sheets)
