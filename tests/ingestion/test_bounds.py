"""What is beyond any real figure is not understood: the cell says so, and what was typed stays."""

from __future__ import annotations

import datetime
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion.bounds import bounds_in
from ingestion.grids import Cell
from ingestion.programme import Programme, ProgrammeError, read_programme
from ingestion.tables import Field, tables
from ingestion.values import understand
from tests.ingestion.test_parse import cover, organisations, row, understood

FIELDS = [(table.name, field) for table in tables().values() for field in table.fields.values() if field.bounds]
NUMBERS = [(table, field) for table, field in FIELDS if field.type != "date"]
TURNOVER = "Turnover (total income)"


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


def value(programme: Programme, label: str, typed: Cell, field: str, **options: Any) -> tuple[Any, Any, Any]:
    """The value, what was typed and why there is no value, of one answer of one organisation."""
    (one,) = (
        understood(programme, cover(), organisations(row(**{label: typed}), **options))
        .tables["organisations"]
        .to_pylist()
    )
    return one[field], one[f"{field}_typed"], one[f"{field}_missing"]


def test_every_number_and_date_has_bounds() -> None:
    kinds = {"money", "number", "count", "date"}
    without = [
        (table.name, field.name)
        for table in tables().values()
        for field in table.fields.values()
        if (field.bounds is not None) != (field.type in kinds)
    ]
    assert without == []
    assert len(NUMBERS) == 4 + 29 + 4  # the cover, the organisations, the other sheets


def test_thousands_of_the_largest_sums_of_money_add_up_to_the_penny() -> None:
    money = [field for _, field in NUMBERS if field.type == "money"]
    assert {(field.bounds.least, field.bounds.most) for field in money if field.bounds} == {(-2e10, 2e10)}
    # In pence, a double holds each whole number up to 2 to the power of 53.
    assert 4_500 * 20_000_000_000 * 100 < 2**53


@pytest.mark.parametrize(("table", "field"), NUMBERS, ids=[f"{table}.{field.name}" for table, field in NUMBERS])
def test_both_bounds_are_allowed_and_nothing_beyond(table: str, field: Field) -> None:
    from ingestion.bounds import within

    assert field.bounds is not None
    least, most = float(field.bounds.least), float(field.bounds.most)  # type: ignore[arg-type]
    beyond = [math.nextafter(most, math.inf), math.nextafter(least, -math.inf), 1e31, -1e31, 1e160, 1.7e308]
    column = within(understand([least, most, *beyond, None], field.type), field.bounds)
    assert column.values.to_pylist() == [least, most, *[None] * 7]
    assert column.missing.to_pylist() == [None, None, *["not understood"] * 6, "blank"]
    assert column.typed.to_pylist()[-2] == "1.7e+308"
    assert [(place, kind) for place, kind, _ in column.notes] == [(place, "out of bounds") for place in range(2, 8)]


@pytest.mark.parametrize(
    "typed",
    [4929123456781234, "4929123456781234", "£4,929,123,456,781,234", -3e10, "(30,000,000,000)", 1e31, "1e31", 1e160,
     "1e300", "30bn", "30,000 million", "25000m", 20_000_000_001],
)  # fmt: skip
def test_a_number_beyond_any_turnover_is_not_understood(programme: Programme, typed: Cell) -> None:
    found, kept, why = value(programme, TURNOVER, typed, "total_income_gbp")
    assert (found, why) == (None, "not understood")
    assert kept


@pytest.mark.parametrize(("typed", "pounds"), [("20bn", 2e10), (20_000_000_000, 2e10), ("11.3 bn", 1.13e10), (0, 0)])
def test_what_the_largest_could_turn_over_is_a_figure(programme: Programme, typed: Cell, pounds: float) -> None:
    assert value(programme, TURNOVER, typed, "total_income_gbp")[0] == pounds


