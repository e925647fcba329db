"""Finishes a report: years that are not complete say so, and every source is explained by the data dictionary."""

from __future__ import annotations

from dataclasses import replace

from reporting.document import Definition, Document
from reporting.figures import Figures
from reporting.years import with_marked_years


def finished(document: Document, *editions: Figures) -> Document:
    """The document with the years marked that are not complete, and with what each of its sources means."""
    return with_definitions(with_marked_years(document, editions[0].returns), *editions)


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
