"""What people change in a return before they send it again: at least forty ways, each on the cells of its sheets."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import xlsxwriter

from ingestion.grids import Cell
from ingestion.read import read

NAME, CHARITY, COMPANY, POSTCODE = "Name of organisation", "Charity number", "Company or CIC number", "Postcode"
TURNOVER, TRADED, STAFF, HOURS = "Turnover", "of which from trading", "Paid employees", "Hours they gave"
STATUS, ENDS, GAS = "Answering this year?", "Accounts to", "Gas used"
_OPTIONAL = ("Outcomes", "Support", "Referrals", "Brokerage", "Funding", "ActionPlan", "Action plan", "Hub")


@dataclass
class Book:
    """The cells of one return, sheet by sheet, to be changed and written again."""

    sheets: dict[str, list[list[Cell]]]
    hidden: list[int] = field(default_factory=list)  # columns of the organisations

    @property
    def rows(self) -> list[list[Cell]]:
        """The sheet of organisations, with what stands above them."""
        return self.sheets["Organisations"]

    @property
    def head(self) -> int:
        """The row of the headings."""
        return next(at for at, row in enumerate(self.rows) if any(str(cell).startswith("Postcode") for cell in row))

    def column(self, label: str) -> int:
        """The first column whose heading begins so."""
        return next(at for at, cell in enumerate(self.rows[self.head]) if str(cell or "").startswith(label))

    def members(self) -> list[list[Cell]]:
        """The rows of organisations with a figure of turnover."""
        at = self.column(TURNOVER)
        return [row for row in self.rows[self.head + 1 :] if isinstance(row[at], int | float)]

    def a_member(self, chance: Random) -> list[Cell]:
        """One of them."""
        return chance.choice(self.members())

    def remove(self, row: list[Cell]) -> None:
        """Take a row out of the sheet."""
        self.rows[:] = [one for one in self.rows if one is not row]


def read_book(file: Path) -> Book:
    """The cells of a workbook."""
    return Book({grid.name: [list(row) for row in grid.rows] for grid in read(file, file.name).grids})


def write_book(book: Book, target: Path) -> None:
    """Write the cells into a workbook."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target), options) as written:
        day = written.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in book.sheets.items():
            sheet = written.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    match cell:
                        case None:
                            continue
                        case bool():
                            sheet.write_boolean(at, column, cell)
                        case datetime.date():
                            sheet.write_datetime(at, column, cell, day)
                        case int() | float():
                            sheet.write_number(at, column, cell)
                        case _:
                            sheet.write_string(at, column, str(cell))
            if name == "Organisations":
                for column in book.hidden:
                    sheet.set_column(column, column, None, None, {"hidden": True})


Edit = Callable[[Book, Random], None]


def _set(label: str, make: Callable[[Cell], Cell]) -> Edit:
    """Change the answer of one member under a heading."""

    def edit(book: Book, chance: Random) -> None:
        at = book.column(label)
        row = book.a_member(chance)
        row[at] = make(row[at])

    return edit


def _set_all(label: str, make: Callable[[Cell], Cell]) -> Edit:
    def edit(book: Book, _: Random) -> None:
        at = book.column(label)
        for row in book.members():
            row[at] = make(row[at])

    return edit


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _drop(book: Book, chance: Random) -> None:
    book.remove(book.a_member(chance))


def _drop_three(book: Book, chance: Random) -> None:
    for _ in range(3):
        _drop(book, chance)


def _number_twice(book: Book, chance: Random) -> None:
    at = book.column(COMPANY)
    one, other = chance.sample(book.members(), 2)
    one[at] = other[at] = one[at] or other[at] or "01234567"


def _add(book: Book, chance: Random) -> None:
    row = list(book.a_member(chance))
    row[book.column(NAME)], row[book.column(CHARITY)] = f"Newcomer {chance.randrange(10**6)}", None
    row[book.column(COMPANY)] = str(chance.randrange(10_000_000, 99_999_999))
    book.rows.append(row)


def _merge(book: Book, chance: Random) -> None:
    one, other = chance.sample(book.members(), 2)
    at = book.column(TURNOVER)
    one[at] = _number(one[at]) + _number(other[at])
    book.remove(other)


def _split(book: Book, chance: Random) -> None:
    row = book.a_member(chance)
    at = book.column(TURNOVER)
    row[at] = round(_number(row[at]) / 2)
    _add(book, chance)


def _rename(book: Book, chance: Random) -> None:
    book.a_member(chance)[book.column(NAME)] = f"Renamed {chance.randrange(10**6)}"


def _reorder(book: Book, chance: Random) -> None:
    rows = book.rows[book.head + 1 :]
    chance.shuffle(rows)
    book.rows[book.head + 1 :] = rows


def _hide(book: Book, _: Random) -> None:
    book.hidden.append(book.column(HOURS))


def _move_column(book: Book, chance: Random) -> None:
    width = max(map(len, book.rows))
    source, target = book.column(GAS), chance.randrange(3, 10)
    for row in book.rows:
        row.extend([None] * (width - len(row)))
        row.insert(target, row.pop(source))


def _thousands(book: Book, chance: Random) -> None:
    at = book.column(TURNOVER)
    row = book.a_member(chance)
    row[at] = round(_number(row[at]) / 1000)


def _duplicate(book: Book, chance: Random) -> None:
    book.rows.append(list(book.a_member(chance)))


