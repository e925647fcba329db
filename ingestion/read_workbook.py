"""Workbooks (xlsx, xls, xlsb, ods) become grids, by calamine."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingestion.grids import Cell, Grid, Workbook, trimmed
from ingestion.lost_in_binary import lost_in_xls, lost_in_xlsb
from ingestion.lost_in_ods import lost_in_ods
from ingestion.packages import ASK_SAVE_AGAIN, ASK_TO_UNLOCK
from ingestion.refusals import Refusal
from ingestion.sheet_xml import DamagedPackageError, Lost, cells_needed, lost_values, parts

# A form has ten; whoever keeps a sheet for each organisation has some more.
_MOST_SHEETS = 200
_LOST_VALUES = {"xlsx": lost_values, "xlsb": lost_in_xlsb, "ods": lost_in_ods}


def read_workbook(content: bytes, kind: str, max_cells: int) -> Workbook:
    """All sheets of a workbook except charts and macro sheets, hidden ones too.

    `kind` is 'xlsx', 'xls', 'xlsb' or 'ods'. A cell with an error holds its text ('#REF!'), and a formula that was
    saved without a value the formula. Raises Refusal F01 where the file is damaged, protected with a password, has a
    used area of more than `max_cells` cells, or sheets without end.
    """
    if kind == "xls":
        lost = lost_in_xls(content)
    else:
        try:
            known_parts = parts(content, kind)
        except DamagedPackageError as error:
            raise _refusal_of(error) from error
        if kind != "xlsb" and any(cells_needed(xml, kind) > max_cells for xml in known_parts.values()):
            raise _too_many_cells(max_cells)
        lost = _LOST_VALUES[kind](known_parts)
    # The reader goes by the extension, and says what is wrong only when it is told the kind.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"workbook.{kind}"
        file.write_bytes(content)
        try:
            return Workbook(kind, tuple(_grids(file, max_cells, lost)))
        except Refusal:
            raise
        except MemoryError as error:
            raise _too_many_cells(max_cells) from error
        except BaseException as error:
            # A panic of the reader derives from BaseException so that `except Exception` lets it pass.
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise _refusal_of(error) from error
            raise


def _grids(file: Path, max_cells: int, lost: Mapping[str, Lost]) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    grids = []
    cells = 0
    with CalamineWorkbook.from_path(file) as book:
        if len(book.sheets_metadata) > _MOST_SHEETS:
            raise Refusal(
                "F01",
                f"The workbook has {len(book.sheets_metadata):,} sheets. At most {_MOST_SHEETS} are read.",
                "Please copy the sheets of the form into a workbook of their own and send that.",
            )
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            last_row, last_column = sheet.end or (-1, -1)
            cells += (last_row + 1) * (last_column + 1)
            if cells > max_cells:
                raise _too_many_cells(max_cells, about.name)
            merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            # Numbers and texts are most of a sheet, and need no call.
            rows = [
                [
                    cell
                    if (kind := cell.__class__) is float
                    else (None if not cell or cell.isspace() else cell)
                    if kind is str
                    else _cell(cell)
                    for cell in row
                ]
                for row in sheet.to_python(skip_empty_area=False)
            ]
            _put_back(rows, lost.get(about.name, {}))
            grids.append(Grid(about.name, about.visible == SheetVisibleEnum.Visible, trimmed(rows), merged))
    return grids


def _cell(cell: Any) -> Cell:
    """A cell that is neither a number nor a text, as calamine gives it."""
    if isinstance(cell, datetime.timedelta):
        # A duration such as 37:30, formatted [h]:mm: shown as the sender sees it.
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell  # type: ignore[no-any-return]


def _put_back(rows: list[list[Cell]], lost: Lost) -> None:
    for (row, column), text in lost.items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([None] * (column + 1 - len(rows[row])))
        # An error of an ods may be saved with a value of 0 besides.
        if not rows[row][column]:
            rows[row][column] = text


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
