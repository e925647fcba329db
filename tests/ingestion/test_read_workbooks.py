"""Workbooks: addresses that are true, what is hidden or merged or broken, and files made to do harm."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ingestion.grids import address, column_letters
from ingestion.read import Limits, read
from ingestion.refusals import Refusal

# Reads each file named on its command line within 2 GB, and prints one line of JSON for each.
READER = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
from ingestion.read import read
from ingestion.refusals import Refusal
for name in sys.argv[1:]:
    try:
        book = read(Path(name), Path(name).name)
        told = {"rows": sum(len(grid.rows) for grid in book.grids), "kind": book.kind}
        assert all(len(row) == len(grid.rows[0]) for grid in book.grids for row in grid.rows)
    except Refusal as refusal:
        told = {"rule": refusal.rule, "message": refusal.message, "ask": refusal.ask}
    print(json.dumps({"file": Path(name).name, **told}), flush=True)
"""
UNREADABLE = {
    "OOM_alloc3.xls": "The workbook is damaged or incomplete, and cannot be read.",
    "issue252.xlsx": "The workbook is damaged or incomplete, and cannot be read.",
    "issue_385.xls": "The file is protected with a password.",
    "pass_protected.ods": "The file is protected with a password.",
    "pass_protected.xlsb": "The file is protected with a password.",
    "pass_protected.xlsx": "The file is protected with a password.",
    "too_small.xls": "The file is text, but no table: its lines do not divide into columns.",
}


def read_here(folder: Path, file: str, **limits: int) -> list[list[object]]:
    return [list(row) for row in read(folder / file, file, Limits(**limits)).grids[0].rows]


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_column_letters(index: int, letters: str) -> None:
    assert column_letters(index) == letters


def test_addresses_count_from_one() -> None:
    assert address(6, 1) == "B7"
    assert address(0, 0) == "A1"


def test_every_odd_workbook_reads_or_is_refused(shared: Path, project: Path) -> None:
    files = sorted(file for file in (shared / "bad_inputs" / "spreadsheets").iterdir() if file.suffix != ".md")
    assert len(files) == 132
    command = [sys.executable, "-c", READER, *map(str, files)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert sorted(told) == [file.name for file in files]
    refused = {name: line["message"] for name, line in told.items() if "rule" in line}
    empty = {name for name, message in refused.items() if message.startswith("The file holds no data")}
    assert {"empty_sheet.xlsx", "picture.ods", "issue127.xlsb", "vba.xlsm"} <= empty
    far = "The workbook says that it has more cells than any spreadsheet program could show."
    area = "A sheet reaches over too large an area: together the sheets have more than 5,000,000 cells."
    assert refused.pop("issue_594_dos.ods") in (far, area)
    assert {name: message for name, message in refused.items() if name not in empty} == UNREADABLE
    assert all(line["ask"].startswith("Please ") for line in told.values() if "rule" in line)


@pytest.mark.parametrize("ending", ["xls", "xlsb", "xlsx"])
def test_dates_of_both_date_systems_are_true(shared: Path, ending: str) -> None:
    folder = shared / "bad_inputs" / "spreadsheets"
    for stem in ("date", "date_1904"):
        rows = read_here(folder, f"{stem}.{ending}")
        assert rows[:2] == [[datetime.date(2021, 1, 1), 15], [datetime.date(2021, 1, 2), 16]]
        assert rows[2] == ["255:10:10", 17]  # a duration of more than a day, as Excel shows it


def test_hidden_sheets_are_read_and_charts_left_out(shared: Path) -> None:
    folder = shared / "bad_inputs" / "spreadsheets"
    for ending in ("xls", "xlsx", "xlsb"):
        book = read(folder / f"any_sheets.{ending}", "any_sheets")
        seen = [(grid.name, grid.visible) for grid in book.grids]
        assert seen == [("Visible", True), ("Hidden", False), ("VeryHidden", False)]
        assert book.kind == ending


def test_merged_cells_hold_their_value_once_and_say_how_far_they_reach(shared: Path) -> None:
    grid = read(shared / "real/returns/birmingham/birmingham-2014-15.xlsx", "birmingham").grids[1]
    assert grid.name == "Return"
    assert grid.merged == ((0, 0, 0, 7),)
    assert grid.rows[0] == ["Birmingham – organisations in the cluster", *[None] * 10]
    assert grid.rows[4][5] == "£196,630"


def test_leading_empty_rows_and_columns_stay_and_trailing_ones_go(tmp_path: Path) -> None:
    file = tmp_path / "return.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Organisations")
        sheet.write("C4", "Name")
        sheet.write("C5", "   ")
        sheet.write("D5", 12)
        sheet.write_blank("H9", None, book.add_format({"bold": True}))
        sheet.write("F2", " ")
    assert read_here(tmp_path, "return.xlsx") == [
        [None, None, None, None],
        [None, None, None, None],
        [None, None, None, None],
        [None, None, "Name", None],
        [None, None, None, 12],
    ]


