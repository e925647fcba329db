"""Which form a workbook follows: told from its labels, never from its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.forms import Form, FormSheet
from ingestion.grids import Grid, Workbook
from ingestion.headers import find_answers, find_header
from ingestion.refusals import Refusal
from ingestion.values import plain

# Of the labels of its needed sheets, a file has at least this share; with fewer we would be guessing.
_LEAST_SHARE = 0.6
_ASK = "Copy your answers into the form that we sent you, and send that."


@dataclass(frozen=True)
class Recognised:
    """A form and where each of its sheets was found."""

    form: Form
    grids: tuple[tuple[FormSheet, Grid], ...]


def recognise(workbook: Workbook, forms: Sequence[Form]) -> Recognised:
    """Tell which of the forms a workbook follows.

    Raises Refusal F02 where it is none of them, or could be two.
    """
    fits = sorted(((_share(workbook, form), form) for form in forms), key=lambda fit: (-fit[0], fit[1].name))
    if not fits or fits[0][0] < _LEAST_SHARE:
        names = ", ".join(f"“{grid.name}”" for grid in workbook.grids[:4])
        raise Refusal(
            "F02", f"This is not a form that we can read: its sheets ({names}) do not have the form's headings.", _ASK
        )
    if len(fits) > 1 and fits[0][0] == fits[1][0]:
        titles = f"“{fits[0][1].title}” and “{fits[1][1].title}”"
        raise Refusal("F02", f"We could not tell which form this is: it could be {titles}.", _ASK)
    form = fits[0][1]
    return Recognised(
        form, tuple((sheet, grid) for sheet in form.sheets if (grid := grid_of(workbook, sheet)) is not None)
    )


def grid_of(workbook: Workbook, sheet: FormSheet) -> Grid | None:
    """The sheet of a workbook that a form's sheet is: by name, else by its labels; hidden ones only if needed."""
    visible = [grid for grid in workbook.grids if grid.visible]
    hidden = [grid for grid in workbook.grids if not grid.visible]
    for grids in (visible, hidden if sheet.needed else []):
        named = [grid for grid in grids if plain(grid.name) in sheet.names and _labels_found(grid, sheet)]
        others = [
            grid for grid in grids if sheet.needed and _labels_found(grid, sheet) >= _LEAST_SHARE * len(sheet.fields)
        ]
        candidates = named or others
        if candidates:
            return max(candidates, key=lambda grid: _labels_found(grid, sheet))
    return None


def _share(workbook: Workbook, form: Form) -> float:
    """The share of the labels of a form's needed sheets that the workbook has."""
    wanted = [sheet for sheet in form.sheets if sheet.needed]
    found = sum(_labels_found(grid, sheet) for sheet in wanted if (grid := grid_of(workbook, sheet)) is not None)
    return found / sum(len(sheet.fields) for sheet in wanted)


def _labels_found(grid: Grid, sheet: FormSheet) -> int:
    if sheet.layout == "pairs":
        return len(find_answers(grid, sheet))
    header = find_header(grid, sheet)
    return len(header.columns) if header else 0
