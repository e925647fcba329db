"""The workbook of a letter comes back: it is kept, or everything that is wrong is said with its cell."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import load_workbook
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

if TYPE_CHECKING:
    from django.test import Client

    from console.queries.models import Letter

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIRST = 5  # the row of the first question, as the sheet counts it
Edit = Callable[[Any], None]


def _make(cluster: str, field: str) -> Letter:
    from django.conf import settings

    from console.decisions.models import Decision
    from console.queries.letters import make_letters
    from console.releases import current_release

    release = current_release(settings.HOME)
    chosen = release.query(
        """select alert_id from alerts where cluster_id = $cluster and mend = 'submitter' and not is_settled
        and organisation_id is not null and field = $field and alert_id not in (select unnest($decided::varchar[]))
        union all
        (select min(alert_id) as alert_id from alerts where cluster_id = $cluster and field = 'charity_number'
        and mend = 'submitter' and not is_settled)""",
        {
            "cluster": cluster,
            "field": field,
            "decided": sorted(set(Decision.objects.values_list("alert_id", flat=True))),
        },
    )
    ids = [row["alert_id"] for row in chosen]
    (made,) = make_letters(release, ids, by="steward@example.org", at=NOON, answer_by=date(2099, 12, 9), note="")
    return made


@pytest.fixture
def letter(home: Path) -> Letter:
    """Two questions or more to the agency of Walsall: about trading income, and about a charity number."""
    return _make("walsall", "traded_income_gbp")


def _row(letter: Letter, field: str) -> int:
    return FIRST - 1 + min(one.number for one in letter.questions.all() if one.field == field)


def _edited(letter: Letter, edit: Edit) -> bytes:
    """The letter's workbook after somebody has worked on it: `edit` is given the sheet's cells by their address."""
    from console.queries.workbook import letter_workbook

    asked = letter_workbook(letter, list(letter.questions.all()))
    rows = load_workbook(io.BytesIO(asked)).get_sheet_by_name("Questions").to_python()
    cells: dict[str, object] = {
        xl_rowcol_to_cell(row, column): value for row, line in enumerate(rows) for column, value in enumerate(line)
    }
    edit(cells)
    return _written(cells)


def _written(cells: dict[str, object]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Questions")
        for place, value in cells.items():
            if isinstance(value, str) and value.startswith("="):
                sheet.write_formula(place, value, value="")  # as a program leaves it that works nothing out
            elif value is not None:
                sheet.write(place, value)
    return file.getvalue()


def _problems(letter: Letter, content: bytes, folder: Path) -> tuple[str, ...]:
    """What is wrong with a workbook, read in this process; nothing where it is taken."""
    import json

    from console.queries.answered_workbook import WorkbookError, answers_of
    from ingestion.letter_answers import AnsweredRow, read_one
    from ingestion.workers import ParseJob

    (folder / "content").write_bytes(content)
    refusal = read_one(ParseJob("", "answers.xlsx", folder / "content", folder / "rows.json"), None)  # type: ignore[arg-type]
    if refusal:
        return (refusal.message,)
    rows = [AnsweredRow(**row) for row in json.loads((folder / "rows.json").read_text(encoding="utf-8"))]
    try:
        answers_of(letter, rows)
    except WorkbookError as error:
        return error.problems
    return ()


def test_an_answered_workbook_is_kept_as_if_it_was_answered_on_the_page(agency: Client, letter: Letter) -> None:
    from console.queries.models import Answer

    income, charity = _row(letter, "traded_income_gbp"), _row(letter, "charity_number")

    def answered(sheet: Any) -> None:
        sheet[f"H{income}"], sheet[f"I{income}"] = 566000, "The accounts to 31 March 2026."
        sheet[f"H{charity}"] = "What we sent is right: checked against accounts or records"
        sheet[f"I{charity}"] = "It stands on the register."

    file = SimpleUploadedFile("answers.xlsx", _edited(letter, answered))
    told = agency.post(f"/queries/{letter.pk}/upload/", {"file": file}, follow=True).content.decode()
    assert "Thank you. 2 answers are kept." in told
    kept = Answer.objects.filter(question__letter=letter).order_by("question__field")
    assert list(kept.values_list("kind", "reason", "new_value", "explanation", "answered_by", "file_name")) == [
        ("right", "checked", None, "It stands on the register.", "agency@example.org", "answers.xlsx"),
        ("figure", "", 566000.0, "The accounts to 31 March 2026.", "agency@example.org", "answers.xlsx"),
    ]


def _set(field: str, column: str, value: object) -> Callable[[Letter], Edit]:
    def of(letter: Letter) -> Edit:
        def edit(sheet: Any) -> None:
            row = _row(letter, field)
            sheet[f"H{row}"], sheet[f"I{row}"] = "We will send a corrected return", "We send it tomorrow."
            sheet[f"{column}{row}"] = value

        return edit

    return of


WRONG = {
    "a changed number": (_set("traded_income_gbp", "A", "Q0-77"), "is a question of letter 0. This is letter"),
    "an empty number": (_set("traded_income_gbp", "A", None), "the column “Question” is empty"),
    "an unknown number": (_set("traded_income_gbp", "A", "seven"), "has no question seven"),
    "another organisation": (_set("traded_income_gbp", "B", "Somebody Else"), "has another organisation in our letter"),
    "another year": (_set("traded_income_gbp", "C", "1999-00"), "has another reporting year in our letter"),
    "another figure": (_set("traded_income_gbp", "D", "Turnover"), "has another figure in our letter"),
    "not on the list": (_set("traded_income_gbp", "H", "yes"), "H{income}: “yes” is not on the list and is no figure."),
    "a formula without a value": (
        _set("traded_income_gbp", "H", "=1+1"),
        "H{income}: this holds a formula or an error",
    ),
    "an error": (_set("traded_income_gbp", "I", "#REF!"), "I{income}: this holds a formula or an error (#REF!)"),
    "no explanation": (_set("traded_income_gbp", "I", None), "I{income}: Say why"),
    "no answer": (_set("traded_income_gbp", "H", None), "H{income}: there is an explanation but no answer"),
    "beyond its bounds": (
        _set("traded_income_gbp", "H", 1e31),
        "H{income}: The figure 1e+31 is beyond what this can be. "
        "Give a number from -£20,000,000,000 to £20,000,000,000.",
    ),
    "below zero": (_set("traded_income_gbp", "H", -5), "H{income}: The figure cannot be below zero."),
    "a figure where none can be": (
        _set("charity_number", "H", 1090095),
        "H{charity}: this question is not about a fig",
    ),
    "far too long": (_set("traded_income_gbp", "I", "x" * 4001), "The text in I{income} has 4,001 characters."),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_words_with_its_place(letter: Letter, tmp_path: Path, what: str) -> None:
    edit, words = WRONG[what]
    places = {"income": _row(letter, "traded_income_gbp"), "charity": _row(letter, "charity_number")}
    problems = _problems(letter, _edited(letter, edit(letter)), tmp_path)
    assert len(problems) == 1
    assert words.format(**places) in problems[0]


def test_the_same_question_twice_is_refused(letter: Letter, tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        for column in "ABCD":
            sheet[f"{column}{FIRST + 1}"] = sheet[f"{column}{FIRST}"]

    (problem,) = _problems(letter, _edited(letter, edit), tmp_path)
    assert f"Row {FIRST + 1}: question Q{letter.pk}-1 stands in row {FIRST} already." in problem


def test_a_missing_column_and_a_foreign_workbook_are_told_apart(letter: Letter, tmp_path: Path) -> None:
    (problem,) = _problems(letter, _edited(letter, lambda sheet: sheet.update(H4="My words")), tmp_path)
    assert problem == "The column “Your answer” is missing on the sheet “Questions”."
    (problem,) = _problems(letter, _written({"A1": "Some", "B1": "other", "C1": "table"}), tmp_path)
    assert "This is not the workbook of a letter" in problem
    (problem,) = _problems(letter, b"no spreadsheet at all \x00\x01", tmp_path)
    assert problem == "The file is neither a workbook nor readable text."


def test_rows_that_were_sorted_and_columns_that_were_added_do_no_harm(letter: Letter, tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        last = FIRST - 1 + letter.questions.count()
        moved = {}
        for place, value in sheet.items():
            row, column = xl_cell_to_rowcol(place)
            turned = row if row < FIRST - 1 else last - 1 - (row - FIRST + 1)
            moved[xl_rowcol_to_cell(turned, column + 1)] = value
        for row in range(FIRST, last + 1):
            moved[f"I{row}"], moved[f"J{row}"] = "We will send a corrected return", "Soon."
        sheet.clear()
        sheet.update(moved, A4="Our own notes", A5="Ask the treasurer")

    assert _problems(letter, _edited(letter, edit), tmp_path) == ()


def test_the_workbook_of_another_agency_is_refused(agency: Client, letter: Letter) -> None:
    other = _make("smethwick", "total_income_gbp")

    def edit(sheet: Any) -> None:
        sheet[f"H{FIRST}"], sheet[f"I{FIRST}"] = "We will send a corrected return", "Soon."

    file = SimpleUploadedFile("theirs.xlsx", _edited(other, edit))
    refused = agency.post(f"/queries/{letter.pk}/upload/", {"file": file})
    assert refused.status_code == 422
    words = refused.content.decode()
    assert f"is a question of letter {other.pk}. This is letter {letter.pk}." in words
    organisations = {one.organisation_name for one in other.questions.all()}
    assert not any(name in words for name in organisations if name)


def test_a_workbook_with_no_answer_and_an_empty_upload_are_refused(
    agency: Client, letter: Letter, tmp_path: Path
) -> None:
    (problem,) = _problems(letter, _edited(letter, lambda sheet: None), tmp_path)
    assert problem.startswith("No question of the workbook has an answer.")
    for told in ({}, {"file": SimpleUploadedFile("empty.xlsx", b"")}):
        refused = agency.post(f"/queries/{letter.pk}/upload/", told)
        assert refused.status_code == 422
        assert "hoose the workbook that you answered in" in refused.content.decode()


def test_a_file_that_brings_its_reader_down_costs_one_upload(agency: Client, letter: Letter) -> None:
    def far(sheet: Any) -> None:
        sheet["XFD1048576"] = 1

    file = SimpleUploadedFile("far.xlsx", _edited(letter, far))
    refused = agency.post(f"/queries/{letter.pk}/upload/", {"file": file})
    assert refused.status_code == 422
    assert "cells" in refused.content.decode()


def test_an_answered_workbook_in_the_inbox_is_refused_as_what_it_is(letter: Letter, tmp_path: Path) -> None:
    from django.conf import settings

    from ingestion.forms import read_forms
    from ingestion.programme import read_programme
    from ingestion.read import read
    from ingestion.recognise import recognise
    from ingestion.refusals import Refusal

    file = tmp_path / "return.xlsx"
    file.write_bytes(_edited(letter, lambda sheet: None))
    forms = read_forms(read_programme(settings.PROGRAMME).forms)
    with pytest.raises(Refusal, match="the workbook with the answers to a letter") as refused:
        recognise(read(file, file.name), forms)
    assert refused.value.ask == "Sign in, open the letter under Queries, and upload it there."


def test_a_file_that_is_larger_than_any_return_is_refused(
    agency: Client, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.returns.upload_limit.MOST_BYTES", 1000)
    file = SimpleUploadedFile("large.xlsx", _edited(letter, lambda sheet: None))
    refused = agency.post(f"/queries/{letter.pk}/upload/", {"file": file})
    assert refused.status_code == 422
    assert "The file has more than 50 MB." in refused.content.decode()


def test_a_character_that_no_text_has_is_left_out(agency: Client, letter: Letter) -> None:
    import zipfile

    from console.queries.models import Answer

    def edit(sheet: Any) -> None:
        sheet[f"H{FIRST}"], sheet[f"I{FIRST}"] = "We will send a corrected return", "So!on."

    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_edited(letter, edit))) as parts, zipfile.ZipFile(file, "w") as changed:
        for name in parts.namelist():
            # as a workbook writes the character with the number 0
            changed.writestr(name, parts.read(name).replace(b"So!on.", b"So_x0000_on."))
    upload = SimpleUploadedFile("answers.xlsx", file.getvalue())
    assert agency.post(f"/queries/{letter.pk}/upload/", {"file": upload}).status_code == 302
    assert Answer.objects.get(question__letter=letter).explanation == "Soon."


def test_the_list_of_answers_is_shorter_where_nothing_can_be_left_out_of_the_kpis(steward: Client) -> None:
    import re
    import zipfile

    from django.conf import settings

    from console.queries.letters import make_letters
    from console.queries.workbook import letter_workbook
    from console.releases import current_release

    release = current_release(settings.HOME)
    chosen = release.query(
        """select min(alert_id) as alert_id from alerts where cluster_id = 'ward-end' and mend = 'submitter'
        group by organisation_id is null order by organisation_id is null desc"""
    )
    ids = [row["alert_id"] for row in chosen]
    (made,) = make_letters(release, ids, by="steward@example.org", at=NOON, answer_by=date(2099, 12, 9), note="")
    questions = list(made.questions.all())
    with zipfile.ZipFile(io.BytesIO(letter_workbook(made, questions))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    lists = re.findall(r"<formula1>'Answers to choose from'!\$A\$1:\$A\$(\d+)</formula1>", sheet)
    # the last of thirteen answers, that the right figure is not known, leaves an organisation's figure out
    assert lists == ["12" if question.organisation_id is None else "13" for question in questions]
    assert sorted(lists) == ["12", "13"]
