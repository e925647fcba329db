"""What people type into cells becomes values, column by column; what was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ingestion.grids import Cell


@dataclass
class Understood:
    """One column, understood. All three arrays have a place for every cell.

    `values` has the Arrow type of the field; `typed` is the text of the cell as a person sees it, null for an empty
    one; `missing` is one of ingestion.tables.MISSING_REASONS where there is no value, else null. `notes` holds
    (index in the column, kind of finding, text of what was understood or None).
    """

    values: pa.Array
    typed: pa.Array
    missing: pa.Array
    notes: list[tuple[int, str, str | None]] = field(default_factory=list)


def understand(
    cells: Sequence[Cell],
    kind: str,
    *,
    choices: Mapping[str, str] | None = None,
    times: float = 1.0,
    decimal: str = ".",
    day_first: bool = True,
) -> Understood:
    """The cells of one column, read as fields of the type `kind` (see tables.yml)."""
    raise NotImplementedError


def plain(text: str) -> str:
    """Lower case, white space folded, punctuation dropped: for comparing labels and choices."""
    raise NotImplementedError


def padded_company_number(text: str) -> str:
    """A company number with eight characters: '1090095' is '01090095', 'sc12345' is 'SC012345'."""
    raise NotImplementedError
