"""From grids and a form to typed rows."""

import datetime
from pathlib import Path

import pytest

from ingestion.forms import FormError, read_form, read_forms
from ingestion.grids import Cell, Grid, Workbook, column_letters
from ingestion.land import read_landing, write_landed
from ingestion.parse import ParsedReturn, parse
from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal
from ingestion.tables import tables

RECEIPT = "ab" * 32
FORM = read_form("west-midlands-return-1")
COVER = {
    "Cluster": "Walsall",
    "Reporting year": "2024-25",
    "Form version": 1,
    "Lead organisation": "Lead CIC",
    "Signed off by (role)": "Chief executive",
    "Date of sign-off": datetime.date(2025, 6, 1),
    "Work e-mail for questions": "info@example.org",
    "Pump-priming grant received this year": 5000,
    "Spent on co-ordination": 1000,
    "Spent on activities and development": "£4,000",
}
LABELS = [field.label for field in FORM.sheets[1].fields]
# What an organisation says, by the position of the label on the form; the rest is blank.
ANSWERS: dict[str, Cell] = {
    "Name of organisation": "Caldmore Pantry",
    "Company or CIC number": 7444723,
    "Postcode of main premises": "ws13ab",
    "Legal form": "cic limited by guarantee",
    "Main sectors (up to three)": "Environment; Education",
    "Kind of organisation": "Social Enterprise",
    "Stage": "growing",
    "Joined the cluster on": datetime.date(2022, 5, 1),
    "Answering this year?": "Answered",
    "Accounts from": "1 April 2024",
    "Accounts to": "31/03/25",
    "Figures are from": "audited accounts",
    "Turnover (total income)": "£120,500",
    "of which from trading (sales and contracts)": 100000,
    "of which grants and donations": 20500,
    "of which anything else": "nil",
    "Total spending": "(£110,000)",
    "Paid employees on the last day": 4,
    "Volunteers during the year": "not known",
    "Hours they gave": "1.2k",
    "How the hours are known": "estimated",
    "Clients supported": 7.5,
    "These are": "different people",
    "New jobs filled this year": 1,
    "New products or services sold": 0,
    "New markets entered": 0,
}


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


def row(**changes: Cell) -> list[Cell]:
    """An organisation's row; the two full-time equivalents are 3.5 and 1."""
    answers = ANSWERS | changes
    cells: list[Cell] = [answers.get(label) for label in LABELS]
    equivalents = [place for place, label in enumerate(LABELS) if label == "The same as full-time equivalents"]
    cells[equivalents[0]], cells[equivalents[1]] = 3.5, 1
    return cells


def organisations(*rows: list[Cell], above: list[list[Cell]] | None = None, labels: list[Cell] | None = None) -> Grid:
    width = len(labels or LABELS)
    lines = [line + [None] * (width - len(line)) for line in above or []]
    return Grid("Organisations", True, [*lines, list(labels or LABELS), *(list(cells) for cells in rows)])


def cover(**changes: Cell) -> Grid:
    return Grid("Cover", True, [[label, answer] for label, answer in (COVER | changes).items()])


def workbook(*grids: Grid) -> Workbook:
    return Workbook("xlsx", grids)


def understood(programme: Programme, *grids: Grid) -> ParsedReturn:
    return parse(workbook(*grids), file_name="return.xlsx", receipt_id=RECEIPT, programme=programme, forms=(FORM,))


def found(parsed: ParsedReturn, kind: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(one["cell"], one["field"], one["typed"]) for one in parsed.findings.to_pylist() if one["kind"] == kind]


