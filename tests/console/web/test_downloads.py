"""Files to download: a text stays a text, and the same rows are the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest
from python_calamine import load_workbook

pytestmark = pytest.mark.xdist_group("console")

_COLUMNS = ("name", "n", "on")
_ROWS: list[dict[str, object]] = [
    {"name": "=1+1", "n": -5, "on": date(2026, 3, 31)},
    {"name": "Oak & Co", "n": None, "on": None},
]


def test_csv_guards_what_a_spreadsheet_would_run_and_leaves_numbers_alone() -> None:
    from console.downloads import csv_response

    text = csv_response("some", _COLUMNS, _ROWS).getvalue().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "n", "on"],
        ["'=1+1", "-5", "2026-03-31"],
        ["Oak & Co", "", ""],
    ]


def test_a_workbook_holds_texts_numbers_and_days_and_no_formula() -> None:
    from console.downloads import xlsx_response

    content = xlsx_response("some", _COLUMNS, _ROWS).content
    sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    assert sheet.to_python()[1:] == [["=1+1", -5.0, date(2026, 3, 31)], ["Oak & Co", "", ""]]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert xlsx_response("some", _COLUMNS, _ROWS).content == content
