"""Forms written as workbooks, read back."""

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from ingestion.forms import Form, read_form
from ingestion.parse import parse
from ingestion.programme import read_programme
from ingestion.read import read
from ingestion.workbook import Quirks, place_of, write_form

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WRITTEN_AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
ANSWERS = {
    "cover": [{"cluster_stated": "Walsall", "grant_received_gbp": 5000, "signed_off_on": date(2026, 6, 30)}],
    "organisations": [
        {
            "organisation_name": "=1+1",
            "postcode": "https://example.org",
            "charity_number": "0012345",
            "sectors": ("health", "culture"),
            "unregistered": True,
            "total_income_gbp": 182000,
        },
        {"organisation_name": "Second", "total_income_gbp": "£1,250", "Pets": "two"},
    ],
}


@pytest.fixture(scope="module")
def form() -> Form:
    return read_form("west-midlands-return-1")


def rows_of(file: Path, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_an_empty_form_has_every_sheet_and_label_in_order(form: Form, tmp_path: Path) -> None:
    write_form(form, tmp_path / "form.xlsx", created_at=WRITTEN_AT)
    book = CalamineWorkbook.from_path(str(tmp_path / "form.xlsx"))
    assert book.sheet_names == [
        "Cover", "Organisations", "Outcomes", "Support", "Referrals", "Brokerage", "Funding", "Action plan", "Hub",
    ]  # fmt: skip
    organisations = rows_of(tmp_path / "form.xlsx", "Organisations")
    assert organisations[0][0] == "West Midlands social economy cluster return: Organisations"
    assert organisations[2][:3] == ["Name of organisation", "Charity number", "Company or CIC number"]
    assert len(organisations) == 3
    cover = rows_of(tmp_path / "form.xlsx", "Cover")
    assert cover[2:5] == [["Cluster", ""], ["Reporting year", ""], ["Form version", 1.0]]


def test_answers_stand_where_they_are_said_to(form: Form, tmp_path: Path) -> None:
    write_form(form, tmp_path / "form.xlsx", answers=ANSWERS, notice="Made up", created_at=WRITTEN_AT)
    organisations = rows_of(tmp_path / "form.xlsx", "Organisations")
    assert organisations[1][0].startswith("Made up. One row for each. Write 0 where there is none")
    assert organisations[3][:8] == ["=1+1", "0012345", "", "", "Yes", "https://example.org", "", "health; culture"]
    assert place_of(form, "organisations", "total_income_gbp", 1) == ("Organisations", "R5")
    assert [organisations[3][17], organisations[4][17]] == [182000.0, "£1,250"]
    assert place_of(form, "cover", "signed_off_on") == ("Cover", "B8")
    assert rows_of(tmp_path / "form.xlsx", "Cover")[7] == ["Date of sign-off", date(2026, 6, 30)]


def test_the_same_answers_give_the_same_bytes(form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, zone in (("one.xlsx", "UTC"), ("two.xlsx", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        write_form(form, tmp_path / name, answers=ANSWERS, created_at=WRITTEN_AT)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_what_people_do_to_a_form_can_be_imitated(form: Form, tmp_path: Path) -> None:
    quirks = Quirks(
        rows_above=2,
        notes=("Please read me",),
        total_row=True,
        labels={"Name of organisation": "ORGANISATION"},
        extra_columns=("Pets",),
    )
    target = tmp_path / "form.xlsx"
    write_form(form, target, answers=ANSWERS, notice="Made up", created_at=WRITTEN_AT, quirks=quirks)
    assert rows_of(target, "Notes") == [["Please read me"], ["Made up"]]
    organisations = rows_of(tmp_path / "form.xlsx", "Organisations")
    assert organisations[3][0] == ""
    assert (organisations[4][0], organisations[4][-1]) == ("ORGANISATION", "Pets")
    assert place_of(form, "organisations", "total_income_gbp", 1, quirks=quirks) == ("Organisations", "R7")
    assert organisations[6][17] == "£1,250"
    assert organisations[6][-1] == "two"
    # Text is no figure, so the sum is that of the first row alone.
    assert (organisations[7][0], organisations[7][17]) == ("TOTAL", 182000.0)


def test_empty_cells_are_ready_for_dates_and_numbers_with_leading_zeros(form: Form, tmp_path: Path) -> None:
    write_form(form, tmp_path / "form.xlsx", created_at=WRITTEN_AT)
    with zipfile.ZipFile(tmp_path / "form.xlsx") as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        organisations = ElementTree.fromstring(book.read("xl/worksheets/sheet2.xml"))
    codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{MAIN}numFmt")}
    cells = [one.get("numFmtId") for one in styles.find(f"{MAIN}cellXfs") or ()]

    def format_of(column: int) -> str | None:
        spans = organisations.iter(f"{MAIN}col")
        style = next(
            one.get("style", "0") for one in spans if int(one.get("min", 0)) <= column <= int(one.get("max", 0))
        )
        return codes.get(cells[int(style)])

    # Name, three numbers of registers, a yes or no, two dates, turnover.
    assert [format_of(column) for column in (1, 2, 3, 4, 5)] == [None, "@", "@", "@", None]
    assert [format_of(column) for column in (15, 16, 18)] == ["dd/mm/yyyy", "dd/mm/yyyy", "#,##0"]


def test_the_parser_understands_what_was_filled_in(form: Form, tmp_path: Path, project: Path) -> None:
    cover = {"cluster_stated": "Walsall", "reporting_year_stated": "2025-26", "signed_off_on": date(2026, 6, 30)}
    organisation = {
        "organisation_name": "=1+1",
        "company_number": "00123456",
        "postcode": "WS1 4AB",
        "sectors": ("health", "culture"),
        "unregistered": False,
        "period_ends_on": date(2026, 3, 31),
        "total_income_gbp": 182000,
        "employees_fte": 4.5,
        "electricity_kwh": "not applicable",
        "clients_supported": 0,
    }
    outcome = {"organisation": "=1+1", "outcome_type": "training", "people": 12, "tool": "own survey"}
    answers = {
        "cover": [cover],
        "organisations": [organisation],
        "outcomes": [outcome],
        "hub": [{"hub_type": "virtual"}],
    }
    target = tmp_path / "form.xlsx"
    write_form(form, target, answers=answers, notice="Made up", created_at=WRITTEN_AT)
    programme = read_programme(project / "programmes" / "west-midlands-2022")

    understood = parse(
        read(target, target.name), file_name=target.name, receipt_id="a", programme=programme, forms=(form,)
    )

    assert (understood.form_version, understood.cluster_id, understood.reporting_year) == (1, "walsall", "2025-26")
    told = organisation | {"sectors": "health; culture", "electricity_kwh": None}
    for table, given in (("cover", cover), ("organisations", told), ("outcomes", outcome), ("hub", answers["hub"][0])):
        (row,) = understood.tables[table].to_pylist()
        assert {name: row[name] for name in given} == given
    (row,) = understood.tables["organisations"].to_pylist()
    assert row["electricity_kwh_missing"] == "not applicable"
    assert (row["gas_kwh"], row["gas_kwh_missing"]) == (None, "blank")
