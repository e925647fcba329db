"""A home that an older version made is opened by this one: nothing is lost, nothing is asked again.

How each home was made is told in `make_home.py`. What a version changes on purpose is declared below, with its reason.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.home import Home
from orchestration.query import run_query
from orchestration.release import current_release, read_release, verify
from orchestration.retention import published
from tests.older_homes.make_home import RUNS

pytestmark = pytest.mark.xdist_group("older_homes")
FOLDER = Path(__file__).parent
VERSIONS = ("fa5a69b",)
_LATE = "a return is late by its first version: a correction makes none late"
_ACCEPTED = "estimates are added to the accepted total, no longer to one with doubted figures in it"
# Columns of marts, as (mart, column), in which a later version says something else on purpose, and why.
# A column that only one of the two has is not compared.
DECLARED: dict[tuple[str, str], str] = {
    ("methods", "version"): "of a rule it is a hash of its text, and texts are made clearer",
    ("returns", "state"): _LATE,
    ("returns", "days_late"): _LATE,
    ("response_by_cluster", "return_state"): _LATE,
    ("response_by_cluster", "days_late"): _LATE,
    ("response_by_cluster", "organisations_late"): _LATE,
    ("response_by_organisation", "days_late"): _LATE,
    ("turnover_by_cluster", "turnover_with_imputed_gbp"): _ACCEPTED,
    ("programme_turnover", "turnover_with_imputed_gbp"): _ACCEPTED,
    ("alerts", "impact"): "it compares with the figure that is published, and names it",
    ("alerts", "impact_ratio"): "it is worked out from published figures, which are rounded",
}
# Rows that the version before did not have.
ADDED: dict[str, str] = {"methods": "method = 'F13 Return set aside by us'"}
# What is told of each alert, letter and return must stay as it is in any case.
_ALWAYS = ("alerts", "decisions", "returns", "turnover_by_cluster", "turnover_by_organisation", "letters")


def look(home: Path, *words: str) -> dict[str, Any]:
    """Open a home in a process of its own: what it says, and how the console's pages answer."""
    command = [sys.executable, "-m", "tests.older_homes.look", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, cwd=FOLDER.parents[1])
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def before(version: str) -> dict[str, Any]:
    """What the version that made the home says of it."""
    told: dict[str, Any] = json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="module")
