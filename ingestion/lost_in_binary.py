"""Which cells of a binary workbook (xls, xlsb) show an error or were never worked out.

The reader (calamine) gives an empty cell for both. Both formats are a row of records: a kind, a length and so many
bytes. Anything that does not look like them ends the search: the reader says what is wrong with the file.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping

from ingestion.sheet_xml import Lost, parts_by_id

# Larger files are not looked through; see ingestion.sheet_xml.
_MAX_SCANNED_BYTES = 20_000_000
_ERRORS: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
# What stands for a formula of which only the compiled form is in the file.
_UNSAVED = "=(formula)"
# Records of an xls.
_BOF, _BOUNDSHEET, _RECALC_ID, _FORMULA, _BOOL_OR_ERROR, _EOF = 0x0809, 0x0085, 0x01C1, 0x0006, 0x0205, 0x000A
_BIFF8 = 0x0600
# Records of an xlsb: a row, a cell with an error, a formula that gave one, a sheet of the workbook.
_ROW, _ERROR_CELL, _ERROR_FORMULA, _SHEET = 0, 3, 11, 156
# The first end of a chain of sectors in an OLE file.
_END_OF_CHAIN = 0xFFFFFFFA


def lost_in_xls(content: bytes) -> dict[str, Lost]:
    """By sheet: errors as Excel shows them ('#REF!'), and '=(formula)' for one that was never worked out.

    Programs that cannot calculate save a formula with an empty text for its value. So does Excel where the result is
    an empty text, but it also notes with which version it calculated.
    """
    if len(content) > _MAX_SCANNED_BYTES:
        return {}
    try:
        stream = _workbook_stream(content)
        sheets, calculated = _sheets_of_xls(stream)
        found = {name: _lost_in_sheet(stream, start, calculated) for name, start in sheets.items()}
    except (struct.error, IndexError, ValueError):
        return {}
    return {name: lost for name, lost in found.items() if lost}


def lost_in_xlsb(of_parts: Mapping[str, bytes]) -> dict[str, Lost]:
    """By sheet: errors as Excel shows them. A formula of an xlsb is always saved with a value."""
    targets = parts_by_id(of_parts, "workbook.bin.rels")
    book = next((part for name, part in of_parts.items() if name.endswith("workbook.bin")), b"")
    found = {}
    try:
        for kind, data in _records_of_xlsb(book):
            if kind == _SHEET:
                part_id, end = _wide_text(data, 8)
                found[_wide_text(data, end)[0]] = _lost_in_part(of_parts.get(targets.get(part_id, ""), b""))
    except (struct.error, IndexError, ValueError):
        return {}
    return {name: lost for name, lost in found.items() if lost}


def _sheets_of_xls(stream: bytes) -> tuple[dict[str, int], bool]:
    """Where each sheet starts, by its name, and whether Excel itself has calculated the workbook."""
    sheets, calculated, wide_names = {}, False, False
    for kind, at, _ in _records_of_xls(stream, 0):
        if kind == _BOF:
            wide_names = _number(stream, at) == _BIFF8
        elif kind == _RECALC_ID:
            calculated = True
        elif kind == _BOUNDSHEET:
            (start,) = struct.unpack_from("<I", stream, at)
            length, is_wide = stream[at + 6], wide_names and stream[at + 7] & 1
            first = at + (8 if wide_names else 7)
            text = stream[first : first + length * (2 if is_wide else 1)]
            sheets[text.decode("utf-16-le" if is_wide else "latin-1" if wide_names else "cp1252", "replace")] = start
    return sheets, calculated


def _lost_in_sheet(stream: bytes, start: int, calculated: bool) -> Lost:
    found = {}
    depth = 0
    for kind, at, length in _records_of_xls(stream, start):
        if kind == _BOF:
            # A chart inside a sheet has a beginning and an end of its own.
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif kind == _BOOL_OR_ERROR and length >= 8 and stream[at + 7]:  # noqa: PLR2004
            found[_number(stream, at), _number(stream, at + 2)] = _ERRORS.get(stream[at + 6], "#ERROR!")
        elif kind == _FORMULA and length >= 16 and _number(stream, at + 12) == 0xFFFF:  # noqa: PLR2004
            place = _number(stream, at), _number(stream, at + 2)
            what, worked_out_later = stream[at + 6], _number(stream, at + 14) & 3
            if what == 2:  # noqa: PLR2004 - an error
                found[place] = _ERRORS.get(stream[at + 8], "#ERROR!")
            elif what == 3 and not calculated and not worked_out_later:  # noqa: PLR2004 - an empty text
                found[place] = _UNSAVED
    return found


def _records_of_xls(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place of the data and its length of each record from `at` on, to the end or to the first that is cut."""
    read = struct.Struct("<HH").unpack_from
    end = len(stream)
    while at + 4 <= end:
        kind, length = read(stream, at)
        at += 4
        if at + length > end:
            return
        yield kind, at, length
        at += length


