"""What the XML of a workbook says and its reader does not: how far a sheet reaches, and which cells lost their value.

The reader (calamine) fills the area between the first and the last cell of a sheet, and ends the process where the
memory does not suffice; and it gives an empty cell for an error (#REF!) and for a formula saved without its value.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping

# A sheet larger than this is not looked through: a file that is sparse on purpose is small, and a large one meets the
# memory limit of the process that reads it.
_MAX_SCANNED_BYTES = 20_000_000
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
# A cell that holds something. Cells that are only formatted do not count, and often reach to the last row.
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*(?<!/)>\s*<(?!/)""")
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<""", re.S
)
_UNSAVED_FORMULA = re.compile(
    rb"""<(?:\w+:)?c\s((?:(?!\bt=["']str)[^>])*)(?<!/)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ODS_ELEMENT = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(\s[^>]*?)?/?>")
_ODS_ROWS = re.compile(rb'table:number-rows-repeated="([0-9]{1,9})"')
_ODS_COLUMNS = re.compile(rb'table:number-columns-repeated="([0-9]{1,9})"')
_WANTED = {
    "xlsx": r"sheets/[^/]+\.xml$|workbook\.xml(\.rels)?$",
    "xlsb": r"sheets/[^/]+\.bin$|workbook\.bin(\.rels)?$",
    "ods": r"^content\.xml$",
}

# Cells of one sheet, by row and column counted from 0.
Lost = Mapping[tuple[int, int], str]


class DamagedPackageError(Exception):
    """A part of the workbook's zip file cannot be unpacked."""


def parts(content: bytes, kind: str) -> dict[str, bytes]:
    """Names and bytes of the parts that hold or list the sheets of an 'xlsx', 'xlsb' or 'ods', without very large ones.

    Raises DamagedPackageError where a part cannot be unpacked.
    """
    wanted = re.compile(_WANTED[kind], re.I)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return {
                entry.filename.replace("\\", "/").lstrip("/").lower(): package.read(entry)
                for entry in package.infolist()
                if wanted.search(entry.filename.replace("\\", "/")) and entry.file_size <= _MAX_SCANNED_BYTES
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise DamagedPackageError(str(error)) from error


def cells_needed(xml: bytes, kind: str) -> int:
    """Rows times columns of the area from A1 to the last cell that holds something; of an ods, of its largest sheet."""
    if kind == "ods":
        return _ods_area(xml)
    # The first look is quick; only where formatted empty cells reach far is each cell looked at.
    quick = _area(_REFERENCE, xml)
    return quick if quick < 1_000_000 else _area(_FILLED_CELL, xml)  # noqa: PLR2004 - far below any limit


def lost_values(of_parts: Mapping[str, bytes]) -> dict[str, Lost]:
    """By sheet of an xlsx: errors as Excel shows them ('#REF!'), and formulas without a saved value ('=B2+B3')."""
    targets = parts_by_id(of_parts, "workbook.xml.rels")
    lost = {}
    for name, xml in of_parts.items():
        if name.endswith("workbook.xml"):
            for attributes in map(_attributes, _SHEET.findall(xml)):
                part = targets.get(next((value for key, value in attributes.items() if key.endswith(":id")), ""), "")
                found = _lost_in(of_parts.get(part, b""))
                if found:
                    lost[attributes.get("name", "")] = found
    return lost


def parts_by_id(of_parts: Mapping[str, bytes], relationships: str) -> dict[str, str]:
    """Names of parts by the id under which the workbook knows them, from the part whose name ends so."""
    targets = {}
    for name, xml in of_parts.items():
        if name.endswith(relationships):
            folder = posixpath.dirname(posixpath.dirname(name))
            for attributes in map(_attributes, _RELATIONSHIP.findall(xml)):
                target = attributes.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                targets[attributes.get("Id", "")] = posixpath.normpath(path).lower()
    return targets


def _lost_in(xml: bytes) -> Lost:
    found: dict[tuple[int, int], str] = {}
    if b't="e"' in xml or b"t='e'" in xml:
        found |= {_place(attributes): _text(value) for attributes, value in _ERROR_CELL.findall(xml)}
    if b"<f" in xml or b":f" in xml:
        # Of a formula that is shared with other cells only the first one has the text.
        formulas = _UNSAVED_FORMULA.findall(xml)
        found |= {_place(attributes): f"={_text(formula) or '(formula)'}" for attributes, formula in formulas}
    found.pop((-1, -1), None)
    return found


def _text(xml: bytes) -> str:
    return html.unescape(xml.decode("utf-8", "replace"))


def _attributes(xml: bytes) -> dict[str, str]:
    found = re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", xml.decode("utf-8", "replace"))
    return {name: html.unescape(double or single) for name, double, single in found}


def _place(attributes: bytes) -> tuple[int, int]:
    """Row and column counted from 0; -1 for a cell that does not say where it stands."""
    found = _REFERENCE.search(attributes)
    return (int(found[2]) - 1, _column_number(found[1]) - 1) if found and found[1] else (-1, -1)


def _area(pattern: re.Pattern[bytes], xml: bytes) -> int:
    found = pattern.findall(xml)
    rows = max((int(row) for row in {row for _, row in found}), default=0)
    columns = max((_column_number(letters) for letters in {letters for letters, _ in found}), default=0)
    return rows * columns


def _ods_area(xml: bytes) -> int:
    largest = row = column = last_row = last_column = repeated = 0
    for element in _ODS_ELEMENT.finditer(xml):
        kind, attributes = element[1], element[2] or b""
        if kind == b"table":
            row = last_row = last_column = repeated = 0
        elif kind == b"table-row":
            row, column, repeated = row + repeated, 0, _times(_ODS_ROWS, attributes)
        else:
            column += _times(_ODS_COLUMNS, attributes)
            if b"office:value-type" in attributes:
                last_row, last_column = row + repeated, max(last_column, column)
                largest = max(largest, last_row * last_column)
    return largest


def _times(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