def home(version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home as it was left, for each test that comes after another as that one left it."""
    folder = tmp_path_factory.mktemp("older") / "home"
    with tarfile.open(FOLDER / f"{version}.tar.xz") as tar:
        tar.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def opened(home: Path) -> dict[str, Any]:
    """What this version says of it before it runs anything."""
    return look(home)


@pytest.fixture(scope="module")
def after_run(home: Path, opened: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What it says after a run of this version on the day of the last run of the other."""
    yield look(home, "--run", (RUNS[-1] + timedelta(hours=3)).isoformat())


def test_the_home_holds_what_its_recipe_promises(before: dict[str, Any]) -> None:
    """Otherwise the tests below would compare nothing with nothing."""
    assert len(before["releases"]) == len(RUNS)
    assert {row[2] for row in before["decisions"]} == {
        "acknowledge", "ask", "confirm", "correct", "leave-out", "rule-wrong", "reopen",
    }  # fmt: skip
    assert {row[2] for row in before["alerts"]} >= {"new", "confirmed", "waiting for the agency"}
    assert {row[3] for row in before["letters"]} >= {"waiting for the agency", "confirmed", "asked again"}
    assert len(before["returns"]) == 4


def test_it_says_the_same_as_before(before: dict[str, Any], opened: dict[str, Any]) -> None:
    assert opened["told"] == before


def test_every_page_about_every_release_opens(opened: dict[str, Any]) -> None:
    assert len(opened["pages"]) >= 4 + 3 * len(RUNS)
    assert {address: status for address, status in opened["pages"].items() if status != 200} == {}


def test_every_old_release_is_whole_and_can_be_asked(
    before: dict[str, Any], home: Path, opened: dict[str, Any]
) -> None:
    releases = [read_release(home / "releases" / name) for name in before["releases"]]
    assert [release.release_id for release in published(Home(home))][: len(releases)] == before["releases"]
    for release in releases:
        verify(release)
        rows = json.loads(run_query(release, "select count(*) as n from alerts", form="json"))
        assert rows[0]["n"] > 0


def test_the_next_run_publishes_the_same(before: dict[str, Any], after_run: dict[str, Any]) -> None:
    told = after_run["told"]
    assert told["current"] not in before["releases"]
    assert {name: told[name] for name in _ALWAYS} == {name: before[name] for name in _ALWAYS}
    assert set(after_run["pages"].values()) == {200}


def test_every_figure_is_as_it_was_but_for_what_is_declared(
    before: dict[str, Any], home: Path, after_run: dict[str, Any]
) -> None:
    with duckdb.connect() as both:
        for side, release in (("before", before["current"]), ("now", after_run["told"]["current"])):
            both.execute(f"attach '{home / 'releases' / release / 'marts.duckdb'}' as {side} (read_only)")
        found = both.execute(
            "select database_name, table_name, column_name from duckdb_columns() order by all"
        ).fetchall()
        columns = {
            side: {(mart, column) for of, mart, column in found if of == side and mart != "revisions"}
            for side in ("before", "now")
        }
        same = sorted((columns["before"] & columns["now"]) - DECLARED.keys())
        assert len(same) > 500
        differ = {}
        for mart in sorted({mart for mart, _ in same}):
            names = ", ".join(f'"{column}"' for of, column in same if of == mart)
            old = f"not ({ADDED[mart]})" if mart in ADDED else "true"
            was, now = (
                Counter(map(repr, both.execute(f"select {names} from {side}.{mart} where {old}").fetchall()))
                for side in ("before", "now")
            )
            if was != now:
                differ[mart] = {"before": list(was - now)[:3], "now": list(now - was)[:3], "columns": names}
    assert differ == {}


def test_the_history_is_chained_and_each_release_says_where_it_ends(
    before: dict[str, Any], home: Path, after_run: dict[str, Any], tmp_path: Path
) -> None:
    """What the older version wrote is chained when it is opened; what is cut off later shows by the releases."""
    chains = json.loads((home / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))["chains"]
    assert {one["table"]: one["rows"] for one in chains}["decisions_decision"] == len(before["decisions"])
    assert after_run["broken"] == []
    copy = tmp_path / "home"
    shutil.copytree(home, copy, symlinks=True)
    with closing(sqlite3.connect(copy / "operations.sqlite3")) as database, database:
        for name, table in (("decisions", "decisions_decision"), ("audit_entries", "access_auditentry")):
            database.execute(f"drop trigger {name}_are_never_deleted")
            database.execute(f"delete from {table} where id > (select max(id) from {table} where id % 7 = 0)")
    ends = {one["table"]: one["rows"] for one in chains}
    cut = len(before["decisions"]) - len(before["decisions"]) // 7 * 7
    problems = look(copy)["broken"]
    assert (
        f"{cut} of the {ends['decisions_decision']} rows that decisions_decision had in "
        f"release {after_run['told']['current']} are gone from its end."
    ) in problems
    assert any("access_auditentry" in problem for problem in problems)


def test_rollback_goes_back_to_each_and_the_next_run_forward(
    before: dict[str, Any], home: Path, after_run: dict[str, Any]
) -> None:
    for name in (*reversed(before["releases"]), after_run["told"]["current"]):
        command = [sys.executable, "-m", "orchestration.cli", "rollback", name, "--home", str(home)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        assert current_release(Home(home)).release_id == name


def test_figures_that_a_steward_leaves_out_stop_no_run(home: Path, after_run: dict[str, Any]) -> None:
    """One figure of each kind is left out: the next run publishes, and says that it was left out."""
    with duckdb.connect(str((home / "releases" / "current").resolve() / "marts.duckdb"), read_only=True) as marts:
        found = marts.execute(
            """
            select min(alert_id) from alerts
            where organisation_id is not null and value is not null and not is_settled group by field
            """
        ).fetchall()
    ids = sorted(row[0] for row in found)
    assert len(ids) >= 2
    told = look(home, *(word for one in ids for word in ("--leave-out", one)), "--run",
                (RUNS[-1] + timedelta(days=1)).isoformat())["told"]  # fmt: skip
    assert told["current"] != after_run["told"]["current"]
    standing = {row[0]: row[2] for row in told["alerts"]}
    assert {standing[one] for one in ids if one in standing} <= {"left out"}
