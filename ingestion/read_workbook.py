"""Workbooks (xlsx, xls, xlsb, ods) become grids, by calamine."""

from __future__ import annotations

import datetime
import io
import re
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ingestion.content import ASK_SAVE_AGAIN, ASK_TO_UNLOCK
from ingestion.grids import Cell, Grid, Workbook, trimmed
from ingestion.refusals import Refusal

# A sheet larger than this is not looked through beforehand: a file that is sparse on purpose is small, and a large
# one meets the memory limit of the process that reads it.
_MAX_SCANNED_BYTES = 20_000_000
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
# A cell that holds something. Cells that are only formatted do not count, and often reach to the last row.
_FILLED_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*(?<!/)>\s*<(?!/)""",
)


def read_workbook(content: bytes, kind: str, max_cells: int) -> Workbook:
    """All sheets of a workbook except charts and macro sheets, hidden ones too.

    `kind` is 'xlsx', 'xls', 'xlsb' or 'ods'. Error cells (#REF!) and formulas that were saved without a value come
    out as empty cells. Raises Refusal F01 where the file is damaged, protected with a password, or has a used area
    of more than `max_cells` cells.
    """
    if kind == "xlsx":
        _refuse_huge_area(content, max_cells)
    # The reader goes by the extension, and says what is wrong only when it is told the kind.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"workbook.{kind}"
        file.write_bytes(content)
        try:
            return Workbook(kind, tuple(_grids(file, max_cells)))
        except Refusal:
            raise
        except MemoryError as error:
            raise _too_many_cells(max_cells) from error
        except BaseException as error:
            # A panic of the reader derives from BaseException so that `except Exception` lets it pass.
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise _refusal_of(error) from error
            raise


def _grids(file: Path, max_cells: int) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    grids = []
    cells = 0
    with CalamineWorkbook.from_path(file) as book:
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            cells += sheet.total_height * sheet.total_width
            if cells > max_cells:
                raise _too_many_cells(max_cells, about.name)
            merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            rows = trimmed([[_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)])
            grids.append(Grid(about.name, about.visible == SheetVisibleEnum.Visible, rows, merged))
    return grids


def _cell(cell: Any) -> Cell:
    """A cell as calamine gives it, with None for one that is empty or holds only white space."""
    if cell.__class__ is str:
        return cell if cell and not cell.isspace() else None
    if isinstance(cell, datetime.timedelta):
        # A duration such as 37:30, formatted [h]:mm: shown as the sender sees it.
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell  # type: ignore[no-any-return]


def _refuse_huge_area(content: bytes, max_cells: int) -> None:
    """Turn away a sheet with cells so far apart that the reader, which fills the area between, would abort."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for entry in package.infolist():
            if "sheet" not in entry.filename.lower() or not 0 < entry.file_size <= _MAX_SCANNED_BYTES:
                continue
            try:
                xml = package.read(entry)
            except (
                zipfile.BadZipFile,
                NotImplementedError,
                RuntimeError,
                EOFError,
                ValueError,
                OSError,
                zlib.error,
            ) as error:
                raise _refusal_of(error) from error
            if _area(_REFERENCE, xml) > max_cells and _area(_FILLED_CELL, xml) > max_cells:
                raise _too_many_cells(max_cells)


def _area(pattern: re.Pattern[bytes], xml: bytes) -> int:
    """Rows times columns of the area that the cells found by `pattern` need, counted from A1."""
    found = pattern.findall(xml)
    rows = max((int(row) for row in {row for _, row in found}), default=0)
    columns = max((_column_number(letters) for letters in {letters for letters, _ in found}), default=0)
    return rows * columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _too_many_cells(max_cells: int, sheet: str | None = None) -> Refusal:
    where = f"Sheet '{sheet}'" if sheet else "A sheet"
    return Refusal(
        "F01",
        f"{where} reaches over too large an area: together the sheets have more than {max_cells:,} cells.",
        "Please delete stray entries far below or to the right of the table (Ctrl+End goes to the last one), "
        "save the file and send it again.",
    )


def _refusal_of(error: BaseException) -> Refusal:
    if type(error).__name__ == "PasswordError":
        return Refusal("F01", "The file is protected with a password.", ASK_TO_UNLOCK)
    if "Cell limit exceeded" in str(error):
        return Refusal(
            "F01",
            "The workbook says that it has more cells than any spreadsheet program could show.",
            ASK_SAVE_AGAIN,
        )
    return Refusal("F01", "The workbook is damaged or incomplete, and cannot be read.", ASK_SAVE_AGAIN)
