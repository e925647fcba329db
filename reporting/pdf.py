"""A document as a tagged PDF (PDF/UA-1), by Typst, which needs nothing of the machine's fonts or programs."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporting.charts import as_svg
from reporting.document import Block, Bullets, Chart, DataTable, Document, Heading, Notice, Paragraph, Source

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def as_pdf(document: Document, *, dictionary: str, now: datetime) -> bytes:
    """The PDF of a document.

    `dictionary` is the address of the release's data dictionary, as seen from the place of the PDF. Every text of the
    document is handed over as data, so that nothing in it can be taken for a command. Raises typst.TypstError where
    the result would not conform to PDF/UA-1.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="returns-report-") as scratch:
        folder = Path(scratch)
        charts = [block for block in document.blocks if isinstance(block, Chart)]
        for number, chart in enumerate(charts):
            (folder / f"chart-{number}.svg").write_text(as_svg(dict(chart.spec), for_print=True), encoding="utf-8")
        data = {
            "title": document.title,
            "subtitle": document.subtitle,
            "about": document.about,
            "made": [now.year, now.month, now.day],
            "blocks": [_block(block, charts, dictionary) for block in document.blocks],
        }
        (folder / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (folder / "report.typ").write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        made: bytes = typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            font_paths=_fonts(),
            pdf_standards=["ua-1"],
            timestamp=int(now.astimezone(UTC).timestamp()),
        )
    return made


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Typst's own fonts only: the same report looks the same on every machine."""
    import typst

    return typst.Fonts(include_system_fonts=False)


def _block(block: Block, charts: list[Chart], dictionary: str) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": block.text, "level": block.level}
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "sources": _sources(block.sources, dictionary)}
        case Notice():
            return {"kind": "notice", "label": block.label, "text": block.text}
        case Bullets():
            return {"kind": "bullets", "items": list(block.items)}
        case DataTable():
            return {"kind": "table", **_table(block, dictionary)}
        case Chart():
            number = next(at for at, chart in enumerate(charts) if chart is block)
            return {
                "kind": "chart",
                "file": f"chart-{number}.svg",
                "words": block.words,
                "figure_caption": block.caption,
                **_table(block.table, dictionary),
            }


def _table(table: DataTable, dictionary: str) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "numeric": [column in table.numeric for column in table.columns],
        "sources": _sources(table.sources, dictionary),
    }


def _sources(sources: tuple[Source, ...], dictionary: str) -> list[dict[str, str]]:
    return [{"name": source.name, "href": f"{dictionary}#{source.mart}"} for source in sources]