def test_every_answer_is_understood_and_what_was_typed_is_kept(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row()))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert {name: one[name] for name in ("receipt_id", "cluster_id", "reporting_year", "sheet", "row_number")} == {
        "receipt_id": RECEIPT,
        "cluster_id": "walsall",
        "reporting_year": "2024-25",
        "sheet": "Organisations",
        "row_number": 2,
    }
    expected = {
        "organisation_name": ("Caldmore Pantry", "Caldmore Pantry", None),
        "charity_number": (None, None, "blank"),
        "company_number": ("07444723", "7444723", None),
        "postcode": ("WS1 3AB", "ws13ab", None),
        "legal_form": ("CIC (guarantee)", "cic limited by guarantee", None),
        "sectors": ("environment; education", "Environment; Education", None),
        "participant_class": ("social enterprise", "Social Enterprise", None),
        "response_status": ("answered", "Answered", None),
        "period_starts_on": (datetime.date(2024, 4, 1), "1 April 2024", None),
        "period_ends_on": (datetime.date(2025, 3, 31), "31/03/25", None),
        "figures_from": ("accounts", "audited accounts", None),
        "total_income_gbp": (120500.0, "£120,500", None),
        "other_income_gbp": (0.0, "nil", None),
        "total_expenditure_gbp": (-110000.0, "(£110,000)", None),
        "employees_fte": (3.5, "3.5", None),
        "jobs_created_fte": (1.0, "1", None),
        "volunteers": (None, "not known", "not known"),
        "volunteer_hours": (1200.0, "1.2k", None),
        "clients_supported": (7.5, "7.5", None),
        "jobs_safeguarded_fte": (None, None, "blank"),
        "members": (None, None, "not asked"),
    }
    assert {name: (one[name], one[f"{name}_typed"], one[f"{name}_missing"]) for name in expected} == expected
    assert found(parsed, "in thousands") == [("AC2", "volunteer_hours", "1.2k")]
    assert found(parsed, "not whole") == [("AE2", "clients_supported", "7.5")]
    assert found(parsed, "blank") == []


def test_the_contact_is_not_landed(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row()))
    (front,) = parsed.tables["cover"].to_pylist()
    assert "info@example.org" not in front.values()
    assert front["operational_spend_gbp"] == 4000.0


def test_a_required_blank_is_found_with_its_cell_and_only_where_the_organisation_answers(programme: Programme) -> None:
    silent = row(**{label: None for label in ANSWERS if label not in LABELS[:16]})
    silent = [
        None if LABELS[place] == "The same as full-time equivalents" else cell for place, cell in enumerate(silent)
    ]
    silent[LABELS.index("Name of organisation")] = "Silent Trust"
    silent[LABELS.index("Answering this year?")] = "not answering"
    parsed = understood(
        programme, cover(), organisations(row(**{"Turnover (total income)": None, "Stage": None}), silent)
    )
    assert found(parsed, "blank") == [("J2", "stage", None), ("R2", "total_income_gbp", None)]
    messages = {one["field"]: one["message"] for one in parsed.findings.to_pylist() if one["kind"] == "blank"}
    assert messages["total_income_gbp"] == (
        "“Turnover (total income)” is blank. If you do not know, write “not known”; if it is none, enter 0 "
        "(sheet Organisations, cell R2)."
    )


def test_what_is_below_zero_on_other_sheets_is_found_with_its_cell(programme: Programme) -> None:
    """Those of organisations are left to the rules: there a surplus may be below zero."""
    labels = [one.label for one in next(sheet.fields for sheet in FORM.sheets if sheet.table == "funding")]
    answers: dict[str, list[Cell]] = {"Funder": ["A", "B", "C"], "Amount": [-500, "(£1,200)", 0]}
    funding = Grid(
        "Funding", True, [list(labels), *([answers.get(one, [None] * 3)[at] for one in labels] for at in range(3))]
    )
    parsed = understood(programme, cover(**{"Spent on co-ordination": -1}), organisations(row()), funding)
    column = column_letters(labels.index("Amount"))
    below = found(parsed, "below zero")
    assert [one for one in below if one[1] == "amount_gbp"] == [
        (f"{column}2", "amount_gbp", "-500"),
        (f"{column}3", "amount_gbp", "(£1,200)"),
    ]
    assert [one[1:] for one in below if one[1] != "amount_gbp"] == [("coordination_spend_gbp", "-1")]
    assert [one["amount_gbp"] for one in parsed.tables["funding"].to_pylist()] == [-500.0, -1200.0, 0.0]


def test_labels_are_found_wherever_they_moved(programme: Programme) -> None:
    above: list[list[Cell]] = [
        ["Walsall social economy cluster"],
        [],
        ["Please fill in one row for each organisation."],
    ]
    shouted: list[Cell] = [f"  {label.upper()} " for label in LABELS]
    parsed = understood(programme, cover(), organisations(row(), above=above, labels=shouted))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert (one["row_number"], one["total_income_gbp"], one["employees_fte"]) == (5, 120500.0, 3.5)


