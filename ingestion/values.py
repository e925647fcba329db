"""What people type into cells becomes values, column by column; what was typed is never lost."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.amounts import amount, shown
from ingestion.dates import date_in, date_of_serial
from ingestion.grids import Cell

# Answers that say why there is no value, as `plain` leaves them. "Nil" and "none" are not among them: they are zero.
_REASONS: Mapping[str, str] = {
    **dict.fromkeys(("na", "n a", "not applicable", "not relevant"), "not applicable"),
    **dict.fromkeys(
        ("nk", "n k", "not known", "unknown", "dont know", "do not know", "not recorded", "not available"), "not known"
    ),
    **dict.fromkeys(("rf", "refused", "declined", "prefer not to say"), "refused"),
    **dict.fromkeys(
        ("nya", "accounts not ready", "accounts not yet ready", "accounts not yet available", "awaiting accounts"),
        "accounts not ready",
    ),
}
_ERRORS = frozenset({"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"})
_LONGEST_REASON = 40
_ONLY_DASHES = re.compile(r"[-‐‑‒–—−_\s]+")
_ONLY_QUESTIONS = re.compile(r"[?\s]+")
_YES = frozenset({"yes", "y", "true", "1", "x", "tick", "ticked", "✓", "✔", "☑", "☒", "🗸"})
_NO = frozenset({"no", "n", "false", "0", "☐"})
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_COMPANY_NUMBER = re.compile(r"([A-Z]{0,2})([0-9]{1,8})([A-Z]?)")
_LOOSE_HYPHEN = re.compile(r"\b(co|e)-(?=op|ord|mail)")
_DROPPED = re.compile(r"[.'’‘`\"“”£$€%*#]")
_NOT_A_LETTER = re.compile(r"[^\w]+|_+")
# What `plain` makes of each character of ASCII by itself, for the many texts that hold nothing else.
_PLAIN_ASCII = {
    code: " and "
    if chr(code) == "&"
    else None
    if _DROPPED.match(chr(code))
    else _NOT_A_LETTER.sub(" ", chr(code).lower())
    for code in range(128)
}
_NUMERIC = frozenset({"money", "number", "count"})
_NUMBERS = frozenset({float, int})
_TEXTS = frozenset({str, type(None)})
_EASY_NUMBER = r"^-?{currency}([0-9]{{1,15}}|[1-9][0-9]{{0,2}}(,[0-9]{{3}}){{1,4}})(\.[0-9]{{1,15}})?$"
_DIGIT = re.compile("[0-9]")
_NO_NUMBER = frozenset({"na", "n a", "none", "nil", "not registered", "unregistered"})
_LISTS = re.compile(r"[;|\n]+")


@dataclass
class Understood:
    """One column, understood. All three arrays have a place for every cell.

    `values` has the Arrow type of the field; `typed` is the text of the cell as a person sees it, null for an empty
    one; `missing` is one of ingestion.tables.MISSING_REASONS where there is no value, else null. `notes` holds
    (index in the column, kind of finding, text of what was understood or None), in the order of the column.
    """

    values: pa.Array
    typed: pa.Array
    missing: pa.Array
    notes: list[tuple[int, str, str | None]] = field(default_factory=list)


class _Reading(NamedTuple):
    """What one cell says: a value, or why there is none, and what should be noticed about it."""

    value: object = None
    missing: str | None = None
    note: str | None = None
    understood: str | None = None
    own_unit: bool = False  # the cell says itself that it is in thousands


_BLANK = _Reading(missing="blank")


def understand(
    cells: Sequence[Cell],
    kind: str,
    *,
    choices: Mapping[str, str] | None = None,
    times: float = 1.0,
    decimal: str = ".",
    day_first: bool = True,
) -> Understood:
    """Read the cells of one column as fields of the type `kind` (see tables.yml).

    `choices` maps `plain(text)` to what is meant, for codes, lists of codes and references; without it any text will
    do. `times` is what money is multiplied with (1000 where a form is in thousands); a cell such as 1.2k says its own
    unit and is not multiplied again. `decimal` is the decimal sign of the file, `day_first` the order of its dates.
    Raises ValueError for an unknown kind.
    """
    if kind in _NUMERIC:
        return _numbers(cells, kind, times if kind == "money" else 1.0, decimal)
    readers: Mapping[str, tuple[Callable[[Cell], _Reading], pa.DataType]] = {
        "date": (partial(_date, day_first=day_first), pa.date32()),
        "yes or no": (_yes_or_no, pa.bool_()),
        "text": (_text, pa.string()),
        "identifier": (_identifier, pa.string()),
        "postcode": (_postcode, pa.string()),
        "code": (partial(_choice, choices=choices), pa.string()),
        "reference": (partial(_choice, choices=choices), pa.string()),
        "codes": (partial(_choices, choices=choices), pa.string()),
        "references": (partial(_choices, choices=choices), pa.string()),
    }
    if kind not in readers:
        raise ValueError(f"There is no kind of field called {kind!r}.")
    read, arrow_type = readers[kind]
    column = _distinct(cells, read)
    return Understood(
        values=column.take([reading.value for reading in column.readings], arrow_type),
        typed=column.typed(),
        missing=column.take([reading.missing for reading in column.readings], pa.string()),
        notes=column.notes(),
    )


def plain(text: str) -> str:
    """Lower case, white space folded, punctuation dropped: for comparing labels and choices.

    'Post-code ' and 'post code', 'Co-operative' and 'cooperative', 'Reg. No.' and 'reg no' come out alike; '&' is
    'and', and a currency sign is dropped.
    """
    if text.isascii() and "-" not in text:
        return " ".join(text.translate(_PLAIN_ASCII).split())
    text = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    text = _DROPPED.sub("", _LOOSE_HYPHEN.sub(r"\1", text))
    return " ".join(_NOT_A_LETTER.sub(" ", text).split())


def padded_company_number(text: str) -> str:
    """Give a company number its eight characters: '1090095' is '01090095', 'sc12345' is 'SC012345'.

    Anything that is not letters (none or two), digits and at most one letter, or too long, comes back in capitals.
    """
    number = "".join(text.split()).upper()
    found = _COMPANY_NUMBER.fullmatch(number)
    if found is None or len(found[1]) == 1 or (found[3] and not found[1]):
        return number
    return found[1] + found[2].zfill(8 - len(found[1]) - len(found[3])) + found[3]


@dataclass(frozen=True)
class _Column:
    """A column by its distinct cells: what each of them says, and where it stands."""

    keys: list[Cell]
    readings: list[_Reading]
    places: pa.Array

    def take(self, distinct: Sequence[object], arrow_type: pa.DataType) -> pa.Array:
        return pa.array(distinct, arrow_type).take(self.places)

    def typed(self) -> pa.Array:
        return self.take([typed_text(cell) for cell in self.keys], pa.string())

    def notes(self) -> list[tuple[int, str, str | None]]:
        noted = [place for place, reading in enumerate(self.readings) if reading.note]
        if not noted:
            return []
        rows = pc.indices_nonzero(pc.is_in(self.places, pa.array(noted, pa.int32())))
        found = zip(rows.to_pylist(), self.places.take(rows).to_pylist(), strict=True)
        return [(row, self.readings[place].note or "", self.readings[place].understood) for row, place in found]


def _distinct(cells: Sequence[Cell], read: Callable[[Cell], _Reading]) -> _Column:
    if set(map(type, cells)) <= _TEXTS:
        encoded = pc.dictionary_encode(pa.array(cells, pa.string()), null_encoding="encode")
        texts = encoded.dictionary.to_pylist()
        return _Column(texts, [read(text) for text in texts], encoded.indices)
    # The class is part of the key because True, 1 and 1.0 are equal.
    seen: dict[tuple[type, Cell], int] = {}
    places = [seen.setdefault((cell.__class__, cell), len(seen)) for cell in cells]
    keys = [cell for _, cell in seen]
    return _Column(keys, [read(cell) for cell in keys], pa.array(places, pa.int32()))


def typed_text(cell: Cell) -> str | None:
    """The text of a cell as a person sees it; dates as ISO, None for an empty cell."""
    match cell:
        case None | str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return shown(cell) if math.isfinite(cell) else str(cell)
        case datetime.datetime():
            return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
        case _:
            return cell.isoformat()


def _numbers(cells: Sequence[Cell], kind: str, times: float, decimal: str) -> Understood:
    """Numbers, most of which are numbers already or plain texts: Arrow reads those, only the rest is looked at singly.

    Singly, as a column of distinct cells, costs a hundred times as much for each cell.
    """
    values, typed = _easy_numbers(cells, kind, decimal)
    is_hard = pc.is_null(values)
    hard = pc.indices_nonzero(is_hard).to_pylist()
    rest = _distinct([cells[row] for row in hard], partial(_number, kind=kind, decimal=decimal))
    own_unit = _scattered(is_hard, rest.take([reading.own_unit for reading in rest.readings], pa.bool_()))
    missing = _scattered(is_hard, rest.take([reading.missing for reading in rest.readings], pa.string()))
    from_rest = _scattered(is_hard, rest.take([reading.value for reading in rest.readings], pa.float64()))
    values = pc.coalesce(values, from_rest)
    if times != 1.0:
        # Rounded to pence: 108.111 thousands are 108111 pounds and not 108111.00000000001.
        scaled = pc.round(pc.multiply(values, times), ndigits=2)
        values = pc.if_else(pc.fill_null(own_unit, False), values, scaled)
    notes = [(hard[place], kind_of_note, understood) for place, kind_of_note, understood in rest.notes()]
    if kind == "count":
        part = pc.fill_null(pc.not_equal(values, pc.floor(values)), False)
        notes += [(row, "not whole", shown(values[row].as_py())) for row in pc.indices_nonzero(part).to_pylist()]
    typed = pc.coalesce(typed, _scattered(is_hard, rest.typed()))
    return Understood(values, typed, missing, sorted(notes, key=lambda note: note[0]))


def _easy_numbers(cells: Sequence[Cell], kind: str, decimal: str) -> tuple[pa.Array, pa.Array]:
    """Values and typed texts of the cells that are numbers or texts such as 1200, 1,200.50 and £1,200; else null."""
    classes = set(map(type, cells))
    # Whole numbers beyond 2**53 are made floats here, since Arrow refuses to.
    numbers = cells if classes <= {float} else [float(cell) if cell.__class__ in _NUMBERS else None for cell in cells]  # type: ignore[arg-type]
    values = pa.array(numbers, pa.float64())
    values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    typed = _typed_numbers(values)
    if str in classes:
        texts = pa.array([cell if cell.__class__ is str else None for cell in cells], pa.string())
        pattern = _EASY_NUMBER.format(currency="£?" if kind == "money" else "") if decimal == "." else "^-?[0-9]{1,15}$"
        texts = pc.if_else(pc.match_substring_regex(texts, pattern), texts, pa.scalar(None, pa.string()))
        digits = pc.replace_substring_regex(texts, "[£,]", "")
        values, typed = pc.coalesce(values, pc.cast(digits, pa.float64())), pc.coalesce(typed, texts)
    return values, typed


def _scattered(mask: pa.Array, found: pa.Array) -> pa.Array:
    """An array as long as the mask with `found` where it is true, in order, and null elsewhere."""
    return pc.replace_with_mask(pa.nulls(len(mask), found.type), mask, found)


def _typed_numbers(values: pa.Array) -> pa.Array:
    """Texts of numbers by Arrow; the few that it would write with an exponent or all binary digits, one by one."""
    typed = pc.cast(values, pa.string())
    odd = pc.or_(pc.match_substring_regex(typed, "[a-z]|^-0$"), pc.greater(pc.utf8_length(typed), 16))
    rows = pc.indices_nonzero(pc.fill_null(odd, False))
    if len(rows) == 0:
        return typed
    texts = [typed_text(number) for number in values.take(rows).to_pylist()]
    return pc.replace_with_mask(typed, pc.fill_null(odd, False), pa.array(texts, pa.string()))


def _reason(text: str) -> str | None:
    """Why a text holds no value, or None where it may hold one."""
    if _DIGIT.search(text) or len(text) > _LONGEST_REASON:
        return None
    if _ONLY_DASHES.fullmatch(text) or not text.strip():
        return "blank"
    if _ONLY_QUESTIONS.fullmatch(text):
        return "not known"
    # '#N/A' is an error of the spreadsheet and not the sender's answer.
    return None if text.lstrip().startswith("#") else _REASONS.get(plain(text))


def _number(cell: Cell, kind: str, decimal: str) -> _Reading:
    if cell is None:
        return _BLANK
    if isinstance(cell, str):
        reason = _reason(cell)
        if reason:
            return _Reading(missing=reason)
        found = amount(cell, decimal)
        # Pounds in a column of people, or a percentage of pounds, mean that something else was meant.
        if found and not (found.currency and kind != "money") and not (found.percent and kind != "number"):
            if found.scaled:
                return _Reading(found.value, None, "in thousands", shown(found.value), own_unit=True)
            return _Reading(found.value)
    return _Reading(missing="not understood", note="not a number")


def _date(cell: Cell, day_first: bool) -> _Reading:
    found: datetime.date | None = None
    match cell:
        case None:
            return _BLANK
        case datetime.datetime():
            found = cell.date()
        case datetime.date():
            found = cell
        case bool() | datetime.time():
            pass
        case int() | float():
            found = date_of_serial(cell) if math.isfinite(cell) else None
        case str():
            reason = _reason(cell)
            if reason:
                return _Reading(missing=reason)
            found = date_in(cell, day_first=day_first)
    return _Reading(found) if found else _Reading(missing="not understood", note="not a date")


def _yes_or_no(cell: Cell) -> _Reading:
    if isinstance(cell, bool):
        return _Reading(cell)
    text = typed_text(cell)
    if text is None:
        return _BLANK
    answer = text.strip().casefold().rstrip(".!")
    if answer in _YES or answer in _NO:
        return _Reading(answer in _YES)
    reason = _reason(text)
    return _Reading(missing=reason) if reason else _Reading(missing="not understood", note="not on the list")


def _text(cell: Cell) -> _Reading:
    text = typed_text(cell)
    if text is None:
        return _BLANK
    reason = "not understood" if text.strip() in _ERRORS else _reason(text)
    return _Reading(missing=reason) if reason else _Reading(" ".join(text.split()))


def _identifier(cell: Cell) -> _Reading:
    text = typed_text(cell)
    if text is None:
        return _BLANK
    has_digit = _DIGIT.search(text) is not None
    reason = "not applicable" if not has_digit and plain(text) in _NO_NUMBER else _reason(text)
    if reason:
        return _Reading(missing=reason)
    # Words such as "applied for" keep their spaces; a number with spaces in it is the number.
    return _Reading(("" if has_digit else " ").join(text.upper().split()))


def _postcode(cell: Cell) -> _Reading:
    reading = _text(cell)
    if not isinstance(reading.value, str):
        return reading
    text = reading.value.upper()
    found = _POSTCODE.fullmatch("".join(text.split()))
    return _Reading(f"{found[1]} {found[2]}" if found else " ".join(text.split()))


def _choice(cell: Cell, choices: Mapping[str, str] | None) -> _Reading:
    text = typed_text(cell)
    if text is None:
        return _BLANK
    if choices and plain(text) in choices:
        return _Reading(choices[plain(text)])
    reason = _reason(text)
    if reason:
        return _Reading(missing=reason)
    if choices is None:
        return _Reading(" ".join(text.split()))
    return _Reading(missing="not understood", note="not on the list")


def _choices(cell: Cell, choices: Mapping[str, str] | None) -> _Reading:
    """Several answers in one cell, between semicolons, bars or lines; between commas where no answer has one."""
    whole = _choice(cell, choices)
    if not isinstance(cell, str) or whole.missing not in (None, "not understood"):
        return whole
    if whole.value is not None and choices is not None:
        return whole
    parts = [part.strip() for part in _LISTS.split(cell) if part.strip()]
    if choices is None:
        return _Reading("; ".join(dict.fromkeys(" ".join(part.split()) for part in parts)))
    meant: dict[str, None] = {}
    all_meant = True
    for part in parts:
        found, complete = _between_commas(part.split(","), choices)
        meant.update(dict.fromkeys(found))
        all_meant = all_meant and complete
    value = "; ".join(meant)
    if not value:
        return whole
    return _Reading(value) if all_meant else _Reading(value, None, "not on the list", value)


def _between_commas(pieces: Sequence[str], choices: Mapping[str, str]) -> tuple[list[str], bool]:
    """What the pieces mean, the longest run of pieces that is one answer first, and whether all of them mean any."""
    found: list[str] = []
    complete = True
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            answer = choices.get(plain(",".join(pieces[start:end])))
            if answer is not None:
                found.append(answer)
                start = end
                break
        else:
            complete = complete and not pieces[start].strip()
            start += 1
    return found, complete
