"""A very small home on which faults are tried, and what must be as it was after each."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.arrivals import read_arrivals
from ingestion.land import read_landing
from orchestration.home import Home
from orchestration.receipts import landed_folders
from orchestration.release import current_release, open_release, verify
from tests.older_homes.make_home import PROGRAMME, RUNS

PROJECT = Path(__file__).parents[2]
# Whether every fault is tried, as by `make bench-faults`, or the few that the suite has time for.
ALL = bool(os.environ.get("RETURNS_ALL_FAULTS"))
NOW = RUNS[-1] + timedelta(days=1)
LATER = NOW + timedelta(hours=1)
Run = Callable[..., dict[str, Any]]


def environment() -> dict[str, str]:
    """That of a command on the programme of the small home, whatever the tests' own is."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DATABASE_URL"))} | {
        "RETURNS_PROGRAMME": str(PROGRAMME)
    }


def command(*words: object) -> subprocess.CompletedProcess[str]:
    """A command of `returns`."""
    line = [sys.executable, "-m", "orchestration.cli", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=600, env=environment())


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Runs on a home at a moment, in a process that goes on from one to the next; see `runs`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.runs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout

    def ask(home: Path, now: datetime, **words: Any) -> dict[str, Any]:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"home": str(home), "now": now.isoformat(), **words}) + "\n")
        process.stdin.flush()
        told: dict[str, Any] = json.loads(process.stdout.readline())
        assert "Traceback" not in told["said"], told
        return told

    yield ask
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


def facts(home: Path) -> dict[str, Any]:
    """What must be neither lost nor doubled, whatever happened: the release is whole, and says the same."""
    where = Home(home.resolve())
    release = current_release(where)
    verify(release)
    with open_release(release) as marts:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return marts.execute(sql).fetchall()

        found = {
            "alerts": rows("select alert_id, status from alerts order by all"),
            "decisions": rows("select decision_id, kind from decisions order by all"),
            "returns": rows("select cluster_id, reporting_year, receipt_id from returns order by all"),
            "receipts": rows("select receipt_id, file_name, state from receipts order by all"),
            "turnover": rows("select cluster_id, reporting_year, turnover_gbp from turnover_by_cluster order by all"),
        }
    with closing(sqlite3.connect(home / "operations.sqlite3")) as database:
        found["kept decisions"] = database.execute(
            "select id, kind, chain from decisions_decision order by 1"
        ).fetchall()
        found["questions"] = database.execute("select count(*) from queries_question").fetchall()
    found["archived"] = sorted(file.parent.name for file in where.archive.glob("??/*/content"))
    found["landed rows"] = [(folder.name, dict(read_landing(folder).rows)) for folder in landed_folders(where)]
    arrivals = read_arrivals(where.archive).table
    found["arrivals"] = arrivals.select(["sequence", "content_id", "file_name"]).to_pylist()
    return found


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory, run: Run) -> tuple[Path, int]:
    """A home in which this version has run once, and how many changes to the home that run made; only read."""
    home = tmp_path_factory.mktemp("faults") / "home"
    with tarfile.open(PROJECT / "tests" / "older_homes" / "fa5a69b.tar.xz") as tar:
        tar.extractall(home, filter="data")
    told = run(home, NOW)
    assert told["published"], told
    return home, int(told["changes"])


@pytest.fixture(scope="session")
def settled(first_run: tuple[Path, int]) -> Path:
    """That home."""
    return first_run[0]


@pytest.fixture(scope="session")
def as_it_was(settled: Path) -> dict[str, Any]:
    """What holds in it, and has to hold after every fault."""
    return facts(settled)


@pytest.fixture
def home(settled: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy for one fault."""
    copy = tmp_path / "home"
    shutil.copytree(settled, copy, symlinks=True)
    yield copy
    shutil.rmtree(copy, ignore_errors=True)
