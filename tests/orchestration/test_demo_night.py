"""The night over the demo: what was planted is flagged, what is clean is left alone, and the same comes out again."""

import json
import shutil
from pathlib import Path

import pytest

from demo import Planted, read_planted
from tests.orchestration.conftest import Returns, query, read_marts
from workspace.permissions import open_to_others

pytestmark = pytest.mark.xdist_group("demo")


def is_flagged(home: Path, planted: Planted) -> bool:
    """Whether an alert of the planted rule speaks of the planted subject."""
    subject = {
        "cluster_id": planted.cluster_id,
        "reporting_year": planted.reporting_year,
        "organisation_name": planted.organisation_name,
        "field": planted.field,
    }
    known = {column: value for column, value in subject.items() if value}
    if planted.rule_code in {"F01", "F05", "F06"}:
        # About a file as a whole: whose it is cannot be told.
        known = {}
    conditions = " and ".join(f"{column} = '{value.replace(chr(39), chr(39) * 2)}'" for column, value in known.items())
    return bool(query(home, f"select 1 from alerts where rule_code = '{planted.rule_code}' and {conditions or 'true'}"))


def test_a_night_leaves_nothing_that_others_can_read(demo_home: Path) -> None:
    """Databases, releases, logs and Dagster's records alike; the inbox and what the fixture wrote are left out."""
    assert [path for path in open_to_others(demo_home) if path != demo_home / "night.txt"] == []


def test_every_planted_defect_is_flagged(demo_home: Path) -> None:
    planted = read_planted(demo_home)
    missed = [one for one in planted if not is_flagged(demo_home, one)]
    assert len(planted) >= 30
    assert missed == []


def test_a_figure_lies_outside_what_was_expected_of_it(demo_home: Path) -> None:
    """Where a rule draws bounds, the figure that it flags is not within them, whatever formula drew them."""
    told = query(
        demo_home,
        """
        select rule_code, alert_id,
            value > coalesce(expected_low, '-inf') and value < coalesce(expected_high, 'inf') as is_inside
        from alerts where value is not null and coalesce(expected_low, expected_high) is not null
        """,
    )
    assert {row[0] for row in told} >= {"P01", "P02", "P03", "X01", "X07", "C05", "V03"}
    assert [row for row in told if row[2]] == []


def test_hardly_any_clean_row_is_flagged(demo_home: Path) -> None:
    """Fewer than 2% of the rows in which nothing was planted carry an error or a warning."""
    touched = {(one.cluster_id, one.reporting_year, one.organisation_name) for one in read_planted(demo_home)}
    rows = set(
        query(demo_home, "select distinct cluster_id, reporting_year, organisation_name from turnover_by_organisation")
    )
    flagged = set(
        query(
            demo_home,
            """
            select distinct cluster_id, reporting_year, organisation_name from alerts
            where severity in ('reject', 'error', 'warning') and organisation_name is not null
            """,
        )
    )
    clean = rows - touched
    wrongly = sorted(flagged & clean)
    assert len(clean) > 600
    assert len(wrongly) / len(clean) < 0.02, wrongly


def test_the_summary_says_what_a_reader_needs(demo_home: Path) -> None:
    summary = (demo_home / "night.txt").read_text(encoding="utf-8")
    for heading in (
        "  Returns   ",
        "  Rows      ",
        "  Alerts    ",
        "  Release   ",
        "Headline KPIs, 2025-26",
        "Try next:",
    ):
        assert heading in summary
    for cluster in ("Smethwick", "Walsall", "Ward End", "Wolverhampton"):
        assert f"  {cluster} " in summary


def test_a_second_night_lands_nothing_and_gives_the_same_marts(
    demo_home: Path, returns: Returns, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    before = read_marts(home)
    shutil.rmtree(home / "build")
    as_of = json.loads((home / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))["as_of"]

    night = returns("nightly", "--home", home, "--json", "--force", "--as-of", as_of)

    told = json.loads(night.stdout)
    assert not told["idle"]
    assert (told["landed_now"], told["refused_now"]) == (0, 0)
    assert read_marts(home) == before
    first, second = (demo_home / "releases" / "current").resolve(), (home / "releases" / "current").resolve()
    assert first.name != second.name
    files = [file for ending in ("csv", "parquet") for file in sorted(first.rglob(f"*.{ending}"))]
    assert len(files) > 100
    for file in files:
        assert (second / file.relative_to(first)).read_bytes() == file.read_bytes(), file.name
    report = json.loads((second / "quality-report.json").read_text(encoding="utf-8"))["expectations"]
    assert len(report) > 100
    assert all(one["passed"] for one in report)


def test_a_gate_that_fails_leaves_the_last_release_and_says_why(
    demo_home: Path, returns: Returns, tmp_path: Path, project: Path
) -> None:
    """A target for growth above 1,000% is caught before it is published, and the message says what to look at."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    programme = tmp_path / "programme"
    shutil.copytree(project / "programmes" / "west-midlands-2022", programme)
    targets = programme / "targets.csv"
    targets.write_text(targets.read_text(encoding="utf-8").replace("growth,0.15,", "growth,15,"), encoding="utf-8")
    before = (home / "releases" / "current").resolve()

    night = returns("nightly", "--home", home, "--programme", programme)

    assert night.returncode == 1
    assert "a target of 15% is written 0.15" in night.stderr
    assert "Since the last release these have changed: the programme's folder." in night.stderr
    assert "The last release stays as it was." in night.stderr
    assert (home / "releases" / "current").resolve() == before


def test_a_clean_file_and_a_defective_one_are_checked(demo_home: Path, returns: Returns) -> None:
    planted = next(one for one in read_planted(demo_home) if one.rule_code == "X01")
    done = returns("check", demo_home / "inbox" / planted.file_name, "--home", demo_home)
    assert done.returncode == 1
    assert f"ERROR   X01  {planted.organisation_name}" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("In all: ")


def test_a_check_keeps_nothing(demo_home: Path, returns: Returns) -> None:
    def everything() -> set[Path]:
        places = ("archive", "landed", "refused", "releases", "nights")
        return {file for place in places for file in (demo_home / place).rglob("*")}

    before = everything()
    returns("check", next(iter(sorted((demo_home / "inbox").glob("*.xlsx")))), "--home", demo_home)
    assert everything() == before


def test_a_file_that_cannot_be_read_is_told_so_by_the_check(returns: Returns, tmp_path: Path) -> None:
    (tmp_path / "letter.xlsx").write_bytes(b"%PDF-1.7\n")
    done = returns("check", tmp_path / "letter.xlsx", "--home", tmp_path)
    assert done.returncode == 2
    assert "looks like a PDF" in done.stdout
    assert "What to do: " in done.stdout
