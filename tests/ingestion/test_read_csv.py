"""Text files: encodings, delimiters, decimal signs, and what is no table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.grids import Cell, Workbook
from ingestion.read import read
from ingestion.read_csv import read_csv
from ingestion.refusals import Refusal

TABLE = "Name;Turnover £;Y/E\nCafé;1.234,50;31.03.2015\nMill;12,5;31.03.2015\n"

WRAPPED = """\
This return was put together, as in every other year, by the lead agency
and its partners, with help from the organisations of the place, who are
all thanked here for the time that they gave to it once again this summer
without being paid, asked twice, or told what it was going to be used for,
which is more than could be hoped for
"""


def read_text(text: str | bytes, max_cells: int = 1000) -> Workbook:
    return read_csv(text if isinstance(text, bytes) else text.encode("utf-8"), "return", max_cells)


def rows_of(text: str | bytes) -> list[list[Cell]]:
    return read_text(text).grids[0].rows


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("cp850", "cp850"),
        ("utf-32", "utf-32"),
    ],
)
def test_encodings_are_found_out(written: str, found: str) -> None:
    book = read_text(TABLE.encode(written))
    assert book.encoding == found
    assert book.grids[0].rows == [
        ["Name", "Turnover £", "Y/E"],
        ["Café", "1.234,50", "31.03.2015"],
        ["Mill", "12,5", "31.03.2015"],
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_are_found_out(delimiter: str, line_end: str) -> None:
    rows = [["Name", "Sector", "Staff"], ["A and B", "Food or drink", "3"], ["C", "Care", "4"]]
    book = read_text(line_end.join(delimiter.join(row) for row in rows))
    assert book.delimiter == delimiter
    assert book.grids[0].rows == rows


def test_semicolons_win_over_commas_inside_the_cells() -> None:
    book = read_text("name;sector;income\nA;clubs, societies;1,5\nB;food, drink;2,5\nC;care, health, other;3,25\n")
    assert (book.delimiter, book.decimal) == (";", ",")
    assert book.grids[0].rows[3] == ["C", "care, health, other", "3,25"]


def test_a_line_that_names_the_delimiter_is_no_row() -> None:
    assert rows_of("sep=|\r\na,b|c\r\n1|2\r\n") == [["a,b", "c"], ["1", "2"]]


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1.234,56", "12,5"], ","),
        (["1,234.56", "12.5"], "."),
        (["1,234", "5,678"], "."),
        (["1.234", "5.678"], "."),
        (["349244.0", "12"], "."),
        (["1 234,50", "1,234"], ","),
        (["(1.234,00)", "£12,50"], ","),
        (["12,5", "1.5", "2.5"], "."),
        (["abc", "31.03.2015"], "."),
    ],
)
def test_the_decimal_sign_is_found_out(cells: list[str], decimal: str) -> None:
    assert read_text("name;figure\n" + "".join(f"A;{cell}\n" for cell in cells)).decimal == decimal


def test_title_rows_and_ragged_rows_are_padded_and_keep_their_place() -> None:
    assert rows_of("Return 2014-15\n\nName,Staff,Note\nA,3\nB,4,new,extra\n\n,,\n") == [
        ["Return 2014-15", None, None, None],
        [None, None, None, None],
        ["Name", "Staff", "Note", None],
        ["A", "3", None, None],
        ["B", "4", "new", "extra"],
    ]


def test_quoted_cells_may_hold_lines_quotes_and_delimiters() -> None:
    assert rows_of('a,b\r\n"one\r\ntwo","say ""hi"", Joe"\r\n3,6" pipe\r\n') == [
        ["a", "b"],
        ["one\r\ntwo", 'say "hi", Joe'],
        ["3", '6" pipe'],
    ]


def test_texts_written_for_excel_lose_the_formula_around_them() -> None:
    assert rows_of('name,number\nA,="01234"\nB,="00007"\n')[1:] == [["A", "01234"], ["B", "00007"]]


def test_white_space_is_an_empty_cell() -> None:
    assert rows_of("a,b,c\n1, ,\u00a0\n2,3,4\n")[1] == ["1", None, None]


def test_a_list_of_one_column_is_a_table() -> None:
    assert rows_of("Name\nThe Old Mill\nSmith, Jones CIC\n") == [["Name"], ["The Old Mill"], ["Smith, Jones CIC"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": [1, 2, 3]}', "JSON"),
        ('[{"name": "A", "staff": 1},\n {"name": "B", "staff": 2}]', "JSON"),
        ("<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>", "a web page"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML of Excel 2003"),
        (
            "Dear colleague,\n\nplease find our return attached, with thanks.\n\nBest wishes, and see you soon.\n",
            "no table",
        ),
        (WRAPPED, "no table"),
        ("def f(x):\n    return x + 1\n\n\nprint(f(2))\n", "no table"),
        ("int a = 1;\nint b = 2;\nint c = a + b;\nreturn c;\n", "no table"),
        ("a,b\n1,\x00\n", "neither a workbook nor readable text"),
        ("a,b\n1,\x07\n", "neither a workbook nor readable text"),
        (b"\xff\xfea\x00,\x00b", "neither a workbook nor readable text"),
        ('a,b\n1,2\n3,"open\n4,5\n', "row 3 is never closed"),
        ("a,b\n" + '"' + "x" * 200_000 + "\n", "is never closed"),
    ],
)
def test_texts_that_are_no_table_are_turned_away(text: str | bytes, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_text(text)
    assert refused.value.rule == "F01"
    assert words in refused.value.message


def test_too_many_cells_are_turned_away() -> None:
    assert len(rows_of("a,b\n" * 500)) == 500
    with pytest.raises(Refusal, match="more than 1,000 cells"):
        read_text("a,b\n" * 501)


def test_the_spectrum_of_csv_reads_as_expected(shared: Path) -> None:
    folder = shared / "bad_inputs" / "csv"
    files = sorted((folder / "spectrum").glob("*.csv"))
    assert len(files) == 11
    for file in files:
        header, *rows = read(file, file.name).grids[0].rows
        found = [{str(name): cell or "" for name, cell in zip(header, row, strict=True)} for row in rows]
        assert found == json.loads((folder / "spectrum_expected" / f"{file.stem}.json").read_text("utf-8")), file.name


def test_evil_csv_reads_without_losing_a_row(shared: Path) -> None:
    folder = shared / "bad_inputs" / "csv"
    evil = read(folder / "evil.csv", "evil.csv").grids[0].rows
    assert len(evil) == 10
    assert evil[1] == ["Inigo", "You killed my father\nDarth, I am your father"]
    assert evil[4] == ["Evil Guy", '";drop table']
    assert evil[5] == ["Expert", "Trust me, I'm an expert"]
    assert read(folder / "evil2.csv", "evil2.csv").grids[0].rows == [[None, "foo"]]
    assert len(read(folder / "evil1.csv", "evil1.csv").grids[0].rows) == 2


def test_the_real_returns_in_csv(shared: Path) -> None:
    coventry = read(shared / "real/returns/coventry/coventry-2014-15.csv", "coventry-2014-15.csv")
    assert (coventry.encoding, coventry.delimiter, coventry.decimal) == ("cp1252", ",", ".")
    assert coventry.grids[0].name == "coventry-2014-15"
    assert coventry.grids[0].rows[0][4] == "Turnover £"
    solihull = read(shared / "real/returns/solihull/solihull-2014-15.csv", "solihull-2014-15.csv")
    assert (solihull.encoding, solihull.delimiter, solihull.decimal) == ("utf-8-sig", ";", ".")
    assert solihull.grids[0].rows[0][0] == "organisation"
    assert solihull.grids[0].rows[1][5] == "349244.0"
