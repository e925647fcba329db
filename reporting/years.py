"""How many returns of a year are in, and what a document says where not all of them are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reporting.document import Block, Bullets, Chart, DataTable, Document, Heading, Notice, Paragraph


@dataclass(frozen=True)
class ReturnsOfYear:
    """How many returns of a year are in and how many are due, and whether the year is shown where none is asked for."""

    received: int
    due: int
    is_default: bool

    @property
    def are_all_in(self) -> bool:
        """Whether nothing is missing."""
        return self.received >= self.due

    @property
    def words(self) -> str:
        """As people read it: 1 of 4 returns."""
        return f"{self.received} of {self.due} returns"


def label_of(year: str, returns: ReturnsOfYear | None) -> str:
    """A year as it is shown: with how many of its returns are in, where these are not all."""
    return year if returns is None or returns.are_all_in else f"{year} ({returns.words})"


def with_marked_years(document: Document, returns: Mapping[str, ReturnsOfYear]) -> Document:
    """The document with each year that is not complete shown as such, wherever it names it.

    That is in titles, sentences, tables and charts.
    """
    labels = {year: label_of(year, of_year) for year, of_year in returns.items() if not of_year.are_all_in}
    if not labels:
        return document
    years = re.compile("|".join(rf"(?<![\w-]){re.escape(year)}(?![\w-])" for year in sorted(labels)))

    def mark(text: str) -> str:
        # a text that names no such year stays the same object: a figure keeps its number
        return years.sub(lambda found: labels[found.group()], text) if years.search(text) else text

    return replace(
        document,
        title=mark(document.title),
        subtitle=mark(document.subtitle),
        blocks=tuple(_marked(block, mark) for block in document.blocks),
    )


def _marked(block: Block, mark: Callable[[str], str]) -> Block:
    match block:
        case Heading() | Paragraph():
            return replace(block, text=mark(block.text))
        case Notice():
            return replace(block, label=mark(block.label), text=mark(block.text))
        case Bullets():
            return replace(block, items=tuple(map(mark, block.items)))
        case DataTable():
            return _marked_table(block, mark)
        case Chart():
            return replace(
                block,
                caption=mark(block.caption),
                words=mark(block.words),
                spec=_in_spec(block.spec, mark),
                table=_marked_table(block.table, mark),
            )


def _marked_table(table: DataTable, mark: Callable[[str], str]) -> DataTable:
    return replace(
        table,
        caption=mark(table.caption),
        columns=tuple(map(mark, table.columns)),
        rows=tuple(tuple(map(mark, row)) for row in table.rows),
        numeric=frozenset(map(mark, table.numeric)),
    )


def _in_spec(value: Any, mark: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mark(value)
    if isinstance(value, list):
        return [_in_spec(one, mark) for one in value]
    if isinstance(value, dict):
        return {key: _in_spec(one, mark) for key, one in value.items()}
    return value
