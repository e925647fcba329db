"""An error, a formula that was never worked out and a blank are three answers, in every kind of workbook."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
import xlwt

from ingestion.grids import Cell
from ingestion.lost_in_binary import lost_in_xls, lost_in_xlsb
from ingestion.lost_in_ods import lost_in_ods
from ingestion.read import read

ODS = " ".join(
    [f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")]
    + ['xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"']
)
ERRORS = (
    ("#NULL!", 0x00), ("#DIV/0!", 0x07), ("#VALUE!", 0x0F), ("#REF!", 0x17), ("#NAME?", 0x1D), ("#NUM!", 0x24),
    ("#N/A", 0x2A),
)  # fmt: skip


def rows_of(file: Path) -> list[list[Cell]]:
    (grid,) = read(file, file.name).grids
    return grid.rows


def write_xls(file: Path) -> None:
    """A second sheet of formulas would be found by its name, so the only one has a name outside ASCII."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Zusätze – 2")
    for column, (_, code) in enumerate(ERRORS):
        sheet.row(0).set_cell_error(column, code)
    sheet.write(1, 0, 12)
    sheet.write(1, 1, xlwt.Formula("A2+1"))
    sheet.write(1, 3, "x")
    book.save(str(file))


def test_in_an_xls(tmp_path: Path) -> None:
    write_xls(tmp_path / "return.xls")
    assert rows_of(tmp_path / "return.xls") == [
        [text for text, _ in ERRORS],
        [12, "=(formula)", None, "x", None, None, None],
    ]


def test_the_errors_that_another_reader_finds_in_real_workbooks(shared: Path) -> None:
    """Of this workbook, made by Excel, xlrd says: 56 cells with #VALUE!, all on one sheet, and no other error."""
    file = shared / "bad_inputs" / "spreadsheets" / "gh548_incorrect_sst_unique_count.xls"
    lost = lost_in_xls(file.read_bytes())
    assert set(lost) == {"Acute Trust Mapping"}
    assert list(lost["Acute Trust Mapping"].values()) == ["#VALUE!"] * 56
    assert min(lost["Acute Trust Mapping"]) == (12, 10)


def record(kind: int, data: bytes) -> bytes:
    """One record of an xlsb, shorter than 128 bytes."""
    return (bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])) + bytes([len(data)]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(file: Path) -> None:
    """A number, an error, a formula that gave an error, a formula that gave a number, a blank, and a text below."""
    cell = struct.Struct("<II").pack
    sheet = (
        record(129, b"")
        + record(148, struct.pack("<4I", 0, 3, 0, 5))
        + record(145, b"")
        + record(0, struct.pack("<I", 0) + bytes(13))
        + record(5, cell(0, 0) + struct.pack("<d", 7.0))
        + record(3, cell(1, 0) + b"\x2a")
        + record(11, cell(2, 0) + b"\x17" + bytes(10))
        + record(9, cell(3, 0) + struct.pack("<d", 8.0) + bytes(10))
        + record(1, cell(4, 0))
        + record(0, struct.pack("<I", 3) + bytes(13))
        + record(6, cell(5, 0) + wide("x"))
        + record(146, b"")
        + record(130, b"")
    )
    book = record(143, b"") + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Año")) + record(144, b"")
    book += record(157, bytes(26)) + record(132, b"")
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.bin"/></Relationships>'
    )
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("xl/_rels/workbook.bin.rels", relations)
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/worksheets/sheet1.bin", sheet)


def test_in_an_xlsb(tmp_path: Path) -> None:
    write_xlsb(tmp_path / "return.xlsb")
    assert rows_of(tmp_path / "return.xlsb") == [
        [7.0, "#N/A", "#REF!", 8.0, None, None],
        [None] * 6,
        [None] * 6,
        [None, None, None, None, None, "x"],
    ]


def write_ods(file: Path, rows: str) -> None:
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr(
            "content.xml",
            f"<office:document-content {ODS}><office:body><office:spreadsheet>"
            f'<table:table table:name="A &amp; B">'
            f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>",
        )


NUMBER = '<table:table-cell office:value-type="float" office:value="5"/>'
# As LibreOffice saves #DIV/0!, and as earlier versions of it did: with the value 0.
NOW = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
    'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
EARLIER = (
    '<table:table-cell table:formula="oooc:=1/0" office:value-type="float" office:value="0">'
    "<text:p>Err:503</text:p></table:table-cell>"
)
UNSAVED = '<table:table-cell table:formula="of:=[.A1]&gt;2"/>'
EMPTY_TEXT = (
    '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" office:string-value="" '
    'calcext:value-type="string"><text:p/></table:table-cell>'
)


def test_in_an_ods(tmp_path: Path) -> None:
    skipped = '<table:table-cell table:number-columns-repeated="2"/>'
    rows = (
        f"<table:table-row>{NUMBER}{NOW}{EARLIER}{UNSAVED}{EMPTY_TEXT}{NUMBER}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{skipped}{NOW}</table:table-row>'
        f"<table:table-row>{NUMBER}</table:table-row>"
    )
    write_ods(tmp_path / "return.ods", rows)
    repeated = [None, None, "#DIV/0!", None, None, None]
    assert rows_of(tmp_path / "return.ods") == [
        [5.0, "#DIV/0!", "Err:503", "=[.A1]>2", None, 5.0],
        repeated,
        repeated,
        [5.0, None, None, None, None, None],
    ]


def test_entities_of_an_ods_are_never_spelled_out() -> None:
    lines = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    xml = f"<!DOCTYPE x [{lines}]><x formula='&l9;'>&l9;</x>"
    assert lost_in_ods({"content.xml": xml.encode()}) == {}


@pytest.mark.parametrize("cut", [7, 513, 1500, 4000])
def test_what_is_cut_off_is_left_to_the_reader(tmp_path: Path, cut: int) -> None:
    write_xls(tmp_path / "return.xls")
    assert lost_in_xls((tmp_path / "return.xls").read_bytes()[:cut]) == {}
    write_xlsb(tmp_path / "return.xlsb")
    with zipfile.ZipFile(tmp_path / "return.xlsb") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert lost_in_xlsb(parts) == {"Año": {(0, 1): "#N/A", (0, 2): "#REF!"}}
    parts["xl/workbook.bin"] = parts["xl/workbook.bin"][: cut % 20]
    assert lost_in_xlsb(parts) == {}


def test_a_chain_of_sectors_that_turns_in_circles_ends(tmp_path: Path) -> None:
    write_xls(tmp_path / "return.xls")
    content = bytearray((tmp_path / "return.xls").read_bytes())
    (fat,) = struct.unpack_from("<I", content, 76)
    at = (fat + 1) * 512
    struct.pack_into("<128I", content, at, *([0] * 128))
    assert lost_in_xls(bytes(content)) == {}
