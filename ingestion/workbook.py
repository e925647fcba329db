"""A form as a workbook: empty for filling in, or filled in from answers. The form's YAML says what stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from ingestion.forms import Form, FormField, FormSheet
from ingestion.tables import tables
from workspace.harmless import would_run

Answers = Mapping[str, Sequence[Mapping[str, object]]]

# The title stands in the first row, the notice and the guidance in the second; labels follow at once.
_HEADER_ROW = 2
_ROWS_TO_FILL = 200
# The message beside a cell may have no more characters than this.
_LONGEST_MESSAGE = 255
_WIDTHS: Mapping[str, int] = {"text": 30, "reference": 30, "references": 36, "codes": 26, "code": 20}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "notice": {"italic": True},
    "label": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7EEF5", "border": 1},
    "money": {"num_format": "#,##0"},
    "date": {"num_format": "dd/mm/yyyy"},
    # Numbers of registers are text, so that a spreadsheet keeps their leading zeros.
    "text": {"num_format": "@"},
    "plain": {},
    # Last year's answers, beside the empty cells.
    "shown money": {"num_format": "#,##0", "italic": True, "font_color": "#505A5F", "bg_color": "#F3F2F1"},
    "shown date": {"num_format": "dd/mm/yyyy", "italic": True, "font_color": "#505A5F", "bg_color": "#F3F2F1"},
    "shown": {"italic": True, "font_color": "#505A5F", "bg_color": "#F3F2F1"},
}
_FORMAT_OF: Mapping[str, str] = {"money": "money", "date": "date", "identifier": "text", "postcode": "text"}
_GUIDANCE: Mapping[str, str] = {
    "rows": "One row for each.",
    "pairs": "One answer beside each label.",
}
_BLANKS = "Write 0 where there is none, “not known” where you do not know, “not applicable” where it does not apply."


@dataclass(frozen=True)
class Quirks:
    """What people do to a form before they send it back. None of it by default."""

    rows_above: int = 0  # empty rows between the notice and the labels
    notes: tuple[str, ...] = ()  # lines of a sheet put before all others
    total_row: bool = False  # sums below the organisations
    labels: Mapping[str, str] = field(default_factory=dict)  # label of the form -> what stands there instead
    extra_columns: tuple[str, ...] = ()  # columns added behind those of the organisations; answers go by their heading


_NO_QUIRKS = Quirks()


def write_form(
    form: Form,
    target: Path,
    *,
    answers: Answers | None = None,
    notice: str | None = None,
    created_at: datetime,
    quirks: Quirks = _NO_QUIRKS,
) -> None:
    """Write a form to `target`: one sheet for each of its sheets, in their order.

    `answers` holds rows for each landed table, by landed field; by label, for what is not landed; by `last_year_of` a
    field, for what stands beside it. A sheet of pairs takes the first row. Text is written as text, never as a formula
    or a link. The same arguments give the same bytes.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(target), options)
    book.set_properties({"title": form.title, "created": created_at.astimezone(UTC).replace(tzinfo=None)})
    formats = {name: book.add_format(dict(properties)) for name, properties in _FORMATS.items()}
    # A text that would be run as a formula when somebody edits its cell is marked as a text.
    formats |= {_as_text(name): book.add_format({**one, "quote_prefix": True}) for name, one in _FORMATS.items()}
    if quirks.notes:
        sheet = book.add_worksheet("Notes")
        for row, line in enumerate((*quirks.notes, notice) if notice else quirks.notes):
            sheet.write_string(row, 0, line)
    for described in form.sheets:
        sheet = book.add_worksheet(described.sheet)
        sheet.write_string(0, 0, f"{form.title}: {described.sheet}", formats["title"])
        guidance = f"{described.says or _GUIDANCE[described.layout]} {_BLANKS}"
        sheet.write_string(1, 0, f"{notice}. {guidance}" if notice else guidance, formats["notice"])
        rows = list((answers or {}).get(described.table, ()))
        if described.layout == "pairs":
            # The version is printed on the form, also on an empty one.
            given = {"form_version": form.version} | dict(rows[0] if rows else {})
            _write_pairs(sheet, described, given, formats, quirks)
        else:
            _write_rows(sheet, described, rows, formats, quirks)
    book.close()


def place_of(form: Form, table: str, field: str, row: int = 0, *, quirks: Quirks = _NO_QUIRKS) -> tuple[str, str]:
    """Sheet and cell in which `write_form` puts the answer to a field; `row` counts the table's answers from 0."""
    sheet = next(sheet for sheet in form.sheets if sheet.table == table)
    first = _HEADER_ROW + quirks.rows_above
    keys = [_key(one) for one in sheet.fields]
    if sheet.layout == "pairs":
        return sheet.sheet, xl_rowcol_to_cell(first + keys.index(field), 1)
    if table == "organisations":
        keys += quirks.extra_columns
    return sheet.sheet, xl_rowcol_to_cell(first + 1 + row, keys.index(field))


