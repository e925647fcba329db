"""Any spreadsheet file becomes plain grids, or is turned away with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingestion.grids import Grid, Workbook


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Sizes in bytes."""

    max_file_bytes: int = 50_000_000
    max_unpacked_bytes: int = 500_000_000
    max_cells: int = 5_000_000


def read(file: Path, name: str, limits: Limits = Limits()) -> Workbook:  # noqa: B008 - frozen
    """All sheets of the file at `file`, which its sender called `name`."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    book = CalamineWorkbook.from_path(str(file))
    grids = []
    for sheet in book.sheet_names:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        grids.append(Grid(sheet, True, [[None if cell == "" else cell for cell in row] for row in rows]))
    return Workbook("xlsx", tuple(grids))
