"""Explains every source of a report by the data dictionary of the release that it was read from."""

from __future__ import annotations

from dataclasses import replace

from reporting.document import Definition, Document
from reporting.figures import Figures


def with_definitions(document: Document, *editions: Figures) -> Document:
    """The document with what each of its sources means, from the first edition that explains it.

    Raises KeyError where none does: a figure that nobody can look up is not to be printed.
    """
    return replace(
        document,
        definitions=tuple(
            Definition(source, _text(source.mart, source.column, editions)) for source in document.sources()
        ),
    )


def _text(mart: str, column: str | None, editions: tuple[Figures, ...]) -> str:
    for figures in editions:
        try:
            return figures.definition(mart, column)
        except KeyError:
            continue
    raise KeyError(f"{mart}.{column}")