def test_labels_over_two_rows_are_put_together(programme: Programme) -> None:
    upper: list[Cell] = [label.rsplit(" ", 1)[0] if label.startswith("of which") else None for label in LABELS]
    lower: list[Cell] = [label.rsplit(" ", 1)[1] if label.startswith("of which") else label for label in LABELS]
    parsed = understood(programme, cover(), organisations(row(), above=[upper], labels=lower))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert (one["traded_income_gbp"], one["grants_and_donations_gbp"]) == (100000.0, 20500.0)


def test_totals_and_notes_are_left_out_and_said(programme: Programme) -> None:
    blank: list[Cell] = [None] * len(LABELS)
    total = list(blank)
    total[0], total[LABELS.index("Turnover (total income)")] = "TOTAL", 241000
    note = list(blank)
    note[0] = "Note: all figures are from accounts."
    second = row(**{"Name of organisation": "Second Trust", "Company or CIC number": "SC123456"})
    parsed = understood(programme, cover(), organisations(row(), blank, second, blank, total, note, blank))
    assert parsed.tables["organisations"]["organisation_name"].to_pylist() == ["Caldmore Pantry", "Second Trust"]
    assert parsed.tables["organisations"]["row_number"].to_pylist() == [2, 4]
    assert [(cell, typed) for cell, _, typed in found(parsed, "row left out")] == [
        ("A6", "TOTAL"),
        ("A7", "Note: all figures are from accounts."),
    ]


def test_a_line_that_says_thousands_holds_for_all_money_and_for_nothing_else(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row(), above=[["All money in thousands of pounds"]]))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert (one["total_income_gbp"], one["traded_income_gbp"]) == (120_500_000.0, 100_000_000.0)
    assert (one["employees_headcount"], one["volunteer_hours"]) == (4.0, 1200.0)
    assert found(parsed, "declared in thousands") == [("A1", None, "All money in thousands of pounds")]
    times = {
        place["field"]: place["times"] for place in parsed.places.to_pylist() if place["table_name"] == "organisations"
    }
    assert (times["total_income_gbp"], times["employees_headcount"]) == (1000.0, 1.0)


def test_a_heading_that_says_thousands_holds_for_its_column(programme: Programme) -> None:
    labels: list[Cell] = [f"{label} (£000)" if label == "Total spending" else label for label in LABELS]
    parsed = understood(programme, cover(), organisations(row(**{"Total spending": 110}), labels=labels))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert (one["total_income_gbp"], one["total_expenditure_gbp"]) == (120500.0, 110000.0)


def test_hidden_sheets_and_notes_sheets_are_not_read(programme: Programme) -> None:
    hidden = Grid("Organisations", False, organisations(row(**{"Name of organisation": "Hidden Ltd"})).rows)
    notes = Grid("Read me", True, [["Thank you for filling in this form."]])
    parsed = understood(programme, notes, hidden, cover(), organisations(row()))
    assert parsed.tables["organisations"]["organisation_name"].to_pylist() == ["Caldmore Pantry"]
    assert [one["typed"] for one in parsed.findings.to_pylist() if one["kind"] == "sheet left out"] == ["Read me"]


def test_a_sheet_under_another_name_is_found_by_its_labels(programme: Programme) -> None:
    renamed = Grid("Data 2025", True, organisations(row()).rows)
    assert understood(programme, cover(), renamed).tables["organisations"].num_rows == 1


def test_unknown_columns_and_removed_ones_are_mentioned(programme: Programme) -> None:
    place = LABELS.index("Petrol")
    labels: list[Cell] = [label for label in LABELS if label != "Petrol"] + ["Shoe size"]
    cells = [*row()[:place], *row()[place + 1 :], 43]
    parsed = understood(programme, cover(), organisations(cells, labels=labels))
    assert [typed for _, _, typed in found(parsed, "unknown column")] == ["Shoe size"]
    assert [field for _, field, _ in found(parsed, "missing column")] == ["petrol_litres"]
    assert parsed.tables["organisations"]["petrol_litres_missing"].to_pylist() == ["not asked"]


