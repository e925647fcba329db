"""Whole nights, each run once for all tests that look at it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

Returns = Callable[..., "subprocess.CompletedProcess[str]"]


def run_returns(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, in a process of its own."""
    command = [sys.executable, "-m", "orchestration.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **options)


@pytest.fixture(scope="session")
def returns() -> Returns:
    return run_returns


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one night ran over the demo: run by the first worker that asks, and only read by all."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = folder / "demo-home"
    with (folder / "demo-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "night.txt").exists():
            laid = run_returns("demo", "--home", home)
            assert laid.returncode == 0, laid.stderr
            night = run_returns("nightly", "--home", home)
            assert night.returncode == 0, night.stderr
            (home / "night.txt").write_text(night.stdout, encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def boroughs(project: Path) -> Path:
    """The programme folder of the seven boroughs."""
    return project / "tests" / "programmes" / "west-midlands-boroughs"


@pytest.fixture(scope="session")
def real_home(tmp_path_factory: pytest.TempPathFactory, shared: Path, boroughs: Path) -> Path:
    """A home in which one night ran over the 42 real returns."""
    home = tmp_path_factory.mktemp("real")
    shutil.copytree(shared / "real" / "returns", home / "inbox")
    night = run_returns("nightly", "--home", home, "--programme", boroughs)
    assert night.returncode == 0, night.stderr
    (home / "night.txt").write_text(night.stdout, encoding="utf-8")
    return home


def read_marts(home: Path) -> Mapping[str, list[tuple[Any, ...]]]:
    """Every mart of the current release, all rows, sorted."""
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        names = [name for (name,) in marts.execute("select table_name from duckdb_tables() order by all").fetchall()]
        return {name: marts.execute(f"select * from {name} order by all").fetchall() for name in names}


def query(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of one query over the current release."""
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        return marts.execute(sql, values).fetchall()
