"""Which cells of an OpenDocument sheet show an error or were never worked out.

The reader (calamine) gives an empty cell for both, and for an error that was saved with the value 0 a zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from ingestion.sheet_xml import Lost

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ERROR = re.compile(r"#[A-Z][A-Z0-9/_]*[!?]?|Err:[0-9]{3}")
_NAMESPACE = re.compile(r"^[a-z]*:?=")
# An error that is repeated further is no answer any more.
_MOST_REPEATED = 1000


class _Declares(Exception):  # noqa: N818 - says that there is nothing to look for
    """The file declares entities, which a spreadsheet program never writes."""


class _Sheets:
    """Follows the elements of a content.xml, and notes lost cells by sheet."""

    def __init__(self) -> None:
        self.found: dict[str, dict[tuple[int, int], str]] = {}
        self._sheet: dict[tuple[int, int], str] = {}
        self._row = self._column = 0
        self._rows_repeated = 1
        self._cell: Mapping[str, str] | None = None
        self._text: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _CELLS:
            self._cell, self._text = attributes, []
        elif name == f"{_TABLE}table-row":
            self._column, self._rows_repeated = 0, _times(attributes, "number-rows-repeated")
        elif name == f"{_TABLE}table":
            self._sheet = self.found.setdefault(attributes.get(f"{_TABLE}name", ""), {})
            self._row = 0

    def text(self, text: str) -> None:
        if self._cell is not None:
            self._text.append(text)

    def end(self, name: str) -> None:
        if name in _CELLS and self._cell is not None:
            times = _times(self._cell, "number-columns-repeated")
            said = _lost(self._cell, "".join(self._text).strip())
            if said:
                for row in range(self._row, self._row + min(self._rows_repeated, _MOST_REPEATED)):
                    for column in range(self._column, self._column + min(times, _MOST_REPEATED // 10)):
                        self._sheet[row, column] = said
            self._column += times
            self._cell = None
        elif name == f"{_TABLE}table-row":
            self._row += self._rows_repeated


def lost_in_ods(of_parts: Mapping[str, bytes]) -> dict[str, Lost]:
    """By sheet: errors as they are shown ('#N/A', 'Err:502'), and formulas without a saved value ('=[.B2]+[.B3]')."""
    xml = of_parts.get("content.xml", b"")
    if b"formula" not in xml and b'"error"' not in xml:
        return {}
    sheets = _Sheets()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = sheets.start
    parser.EndElementHandler = sheets.end
    parser.CharacterDataHandler = sheets.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, _Declares):
        # The reader says what is wrong with the file.
        return {}
    return {name: lost for name, lost in sheets.found.items() if lost}


def _lost(cell: Mapping[str, str], shown: str) -> str | None:
    formula = cell.get(f"{_TABLE}formula")
    if cell.get(f"{_CALC}value-type") == "error":
        return shown or "#ERROR!"
    if formula is None:
        return None
    if _ERROR.fullmatch(shown):
        return shown
    saved = f"{_OFFICE}value-type" in cell or shown
    return None if saved else f"={_NAMESPACE.sub('', formula)}"


def _times(attributes: Mapping[str, str], name: str) -> int:
    said = attributes.get(f"{_TABLE}{name}", "1")
    return int(said) if said.isdecimal() and len(said) < 8 else 1  # noqa: PLR2004 - a sheet has a million rows


def _refuse(*_: object) -> None:
    raise _Declares
