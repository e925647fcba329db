"""Which form a workbook follows: told from its labels, never from its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.forms import Form, FormSheet
from ingestion.grids import Grid, Workbook
from ingestion.headers import find_answers, find_header
from ingestion.letter_answers import is_answered_letter
from ingestion.refusals import Refusal
from ingestion.values import plain

# Of the labels of its needed sheets, a file has at least this share; with fewer we would be guessing.
_LEAST_SHARE = 0.6
# What has so many rows with so many cells is a table, not a remark.
_LEAST_HEIGHT, _LEAST_WIDTH = 2, 2
_ASK = "Copy your answers into the form that we sent you, and send that."


@dataclass(frozen=True)
class Recognised:
    """A form and where each of its sheets was found."""

    form: Form
    grids: tuple[tuple[FormSheet, Grid], ...]


def recognise(workbook: Workbook, forms: Sequence[Form]) -> Recognised:
    """Tell which of the forms a workbook follows.

    Raises Refusal F02 where it is none of them, could be two, or is the answer to a letter.
    """
    fits = sorted(((_share(workbook, form), form) for form in forms), key=lambda fit: (-fit[0], fit[1].name))
    fits = _by_printed_version(workbook, fits)
    if not fits or fits[0][0] < _LEAST_SHARE:
        if is_answered_letter(workbook):
            raise Refusal(
                "F02",
                "This is not a return: it is the workbook with the answers to a letter.",
                "Sign in, open the letter under Queries, and upload it there.",
            )
        names = ", ".join(f"“{grid.name}”" for grid in workbook.grids[:4])
        raise Refusal(
            "F02", f"This is not a form that we can read: its sheets ({names}) do not have the form's headings.", _ASK
        )
    if len(fits) > 1 and fits[0][0] == fits[1][0]:
        titles = f"“{fits[0][1].title}” and “{fits[1][1].title}”"
        raise Refusal("F02", f"We could not tell which form this is: it could be {titles}.", _ASK)
    form = fits[0][1]
    found = [(sheet, grid_of(workbook, sheet)) for sheet in form.sheets]
    lost = next((sheet for sheet, grid in found if sheet.needed and grid is None), None)
    if lost:
        raise Refusal(
            "F03",
            f"The sheet “{lost.sheet}” is missing, or none of its headings is there.",
            "Put the sheet back, with its headings and answers, and send the form again.",
        )
    return Recognised(form, tuple((sheet, grid) for sheet, grid in found if grid is not None))


def _by_printed_version(workbook: Workbook, fits: list[tuple[float, Form]]) -> list[tuple[float, Form]]:
    """The same with the version first that is printed on the cover, where several versions of the best form fit."""
    versions = [fit for fit in fits if fit[0] >= _LEAST_SHARE and fit[1].form == fits[0][1].form]
    if len(versions) < 2:  # noqa: PLR2004
        return fits
    printed = {_printed_version(workbook, form) for _, form in versions}
    first = [fit for fit in versions if printed == {fit[1].version}]
    return first + [fit for fit in fits if fit[1].form != fits[0][1].form] if first else fits


def _printed_version(workbook: Workbook, form: Form) -> int | None:
    for sheet in form.sheets:
        grid = grid_of(workbook, sheet) if sheet.layout == "pairs" else None
        for answer in find_answers(grid, sheet) if grid else ():
            row = grid.rows[answer.row] if grid and answer.field.field == "form_version" else ()
            cell = row[answer.column] if answer.column < len(row) else None
            # Written as a number or, by some programs, as text: "2", "2.0", "v2".
            printed = re.fullmatch(r"\D{0,9}([0-9]{1,4})(?:\.0*)?", str(cell).strip())
            if printed:
                return int(printed[1])
    return None


def grid_of(workbook: Workbook, sheet: FormSheet) -> Grid | None:
    """The sheet of a workbook that a form's sheet is: by name, else by its labels; hidden ones only if needed.

    A sheet that bears the name and holds a table, but none of the labels, is it too: its headings were taken off.
    """
    for visible in (True, False) if sheet.needed else (True,):
        grids = [grid for grid in workbook.grids if grid.visible == visible]
        named = [(_labels_found(grid, sheet), grid) for grid in grids if plain(grid.name) in sheet.names]
        fitting = [one for one in named if one[0]]
        if not fitting and sheet.needed:
            scores = [(_labels_found(grid, sheet), grid) for grid in grids]
            fitting = [one for one in scores if one[0] >= _LEAST_SHARE * _labels_wanted(sheet)]
        if fitting:
            return max(fitting, key=lambda one: one[0])[1]
        if visible and not sheet.needed and named and _holds_a_table(named[0][1]):
            return named[0][1]
    return None


def _holds_a_table(grid: Grid) -> bool:
    return sum(sum(cell is not None for cell in row) >= _LEAST_WIDTH for row in grid.rows) >= _LEAST_HEIGHT


def _share(workbook: Workbook, form: Form) -> float:
    """The share of the labels of a form's needed sheets that the workbook has."""
    wanted = [sheet for sheet in form.sheets if sheet.needed]
    found = sum(_labels_found(grid, sheet) for sheet in wanted if (grid := grid_of(workbook, sheet)) is not None)
    return found / sum(_labels_wanted(sheet) for sheet in wanted)


def _labels_wanted(sheet: FormSheet) -> int:
    return sum(1 for one in sheet.fields if not one.set_aside)


def _labels_found(grid: Grid, sheet: FormSheet) -> int:
    """How many of a sheet's labels a grid has. What is set aside tells nothing: a file may lack it."""
    if sheet.layout == "pairs":
        return len(find_answers(grid, sheet))
    header = find_header(grid, sheet)
    return sum(1 for column in header.columns if not column.field.set_aside) if header else 0
