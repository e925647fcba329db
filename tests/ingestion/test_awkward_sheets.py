"""Sheets as people leave them: each reads as its sender meant it, or is asked about; none is counted wrongly."""

import datetime
from pathlib import Path

import pytest

from ingestion.forms import FormSheet, read_form
from ingestion.grids import Cell, Grid, Workbook
from ingestion.parse import ParsedReturn, parse
from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal

FORM = read_form("west-midlands-return-1")
COVER: dict[str, Cell] = {
    "cluster_stated": "Walsall",
    "reporting_year_stated": "2025-26",
    "form_version": 1.0,
    "lead_organisation": "Lead CIC",
    "signed_off_by_role": "Chair",
    "signed_off_on": datetime.date(2026, 6, 1),
    "grant_received_gbp": 5000.0,
    "coordination_spend_gbp": 800.0,
    "operational_spend_gbp": 4000.0,
}
ACORN: dict[str, Cell] = {
    "organisation_name": "Acorn",
    "company_number": "7444723",
    "postcode": "WS1 1AA",
    "legal_form": "CLG",
    "response_status": "answered",
    "total_income_gbp": 1000.0,
    "employees_headcount": 3.0,
    "employees_fte": 2.5,
    "jobs_created_headcount": 2.0,
    "jobs_created_fte": 1.5,
}
BIRCH = ACORN | {"organisation_name": "Birch", "company_number": "7444724", "total_income_gbp": 2000.0}


def sheet_of(table: str) -> FormSheet:
    return next(sheet for sheet in FORM.sheets if sheet.table == table)


LABELS: list[Cell] = [one.label for one in sheet_of("organisations").fields]


def line(answers: dict[str, Cell]) -> list[Cell]:
    return [answers.get(one.field or "") for one in sheet_of("organisations").fields]


def squared(name: str, rows: list[list[Cell]]) -> Grid:
    width = max(len(row) for row in rows)
    return Grid(name, True, [row + [None] * (width - len(row)) for row in rows])


def cover(*, beside: bool = False, **changes: Cell) -> Grid:
    answers = COVER | changes
    return squared(
        "Cover",
        [
            [one.label, answers.get(one.field or ""), *([one.hint] if beside else [])]
            for one in sheet_of("cover").fields
        ],
    )


def organisations(*rows: list[Cell], labels: list[Cell] | None = None, above: tuple[str, ...] = ()) -> Grid:
    return squared("Organisations", [*([text] for text in above), labels or LABELS, *rows])


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


def read(programme: Programme, *grids: Grid) -> ParsedReturn:
    book = Workbook("xlsx", grids)
    return parse(book, file_name="return.xlsx", receipt_id="a" * 64, programme=programme, forms=(FORM,))


def turnover(parsed: ParsedReturn) -> dict[str, float]:
    rows = parsed.tables["organisations"]
    return dict(zip(rows["organisation_name"].to_pylist(), rows["total_income_gbp"].to_pylist(), strict=True))


def found(parsed: ParsedReturn, kind: str) -> list[tuple[str, str, str]]:
    return [(one["sheet"], one["cell"], one["typed"]) for one in parsed.findings.to_pylist() if one["kind"] == kind]


@pytest.mark.parametrize(
    "said",
    [
        "Please give whole pounds, not thousands of pounds.",
        "Do not write amounts in £000",
        "We reached thousands of people",
    ],
)
def test_a_line_that_does_not_say_thousands_of_pounds_changes_nothing(programme: Programme, said: str) -> None:
    parsed = read(programme, cover(), organisations(line(ACORN), line(BIRCH), above=(said,)))
    assert turnover(parsed) == {"Acorn": 1000.0, "Birch": 2000.0}
    assert found(parsed, "declared in thousands") == []


def test_thousands_said_on_another_sheet_hold_and_are_said_once(programme: Programme) -> None:
    notes = squared("Notes", [["Return of 2026"], ["All money in £000"]])
    parsed = read(programme, notes, cover(), organisations(line(ACORN), line(BIRCH)))
    assert turnover(parsed) == {"Acorn": 1_000_000.0, "Birch": 2_000_000.0}
    assert parsed.tables["cover"]["grant_received_gbp"].to_pylist() == [5_000_000.0]
    assert found(parsed, "declared in thousands") == [("Notes", "A2", "All money in £000")]


