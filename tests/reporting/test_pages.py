"""One document becomes a page, a PDF and CSV files; none of them can be led astray by the words in it."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reporting.document import Bullets, DataTable, Document, Heading, Notice, Paragraph, Source
from reporting.figures import Figures
from reporting.html import as_html
from reporting.make import as_csv, reports_of, write_report
from reporting.pdf import as_pdf
from reporting.year_report import programme_report
from tests.reporting.small_release import YEAR

NOW = datetime(2025, 7, 1, tzinfo=UTC)

AWKWARD = Document(
    title="A <b>bold</b> & #emph[clever] title",
    subtitle="Year",
    about="Release",
    blocks=(
        Heading("Heading $x$"),
        Paragraph("#panic() <script>alert(1)</script> *stars* _lines_ @ref", (Source("mart", "column"),)),
        Notice("Caution", "\\ backslash #include"),
        Bullets(("- dash", "= equals")),
        DataTable("odd", "Caption <i>", ("A", "B"), (("=1+1", "-5"), ("@x", "£-5")), frozenset({"B"})),
    ),
)


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))


def test_text_is_shown_and_never_run() -> None:
    page = as_html(AWKWARD, dictionary="dictionary.html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert as_pdf(AWKWARD, dictionary="dictionary.html", now=NOW).startswith(b"%PDF")


def test_a_page_fetches_nothing(small: Figures) -> None:
    page = as_html(programme_report(small, YEAR), dictionary="dictionary.html")
    assert re.findall(r'(?:src|href)="(?!#|data:|dictionary\.html#)[^"]*"', page) == []
    assert "@import" not in page


def test_headings_go_down_one_step_at_a_time(small: Figures) -> None:
    found = _Headings()
    found.feed(as_html(programme_report(small, YEAR), dictionary="d.html"))
    assert found.levels[0] == 1
    assert found.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(found.levels, found.levels[1:], strict=False))


def test_the_pdf_is_tagged_and_says_its_language_and_standard(small: Figures) -> None:
    made = as_pdf(programme_report(small, YEAR), dictionary="d.html", now=NOW)
    assert b"/Marked true" in made
    assert b"en-GB" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made


def test_the_same_document_makes_the_same_files(small: Figures, tmp_path: Path) -> None:
    document = programme_report(small, YEAR)
    once, twice = (write_report(document, tmp_path / name, dictionary="d.html", now=NOW) for name in ("once", "twice"))
    files = sorted(file.relative_to(once) for file in once.rglob("*") if file.is_file())
    assert {file.name for file in files} >= {"report.html", "report.pdf", "03-growth-side-by-side.csv"}
    assert [file for file in files if (once / file).read_bytes() != (twice / file).read_bytes()] == []


def test_csv_holds_the_table_and_no_formula(small: Figures) -> None:
    table = next(table for table in programme_report(small, YEAR).tables() if table.name == "growth-side-by-side")
    rows = list(csv.reader(as_csv(table.columns, table.rows).splitlines()))
    assert rows[1:] == [["Smethwick", "11", "20.0%", "15%"], ["Walsall", "11", "10.5%", "15%"]]
    odd = AWKWARD.tables()[0]
    assert as_csv(odd.columns, odd.rows).splitlines()[1:] == ["'=1+1,-5", "'@x,£-5"]


@pytest.mark.parametrize(
    ("kind", "subject", "made"),
    [("programme", None, 1), ("cluster", "walsall", 1), ("public", None, 1), ("all", None, 16)],
)
def test_the_reports_of_a_kind(small: Figures, kind: str, subject: str | None, made: int) -> None:
    # all: the programme for the authority and for anyone, two clusters and the twelve organisations that answered
    assert len(reports_of(small, kind, subject, YEAR)) == made