def test_the_extension_does_not_matter(tmp_path: Path, shared: Path) -> None:
    content = (shared / "real/returns/dudley/dudley-2014-15.ods").read_bytes()
    (tmp_path / "return.csv").write_bytes(content)
    book = read(tmp_path / "return.csv", "return.csv")
    assert book.kind == "ods"
    assert book.grids[0].rows[1][:2] == ["Castle & Crystal Credit Union Limited", "353C"]


def test_errors_and_formulas_without_a_value_are_not_blank(tmp_path: Path, shared: Path) -> None:
    assert read_here(shared / "bad_inputs" / "spreadsheets", "errors.xlsx") == [
        ["#DIV/0!"], ["#NAME?"], ["#VALUE!"], ["#NULL!"], ["#REF!"], ["#NUM!"], ["#N/A"],
    ]  # fmt: skip
    with xlsxwriter.Workbook(tmp_path / "written.xlsx") as book:
        sheet = book.add_worksheet("A & B")
        sheet.write_row(0, 0, [1, 2])
        sheet.write_formula("C1", '=A1&"<"', value="1<")
        sheet.write_formula("D1", "=A1+B1", value=3)
        sheet.write_formula("E1", "=A1*B1", value="-")
    # The same workbook as a program writes it that does not calculate.
    with (
        zipfile.ZipFile(tmp_path / "written.xlsx") as source,
        zipfile.ZipFile(tmp_path / "unsaved.xlsx", "w") as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"<v>3</v>", b"").replace(b"<v>-</v>", b"<v></v>"))
    assert read_here(tmp_path, "written.xlsx") == [[1, 2, "1<", 3, "-"]]
    # E1 is a formula whose text is empty, which is a blank; D1 has lost its value.
    assert read_here(tmp_path, "unsaved.xlsx") == [[1, 2, "1<", "=A1+B1"]]


def test_a_cell_in_the_last_corner_is_refused_before_it_ends_the_process(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "corner.xlsx") as book:
        sheet = book.add_worksheet("Organisations")
        sheet.write("A1", "Name")
        sheet.write("XFD1048576", 1)
    with pytest.raises(Refusal, match="too large an area") as refused:
        read(tmp_path / "corner.xlsx", "corner.xlsx")
    assert "Ctrl+End" in refused.value.ask


def test_formats_down_to_the_last_row_do_no_harm(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "formats.xlsx") as book:
        sheet = book.add_worksheet("Organisations")
        sheet.write("A1", "Name")
        sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))
    assert read_here(tmp_path, "formats.xlsx") == [["Name"]]


def test_repeated_cells_of_an_ods_are_counted_before_they_are_unrolled(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="16000" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="6000">{cell}</table:table-row>'
    body = f'<table:table table:name="S">{row}</table:table>'
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(tmp_path / "repeated.ods", "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    with pytest.raises(Refusal, match="too large an area"):
        read(tmp_path / "repeated.ods", "repeated.ods")


def test_limits_of_size_and_cells(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "return.xlsx") as book:
        for sheet in (book.add_worksheet("A"), book.add_worksheet("B")):
            for row in range(10):
                sheet.write_row(row, 0, range(10))
    assert len(read_here(tmp_path, "return.xlsx", max_cells=200)) == 10
    with pytest.raises(Refusal, match="Sheet 'B' reaches over too large an area"):
        read_here(tmp_path, "return.xlsx", max_cells=199)
    with pytest.raises(Refusal, match="the limit is 0 MB"):
        read_here(tmp_path, "return.xlsx", max_file_bytes=1000)
    with pytest.raises(Refusal, match="unpacks to"):
        read_here(tmp_path, "return.xlsx", max_unpacked_bytes=1000)


def test_half_a_workbook_is_refused_as_damaged(tmp_path: Path, shared: Path) -> None:
    for borough, ending in (("walsall", "xlsx"), ("dudley", "ods")):
        content = (shared / f"real/returns/{borough}/{borough}-2014-15.{ending}").read_bytes()
        (tmp_path / "half").write_bytes(content[: len(content) // 2])
        with pytest.raises(Refusal, match="damaged"):
            read(tmp_path / "half", "half")


def test_what_is_no_file_or_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").touch()
    for name, words in ((".", "This is a folder"), ("missing.xlsx", "could not be opened"), ("empty.xlsx", "is empty")):
        with pytest.raises(Refusal, match=words) as refused:
            read(tmp_path / name, name)
        assert refused.value.rule == "F01"


def test_all_real_returns_read(shared: Path) -> None:
    files = sorted(file for file in (shared / "real" / "returns").rglob("*") if file.is_file())
    books = [read(file, file.name) for file in files]
    assert len(books) == 42
    assert {book.kind for book in books} == {"xlsx", "csv", "ods"}
    assert min(len(book.grids[-1].rows) for book in books) > 5
