"""A night on which nothing is new, and what is news."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.idle import nothing_new
from orchestration.inputs import inputs_of
from tests.orchestration.conftest import Returns

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_home, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def as_of(home: Path) -> date:
    manifest = json.loads((home / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))
    return date.fromisoformat(manifest["as_of"])


def is_idle(home: Path, programme: Path = SHIPPED_PROGRAMME, *, day: date | None = None) -> bool:
    found = nothing_new(Home(home), read_programme(programme), as_of=day or as_of(home), now=datetime.now(UTC))
    return found is not None


def test_a_night_without_news_says_so_and_publishes_nothing(home: Path, returns: Returns) -> None:
    releases = sorted((home / "releases").iterdir())
    night = returns("nightly", "--home", home, "--as-of", as_of(home))
    assert night.returncode == 0
    assert "Nothing is new" in night.stdout
    assert "whole: every file is as it was published" in night.stdout
    assert sorted((home / "releases").iterdir()) == releases
    (last, first) = json.loads(returns("status", "--home", home, "--json").stdout)["nights"]
    assert (first["idle"], last["idle"], last["succeeded"]) == (False, True, True)
    assert last["release_id"] == first["release_id"]
    # Measured inside this run: the ratio to a full night.
    assert last["seconds"] <= 0.4 * first["seconds"]


def test_a_damaged_release_is_news(home: Path) -> None:
    assert is_idle(home)
    file = next((home / "releases" / "current").resolve().glob("csv/turnover_by_cluster.csv"))
    file.write_bytes(file.read_bytes().replace(b"2025-26", b"2025-27", 1))
    assert not is_idle(home)


def new_file(home: Path) -> None:
    (home / "inbox" / "one more.csv").write_text("Organisation,Turnover\nA,1\n", encoding="utf-8")


def refusal_gone(home: Path) -> None:
    shutil.rmtree(next((home / "refused").iterdir()))


def enrolment(home: Path) -> None:
    (home / "register").mkdir(exist_ok=True)
    (home / "register" / "enrolments.csv").write_text("cluster_id\n", encoding="utf-8")


def landed_gone(home: Path) -> None:
    shutil.rmtree(next((home / "landed").iterdir()))


@pytest.mark.parametrize("change", [new_file, refusal_gone, enrolment, landed_gone])
def test_what_changes_in_the_home_is_news(home: Path, change: Callable[[Path], None]) -> None:
    change(home)
    assert not is_idle(home)


def test_what_changes_in_the_programme_is_news(home: Path, tmp_path: Path) -> None:
    programme = tmp_path / "programme"
    shutil.copytree(SHIPPED_PROGRAMME, programme)
    assert is_idle(home, programme)
    targets = programme / "targets.csv"
    targets.write_text(targets.read_text(encoding="utf-8").replace("0.15", "0.16"), encoding="utf-8")
    assert not is_idle(home, programme)


def test_the_day_is_news_only_when_it_changes_something(demo_home: Path) -> None:
    """In the demo every return due by the summer of 2026 is there; 2026-27 opens on 1 April and is due on 31 July."""
    programme = read_programme(SHIPPED_PROGRAMME)

    def inputs(day: date) -> dict[str, str]:
        return inputs_of(Home(demo_home), programme, as_of=day)

    quiet = inputs(date(2027, 1, 10))
    assert inputs(date(2027, 3, 31)) == quiet
    opened = inputs(date(2027, 4, 1))
    assert opened != quiet
    assert inputs(date(2027, 7, 31)) == opened
    # From the day after the due date a mart counts the days for which the returns are overdue: each day is news.
    overdue = [inputs(date(2027, 8, day)) for day in (1, 2)]
    assert overdue[0] != opened
    assert overdue[0] != overdue[1]
    assert {name for name in quiet if quiet[name] != overdue[1][name]} == {"day"}


def test_a_release_that_has_become_old_is_built_anew(home: Path) -> None:
    first = as_of(home)
    assert is_idle(home)
    assert not is_idle(home, day=date.fromordinal(first.toordinal() + 7))
    assert not is_idle(home, day=date.fromordinal(first.toordinal() - 1))


def test_every_model_that_knows_the_day_is_thought_of(project: Path) -> None:
    """A new model that uses `as_of` must be added here and, where it may change a mart, in orchestration/inputs.py."""
    known = {
        "int_returns", "int_returns_due", "int_programme_years",
        # Decisions that are made or expire, and the nights that saw an alert.
        "int_decisions", "int_sightings", "alerts", "decisions", "rule_scorecard", "alerts_of_rules",
    }  # fmt: skip
    folders = [project / "dbt_project" / "models", project / "dbt_project" / "macros", project / "expectations"]
    files = [file for folder in folders for file in folder.rglob("*.sql")]
    used = {file.stem for file in files if "as_of" in file.read_text(encoding="utf-8")}
    assert used <= known
    assert {"int_returns", "int_returns_due"} <= used
