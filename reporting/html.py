"""A document as one self-contained web page: no script, nothing fetched, readable by a screen reader (WCAG 2.2 AA)."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting.charts import as_svg
from reporting.document import Block, Document

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES = Path(__file__).parent / "templates"


def as_html(document: Document, *, dictionary: str) -> str:
    """The page of a document; `dictionary` is the address of the release's data dictionary as seen from the page."""
    return _template().render(document=document, dictionary=dictionary)


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["picture"] = _picture
    return environment.get_template("report.html")


def _kind(block: Block) -> str:
    return type(block).__name__


def _picture(spec: dict[str, Any]) -> str:
    """The chart as the address of an image, so that a screen reader meets one picture with one description."""
    return "data:image/svg+xml;base64," + base64.b64encode(as_svg(spec).encode()).decode()