def _write_pairs(
    sheet: Any,
    described: FormSheet,
    answers: Mapping[str, object],
    formats: Mapping[str, Any],
    quirks: Quirks,
) -> None:
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 40)
    for row, one in enumerate(described.fields, start=_HEADER_ROW + quirks.rows_above):
        kind = _type_of(described, one)
        sheet.write_string(row, 0, quirks.labels.get(one.label, one.label), formats["label"])
        sheet.data_validation(row, 1, row, 1, _guidance(one, kind))
        sheet.write_blank(row, 1, None, _format_of(kind, formats))
        _write_answer(sheet, row, 1, answers.get(_key(one)), kind, formats)


def _write_rows(
    sheet: Any,
    described: FormSheet,
    answers: Sequence[Mapping[str, object]],
    formats: Mapping[str, Any],
    quirks: Quirks,
) -> None:
    header = _HEADER_ROW + quirks.rows_above
    last = header + max(len(answers), _ROWS_TO_FILL)
    extra = quirks.extra_columns if described.table == "organisations" else ()
    for column, one in enumerate(described.fields):
        kind = _type_of(described, one)
        sheet.set_column(column, column, _WIDTHS.get(kind, 15), _format_of(kind, formats))
        sheet.write_string(header, column, quirks.labels.get(one.label, one.label), formats["label"])
        if not one.set_aside:
            sheet.data_validation(header + 1, column, last, column, _guidance(one, kind))
        for row, given in enumerate(answers, start=header + 1):
            _write_answer(sheet, row, column, given.get(_key(one)), kind, formats)
    for column, heading in enumerate(extra, start=len(described.fields)):
        sheet.write_string(header, column, heading, formats["label"])
        for row, given in enumerate(answers, start=header + 1):
            _write_answer(sheet, row, column, given.get(heading), "text", formats)
    if quirks.total_row and described.table == "organisations":
        _write_totals(sheet, described, answers, header + 1 + len(answers), formats)
    sheet.set_row(header, 60)
    sheet.freeze_panes(header + 1, 1)


def _write_totals(
    sheet: Any, described: FormSheet, answers: Sequence[Mapping[str, object]], row: int, formats: Mapping[str, Any]
) -> None:
    sheet.write_string(row, 0, "TOTAL")
    for column, one in enumerate(described.fields):
        kind = _type_of(described, one)
        if kind == "money":
            figures = [value for given in answers if isinstance(value := given.get(_key(one)), int | float)]
            _write_answer(sheet, row, column, sum(figures), kind, formats)


def _write_answer(sheet: Any, row: int, column: int, answer: object, kind: str, formats: Mapping[str, Any]) -> None:
    if answer is None or answer == "":
        return
    cell_format = _format_of(kind, formats)
    if isinstance(answer, bool):
        sheet.write_string(row, column, "Yes" if answer else "No", cell_format)
    elif isinstance(answer, int | float):
        sheet.write_number(row, column, answer, cell_format)
    elif isinstance(answer, date):
        sheet.write_datetime(row, column, answer, cell_format)
    elif isinstance(answer, tuple | list):
        _write_text(sheet, row, column, "; ".join(str(part) for part in answer), kind, formats)
    else:
        _write_text(sheet, row, column, str(answer), kind, formats)


def _write_text(sheet: Any, row: int, column: int, text: str, kind: str, formats: Mapping[str, Any]) -> None:
    name = _format_name(kind)
    sheet.write_string(row, column, text, formats[_as_text(name) if would_run(text) else name])


def _as_text(name: str) -> str:
    return f"{name}, as text"


def _format_of(kind: str, formats: Mapping[str, Any]) -> Any:
    return formats[_format_name(kind)]


def _format_name(kind: str) -> str:
    return kind if kind.startswith("shown") else _FORMAT_OF.get(kind, "plain")


def _guidance(one: FormField, kind: str) -> dict[str, Any]:
    """The drop-down and the message of a cell. Other answers are asked about, not forbidden: "not known" is one."""
    several = kind in ("codes", "references")
    message = f"One or more of: {', '.join(one.choices)}" if several and one.choices else one.hint or ""
    choices = ("Yes", "No") if kind == "yes or no" else one.choices
    # Headings of a message hold 32 characters.
    guidance: dict[str, Any] = {"validate": "any", "input_title": one.label[:32]}
    if message:
        guidance["input_message"] = message[:_LONGEST_MESSAGE]
    if choices and not several:
        guidance |= {
            "validate": "list",
            "source": list(choices),
            "error_type": "warning",
            "error_title": "Not on the list",
            "error_message": "Choose from the list, or say why there is no answer.",
        }
    return guidance


def last_year_of(field: str) -> str:
    """The key of last year's answer to a field, in a row of answers."""
    return f"last year of {field}"


def _key(one: FormField) -> str:
    return one.field or (last_year_of(one.beside) if one.beside else one.label)


def _type_of(described: FormSheet, one: FormField) -> str:
    """The type of a field; of a column that shows last year's answer, the format that it is shown in."""
    if one.beside:
        shown = f"shown {tables()[described.table].fields[one.beside].type}"
        return shown if shown in _FORMATS else "shown"
    return tables()[described.table].fields[one.field].type if one.field else "text"
