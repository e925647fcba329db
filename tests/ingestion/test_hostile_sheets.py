"""Workbooks whose sheets do harm, or say other than they hold: refused with a reason, or read right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import xlsxwriter

from tests.ingestion.hostile_files import (
    READ_RIGHT,
    SECONDS,
    TURNOVER,
    Verdict,
    judged,
    spoiled,
    whole_return,
)

SHEET, BOOK, TEXTS = "xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
WHOLE = whole_return()
Add = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        assert old in part
        return part.replace(old, new, 1)

    return change


def with_rows(rows: bytes) -> bytes:
    """The return with more rows below its organisations, as they stand in the sheet's XML."""
    return spoiled(WHOLE, {SHEET: replaced(b"</sheetData>", rows + b"</sheetData>")})


def with_entities(part: str, declared: str, used: str = "") -> bytes:
    """The return with entities declared in one of its parts, and used in the first of its texts."""

    def change(content: bytes) -> bytes:
        kind = {SHEET: b"worksheet", BOOK: b"workbook", TEXTS: b"sst"}[part]
        head, rest = content.split(b"<" + kind, 1)
        body = rest.replace(b"<t>", b"<t>" + used.encode(), 1)
        return head + b"<!DOCTYPE x [" + declared.encode() + b"]>\n<" + kind + body

    return spoiled(WHOLE, {part: change})


def laughs() -> str:
    """Entities that grow to 3 billion laughs when they are spelled out."""
    lines = ['<!ENTITY l0 "ha">', *(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))]
    return "".join(lines)


def added(add: Add) -> bytes:
    return whole_return(add)


def formulas(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    """Formulas that would call home or start a program, beside the table, each with the value it had."""
    sheet.write_formula(1, 60, "=cmd|' /C calc'!A0", None, 1)
    sheet.write_formula(2, 60, '=WEBSERVICE("http://127.0.0.1:9/x")', None, 2)
    sheet.write_formula(3, 60, "='file:///etc/[passwd]Sheet1'!A1", None, 3)
    sheet.write_url(1, 61, "http://127.0.0.1:9/y", string="more")


def hidden(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_row(2, None, None, {"hidden": True})
    book.add_worksheet("Old figures").hide()


def errors(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    """A turnover that is an error, one that was never computed, and one that is blank."""
    sheet.write_formula(1, TURNOVER, "=NA()", None, "#N/A")
    sheet.write_formula(2, TURNOVER, "=A1+1", None, "")
    sheet.write_blank(3, TURNOVER, None, book.add_format({"bold": True}))


def sheets_without_end(count: int) -> bytes:
    names = "".join(f'<sheet name="S{at}" sheetId="{at + 10}" r:id="rId2"/>' for at in range(count))
    return spoiled(WHOLE, {BOOK: replaced(b"</sheets>", names.encode() + b"</sheets>")})


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
READS = {
    "a dimension that is too small.xlsx": spoiled(WHOLE, {SHEET: replaced(b'ref="A1:AY4"', b'ref="A1:B2"')}),
    "a dimension that is far too large.xlsx": spoiled(
        WHOLE, {SHEET: replaced(b'ref="A1:AY4"', b'ref="A1:XFD1048576"')}
    ),
    "laughs that nobody hears.xlsx": with_entities(SHEET, laughs()),
    "laughs in the workbook.xlsx": with_entities(BOOK, laughs()),
    "texts that say there are none.xlsx": spoiled(
        WHOLE, {TEXTS: replaced(b'count="80" uniqueCount="72"', b'count="0" uniqueCount="0"')}
    ),
    "links and commands.xlsx": added(formulas),
    "hidden.xlsx": added(hidden),
    "external links.xlsx": spoiled(
        WHOLE,
        {},
        xl__externalLinks__externalLink1__xml=b'<externalLink xmlns="x"><ddeLink ddeService="cmd" ddeTopic="/C calc"/>'
        b"</externalLink>",
    ),
}
AREA, DAMAGED, CRASHED = "reaches over too large an area", "is damaged or incomplete", "gave up on it"
# Each with the words of its reason; what makes the reader crash costs only itself.
REFUSED = {
    "one cell at the end of the sheet.xlsx": (AREA, with_rows(FAR)),
    "a million rows.xlsx": (
        CRASHED,
        with_rows(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (at, at) for at in range(5, 1_048_577))),
    ),
    "a million columns.xlsx": (AREA, with_rows(b'<row r="5">' + b"<c><v>1</v></c>" * 1_000_000 + b"</row>")),
    "ten thousand sheets.xlsx": ("has 10,002 sheets", sheets_without_end(10_000)),
    "texts that say there are billions.xlsx": (
        CRASHED,
        spoiled(
            WHOLE, {TEXTS: replaced(b'count="80" uniqueCount="72"', b'count="4294967295" uniqueCount="4294967295"')}
        ),
    ),
    "laughs in the texts.xlsx": (DAMAGED, with_entities(TEXTS, laughs(), "&l9;")),
    "a file of the machine.xlsx": (DAMAGED, with_entities(TEXTS, '<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")),
    "a page of the network.xlsx": (DAMAGED, with_entities(TEXTS, '<!ENTITY x SYSTEM "http://127.0.0.1:9/">', "&x;")),
    "a text that is not there.xlsx": (DAMAGED, spoiled(WHOLE, {SHEET: replaced(b"<v>14</v>", b"<v>999999</v>")})),
    "a sheet that breaks off.xlsx": (DAMAGED, spoiled(WHOLE, {SHEET: lambda part: part[: len(part) // 2]})),
    "no sheet.xlsx": (DAMAGED, spoiled(WHOLE, {SHEET: lambda _: b""})),
}
ERRORS = added(errors)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    refused = {name: content for name, (_, content) in REFUSED.items()}
    return judged(READS | refused | {"errors.xlsx": ERRORS}, tmp_path_factory.mktemp("sheets"))


@pytest.mark.parametrize("name", READS)
def test_reads_right(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name].rows == READ_RIGHT, verdicts[name].message
    assert verdicts[name].seconds < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_its_reason(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name]
    assert verdict.rows is None
    assert REFUSED[name][0] in verdict.message
    assert verdict.ask.endswith(".")
    assert verdict.seconds < SECONDS


def test_an_error_an_uncomputed_formula_and_a_blank_are_three_answers(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["errors.xlsx"]
    assert verdict.rows == [["Acorn", None], ["Birch", None], ["Cedar", None]]
    assert verdict.findings == [["not a number", "R2", "#N/A"], ["not a number", "R3", "=A1+1"]]
