"""A report as plain data: the one source of its web page, its PDF and its CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Items of a list, and letters of each, from which and up to which it is set in columns.
_MANY, _SHORT = 9, 60


@dataclass(frozen=True)
class Source:
    """Where a figure comes from: a mart of the release, and the column in it if it is one."""

    mart: str
    column: str | None = None

    @property
    def name(self) -> str:
        """The mart and column as an analyst writes them."""
        return f"{self.mart}.{self.column}" if self.column else self.mart

    @property
    def anchor(self) -> str:
        """The name of the place where the report explains it."""
        return f"means-{self.name}"


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

    @property
    def are_many_names(self) -> bool:
        """Whether they are many and short, so that they are set in columns."""
        return len(self.items) >= _MANY and max(map(len, self.items)) <= _SHORT


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
class Definition:
    """What a mart or a column of it holds, as the release's data dictionary says."""

    source: Source
    text: str


@dataclass(frozen=True)
class Document:
    """A whole report.

    `definitions` explains every source, once each. Where `one_page` is set, print leaves them to the web page. One that
    `stays` is for the authority alone and is read where its release is.
    """

    title: str
    subtitle: str
    about: str  # one line: which release and edition it was read from
    blocks: tuple[Block, ...]
    definitions: tuple[Definition, ...] = ()
    one_page: bool = False
    stays: bool = False

    def sources(self) -> Sequence[Source]:
        """Every source that is named, once each, by name."""
        named = [source for block in self.blocks if isinstance(block, Paragraph) for source in block.sources]
        named += [source for table in self.tables() for source in table.sources]
        return sorted(set(named), key=lambda source: source.name)

    def tables(self) -> Sequence[DataTable]:
        """Every table of the report, those of its charts included, in order."""
        found: list[DataTable] = []
        for block in self.blocks:
            if isinstance(block, DataTable):
                found.append(block)
            elif isinstance(block, Chart):
                found.append(block.table)
        return found