def _number(stream: bytes, at: int) -> int:
    return stream[at] | stream[at + 1] << 8


def _workbook_stream(content: bytes) -> bytes:
    """The stream of an OLE file that holds the workbook; raises ValueError where there is none."""
    sector = 1 << _number(content, 30)
    if sector not in (512, 4096):
        raise ValueError("no OLE file")
    count, first_directory, _, cutoff, first_mini, _, more, _ = struct.unpack_from("<8I", content, 44)
    tables = list(struct.unpack_from("<109I", content, 76))
    while more < _END_OF_CHAIN and len(tables) < count:
        further = struct.unpack_from(f"<{sector // 4}I", content, (more + 1) * sector)
        tables += further[:-1]
        more = further[-1]
    fat = array("I")
    for table in tables[:count]:
        fat.extend(struct.unpack_from(f"<{sector // 4}I", content, (table + 1) * sector))
    directory = _chained(content, fat, first_directory, sector, sector)
    root = None
    for at in range(0, len(directory) - 127, 128):
        name = directory[at : at + max(_number(directory, at + 64) - 2, 0)].decode("utf-16-le", "replace").lower()
        start, size = struct.unpack_from("<II", directory, at + 116)
        root = root or (start, size)
        if name in ("workbook", "book"):
            if size >= cutoff:
                return _chained(content, fat, start, sector, sector)[:size]
            minis = array("I", _chained(content, fat, first_mini, sector, sector))
            return _chained(_chained(content, fat, root[0], sector, sector), minis, start, 64, 0)[:size]
    raise ValueError("no workbook in it")


def _chained(content: bytes, fat: array[int], first: int, sector: int, skipped: int) -> bytes:
    """The sectors of a chain, one after the other; a chain that turns in circles ends after as many as there are."""
    found: list[bytes] = []
    at = first
    while at < _END_OF_CHAIN and len(found) <= len(fat):
        found.append(content[at * sector + skipped : (at + 1) * sector + skipped])
        at = fat[at]
    return b"".join(found)


def _lost_in_part(part: bytes) -> Lost:
    found = {}
    row = 0
    for kind, data in _records_of_xlsb(part):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", data)
        elif kind in (_ERROR_CELL, _ERROR_FORMULA):
            (column,) = struct.unpack_from("<I", data)
            found[row, column] = _ERRORS.get(data[8], "#ERROR!")
    return {place: said for place, said in found.items() if place[0] < 1_048_576 and place[1] < 16_384}  # noqa: PLR2004


def _records_of_xlsb(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and data of each record; both kind and length are written in groups of seven bits."""
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while True:
            group = part[at]
            at += 1
            length |= (group & 0x7F) << shift
            shift += 7
            if not group & 0x80 or shift > 21:  # noqa: PLR2004 - at most four groups
                break
        yield kind, part[at : at + length]
        at += length


def _wide_text(data: bytes, at: int) -> tuple[str, int]:
    """A text and where it ends."""
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le", "replace"), end
