"""The console's files of rows: a name that a spreadsheet program would run does no harm in any of them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

from tests.publishing.test_harmless_exports import POISON
from tests.publishing.workbook_cells import text_cells
from workspace.harmless import would_run

ROWS = [{"organisation_name": name, "n": -5} for name in POISON]


def test_csv_of_alerts_marts_queries_tables_differences_and_the_audit_log() -> None:
    from console.downloads import csv_response

    answer = csv_response("rows", ["organisation_name", "n", "=1"], ROWS)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["organisation_name", "n", "'=1"]
    assert [row[0] for row in rows[1:]] == [f"'{name}" for name in POISON]
    assert {row[1] for row in rows[1:]} == {"-5"}


def test_workbooks_of_alerts_marts_and_tables() -> None:
    from console.downloads import xlsx_response

    found = dict(text_cells(xlsx_response("rows", ["organisation_name", "n"], ROWS).content))
    assert {text: found[text] for text in POISON} == dict.fromkeys(POISON, True)


def test_the_workbook_of_a_letter() -> None:
    from console.queries.models import Letter, Question
    from console.queries.workbook import letter_workbook

    letter = Letter(
        pk=1, cluster_name="=1", made_at=datetime(2026, 7, 1, tzinfo=UTC), answer_by=date(2026, 7, 9), note="=1+1"
    )
    questions = [
        Question(letter=letter, number=at, organisation_name=name, message=name, ask="Why?", observed=name)
        for at, name in enumerate(POISON, start=1)
    ]
    found = list(text_cells(letter_workbook(letter, questions)))
    assert {text for text, _ in found} >= set(POISON)
    assert [text for text, marked in found if would_run(text) and not marked] == []