def test_thousands_are_multiplied_before_they_are_held_against_the_bounds(programme: Programme) -> None:
    above: list[list[Cell]] = [["All money in £000"]]
    assert value(programme, TURNOVER, 19_999_999, "total_income_gbp", above=above)[0] == 19_999_999_000
    assert value(programme, TURNOVER, 20_000_001, "total_income_gbp", above=above) == (
        None,
        "20000001",
        "not understood",
    )


def test_the_finding_names_the_cell_what_was_found_and_what_is_expected(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row(**{TURNOVER: 4929123456781234})))
    (one,) = [found for found in parsed.findings.to_pylist() if found["field"] == "total_income_gbp"]
    assert (one["kind"], one["sheet"], one["cell"], one["row_number"]) == ("out of bounds", "Organisations", "R2", 2)
    assert (one["typed"], one["understood"]) == ("4929123456781234", "4929123456781234")
    assert one["message"] == (
        "We read “4929123456781234” for “Turnover (total income)” as 4929123456781234, which is beyond any real "
        "figure. We expect a number from -£20,000,000,000 to £20,000,000,000 (sheet Organisations, cell R2)."
    )
    assert one["ask"] == "Correct it. If it is right, tell us."


def test_a_count_beyond_its_bounds_is_asked_about_once(programme: Programme) -> None:
    parsed = understood(programme, cover(), organisations(row(**{"Clients supported": 1e9 + 0.5})))
    found = [(one["kind"], one["cell"]) for one in parsed.findings.to_pylist() if one["field"] == "clients_supported"]
    assert found == [("out of bounds", "AE2")]


def test_an_amount_of_the_cover_has_bounds_too(programme: Programme) -> None:
    parsed = understood(programme, cover(**{"Spent on co-ordination": -1e12}), organisations(row()))
    (front,) = parsed.tables["cover"].to_pylist()
    assert (front["coordination_spend_gbp"], front["coordination_spend_gbp_missing"]) == (None, "not understood")
    assert [one["cell"] for one in parsed.findings.to_pylist() if one["kind"] == "out of bounds"] == ["B9"]


@pytest.mark.parametrize("typed", ["01/01/1866", datetime.date(1899, 12, 31), datetime.date(2101, 1, 1), "1 May 2150"])
def test_a_date_beyond_is_not_understood(programme: Programme, typed: Cell) -> None:
    parsed = understood(programme, cover(), organisations(row(**{"Joined the cluster on": typed})))
    (one,) = parsed.tables["organisations"].to_pylist()
    assert (one["joined_on"], one["joined_on_missing"]) == (None, "not understood")
    (found,) = [found for found in parsed.findings.to_pylist() if found["field"] == "joined_on"]
    assert found["kind"] == "date out of bounds"
    assert "We expect a date from 1 January 1900 to 31 December 2100" in found["message"]


def test_a_programme_sets_bounds_of_its_own(programme: Programme) -> None:
    own = {("organisations", "total_income_gbp"): bounds_in([0, 5_000_000], unit="GBP", is_date=False)}
    narrow = replace(programme, bounds=own)
    assert value(narrow, TURNOVER, 5_000_001, "total_income_gbp")[2] == "not understood"
    assert value(narrow, TURNOVER, 5_000_000, "total_income_gbp")[0] == 5_000_000
    assert value(narrow, "Total spending", 5_000_001, "total_expenditure_gbp")[0] == 5_000_001


def programme_with(folder: Path, project: Path, lines: str) -> Programme:
    shutil.copytree(project / "programmes" / "west-midlands-2022", folder)
    about = folder / "programme.yml"
    about.write_text(about.read_text(encoding="utf-8") + lines, encoding="utf-8")
    return read_programme(folder)


