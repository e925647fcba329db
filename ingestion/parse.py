"""From grids and a form to typed rows: every figure with what was typed beside it, every doubt as a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.answer_rows import answer_rows
from ingestion.columns import Asked, ParsedColumn, absent_columns, parse_column
from ingestion.findings import Finding, findings_table
from ingestion.forms import Form, FormField, FormSheet, Source
from ingestion.grids import Cell, Grid, Workbook, address, column_letters
from ingestion.headers import Header, find_answers, find_header, heading, merged_cells
from ingestion.programme import Programme, reporting_year
from ingestion.recognise import Recognised, recognise
from ingestion.refusals import Refusal
from ingestion.roll_call import roll_call, with_roll_call
from ingestion.tables import PLACES_SCHEMA, ROW_KEYS, bounds_of, tables
from ingestion.thousands import Line, first_line, line_beside
from ingestion.values import plain

_TEXT_KINDS = frozenset({"text", "code", "codes", "reference", "references", "identifier", "postcode"})


@dataclass(frozen=True)
class ParsedReturn:
    """One return, understood. `tables` holds every table of ingestion.tables, empty where the form lacks its sheet."""

    form: str
    form_version: int
    cluster_id: str
    reporting_year: str
    named: bool  # whether the file's name, not its content, says the cluster or the year
    tables: Mapping[str, pa.Table]
    places: pa.Table
    findings: pa.Table


@dataclass
class _Sheet:
    """One sheet on its way to a table."""

    sheet: FormSheet
    grid: Grid
    rows: list[int]  # of the grid, counted from 0
    columns: dict[str, ParsedColumn]
    places: list[dict[str, object]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def parse(
    workbook: Workbook, *, file_name: str, receipt_id: str, programme: Programme, forms: Sequence[Form]
) -> ParsedReturn:
    """Understand a workbook by the form that it follows.

    Raises Refusal where no form fits (F02), a required column is missing (F03), or the cluster or the reporting year
    is not one of the programme (F05).
    """
    recognised = recognise(workbook, forms)
    form = recognised.form
    read: list[_Sheet] = []
    references: dict[str, str] = {}
    called: Mapping[str, str] = {}
    said = line_beside(_not_read(workbook, recognised)) or _line_on_pairs(recognised)
    for sheet, grid in recognised.grids:
        asked = Asked(decimal=workbook.decimal or ".", references=references, called=called, bounds=programme.bounds)
        read_sheet = _pairs if sheet.layout == "pairs" else _rows
        one = read_sheet(sheet, grid, form, asked, said)
        read.append(one)
        if sheet.table == "organisations":
            references = _names(one)
        elif sheet.table == "roll_call":
            called = roll_call(one.columns)
    _known_version(form, read, forms)
    cluster_id, year = _whose(form, read, file_name, programme)
    # One line may speak of several sheets: it is said once.
    findings = list(dict.fromkeys(finding for one in read for finding in one.findings))
    findings += [
        Finding("sheet left out", sheet=grid.name, typed=grid.name) for grid in _not_read(workbook, recognised)
    ]
    keys = {"receipt_id": receipt_id, "cluster_id": cluster_id, "reporting_year": year}
    places = [{"receipt_id": receipt_id} | place for one in read for place in one.places]
    return ParsedReturn(
        form=form.form,
        form_version=form.version,
        cluster_id=cluster_id,
        reporting_year=year,
        named=_said_by_name(form),
        tables={name: _table(name, keys, [one for one in read if one.sheet.table == name]) for name in tables()},
        places=pa.Table.from_pylist(places, schema=PLACES_SCHEMA),
        findings=findings_table(findings, receipt_id, cluster_id, year),
    )


def _rows(sheet: FormSheet, grid: Grid, form: Form, asked: Asked, said: Line | None) -> _Sheet:
    """A sheet with labels above its columns."""
    header = find_header(grid, sheet)
    _all_required(sheet, grid, header)
    if header is None:
        return _Sheet(sheet, grid, [], absent_columns(sheet, 0))
    one = _Sheet(sheet, grid, [], {})
    one.rows, left_out = answer_rows(grid, header)
    one.findings += [_left_out(one, row, text) for row, _, text in left_out]
    line = first_line(grid, [*range(header.row), *(row for row, _, _ in left_out)]) or said
    spread = merged_cells(grid)
    across = list(zip(*(grid.rows[row] for row in one.rows), strict=True)) or [()] * len(grid.rows[header.row])
    for column in header.columns:
        kinds = {tables()[sheet.table].fields[target].type for target in column.field.targets}
        times = 1000.0 if "money" in kinds and (line or column.in_thousands or form.money == "thousands") else 1.0
        cells = across[column.column]
        if spread and kinds & _TEXT_KINDS:
            cells = _spread(cells, one.rows, column.column, spread)
        parsed = parse_column(column.field, sheet, cells, asked, times)
        one.columns |= parsed
        for target in parsed:
            one.places.append(
                {
                    "table_name": sheet.table,
                    "field": target,
                    "label": column.field.label,
                    "label_typed": column.typed,
                    "sheet": grid.name,
                    "column_letters": column_letters(column.column),
                    "times": times,
                }
            )
        _note_cells(one, column.field, column.column, parsed, asked)
    one.columns |= absent_columns(sheet, len(one.rows), present=one.columns)
    if sheet.table == "organisations" and asked.called:
        one.columns = with_roll_call(one.columns, asked.called)
    _note_blanks(one, {target: column.column for column in header.columns for target in column.field.targets})
    _note_header(one, header, form, line)
    return one


def _pairs(sheet: FormSheet, grid: Grid, form: Form, asked: Asked, said: Line | None) -> _Sheet:
    """A sheet with a label and its answer beside it: one row, or none where a sheet that need not be is empty."""
    answers = find_answers(grid, sheet)
    found = {answer.field for answer in answers}
    for missing in sheet.fields:
        if missing.required != "no" and missing not in found:
            raise _missing(missing, grid, "The line", "line")
    one = _Sheet(sheet, grid, [min((answer.row for answer in answers), default=0)], {})
    declared: Line | None = None
    for answer in answers:
        if not answer.field.targets:
            continue
        in_thousands = answer.in_thousands or said is not None or form.money == "thousands"
        (target,) = answer.field.targets
        times = 1000.0 if in_thousands and tables()[sheet.table].fields[target].type == "money" else 1.0
        row = grid.rows[answer.row]
        cell = row[answer.column] if answer.column < len(row) else None
        parsed = parse_column(answer.field, sheet, [cell], asked, times)
        one.columns |= parsed
        one.places.append(
            {
                "table_name": sheet.table,
                "field": target,
                "label": answer.field.label,
                "label_typed": answer.typed,
                "sheet": grid.name,
                "column_letters": column_letters(answer.column),
                "row_number": answer.row + 1,
                "times": times,
            }
        )
        at = _Sheet(sheet, grid, [answer.row], one.columns, findings=one.findings)
        _note_cells(at, answer.field, answer.column, parsed, asked)
        if (
            answer.field.required != "no"
            and parsed[target].missing[0].as_py() == "blank"
            and not _asked_by_rule(target)
        ):
            one.findings.append(_at(at, "blank", 0, answer.column, target, answer.field.label, None))
        if times != 1.0:
            where = said or Line(grid.name, answer.row, answer.column - 1, answer.typed)
            declared = declared or where
    if not sheet.needed and all(column.typed[0].as_py() is None for column in one.columns.values()):
        return _Sheet(sheet, grid, [], absent_columns(sheet, 0))
    if declared:
        one.findings.append(_declared(one, declared))
    one.columns |= absent_columns(sheet, 1, present=one.columns)
    return one


def _all_required(sheet: FormSheet, grid: Grid, header: Header | None) -> None:
    found = header.found if header else frozenset()
    for place, wanted in enumerate(sheet.fields):
        if wanted.required != "no" and wanted not in found:
            alike = any(other.label == wanted.label for other in sheet.fields if other is not wanted)
            after = f" (after “{sheet.fields[place - 1].label}”)" if alike and place else ""
            raise _missing(wanted, grid, "The column", "column", after)


def _missing(wanted: FormField, grid: Grid, what: str, restore: str, after: str = "") -> Refusal:
    return Refusal(
        "F03",
        f"{what} “{wanted.label}”{after} is missing from the sheet “{grid.name}”. Please do not delete or rename it.",
        f"Put the {restore} back, with its answers, and send the form again.",
    )


def _left_out(one: _Sheet, row: int, typed: str) -> Finding:
    return Finding("row left out", one.sheet.table, one.grid.name, address(row, 0), row + 1, typed=typed[:200])


def _spread(
    cells: Sequence[Cell], rows: Sequence[int], column: int, spread: Mapping[tuple[int, int], Cell]
) -> tuple[Cell, ...]:
    """The cells of a column. A merged text says the same in all its rows; a merged figure is not shared out."""
    return tuple(cell if cell is not None else spread.get((row, column)) for row, cell in zip(rows, cells, strict=True))


def _note_cells(one: _Sheet, of: FormField, column: int, parsed: Mapping[str, ParsedColumn], asked: Asked) -> None:
    for target, answers in parsed.items():
        bounds = bounds_of(one.sheet.table, target, asked.bounds)
        for index, kind, understood in answers.notes:
            typed = answers.typed[index].as_py()
            found = _at(one, kind, index, column, target, of.label, typed, understood)
            one.findings.append(replace(found, expected=bounds.words) if bounds else found)


def _note_blanks(one: _Sheet, columns: Mapping[str, int]) -> None:
    """Required answers that are blank; of those asked only of who answers, only theirs."""
    answering = _answering(one)
    for wanted in one.sheet.fields:
        for target in wanted.targets:
            if wanted.required == "no" or _asked_by_rule(target) or target not in columns:
                continue
            blank = pc.equal(one.columns[target].missing, "blank")
            if wanted.required == "when answered":
                blank = pc.and_(blank, answering)
            for index in pc.indices_nonzero(pc.fill_null(blank, False)).to_pylist():
                one.findings.append(_at(one, "blank", index, columns[target], target, wanted.label, None))


def _asked_by_rule(target: str) -> bool:
    """Blanks that a rule of their own asks about: one cause, one question."""
    return target.startswith("signed_off_") or target in {"charity_number", "company_number", "mutual_number"}


def _answering(one: _Sheet) -> pa.Array:
    status = one.columns.get("response_status")
    if status is None:
        return pa.array([True] * len(one.rows))
    return pc.fill_null(pc.equal(status.values, "answered"), True)


def _note_header(one: _Sheet, header: Header, form: Form, line: Line | None) -> None:
    """What the labels themselves say: columns that are not of the form, money in thousands, columns that went."""
    for row, column, text in header.unknown:
        used = any(grid_row[column] is not None for grid_row in one.grid.rows[header.row + 1 :])
        if used and heading(text)[0]:
            place = address(row, column)
            one.findings.append(
                Finding("unknown column", one.sheet.table, one.grid.name, place, row + 1, label=text, typed=text)
            )
    for column in header.nameless:
        if any(one.grid.rows[row][column] is not None for row in one.rows):
            no_heading = f"{column_letters(column)} (no heading)"
            where = address(header.row, column)
            one.findings.append(
                Finding("unknown column", one.sheet.table, one.grid.name, where, header.row + 1, typed=no_heading)
            )
    marked = next((found for found in header.columns if found.in_thousands), None)
    holds_money = any(place["times"] != 1.0 for place in one.places)
    if holds_money and line:
        one.findings.append(_declared(one, line))
    elif holds_money and marked:
        one.findings.append(_declared(one, Line(one.grid.name, header.row, marked.column, marked.typed)))
    elif holds_money:
        one.findings.append(Finding("declared in thousands", one.sheet.table, one.grid.name, typed=form.title))
    if form.asks_everything:
        for gone in one.sheet.fields:
            if gone.targets and gone not in header.found:
                one.findings.append(
                    Finding("missing column", one.sheet.table, one.grid.name, field=gone.targets[0], label=gone.label)
                )


def _declared(one: _Sheet, line: Line) -> Finding:
    place = address(line.row, line.column)
    table = one.sheet.table if line.sheet == one.grid.name else None
    return Finding("declared in thousands", table, line.sheet, place, line.row + 1, typed=line.text)


def _at(
    one: _Sheet,
    kind: str,
    index: int,
    column: int,
    target: str,
    label: str,
    typed: str | None,
    understood: str | None = None,
) -> Finding:
    row = one.rows[index]
    return Finding(
        kind=kind,
        table_name=one.sheet.table,
        sheet=one.grid.name,
        cell=address(row, column),
        row_number=row + 1,
        field=target,
        label=label,
        typed=typed,
        understood=understood,
    )


def _names(organisations: _Sheet) -> dict[str, str]:
    """What the other sheets may call an organisation: plain name or number -> its name."""
    known: dict[str, str] = {}
    names = organisations.columns["organisation_name"].values.to_pylist()
    for number in ("charity_number", "company_number", "mutual_number"):
        for name, value in zip(names, organisations.columns[number].values.to_pylist(), strict=True):
            if name and value:
                # Spreadsheets drop the zeros in front.
                known |= {plain(value): name, plain(value.lstrip("0")): name}
    return known | {plain(name): name for name in names if name}


def _known_version(form: Form, read: Sequence[_Sheet], forms: Sequence[Form]) -> None:
    stated = next((one.columns["form_version"].typed[0].as_py() for one in read if "form_version" in one.columns), None)
    versions = sorted({str(other.version) for other in forms if other.form == form.form})
    # "1", "1.0" and "v1" are version 1.
    number = re.search(r"[0-9]+(?:\.[0-9]*[1-9])?", stated or "")
    if number and number[0] not in versions:
        raise Refusal(
            "F02",
            f"The cover says form version {stated}. We can read version {' and '.join(versions)}.",
            "Copy your answers into the current form and send that.",
        )


def _whose(form: Form, read: Sequence[_Sheet], file_name: str, programme: Programme) -> tuple[str, str]:
    """The cluster and the reporting year that a return is for."""
    cluster = _stated(form.cluster, read, file_name)
    year = _stated(form.reporting_year, read, file_name)
    cluster_id = programme.cluster_id(cluster) if cluster else None
    known_year = reporting_year(year) if year else None
    if cluster_id and known_year and programme.has_year(known_year):
        return cluster_id, known_year
    raise Refusal(
        "F05",
        f"This return says it is for {cluster or 'no cluster'}, {year or 'no reporting year'}. That is not open.",
        "Check the cluster and the year at the top of the form (for older layouts: in the name of the file).",
        by_name=_said_by_name(form),
    )


def _said_by_name(form: Form) -> bool:
    """Whether the name of a file says the cluster or the year in this layout."""
    return "file name" in (form.cluster.place, form.reporting_year.place)


def _stated(source: Source, read: Sequence[_Sheet], file_name: str) -> str | None:
    if source.place == "cover":
        stated = _cover(read, source.field or "")
        return None if stated is None else str(stated)
    found = re.search(source.pattern or "", file_name.rsplit("/", 1)[-1]) or re.search(source.pattern or "", file_name)
    return found[1] if found else None


def _cover(read: Sequence[_Sheet], target: str) -> object:
    for one in read:
        if one.sheet.table == "cover" and target in one.columns:
            return one.columns[target].values[0].as_py()
    return None


def _not_read(workbook: Workbook, recognised: Recognised) -> list[Grid]:
    read = {id(grid) for _, grid in recognised.grids}
    return [grid for grid in workbook.grids if grid.visible and grid.rows and id(grid) not in read]


def _line_on_pairs(recognised: Recognised) -> Line | None:
    """A line about thousands on the cover, outside its answers: it speaks of all sheets."""
    for sheet, grid in recognised.grids:
        if sheet.layout == "pairs":
            answered = {answer.row for answer in find_answers(grid, sheet)}
            line = first_line(grid, [row for row in range(len(grid.rows)) if row not in answered])
            if line:
                return line
    return None


def _table(name: str, keys: Mapping[str, str], read: Sequence[_Sheet]) -> pa.Table:
    """The landed table of the sheets that hold it."""
    schema = tables()[name].schema
    parts = [_part(schema, keys, one) for one in read]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _part(schema: pa.Schema, keys: Mapping[str, str], one: _Sheet) -> pa.Table:
    count = len(one.rows)
    arrays = [pa.array([value] * count, ROW_KEYS[key]) for key, value in keys.items()]
    arrays.append(pa.array([one.grid.name] * count, ROW_KEYS["sheet"]))
    arrays.append(pa.array([row + 1 for row in one.rows], ROW_KEYS["row_number"]))
    for target in tables()[one.sheet.table].fields:
        column = one.columns[target]
        arrays += [column.values, column.typed, column.missing]
    return pa.Table.from_arrays(arrays, schema=schema)