def test_references_must_name_an_organisation_of_the_return(programme: Programme) -> None:
    outcomes = Grid(
        "Outcomes",
        True,
        [
            ["Organisation", "Outcome", "People who reached it", "How it was measured"],
            ["caldmore pantry", "Training", 12, "own survey"],
            ["07444723", "housing", 3, "other"],
            ["Somebody Else", "health", 4, "WEMWBS"],
        ],
    )
    parsed = understood(programme, cover(), organisations(row()), outcomes)
    assert parsed.tables["outcomes"]["organisation"].to_pylist() == ["Caldmore Pantry", "Caldmore Pantry", None]
    assert found(parsed, "not on the list") == [("A4", "organisation", "Somebody Else")]


def test_a_merged_name_stands_for_all_its_rows_and_a_merged_figure_for_one(programme: Programme) -> None:
    outcomes = Grid(
        "Outcomes",
        True,
        [
            ["Organisation", "Outcome", "People who reached it", "How it was measured"],
            ["Caldmore Pantry", "training", 12, "own survey"],
            [None, "health", None, "own survey"],
        ],
        merged=((1, 0, 2, 0), (1, 2, 2, 2)),
    )
    parsed = understood(programme, cover(), organisations(row()), outcomes)
    assert parsed.tables["outcomes"]["organisation"].to_pylist() == ["Caldmore Pantry", "Caldmore Pantry"]
    assert parsed.tables["outcomes"]["people"].to_pylist() == [12.0, None]


def test_places_say_where_each_figure_stands(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row()))
    places = {(place["table_name"], place["field"]): place for place in parsed.places.to_pylist()}
    assert places["organisations", "total_income_gbp"]["column_letters"] == "R"
    assert (places["cover", "signed_off_on"]["column_letters"], places["cover", "signed_off_on"]["row_number"]) == (
        "B",
        6,
    )


@pytest.mark.parametrize(
    ("grids", "rule", "says"),
    [
        ([cover(), Grid("Shopping", True, [["milk", "bread"], [1, 2]])], "F02", "do not have the form's headings"),
        (
            [cover(**{"Form version": 7}), organisations(row())],
            "F02",
            "The cover says form version 7. We can read version 1.",
        ),
        (
            [cover(), organisations(row()[1:], labels=list(LABELS[1:]))],
            "F03",
            "The column “Name of organisation” is missing from the sheet “Organisations”.",
        ),
        ([cover(Cluster="Narnia"), organisations(row())], "F05", "This return says it is for Narnia, 2024-25."),
        (
            [cover(**{"Reporting year": "2019-20"}), organisations(row())],
            "F05",
            "for Walsall, 2019-20. That is not open.",
        ),
        ([cover(**{"Reporting year": None}), organisations(row())], "F05", "for Walsall, no reporting year."),
    ],
)
def test_what_cannot_count_is_refused_with_its_reason(
    programme: Programme, grids: list[Grid], rule: str, says: str
) -> None:
    with pytest.raises(Refusal) as refused:
        understood(programme, *grids)
    assert refused.value.rule == rule
    assert says in refused.value.message
    assert refused.value.ask


def test_landed_files_are_the_same_for_the_same_return(programme: Programme, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_landed(understood(programme, cover(), organisations(row())), tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert files == sorted(
        [*(f"{name}.parquet" for name in tables()), "places.parquet", "findings.parquet", "landing.json"]
    )
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    landing = read_landing(tmp_path / "one")
    assert (landing.cluster_id, landing.reporting_year, landing.named) == ("walsall", "2024-25", False)
    assert landing.rows["organisations"] == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("table: organisations", "table: orgs"), "sheet any, table: 'orgs' is none of"),
        (("layout: rows", "layout: columns"), "'columns' is none of pairs, rows"),
        (("field: members", "field: memberz"), "field memberz, field: 'memberz' is none of"),
        (("title:", "titel:"), "there is no key 'titel'"),
        (("version: 1\n", ""), "the key 'version' is missing"),
    ],
)
def test_a_mistake_in_a_form_is_named_with_its_place(
    project: Path, tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    text = (project / "ingestion" / "forms" / "borough-plain-1.yml").read_text(encoding="utf-8")
    (tmp_path / "mistaken-1.yml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(FormError, match=r"^mistaken-1\.yml") as error:
        read_forms(["mistaken-1"], tmp_path)
    assert says in str(error.value)


def test_a_form_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(FormError, match=r"There is no form nope\.yml .* west-midlands-return-1"):
        read_forms(["nope"])