def test_thousands_said_below_the_table_hold(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations(line(ACORN), [None], ["All money in £000"]))
    assert turnover(parsed) == {"Acorn": 1_000_000.0}
    assert found(parsed, "declared in thousands") == [("Organisations", "A4", "All money in £000")]


def test_thousands_in_one_question_of_the_cover_are_recorded(programme: Programme) -> None:
    front = cover()
    front.rows[7][0] = "Pump-priming grant received this year (£000)"
    parsed = read(programme, front, organisations(line(ACORN)))
    assert parsed.tables["cover"]["grant_received_gbp"].to_pylist() == [5_000_000.0]
    assert parsed.tables["cover"]["operational_spend_gbp"].to_pylist() == [4000.0]
    assert found(parsed, "declared in thousands") == [("Cover", "A8", "Pump-priming grant received this year (£000)")]


@pytest.mark.parametrize(
    "words", ["TOTAL", "Total for Walsall", "Totals 2025-26", "Total (2 organisations)", "Average"]
)
def test_a_row_that_adds_up_others_is_not_an_organisation(programme: Programme, words: str) -> None:
    sums = line({"organisation_name": words, "total_income_gbp": 3000.0})
    parsed = read(programme, cover(), organisations(line(ACORN), line(BIRCH), sums))
    assert turnover(parsed) == {"Acorn": 1000.0, "Birch": 2000.0}
    assert found(parsed, "row left out") == [("Organisations", "A4", words)]


def test_an_organisation_may_be_called_total(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations(line(ACORN | {"organisation_name": "Total Recycling CIC"})))
    assert turnover(parsed) == {"Total Recycling CIC": 1000.0}


def test_units_and_hints_below_the_labels_are_not_an_organisation(programme: Programme) -> None:
    units = line({"total_income_gbp": "£", "employees_headcount": "people", "electricity_kwh": "kWh"})
    hints: list[Cell] = [one.hint for one in sheet_of("organisations").fields]
    parsed = read(programme, cover(), organisations(units, hints, line(ACORN)))
    assert turnover(parsed) == {"Acorn": 1000.0}
    assert parsed.tables["organisations"]["row_number"].to_pylist() == [4]


def test_labels_that_are_said_again_are_left_out(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations(line(ACORN), list(LABELS), line(BIRCH)))
    assert turnover(parsed) == {"Acorn": 1000.0, "Birch": 2000.0}
    assert found(parsed, "row left out") == [("Organisations", "A3", "Name of organisation")]


def test_a_short_note_below_the_table_is_left_out(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations(line(ACORN), [None], ["Figures are unaudited"]))
    assert turnover(parsed) == {"Acorn": 1000.0}
    assert found(parsed, "row left out") == [("Organisations", "A4", "Figures are unaudited")]


def test_the_forms_own_wording_comes_before_other_words_for_it(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations([5.0, *line(ACORN)], labels=["Total income", *LABELS]))
    assert turnover(parsed) == {"Acorn": 1000.0}
    assert found(parsed, "unknown column") == [("Organisations", "A1", "Total income")]


def test_figures_below_no_heading_are_mentioned(programme: Programme) -> None:
    parsed = read(programme, cover(), organisations([*line(ACORN), "a secret"]))
    assert found(parsed, "unknown column") == [("Organisations", "AZ1", "AZ (no heading)")]


@pytest.mark.parametrize("heading", ["Electricity used (kWh)", "ELECTRICITY  used, kWh *"])
def test_a_label_with_its_unit_is_the_label(programme: Programme, heading: str) -> None:
    labels: list[Cell] = [heading if label == "Electricity used" else label for label in LABELS]
    parsed = read(programme, cover(), organisations(line(ACORN | {"electricity_kwh": 10.0}), labels=labels))
    assert parsed.tables["organisations"]["electricity_kwh"].to_pylist() == [10.0]


