"""What a form that is handed out takes over from last year's return: what stays the same, and last year's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion.forms import Form, FormSheet
from ingestion.programme import Programme
from ingestion.workbook import last_year_of

Row = dict[str, object]


def newest_own_form(forms: Sequence[Form]) -> Form | None:
    """The programme's own form in its newest version; None where all its layouts are others'."""
    own = [form for form in forms if form.asks_everything]
    return max(own, key=lambda form: form.version, default=None)


def answers_to_begin_with(
    form: Form, programme: Programme, cluster_id: str, reporting_year: str, last_year: Path | None
) -> Mapping[str, Sequence[Row]]:
    """Rows for `write_form`: whose the form is and for which year, and what it takes over of `last_year`.

    `last_year` is the folder of the landed return of an earlier year; without one there is nothing to take over. What
    is kept in the archive only, such as the e-mail address on the cover, is not landed and so never taken over.
    """
    answers: dict[str, list[Row]] = {}
    for sheet in form.sheets:
        if last_year and sheet.last_year:
            source = "organisations" if sheet.table == "roll_call" else sheet.table
            rows = _landed(last_year, source)
            # Who is on the sheet of organisations is on the roll call.
            asked = next(one for one in form.sheets if one.table == source)
            kept = [row for row in rows if not _is_over(row, asked)]
            answers[sheet.table] = [_taken_over(sheet, row) for row in kept]
    cluster = next(one for one in programme.clusters if one["cluster_id"] == cluster_id)
    cover: Row = {"lead_organisation": cluster.get("lead_agency"), **next(iter(answers.get("cover", [])), {})}
    whose: Row = {"cluster_stated": cluster["cluster_name"], "reporting_year_stated": reporting_year}
    return answers | {"cover": [cover | whose]}


def _landed(folder: Path, table: str) -> list[dict[str, Any]]:
    file = folder / f"{table}.parquet"
    rows = pq.read_table(file).to_pylist() if file.exists() else []
    return sorted(rows, key=lambda row: row["row_number"])


def _is_over(row: Mapping[str, Any], sheet: FormSheet) -> bool:
    return any(row[name] in values for name, values in (sheet.last_year.not_of if sheet.last_year else {}).items())


def _taken_over(sheet: FormSheet, row: Mapping[str, Any]) -> Row:
    assert sheet.last_year
    if sheet.table == "roll_call":
        return {"organisation": row["organisation_name"]}
    filled: Row = {name: _as_answer(row, name) for name in sheet.last_year.filled_in}
    beside: Row = {last_year_of(name): _as_answer(row, name) for name in sheet.last_year.beside}
    return filled | beside


def _as_answer(row: Mapping[str, Any], name: str) -> object:
    """The answer as it was understood; where there was none, what was typed, such as "not known"."""
    value = row[name]
    if value is None:
        return row[f"{name}_typed"] if row[f"{name}_missing"] not in ("blank", "not asked") else None
    return int(value) if isinstance(value, float) and value.is_integer() else value
