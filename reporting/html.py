"""A document as one self-contained web page: no script, nothing fetched, readable by a screen reader (WCAG 2.2 AA)."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting.charts import as_svg
from reporting.document import Block, Bullets, Document

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES = Path(__file__).parent / "templates"


def as_html(document: Document, *, dictionary: str | None = None) -> str:
    """The page of a document.

    `dictionary` is the address of the release's data dictionary as seen from the page; None for a page that is read
    where the release is not.
    """
    explained = {one.source.anchor for one in document.definitions}
    return _template().render(document=document, dictionary=dictionary, explained=explained)


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
    environment.filters["many_names"] = _many_names
    return environment.get_template("report.html")


def _kind(block: Block) -> str:
    return type(block).__name__


def _many_names(block: Bullets) -> bool:
    return block.are_many_names


def _picture(spec: dict[str, Any]) -> str:
    """The chart as the address of an image, so that a screen reader meets one picture with one description."""
    return "data:image/svg+xml;base64," + base64.b64encode(as_svg(spec).encode()).decode()
