"""Nights on Spark. They take minutes and need Java, so only `make test-spark` runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestration.home import LOCK
from orchestration.spark_engine import needs
from tests.orchestration.conftest import boroughs, demo_home, real_home, returns

__all__ = ["boroughs", "demo_home", "real_home", "returns"]

CONF = Path(__file__).parent / "conf"
# Of a home what counting makes; all else came to it or was decided in it, and figures depend on it.
_MADE = frozenset({"build", "releases", "reports", "nights", "logs", "dagster", LOCK, "night.txt"})
StartNight = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def spark_settings() -> Mapping[str, str]:
    """The environment of a night on Spark; skips the test where none is asked for or none can run."""
    if not os.environ.get("RETURNS_TEST_SPARK"):
        pytest.skip("nights on Spark take minutes: run them by make test-spark")
    missing = needs()
    if missing:
        pytest.skip(missing)
    return {**os.environ, "SPARK_CONF_DIR": str(CONF), "SPARK_LOCAL_IP": "127.0.0.1"}


@pytest.fixture(scope="session")
def start_night(spark_settings: Mapping[str, str]) -> StartNight:
    """Start a night on Spark in a new home with all that came to another; the same day, nothing counted yet."""

    def start(
        done: Path, home: Path, *words: object, settings: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        shutil.copytree(done, home, ignore=lambda folder, names: _MADE & set(names) if folder == str(done) else ())
        day = json.loads((done / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))["as_of"]
        command = [sys.executable, "-m", "orchestration.cli", "nightly", "--engine", "spark", "--home", home]
        return subprocess.Popen(
            [*map(str, command), "--as-of", day, *map(str, words)],
            env={**spark_settings, **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finish(night: subprocess.Popen[str]) -> str:
    """What a night that has to end well printed."""
    told, problems = night.communicate(timeout=3600)
    assert night.returncode == 0, problems
    return told


def databases(home: Path) -> Mapping[str, Path]:
    """What a night leaves: the build, the release, its public edition."""
    (build,) = (home / "build").glob("*/warehouse.duckdb")
    current = home / "releases" / "current"
    return {"build": build, "release": current / "marts.duckdb", "public": current / "public" / "marts.duckdb"}
