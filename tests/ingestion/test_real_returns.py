"""The layouts of real returns: every figure as the control totals have it."""

import csv
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ingestion.forms import read_forms
from ingestion.parse import ParsedReturn, parse
from ingestion.programme import read_programme
from ingestion.read import read

BOROUGHS = ("birmingham", "coventry", "dudley", "sandwell", "solihull", "walsall", "wolverhampton")


def parse_file(project: Path, file: Path) -> ParsedReturn:
    programme = read_programme(project / "tests" / "programmes" / "west-midlands-boroughs")
    return parse(
        read(file, file.name),
        file_name=f"{file.parent.name}/{file.name}",
        receipt_id="0" * 64,
        programme=programme,
        forms=read_forms(programme.forms),
    )


@pytest.mark.parametrize("borough", BOROUGHS)
def test_rows_and_sums_equal_the_control_totals(project: Path, shared: Path, borough: str) -> None:
    with (shared / "real" / "control_totals.csv").open(encoding="utf-8", newline="") as handle:
        totals = {
            total["reporting_year"]: total for total in csv.DictReader(handle) if total["borough"].lower() == borough
        }
    files = sorted((shared / "real" / "returns" / borough).iterdir())
    assert len(files) == len(totals) == 6
    for file in files:
        parsed = parse_file(project, file)
        rows = parsed.tables["organisations"]
        total = totals[parsed.reporting_year]
        assert parsed.cluster_id == borough
        given = {
            name: len(rows) - rows[name].null_count for name in ("total_income_gbp", "employees_headcount", "members")
        }
        assert len(rows) == int(total["rows"])
        assert given["total_income_gbp"] == int(total["turnover_given"])
        assert given["employees_headcount"] == int(total["employees_given"])
        assert given["members"] == int(total["members_given"])
        assert pc.sum(rows["total_income_gbp"]).as_py() == pytest.approx(
            float(total["turnover_sum_gbp"]), abs=0.5 * len(rows)
        )
        assert (pc.sum(rows["employees_headcount"]).as_py() or 0) == int(total["employees_sum"])
        # Nothing was typed that the reader does not understand, and no required answer was taken for blank.
        kinds = set(parsed.findings["kind"].to_pylist())
        assert kinds <= {"declared in thousands", "row left out", "sheet left out"}


def test_a_figure_can_be_followed_to_its_cell(project: Path, shared: Path) -> None:
    """Looked up by eye: Acocks Green Legion Club stands in row 7 of Birmingham 2014-15, its turnover in column F."""
    parsed = parse_file(project, shared / "real" / "returns" / "birmingham" / "birmingham-2014-15.xlsx")
    (one,) = (
        row
        for row in parsed.tables["organisations"].to_pylist()
        if row["organisation_name"].startswith("Acocks Green Legion")
    )
    (place,) = (place for place in parsed.places.to_pylist() if place["field"] == "total_income_gbp")
    assert f"{place['column_letters']}{one['row_number']}" == "F7"
    assert (one["total_income_gbp_typed"], one["total_income_gbp"]) == ("£98,722", 98722.0)
    assert (one["mutual_number"], one["company_number"]) == ("11091R", None)
    assert (one["employees_headcount"], one["employees_headcount_missing"]) == (None, "not known")
    assert str(one["period_ends_on"]) == "2013-09-30"


def test_the_total_row_is_not_an_organisation(project: Path, shared: Path) -> None:
    parsed = parse_file(project, shared / "real" / "returns" / "birmingham" / "birmingham-2014-15.xlsx")
    left_out = [one["typed"] for one in parsed.findings.to_pylist() if one["kind"] == "row left out"]
    assert left_out == ["TOTAL"]
    assert "TOTAL" not in parsed.tables["organisations"]["organisation_name"].to_pylist()


def test_thousands_are_read_as_pounds_and_the_fact_is_recorded(project: Path, shared: Path) -> None:
    """Aldridge Social Club: 108.111 under £000."""
    parsed = parse_file(project, shared / "real" / "returns" / "walsall" / "walsall-2014-15.xlsx")
    first = parsed.tables["organisations"].to_pylist()[0]
    assert (first["total_income_gbp"], first["total_income_gbp_typed"]) == (108111.0, "108.111")
    times = {place["field"]: place["times"] for place in parsed.places.to_pylist()}
    assert (times["total_income_gbp"], times["members"]) == (1000.0, 1.0)
    (said,) = (one for one in parsed.findings.to_pylist() if one["kind"] == "declared in thousands")
    assert (said["cell"], said["typed"]) == ("A1", "All money in £000")
