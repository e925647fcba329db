"""The texts of a workbook, and whether their cells are marked as texts that no spreadsheet program runs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile(r"_x([0-9A-F]{4})_")


def text_cells(workbook: Path | bytes) -> Iterator[tuple[str, bool]]:
    """Each text of each sheet with whether its cell has quotePrefix; a text in several cells comes several times."""
    with zipfile.ZipFile(workbook if isinstance(workbook, Path) else io.BytesIO(workbook)) as book:
        shared = [_text(one) for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        styles = ElementTree.fromstring(book.read("xl/styles.xml")).find(f"{_MAIN}cellXfs")
        assert styles is not None
        quoted = [style.get("quotePrefix") == "1" for style in styles]
        for name in sorted(book.namelist()):
            if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
                for cell in ElementTree.fromstring(book.read(name)).iter(f"{_MAIN}c"):
                    if cell.get("t") == "s":
                        yield shared[int(cell.findtext(f"{_MAIN}v") or 0)], quoted[int(cell.get("s", 0))]


def _text(item: ElementTree.Element) -> str:
    whole = "".join(part.text or "" for part in item.iter(f"{_MAIN}t"))
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), whole)
