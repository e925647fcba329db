"""A report as plain data: the one source of its web page, its PDF and its CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """Where a figure comes from: a mart of the release, and the column in it if it is one."""

    mart: str
    column: str | None = None

    @property
    def name(self) -> str:
        """The mart and column as an analyst writes them."""
        return f"{self.mart}.{self.column}" if self.column else self.mart


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the first below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """One or more whole sentences, with the place in the release that their figures come from."""

    text: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A sentence that must not be overlooked, such as a caution."""

    label: str
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of short items."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class DataTable:
    """A table as printed; `numeric` names the columns that are aligned to the right.

    `name` is the file name of its CSV, without the ending. Every row has as many cells as there are columns.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[str] = frozenset()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart, what it shows in words, and the table of the same numbers."""

    caption: str
    words: str
    spec: Mapping[str, object] = field(hash=False)
    table: DataTable


Block = Heading | Paragraph | Notice | Bullets | DataTable | Chart


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    about: str  # one line: which release and edition it was read from
    blocks: tuple[Block, ...]

    def tables(self) -> Sequence[DataTable]:
        """Every table of the report, those of its charts included, in order."""
        found: list[DataTable] = []
        for block in self.blocks:
            if isinstance(block, DataTable):
                found.append(block)
            elif isinstance(block, Chart):
                found.append(block.table)
        return found