def _total_row(book: Book, _: Random) -> None:
    at = book.column(TURNOVER)
    row: list[Cell] = [None] * len(book.rows[book.head])
    row[0], row[at] = "TOTAL", sum(_number(one[at]) for one in book.members())
    book.rows.append(row)


def _note(book: Book, _: Random) -> None:
    book.rows.extend([[None], ["Note: two members had not closed their accounts when this was sent."]])


def _unknown_column(book: Book, _: Random) -> None:
    width = max(map(len, book.rows))
    for at, row in enumerate(book.rows):
        row.extend([None] * (width - len(row)))
        row.append("Our own remarks" if at == book.head else "seen" if at > book.head else None)


def _empty_rows(book: Book, _: Random) -> None:
    book.rows[book.head + 1 : book.head + 1] = [[None], [None]]


def _rows_above(book: Book, _: Random) -> None:
    book.rows.insert(0, ["Draft of the lead agency"])


def _cover(label: str, value: Cell) -> Edit:
    def edit(book: Book, _: Random) -> None:
        for row in book.sheets["Cover"]:
            if str(row[0] or "").startswith(label):
                row[1:2] = [value]

    return edit


def _empty_optional(book: Book, chance: Random) -> None:
    names = [name for name in book.sheets if name in _OPTIONAL]
    if names:
        name = chance.choice(names)
        book.sheets[name] = book.sheets[name][:3]


def _drop_optional(book: Book, _: Random) -> None:
    for name in [name for name in book.sheets if name in _OPTIONAL]:
        book.sheets[name] = book.sheets[name][:3]


def _sheet_of_notes(book: Book, _: Random) -> None:
    book.sheets["Our notes"] = [["Asked on Monday"], ["Answered on Friday"]]


def _two_fields(book: Book, chance: Random) -> None:
    row = book.a_member(chance)
    one, other = book.column(TURNOVER), book.column(TRADED)
    row[one], row[other] = row[other], row[one]


def _leaves(book: Book, chance: Random) -> None:
    row = book.a_member(chance)
    row[book.column(STATUS)] = chance.choice(("left", "closed", "merged", "not answering"))
    row[book.column(TURNOVER)] = None


EDITS: Mapping[str, Edit] = {
    "a member dropped": _drop,
    "three members dropped": _drop_three,
    "a number given twice": _number_twice,
    "a figure blanked": _set(TURNOVER, lambda _: None),
    "a text for a turnover": _set(TURNOVER, lambda _: "about the same"),
    "a member added": _add,
    "a member renamed": _rename,
    "two members merged": _merge,
    "a member split": _split,
    "rows reordered": _reorder,
    "a column hidden": _hide,
    "a column moved": _move_column,
    "a turnover in thousands": _thousands,
    "a negative turnover": _set(TURNOVER, lambda cell: -_number(cell)),
    "negative hours": _set(HOURS, lambda _: -120),
    "decimals with a comma": _set(TURNOVER, lambda cell: f"{_number(cell):.0f},50"),
    "a sheet emptied": _empty_optional,
    "every sheet that may be empty emptied": _drop_optional,
    "a row twice": _duplicate,
    "a total row": _total_row,
    "a note below": _note,
    "cover: grant corrected": _cover("Pump-priming", 4321),
    "cover: grant blanked": _cover("Pump-priming", None),
    "cover: spending of sixteen digits": _cover("Spent on co-ordination", 4929123456781234),
    "a company number changed": _set(COMPANY, lambda _: "07654321"),
    "a company number blanked": _set(COMPANY, lambda _: None),
    "a postcode changed": _set(POSTCODE, lambda _: "B1 1AA"),
    "sixteen digits": _set(TURNOVER, lambda _: 4929123456781234),
    "a number beyond sums": _set(TURNOVER, lambda _: 1e160),
    "nineteen billion": _set(TURNOVER, lambda _: 19_999_999_999.99),
    "zero": _set(TURNOVER, lambda _: 0),
    "pence": _set(TURNOVER, lambda cell: _number(cell) + 0.37),
    "a penny": _set(TURNOVER, lambda _: 0.01),
    "a date as text": _set(ENDS, lambda _: "31 March 2025"),
    "a date that is none": _set(ENDS, lambda _: "31/02/2025"),
    "a date of the last century but one": _set(ENDS, lambda _: "31/03/1825"),
    "a percentage": _set(TURNOVER, lambda _: "12%"),
    "a currency sign": _set(TURNOVER, lambda cell: f"£{_number(cell):,.0f}"),
    "another currency": _set(TURNOVER, lambda cell: f"€{_number(cell):,.0f}"),
    "a turnover with k": _set(TURNOVER, lambda cell: f"{_number(cell) / 1000:.1f}k"),
    "all names in capitals": _set_all(NAME, lambda cell: str(cell).upper()),
    "all turnovers blanked": _set_all(TURNOVER, lambda _: None),
    "all turnovers as text": _set_all(TURNOVER, lambda cell: f"{_number(cell):,.2f}"),
    "half a person": _set(STAFF, lambda _: 2.5),
    "staff blanked": _set(STAFF, lambda _: None),
    "hours not known": _set(HOURS, lambda _: "not known"),
    "gas in millions": _set(GAS, lambda _: 9_000_000_000),
    "an unknown column": _unknown_column,
    "empty rows": _empty_rows,
    "a line above": _rows_above,
    "a sheet of notes": _sheet_of_notes,
    "two answers swapped": _two_fields,
    "a member leaves": _leaves,
    "nothing": lambda _book, _chance: None,
}
