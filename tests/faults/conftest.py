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

from orchestration.home import Home
from orchestration.release import current_release, open_release, verify
from tests.older_homes.make_home import PROGRAMME, RUNS

PROJECT = Path(__file__).parents[2]
NOW = RUNS[-1] + timedelta(days=1)
Run = Callable[..., dict[str, Any]]


def run(home: Path, now: datetime, *words: str) -> dict[str, Any]:
    """A whole run in a process of its own; see `failing_writes`."""
    command = [sys.executable, "-m", "tests.faults.failing_writes", str(home), "--now", now.isoformat(), *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600, cwd=PROJECT, env=environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def environment() -> dict[str, str]:
    """That of a command on the programme of the small home, whatever the tests' own is."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DATABASE_URL"))} | {
        "RETURNS_PROGRAMME": str(PROGRAMME)
    }


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
            "receipts": rows("select receipt_id, state from receipts order by all"),
            "turnover": rows("select cluster_id, reporting_year, turnover_gbp from turnover_by_cluster order by all"),
        }
    with closing(sqlite3.connect(home / "operations.sqlite3")) as database:
        found["kept decisions"] = database.execute(
            "select id, kind, chain from decisions_decision order by 1"
        ).fetchall()
        found["questions"] = database.execute("select count(*) from queries_question").fetchall()
    found["archived"] = sorted(file.parent.name for file in where.archive.glob("??/*/content"))
    return found


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A home in which this version has run once, and how many changes to the home that run made; only read."""
    home = tmp_path_factory.mktemp("faults") / "home"
    with tarfile.open(PROJECT / "tests" / "older_homes" / "fa5a69b.tar.xz") as tar:
        tar.extractall(home, filter="data")
    told = run(home, NOW)
    assert told["succeeded"], told
    return home, int(told["changes"])


@pytest.fixture(scope="session")
def settled(first_run: tuple[Path, int]) -> Path:
    """That home."""
    return first_run[0]


@pytest.fixture
def home(settled: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy for one fault."""
    copy = tmp_path / "home"
    shutil.copytree(settled, copy, symlinks=True)
    yield copy
    shutil.rmtree(copy, ignore_errors=True)
