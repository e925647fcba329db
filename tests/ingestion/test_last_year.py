"""The form that is handed out: last year's answers beside the empty cells, a roll call first, and read back as sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from expectations.contracts.landed import check_landed
from ingestion.forms import Form, FormError, read_form
from ingestion.land import write_landed
from ingestion.last_year import answers_to_begin_with
from ingestion.parse import ParsedReturn, parse
from ingestion.programme import Programme, read_programme
from ingestion.read import read
from ingestion.refusals import Refusal
from ingestion.workbook import Answers, Quirks, last_year_of, write_form

FIRST, SECOND = read_form("west-midlands-return-1"), read_form("west-midlands-return-2")
WRITTEN_AT = datetime(2026, 6, 1, tzinfo=UTC)
COVER = {"cluster_stated": "Walsall", "reporting_year_stated": "2024-25", "lead_organisation": "Walsall CVS"}
EMAIL = "Work e-mail for questions"
LAST_YEAR: Mapping[str, list[dict[str, Any]]] = {
    "cover": [COVER | {EMAIL: "jo@example.org", "grant_received_gbp": 5000}],
    "organisations": [
        {
            "organisation_name": "Larder of Light CIC",
            "charity_number": "0012345",
            "sectors": ("health", "culture"),
            "joined_on": date(2022, 5, 1),
            "response_status": "answered",
            "period_ends_on": date(2025, 3, 31),
            "total_income_gbp": 182000,
            "employees_fte": 3.5,
            "volunteers": "not known",
            "new_products": 0,
        },
        {"organisation_name": "Gone Away", "response_status": "closed"},
        {"organisation_name": "Silent Hall", "response_status": "not answering"},
    ],
    "action_plan": [{"action": "Open the hub", "progress": "late"}, {"action": "Find a name", "progress": "done"}],
    "hub": [{"hub_type": "virtual"}],
}


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


def _parsed(file: Path, programme: Programme, forms: tuple[Form, ...] = (FIRST, SECOND)) -> ParsedReturn:
    return parse(read(file, file.name), file_name=file.name, receipt_id="0" * 64, programme=programme, forms=forms)


def _written(tmp_path: Path, form: Form, answers: Answers, quirks: Quirks | None = None) -> Path:
    file = tmp_path / "form.xlsx"
    write_form(form, file, answers=answers, created_at=WRITTEN_AT, quirks=quirks or Quirks())
    return file


@pytest.fixture
def landed(tmp_path: Path, programme: Programme) -> Path:
    write_landed(_parsed(_written(tmp_path, FIRST, LAST_YEAR), programme), tmp_path / "landed")
    return tmp_path / "landed"


@pytest.fixture
def handed_out(tmp_path: Path, programme: Programme, landed: Path) -> Path:
    return _written(tmp_path, SECOND, answers_to_begin_with(SECOND, programme, "walsall", "2025-26", landed))


def _sheet(file: Path, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_name(name).to_python(skip_empty_area=False)


def test_the_form_begins_with_the_organisations_of_last_year(handed_out: Path) -> None:
    assert CalamineWorkbook.from_path(str(handed_out)).sheet_names[:3] == ["Cover", "Roll call", "Organisations"]
    cover = {row[0]: row[1] for row in _sheet(handed_out, "Cover")[2:]}
    assert (cover["Cluster"], cover["Reporting year"], cover["Form version"]) == ("Walsall", "2025-26", 2.0)
    assert cover["Lead organisation"] == "Walsall CVS"
    assert cover["Pump-priming grant received this year"] == ""
    # Who closed last year is not asked again; who did not answer is.
    assert _sheet(handed_out, "Roll call")[3:] == [["Larder of Light CIC", "", ""], ["Silent Hall", "", ""]]
    assert [row[0] for row in _sheet(handed_out, "Action plan")[3:]] == ["Open the hub"]


def test_last_years_answers_stand_beside_the_empty_cells(handed_out: Path) -> None:
    _, _, labels, first, silent = _sheet(handed_out, "Organisations")
    shown = dict(zip(labels, first, strict=True))
    assert (shown["Charity number"], shown["Main sectors (up to three)"]) == ("0012345", "health; culture")
    assert (shown["Joined the cluster on"], shown["Turnover (total income)"]) == (date(2022, 5, 1), "")
    for label, before in (
        ("Turnover (total income)", 182000.0),
        ("Accounts to", date(2025, 3, 31)),
        ("The same as full-time equivalents", 3.5),
        ("Volunteers during the year", "not known"),
        ("New products or services sold", 0.0),
        ("Clients supported", ""),
    ):
        place = labels.index(label)
        assert first[place] == ""
        assert labels[place + 1] == f"Last year: {label}"
        assert first[place + 1] == before
    assert set(silent[1:]) == {""}


def test_no_e_mail_address_is_taken_over(handed_out: Path, landed: Path) -> None:
    cells = {
        str(cell) for name in ("Cover", "Organisations", "Hub") for row in _sheet(handed_out, name) for cell in row
    }
    assert not [cell for cell in cells if "@" in cell]
    assert EMAIL in cells
    assert not [file for file in landed.iterdir() if b"jo@example.org" in file.read_bytes()]


def test_without_an_earlier_return_the_form_is_empty_but_for_whose_it_is(programme: Programme) -> None:
    assert answers_to_begin_with(SECOND, programme, "walsall", "2022-23", None) == {
        "cover": [
            {
                "cluster_stated": "Walsall",
                "reporting_year_stated": "2022-23",
                "lead_organisation": "Walsall lead agency (to be appointed)",
            }
        ]
    }


FILLED = {
    "cover": [COVER],
    "roll_call": [
        {"organisation": "Trades", "became": "still trading"},
        {"organisation": "Nothing", "became": "nothing to report"},
        {"organisation": "Closed", "became": "closed"},
        {"organisation": "Merged", "became": "Merged into", "merged_into": "Trades"},
        {"organisation": "Left", "became": "left"},
        {"organisation": "Refuses", "became": "will not answer"},
    ],
    "organisations": [
        {"organisation_name": "Trades", "total_income_gbp": 1000, last_year_of("total_income_gbp"): 900},
        {"organisation_name": "NOTHING", "new_products": 0, "total_income_gbp": "not known"},
        *({"organisation_name": name} for name in ("Closed", "Merged", "Left", "Refuses", "New")),
    ],
}


def test_the_roll_call_says_who_answers(tmp_path: Path, programme: Programme) -> None:
    parsed = _parsed(_written(tmp_path, SECOND, FILLED), programme)
    rows = parsed.tables["organisations"].to_pylist()
    assert [row["response_status"] for row in rows] == [
        "answered", "answered", "closed", "merged", "left", "not answering", None,
    ]  # fmt: skip
    assert [row["response_status_missing"] for row in rows] == [None] * 6 + ["not asked"]
    assert parsed.tables["roll_call"]["merged_into"].to_pylist() == [None, None, None, "Trades", None, None]
    # Nothing to report: what is blank does not apply; what was answered stays.
    assert [(row["volunteers"], row["volunteers_missing"]) for row in rows[:3]] == [
        (None, "blank"), (None, "not applicable"), (None, "blank"),
    ]  # fmt: skip
    assert (rows[1]["new_products"], rows[1]["total_income_gbp_missing"]) == (0, "not known")
    # Blanks are asked about only of who answers: the first, and the new one.
    asked = parsed.findings.to_pylist()
    blanks = {one["row_number"] for one in asked if one["kind"] == "blank" and one["field"] == "volunteers"}
    assert blanks == {4, 10}
    # Last year's answers are nobody's answers of this year, and nothing to remark on.
    assert {one["kind"] for one in asked} == {"blank"}
    assert {name: check_landed(name, table) for name, table in parsed.tables.items() if check_landed(name, table)} == {}


def test_an_organisation_left_out_of_the_roll_call_is_asked_about(tmp_path: Path, programme: Programme) -> None:
    roll_call = [{"organisation": "Trades"}]
    parsed = _parsed(_written(tmp_path, SECOND, FILLED | {"roll_call": roll_call}), programme)
    found = [one for one in parsed.findings.to_pylist() if one["table_name"] == "roll_call"]
    assert [(one["kind"], one["sheet"], one["cell"]) for one in found] == [("blank", "Roll call", "B4")]


@pytest.mark.parametrize(("form", "version"), [(FIRST, 1), (SECOND, 2)])
def test_each_version_is_told_from_the_other(tmp_path: Path, programme: Programme, form: Form, version: int) -> None:
    answers = LAST_YEAR if version == 1 else FILLED
    for forms in ((FIRST, SECOND), (SECOND, FIRST)):
        assert _parsed(_written(tmp_path, form, answers), programme, forms).form_version == version


@pytest.mark.parametrize("printed", ["2", "v2", "Version 2.0", 2.0])
def test_the_printed_version_tells_two_alike_apart(tmp_path: Path, programme: Programme, printed: object) -> None:
    # Without the roll call's headings a second version has as many labels of the first as of its own.
    headings = {"Organisation": "A", "What became of it": "B", "Merged into": "C"}
    answers = {"cover": [COVER | {"form_version": printed}], "organisations": []}
    with pytest.raises(Refusal, match="“Roll call” is missing"):
        _parsed(_written(tmp_path, SECOND, answers, Quirks(labels=headings)), programme)


@pytest.mark.parametrize("printed", [float(10**300), "nan", "²", "two", -2, "2.5", ""])
def test_a_version_that_is_none_is_refused_or_read_and_never_an_error(
    tmp_path: Path, programme: Programme, printed: object
) -> None:
    answers = FILLED | {"cover": [COVER | {"form_version": printed}]}
    with suppress(Refusal):
        assert _parsed(_written(tmp_path, SECOND, answers), programme).form_version == 2


def test_a_second_version_without_its_last_year_columns_stays_one(tmp_path: Path, programme: Programme) -> None:
    shown = [one.label for one in SECOND.sheets[2].fields if one.set_aside]
    assert len(shown) == 32
    nameless = Quirks(labels=dict.fromkeys(shown, ""))
    assert _parsed(_written(tmp_path, SECOND, FILLED, nameless), programme).form_version == 2


def test_a_second_version_without_its_roll_call_is_refused_by_name(tmp_path: Path, programme: Programme) -> None:
    headings = {"Organisation": "A", "What became of it": "B", "Merged into": "C"}
    file = _written(tmp_path, SECOND, {"cover": [COVER], "organisations": []}, Quirks(labels=headings))
    with pytest.raises(Refusal, match="“Roll call” is missing"):
        _parsed(file, programme)


def test_a_new_version_can_only_take_out_and_follow_what_is_there(tmp_path: Path, project: Path) -> None:
    first = (project / "ingestion" / "forms" / "west-midlands-return-1.yml").read_text(encoding="utf-8")
    (tmp_path / "a-1.yml").write_text(first, encoding="utf-8")
    for changes, words in (
        ("- {sheet: Organisations, without: [shoe_size]}", "'shoe_size' is none of"),
        ("- {sheet: New, before: Nowhere, table: hub, layout: pairs, fields: []}", "'New' is none of"),
        ("- {sheet: Hub, last_year: {beside: [shoe_size]}}", "'shoe_size' is none of"),
        ("- {sheet: Hub, last_year: {besides: []}}", "there is no key 'besides'"),
    ):
        name = f"b-{abs(hash(changes))}"
        text = f"form: b\nversion: 2\nbased_on: a-1\nsheets:\n  {changes}\n"
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
        with pytest.raises(FormError, match=words):
            read_form(name, tmp_path)


def test_the_command_line_hands_it_out_too(tmp_path: Path) -> None:
    def template(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "orchestration.cli", "template", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)

    made = template("--cluster", "walsall", "--year", "2026-27")
    assert (made.returncode, made.stdout) == (0, "Wrote walsall return 2026-27.xlsx.\n")
    assert _sheet(tmp_path / "walsall return 2026-27.xlsx", "Cover")[2] == ["Cluster", "Walsall"]
    unknown = template("--cluster", "nowhere", "--year", "2026-27")
    assert unknown.returncode == 4
    assert unknown.stderr == (
        "returns: There is no cluster nowhere. There are: ward-end, walsall, smethwick, wolverhampton.\n"
    )


def test_the_form_is_written_over_nothing_and_leaves_nothing_out_without_a_word(tmp_path: Path) -> None:
    def refused(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "orchestration.cli", "template", "--cluster", "walsall", "--year", "2026-27"]
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stderr

    filled_in = tmp_path / "filled in.xlsx"
    filled_in.write_bytes(b"a week of somebody's work")
    code, told = refused("--to", str(filled_in))
    assert code == 4
    assert told == f"returns: {filled_in} exists already and is not overwritten. Name another file, or move that one.\n"
    assert filled_in.read_bytes() == b"a week of somebody's work"
    code, told = refused("--to", str(tmp_path / "form.csv"))
    assert (code, list(tmp_path.glob("*.csv"))) == (4, [])
    assert told.endswith("has another ending than what would be in it. Name a file that ends in .xlsx.\n")
    code, told = refused("--to", str(tmp_path / "form.xlsx"), "--home", str(tmp_path / "hoem"))
    assert (code, (tmp_path / "form.xlsx").exists()) == (2, False)
    assert f"There is no home at {tmp_path / 'hoem'}." in told