def test_of_two_labels_alike_the_one_that_is_missing_is_named(programme: Programme) -> None:
    place = LABELS.index("The same as full-time equivalents")
    labels, answers = list(LABELS), line(ACORN)
    del labels[place], answers[place]
    with pytest.raises(Refusal, match=r"equivalents” .after “Paid employees on the last day”. is missing"):
        read(programme, cover(), organisations(answers, labels=labels))


def test_labels_over_two_rows_are_found_where_merged_cells_are_not_known(programme: Programme) -> None:
    upper: list[Cell] = [None if place % 2 else label for place, label in enumerate(LABELS)]
    lower: list[Cell] = [label if place % 2 else None for place, label in enumerate(LABELS)]
    parsed = read(programme, cover(), squared("Organisations", [upper, lower, line(ACORN)]))
    assert turnover(parsed) == {"Acorn": 1000.0}


def test_a_hint_beside_a_blank_is_not_its_answer(programme: Programme) -> None:
    parsed = read(
        programme, cover(beside=True, signed_off_by_role=None, grant_received_gbp=None), organisations(line(ACORN))
    )
    (front,) = parsed.tables["cover"].to_pylist()
    assert (front["signed_off_by_role"], front["signed_off_by_role_missing"]) == (None, "blank")
    assert (front["grant_received_gbp"], front["grant_received_gbp_missing"]) == (None, "blank")
    assert front["coordination_spend_gbp"] == 800.0


def test_questions_side_by_side_are_all_found(programme: Programme) -> None:
    questions = cover().rows
    parsed = read(
        programme,
        squared("Cover", [[*questions[at], *questions[at + 5]] for at in range(5)]),
        organisations(line(ACORN)),
    )
    (front,) = parsed.tables["cover"].to_pylist()
    assert (front["lead_organisation"], front["signed_off_on"]) == ("Lead CIC", datetime.date(2026, 6, 1))
    assert front["operational_spend_gbp"] == 4000.0


def test_a_title_is_not_the_question_of_the_same_words(programme: Programme) -> None:
    hub = squared("Hub", [["Hub"], ["Hub", "physical"], ["Opened on", None], ["Services offered", "brokerage"]])
    parsed = read(programme, cover(), organisations(line(ACORN)), hub)
    assert parsed.tables["hub"]["hub_type"].to_pylist() == ["physical"]


def test_an_empty_sheet_that_need_not_be_filled_in_is_nothing(programme: Programme) -> None:
    hub = squared("Hub", [["Hub", None], ["Opened on", None], ["Services offered", None]])
    parsed = read(programme, cover(), organisations(line(ACORN)), hub)
    assert parsed.tables["hub"].num_rows == 0
    assert [one for one in parsed.findings.to_pylist() if one["table_name"] == "hub"] == []


def test_a_table_whose_headings_were_taken_off_is_refused(programme: Programme) -> None:
    outcomes = squared("Outcomes", [["Acorn", "employment", 5.0, "other"], ["Acorn", "training", 2.0, "other"]])
    with pytest.raises(Refusal, match="F03: The column “Organisation” is missing from the sheet “Outcomes”"):
        read(programme, cover(), organisations(line(ACORN)), outcomes)


def test_a_number_without_its_zeros_refers_to_the_organisation(programme: Programme) -> None:
    labels: list[Cell] = ["Organisation", "Outcome", "People who reached it", "How it was measured"]
    answers: list[list[Cell]] = [[name, "health", 1.0, "other"] for name in ("07444723", "7444723", " ACORN", "Oak")]
    parsed = read(programme, cover(), organisations(line(ACORN)), squared("Outcomes", [labels, *answers]))
    assert parsed.tables["outcomes"]["organisation"].to_pylist() == ["Acorn", "Acorn", "Acorn", None]


@pytest.mark.parametrize("version", ["v2", "Version 9", 2.0])
def test_an_unknown_version_is_refused_however_it_is_written(programme: Programme, version: Cell) -> None:
    with pytest.raises(Refusal, match="F02: The cover says form version"):
        read(programme, cover(form_version=version), organisations(line(ACORN)))
