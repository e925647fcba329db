"""Where the labels of a form stand on a sheet: wherever they moved, over two rows, or worded otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from ingestion.forms import FormField, FormSheet
from ingestion.grids import Cell, Grid
from ingestion.tables import tables
from ingestion.thousands import without_thousands
from ingestion.values import plain

# The labels stand in one of the first rows of a sheet.
_ROWS_LOOKED_AT = 60
_CELLS_TO_THE_RIGHT = 6
_LONGEST_LABEL = 160
# What a row between the labels and the answers may say, beside units and hints.
_MARKS = frozenset({"required", "optional", "yes or no", "number", "date", "text", "choose", "gbp", "whole pounds", ""})


@dataclass(frozen=True)
class Column:
    """A label found above a column. Row and column are counted from 0."""

    field: FormField
    column: int
    typed: str
    in_thousands: bool


@dataclass(frozen=True)
class Header:
    """The labels of a sheet of layout rows."""

    row: int  # the (last) row of labels
    below: int  # the first row of answers: under the labels, and under a row of units or hints
    columns: tuple[Column, ...]
    unknown: tuple[tuple[int, int, str], ...]  # (row, column, text) of headings that are none of the form's
    nameless: tuple[int, ...]  # columns without any heading

    @property
    def found(self) -> frozenset[FormField]:
        """The fields that have a column."""
        return frozenset(column.field for column in self.columns)


@dataclass(frozen=True)
class Answer:
    """A label and the cell beside it, on a sheet of layout pairs."""

    field: FormField
    row: int
    column: int  # of the answer
    typed: str
    in_thousands: bool


@lru_cache(maxsize=4096)
def heading(text: str) -> tuple[str, bool]:
    """A heading for comparing, and whether it says that its money is in thousands of pounds."""
    without = without_thousands(text)
    return plain(without), without != text


def find_header(grid: Grid, sheet: FormSheet) -> Header | None:
    """The row under which most of the form's labels stand, the first of equals; None where there are fewer than two."""
    best: Header | None = None
    spread = merged_cells(grid)
    index = _index(sheet)
    bears_label = False
    for row in range(min(len(grid.rows), _ROWS_LOOKED_AT)):
        above, bears_label = (
            bears_label,
            any(isinstance(cell, str) and heading(cell)[0] in index for cell in grid.rows[row]),
        )
        if not (above or bears_label):
            continue
        header = _header_at(grid, spread, row, sheet, index)
        if best is not None and len(best.columns) > max(len(header.columns), len(sheet.fields) // 2):
            break  # the row below the labels has fewer: they have ended
        if len(header.columns) >= min(2, len(sheet.fields)) and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
    return best and replace(best, below=_first_answer(grid, best, sheet))


def find_answers(grid: Grid, sheet: FormSheet) -> tuple[Answer, ...]:
    """Each label of a sheet of pairs, with the cell of its answer: to its right, in the column of most answers.

    Of two cells that bear a label, such as a title and a question, the one with an answer beside it is meant.
    """
    index = _index(sheet)
    rows = grid.rows[:_ROWS_LOOKED_AT]
    labels = [
        (row, column, cell, fields[0][0])
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if isinstance(cell, str) and (fields := index.get(heading(cell)[0]))
    ]
    bearing = {(row, column) for row, column, _, _ in labels}
    usual = _usual_answers(rows, labels, bearing, sheet)
    answers: dict[FormField, Answer] = {}
    for row, column, typed, of in labels:
        place = _answer_column(rows[row], row, column, usual.get(column, ()), bearing, _said_of(of, sheet))
        answer = Answer(of, row, place, typed, heading(typed)[1])
        known = answers.get(of)
        if known is None or _cell(grid, known) is None:
            answers[of] = answer
    return tuple(answers.values())


def merged_cells(grid: Grid) -> Mapping[tuple[int, int], Cell]:
    """What a merged range says in each of its cells but the first, which alone holds it."""
    spread: dict[tuple[int, int], Cell] = {}
    for top, first, bottom, last in grid.merged:
        if top >= len(grid.rows) or first >= len(grid.rows[top]):
            continue
        held = grid.rows[top][first]
        if held is None or (bottom - top + 1) * (last - first + 1) > len(grid.rows) + len(grid.rows[top]):
            continue
        for row in range(top, bottom + 1):
            spread |= {(row, column): held for column in range(first, last + 1) if (row, column) != (top, first)}
    return spread


def _header_at(grid: Grid, spread: Mapping[tuple[int, int], Cell], row: int, sheet: FormSheet, index: _Index) -> Header:
    texts = [list(_texts(grid, spread, row, place)) for place in range(len(grid.rows[row]))]
    found: dict[int, Column] = {}
    # The form's own wording comes first, wherever it stands; other words for it only where it is absent.
    for own_words in (True, False):
        for place, wordings in enumerate(texts):
            if place in found:
                continue
            for text in wordings:
                words, in_thousands = heading(text)
                of = _field_for(words, own_words, sheet, index, found, place)
                if of:
                    found[place] = Column(of, place, text, in_thousands)
                    break
    own = [(place, cell) for place, cell in enumerate(grid.rows[row]) if place not in found]
    return Header(
        row=row,
        below=row + 1,
        columns=tuple(found[place] for place in sorted(found)),
        unknown=tuple((row, place, texts[place][0]) for place, _ in own if texts[place]),
        nameless=tuple(place for place, cell in own if cell is None and not texts[place]),
    )


def _texts(grid: Grid, spread: Mapping[tuple[int, int], Cell], row: int, column: int) -> Iterator[str]:
    """The wordings of a column's label: its own cell, with the one above in front, or the one above alone.

    A heading over several columns is known to belong to all of them where the reader knows merged cells; where it
    does not, the nearest one to the left is tried last.
    """
    own = grid.rows[row][column]
    above = (grid.rows[row - 1][column] or spread.get((row - 1, column))) if row else None
    if isinstance(own, str):
        if len(own) > _LONGEST_LABEL:
            return
        yield own
        if row and above is None:
            above = next((cell for cell in reversed(grid.rows[row - 1][:column]) if cell is not None), None)
        if isinstance(above, str) and len(above) <= _LONGEST_LABEL:
            yield f"{above} {own}"
    elif own is None and isinstance(above, str):
        yield above


def _field_for(
    words: str, own_words: bool, sheet: FormSheet, index: _Index, found: Mapping[int, Column], place: int
) -> FormField | None:
    """The field that a heading means. One label may stand twice: then what stands to its left tells which it is."""
    taken = {column.field for column in found.values()}
    fitting = [of for of, own in index.get(words, ()) if own >= own_words and of not in taken]
    if len(fitting) > 1:
        nearest = max((column for column in found if column < place), default=None)
        before = sheet.fields.index(found[nearest].field) if nearest is not None else -1
        return next((of for of in fitting if sheet.fields.index(of) > before), fitting[0])
    return fitting[0] if fitting else None


# Plain wording of a heading -> the fields that it may mean, and whether it is the form's own wording.
_Index = Mapping[str, Sequence[tuple[FormField, bool]]]


@cache
def _index(sheet: FormSheet) -> _Index:
    index: dict[str, list[tuple[FormField, bool]]] = {}
    for of in sheet.fields:
        others = dict.fromkeys(heading(label)[0] for label in of.also)
        label = heading(of.label)[0]
        others |= dict.fromkeys(f"{word} {said}" for word in (label, *others) for said in _said_of(of, sheet) if said)
        index.setdefault(label, []).append((of, True))
        for word in others:
            if word != label:
                index.setdefault(word, []).append((of, False))
    return index


@cache
def _said_of(of: FormField, sheet: FormSheet) -> frozenset[str]:
    """What may stand beside a label without being an answer: its unit, its hint, a mark."""
    units = {tables()[sheet.table].fields[target].unit for target in of.targets}
    return _MARKS | {plain(text) for text in (*units, of.hint) if text}


def _first_answer(grid: Grid, header: Header, sheet: FormSheet) -> int:
    """The row below the labels, or below rows that hold nothing but units and hints."""
    row = header.row + 1
    fields = {column.column: column.field for column in header.columns}
    while row < len(grid.rows):
        filled = [(place, cell) for place, cell in enumerate(grid.rows[row]) if cell is not None]
        if not filled or not all(
            isinstance(cell, str) and place in fields and plain(cell) in _said_of(fields[place], sheet)
            for place, cell in filled
        ):
            break
        row += 1
    return row


def _cell(grid: Grid, answer: Answer) -> Cell:
    row = grid.rows[answer.row]
    return row[answer.column] if answer.column < len(row) else None


def _filled(
    cells: Sequence[Cell], row: int, label: int, bearing: Set[tuple[int, int]], not_answers: Set[str]
) -> list[int]:
    """The filled cells to the right of a label, up to the next label, that do not only say how to answer."""
    places: list[int] = []
    for column in range(label + 1, min(len(cells), label + 1 + _CELLS_TO_THE_RIGHT)):
        if (row, column) in bearing:
            break
        cell = cells[column]
        if cell is not None and not (isinstance(cell, str) and plain(cell) in not_answers):
            places.append(column)
    return places


def _usual_answers(
    rows: Sequence[Sequence[Cell]],
    labels: Sequence[tuple[int, int, str, FormField]],
    bearing: Set[tuple[int, int]],
    sheet: FormSheet,
) -> Mapping[int, tuple[int, ...]]:
    """For each column of labels, the columns beside it that are filled for more than one label; answers first."""
    filled: dict[int, list[list[int]]] = {}
    for row, column, _, of in labels:
        filled.setdefault(column, []).append(_filled(rows[row], row, column, bearing, _said_of(of, sheet)))
    usual: dict[int, tuple[int, ...]] = {}
    for column, each in filled.items():
        counts = Counter(place for places in each for place in places)
        usual[column] = tuple(sorted(place for place, count in counts.items() if count > 1 or place == column + 1))
    return usual


def _answer_column(
    cells: Sequence[Cell],
    row: int,
    label: int,
    usual: Sequence[int],
    bearing: Set[tuple[int, int]],
    not_answers: Set[str],
) -> int:
    """Where the answer to a label stands, or would stand if there were one.

    The first column that is usually filled holds the answers; what stands beside a blank in another such column is a
    remark, but a text where otherwise nothing stands is an answer that slipped.
    """
    filled = _filled(cells, row, label, bearing, not_answers)
    answers = usual[0] if usual else label + 1
    slipped = [place for place in filled if place not in usual]
    if answers in filled or not slipped:
        return answers
    return slipped[0]