def test_they_stand_in_the_file_of_the_programme(tmp_path: Path, project: Path) -> None:
    lines = "bounds: {organisations: {total_income_gbp: [0, 1_000_000_000_000], joined_on: [2020-01-01, 2030-12-31]}}\n"
    found = programme_with(tmp_path / "own", project, lines).bounds
    assert {name: one.words for name, one in found.items()} == {
        ("organisations", "total_income_gbp"): "a number from £0 to £1,000,000,000,000",
        ("organisations", "joined_on"): "a date from 1 January 2020 to 31 December 2030",
    }


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[1, 2]", "Write them by table and field"),
        ("{organisations: 5}", "Write them by table and field"),
        ("{organisations: {turnover: [0, 1]}}", "There is no number or date organisations.turnover."),
        ("{organisation: {total_income_gbp: [0, 1]}}", "There is no number or date organisation.total_income_gbp."),
        ("{organisations: {organisation_name: [0, 1]}}", "There is no number or date organisations.organisation_name."),
        ("{organisations: {total_income_gbp: 5}}", "organisations.total_income_gbp: 5 is not the least and the most."),
        ("{organisations: {total_income_gbp: [5]}}", "[5] is not the least and the most."),
        ("{organisations: {total_income_gbp: [0, lots]}}", "[0, 'lots'] is not the least and the most."),
        ("{organisations: {total_income_gbp: [0, .nan]}}", "[0, nan] is not the least and the most."),
        ("{organisations: {total_income_gbp: [0, true]}}", "[0, True] is not the least and the most."),
        ("{organisations: {total_income_gbp: [0, .inf]}}", "goes too far"),
        ("{organisations: {total_income_gbp: [0, 1e13]}}", "'1e13'] is not the least and the most."),
        ("{organisations: {total_income_gbp: [0, 1000000000001]}}", "goes too far"),
        ("{organisations: {total_income_gbp: [9, 1]}}", "9 is not below 1."),
        ("{organisations: {joined_on: [1, 2]}}", "[2000-01-01, 2050-12-31]"),
        ("{organisations: {joined_on: [1066-01-01, 2030-01-01]}}", "goes too far"),
    ],
)
def test_bounds_that_cannot_be_used_are_refused_by_name(tmp_path: Path, project: Path, written: str, says: str) -> None:
    with pytest.raises(ProgrammeError) as refused:
        programme_with(tmp_path / "own", project, f"bounds: {written}\n")
    assert says in str(refused.value)
    assert str(tmp_path / "own" / "programme.yml") in str(refused.value)


@pytest.mark.parametrize("number", ["1e300", "inf", "nan", "twenty", "20,000"])
def test_a_grant_that_no_sum_could_hold_is_refused_with_its_line(tmp_path: Path, project: Path, number: str) -> None:
    folder = tmp_path / "own"
    shutil.copytree(project / "programmes" / "west-midlands-2022", folder)
    schedule = folder / "grant_schedule.csv"
    head, first, *rest = schedule.read_text(encoding="utf-8").splitlines()
    spoiled = dict(zip(head.split(","), first.split(","), strict=False)) | {"grant_gbp": f'"{number}"'}
    schedule.write_text("\n".join([head, ",".join(spoiled.values()), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(ProgrammeError, match=f"grant_schedule.csv, line 2: grant_gbp is '{number}'"):
        read_programme(folder)


def test_the_return_with_sixteen_digits_reads_all_but_that_cell(shared: Path, project: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from ingestion.workers import ParseJob, parse_files

    file = shared / "trials" / "returns" / "sixteen-digits.xlsx"
    scheme = read_programme(project / "programmes" / "west-midlands-2022")
    (outcome,) = parse_files([ParseJob("0" * 64, file.name, file, tmp_path / "landed")], scheme, processes=1)
    assert outcome.refusal is None
    rows = pq.read_table(tmp_path / "landed" / "organisations.parquet").to_pylist()
    beyond = [one["total_income_gbp_typed"] for one in rows if one["total_income_gbp_missing"] == "not understood"]
    assert beyond == ["4929123456781234"]
    assert sum(one["total_income_gbp"] is not None for one in rows) > 0
    findings = pq.read_table(tmp_path / "landed" / "findings.parquet").to_pylist()
    assert [one["cell"] for one in findings if one["kind"] == "out of bounds"] == ["R7", "S7"]
