"""A document as a tagged PDF (PDF/UA-1), by Typst, which needs nothing of the machine's fonts or programs."""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from reporting.charts import as_svg
from reporting.document import Block, Bullets, Chart, DataTable, Document, Heading, Notice, Paragraph, Source

# A report of one page is set smaller until it fits; below the last it would be hard to read.
_SCALES = ("1", "0.93", "0.86")
# In letters: from here on a text is broken into lines, and what lies between two columns.
_WIDEST, _GAP = 30, 2.5
# What stands for a letter that the fonts lack, and how the reader is told.
_BOX = "\N{WHITE SQUARE}"
_NOT_PRINTED = f"{_BOX} stands for a letter that this print lacks; the web page has it."
_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def as_pdf(document: Document, *, dictionary: str | None = None, now: datetime) -> bytes:
    """The PDF of a document.

    `dictionary` is the address of the release's data dictionary, as seen from the place of the PDF; None for a PDF
    that is read where the release is not. Every text of the document is handed over as data, so that nothing in it can
    be taken for a command. Raises typst.TypstError where the result would not conform to PDF/UA-1.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="returns-report-") as scratch:
        folder = Path(scratch)
        charts = [block for block in document.blocks if isinstance(block, Chart)]
        for number, chart in enumerate(charts):
            (folder / f"chart-{number}.svg").write_text(as_svg(dict(chart.spec), for_print=True), encoding="utf-8")
        explained = {one.source.anchor for one in document.definitions}
        data = {
            "title": document.title,
            "subtitle": document.subtitle,
            "about": document.about,
            "made": [now.year, now.month, now.day],
            "one_page": document.one_page,
            "blocks": [
                # what introduces a chart or a table stays with it
                {**_block(block, charts, explained), "sticky": isinstance(following, Chart | DataTable | Bullets)}
                for block, following in zip_longest(document.blocks, document.blocks[1:])
            ],
            "definitions": [
                {
                    "name": one.source.name,
                    "anchor": one.source.anchor,
                    "href": f"{dictionary}#{one.source.mart}" if dictionary else None,
                    "text": one.text,
                }
                for one in document.definitions
            ],
        }
        (folder / "report.typ").write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        try:
            return _compiled(folder, data, now)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
        data["about"] = f"{data['about']} {_NOT_PRINTED}"
        return _compiled(folder, _with_printable_letters(data), now)


def _compiled(folder: Path, data: Mapping[str, Any], now: datetime) -> bytes:
    import typst

    (folder / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    for scale in _SCALES:
        made: bytes = typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            font_paths=_fonts(),
            pdf_standards=["ua-1"],
            timestamp=int(now.astimezone(UTC).timestamp()),
            sys_inputs={"scale": scale},
        )
        if not data["one_page"] or pages_of(made) == 1:
            break
    return made


def _with_printable_letters(value: Any) -> Any:
    """The same data with a box for each letter that no font has: PDF/UA-1 allows no letter without a shape."""
    if isinstance(value, str):
        return "".join(letter if _is_printable(letter) else _BOX for letter in value)
    if isinstance(value, list):
        return [_with_printable_letters(one) for one in value]
    if isinstance(value, dict):
        return {key: _with_printable_letters(one) for key, one in value.items()}
    return value


@lru_cache(maxsize=4096)
def _is_printable(letter: str) -> bool:
    """Whether the fonts have a shape for a letter."""
    import typst

    if unicodedata.category(letter) == "Cc":
        return letter in "\t\n\r"
    if letter.isascii():
        return True
    page = f"#set document(title: [T])\n#{json.dumps(letter, ensure_ascii=False)}"
    try:
        typst.compile(page.encode(), font_paths=_fonts(), pdf_standards=["ua-1"])
    except typst.TypstError:
        return False
    return True


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF made here has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Typst's own fonts only: the same report looks the same on every machine."""
    import typst

    return typst.Fonts(include_system_fonts=False)


def _block(block: Block, charts: list[Chart], explained: set[str]) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": block.text, "level": block.level}
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "sources": _sources(block.sources, explained)}
        case Notice():
            return {"kind": "notice", "label": block.label, "text": block.text}
        case Bullets():
            return {"kind": "bullets", "items": list(block.items), "in_columns": block.are_many_names}
        case DataTable():
            return {"kind": "table", **_table(block, explained)}
        case Chart():
            number = next(at for at, chart in enumerate(charts) if chart is block)
            return {
                "kind": "chart",
                "file": f"chart-{number}.svg",
                "words": block.words,
                "figure_caption": block.caption,
                **_table(block.table, explained),
            }


def _table(table: DataTable, explained: set[str]) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "numeric": [column in table.numeric for column in table.columns],
        "weights": [_weight(column, [row[at] for row in table.rows]) for at, column in enumerate(table.columns)],
        "sources": _sources(table.sources, explained),
    }


def _weight(heading: str, texts: list[str]) -> float:
    """How wide a column is beside the others: its longest word fits, and long texts get more up to a limit."""
    longest_word = max((len(word) for text in texts for word in text.split()), default=0)
    in_bold = 1.25 * max((len(word) for word in heading.split()), default=0)
    return min(max(longest_word, in_bold, max(map(len, texts), default=0)), _WIDEST) + _GAP


def _sources(sources: tuple[Source, ...], explained: set[str]) -> list[dict[str, str | None]]:
    return [
        {"name": source.name, "anchor": source.anchor if source.anchor in explained else None} for source in sources
    ]
