"""Any spreadsheet file becomes plain grids, or is turned away with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingestion.content import kind_of
from ingestion.grids import Workbook
from ingestion.read_csv import read_csv
from ingestion.read_workbook import read_workbook
from ingestion.refusals import Refusal


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Sizes in bytes; cells counted over all sheets, empty ones inside the used area too."""

    max_file_bytes: int = 50_000_000
    max_unpacked_bytes: int = 200_000_000
    max_cells: int = 5_000_000


def read(file: Path, name: str, limits: Limits = Limits()) -> Workbook:
    """All sheets of the file at `file`, which its sender called `name`; told apart by content, not by extension.

    Formulas and macros are never run: a formula gives the value that was saved with it. Raises Refusal F01 where the
    file cannot be read, is no spreadsheet, is over a limit or holds no data. A workbook made to exhaust the memory
    can still end the whole process: files from outside are read in a child process with a memory limit.
    """
    try:
        if file.is_dir():
            raise Refusal("F01", "This is a folder, not a file.", "Please send each spreadsheet as a file by itself.")
        size = file.stat().st_size
        if size > limits.max_file_bytes:
            raise Refusal(
                "F01",
                f"The file is {size / 1e6:,.0f} MB; the limit is {limits.max_file_bytes / 1e6:,.0f} MB.",
                "Please send only the sheets of the return, without pictures and other data.",
            )
        content = file.read_bytes()
    except OSError as error:
        raise Refusal(
            "F01",
            f"The file could not be opened ({error.strerror or type(error).__name__}).",
            "Please check that it is still there and may be read.",
        ) from error
    kind = kind_of(content, limits.max_unpacked_bytes)
    if kind == "csv":
        book = read_csv(content, Path(name).stem, limits.max_cells)
    else:
        book = read_workbook(content, kind, limits.max_cells)
    if not any(grid.rows for grid in book.grids):
        raise Refusal(
            "F01",
            "The file holds no data: every sheet in it is empty.",
            "Please fill in the return, save it and send it again.",
        )
    return book
