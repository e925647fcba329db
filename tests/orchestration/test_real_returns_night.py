"""The main job on real input: 42 returns of seven boroughs over six years."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.orchestration.conftest import Returns, query, read_marts

pytestmark = pytest.mark.xdist_group("real")


def test_every_return_and_row_is_landed(real_home: Path) -> None:
    assert query(real_home, "select count(*), sum(organisation_rows) from returns") == [(42, 1175)]


def test_sums_equal_the_control_totals_for_every_borough_and_year(real_home: Path, shared: Path) -> None:
    with (shared / "real" / "control_totals.csv").open(encoding="utf-8", newline="") as handle:
        totals = list(csv.DictReader(handle))
    found = {
        (name, year): rest
        for name, year, *rest in query(
            real_home,
            """
            select
                cluster_name, reporting_year, organisation_rows, organisations,
                turnover_given, turnover_sum_gbp, employees_given, employees_sum
            from returns
            """,
        )
    }
    assert len(found) == len(totals) == 42
    for total in totals:
        rows, organisations, given, turnover, staffed, employees = found[total["borough"], total["reporting_year"]]
        counts = (rows, organisations, given, staffed, employees or 0)
        expected = ("rows", "organisations", "turnover_given", "employees_given", "employees_sum")
        assert counts == tuple(int(total[name]) for name in expected), total
        assert turnover == pytest.approx(float(total["turnover_sum_gbp"]), abs=0.5 * rows), total


def test_the_organisation_that_stands_twice_in_one_return_is_flagged(real_home: Path, shared: Path) -> None:
    with (shared / "real" / "control_totals.csv").open(encoding="utf-8", newline="") as handle:
        twice = {
            (total["borough"], total["reporting_year"])
            for total in csv.DictReader(handle)
            if total["rows"] != total["organisations"]
        }
    flagged = query(real_home, "select distinct cluster_name, reporting_year from alerts where rule_code = 'R06'")
    assert set(flagged) == twice
    assert len(twice) == 6


def test_a_negative_turnover_is_flagged_wherever_there_is_one(real_home: Path) -> None:
    sent = query(
        real_home,
        "select organisation_id, reporting_year from turnover_by_organisation where turnover_gbp < 0 order by all",
    )
    flagged = query(
        real_home,
        """
        select organisation_id, reporting_year from alerts
        where rule_code = 'V03' and field = 'total_income_gbp' order by all
        """,
    )
    assert flagged == sent


def test_a_real_return_with_one_turnover_made_negative_is_flagged(
    real_home: Path, boroughs: Path, shared: Path, returns: Returns, tmp_path: Path
) -> None:
    text = (shared / "real" / "returns" / "solihull" / "solihull-2014-15.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "solihull-2014-15.csv").write_text(text.replace(";349244.0;", ";-349244.0;"), encoding="utf-8")
    done = returns("check", tmp_path / "solihull-2014-15.csv", "--home", real_home, "--programme", boroughs, "--json")
    told = json.loads(done.stdout)
    negative = [(alert["organisation_name"], alert["cell"]) for alert in told["alerts"] if alert["rule_code"] == "V03"]
    assert negative == [("Central Egg Agency Limited", "F2")]
    assert done.returncode == 1


def test_money_in_thousands_is_read_as_pounds_and_said(real_home: Path) -> None:
    said = query(
        real_home,
        "select cluster_name, count(distinct reporting_year) from alerts where rule_code = 'V05' group by all",
    )
    assert said == [("Walsall", 6)]
    # 108.111 in the sheet of 2014-15, under a header that says £000.
    turnover = query(
        real_home,
        """
        select turnover_gbp from turnover_by_organisation
        where organisation_id = 'GB-MPR-31632R' and reporting_year = '2014-15'
        """,
    )
    assert turnover == [(pytest.approx(108_111),)]


def test_a_second_night_lands_nothing_and_gives_the_same_marts(
    real_home: Path, boroughs: Path, returns: Returns, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(real_home, home, symlinks=True)
    before = read_marts(home)
    shutil.rmtree(home / "build")

    night = returns("nightly", "--home", home, "--programme", boroughs, "--force")

    assert night.returncode == 0, night.stderr
    assert "42 landed (0 new), 0 refused" in night.stdout
    assert read_marts(home) == before
