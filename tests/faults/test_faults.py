"""After each fault the next run publishes, nothing is lost or doubled, and what failed was said.

A few of each kind here, since each costs a run or two; `make bench-faults` tries all of them and every tenth write.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import NOW, facts, run

pytestmark = pytest.mark.xdist_group("faults")
ALL = bool(os.environ.get("RETURNS_ALL_FAULTS"))
_LATER = NOW + timedelta(hours=1)
_TRIED: list[str] = []
# What a run makes again, or what the next release takes the place of.
MADE_AGAIN = ("releases/current", "landed", "refused", "build", "dagster", "nights", "logs")
RELEASE_FILES = ("marts.duckdb", "manifest.json", "changes.csv", "public/manifest.json")


@pytest.fixture(scope="module", autouse=True)
def _say_how_many() -> Iterator[None]:
    yield
    sys.stderr.write(f"\n{len(_TRIED)} faults; after each the next run published the same: {', '.join(_TRIED)}\n")


@pytest.mark.parametrize("gone", [(one,) for one in MADE_AGAIN] if ALL else [MADE_AGAIN])
def test_what_is_gone_is_made_again(settled: Path, home: Path, gone: tuple[str, ...]) -> None:
    """One after the other in `make bench-faults`, here all of it at once."""
    for name in gone:
        shutil.rmtree((home / name).resolve())
    assert run(home, _LATER)["succeeded"]
    assert facts(home) == facts(settled)
    _TRIED.extend(f"{name} gone" for name in gone)


@pytest.mark.parametrize("name", RELEASE_FILES if ALL else RELEASE_FILES[:1])
def test_a_release_that_is_damaged_is_published_anew(settled: Path, home: Path, name: str) -> None:
    file = (home / "releases" / "current").resolve() / name
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-7])
    assert run(home, _LATER)["succeeded"]
    assert facts(home) == facts(settled)
    _TRIED.append(f"{name} damaged")


@pytest.mark.parametrize("years", [2, -2] if ALL else [2])
def test_a_clock_that_jumps_loses_nothing(settled: Path, home: Path, years: int) -> None:
    releases = {one.name for one in (home / "releases").iterdir()}
    run(home, NOW + timedelta(days=365 * years))
    assert run(home, _LATER)["succeeded"]
    assert facts(home) == facts(settled)
    assert releases <= {one.name for one in (home / "releases").iterdir()}
    _TRIED.append(f"the clock {years:+d} years and back")


@pytest.mark.parametrize("part", range(0, 100, 10) if ALL else [80])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"] if ALL else ["ENOSPC"])
def test_a_write_that_fails_is_said_and_the_next_run_publishes(
    settled: Path, first_run: tuple[Path, int], home: Path, part: int, error: str
) -> None:
    """At so many percent of the changes that a run makes."""
    number = max(1, first_run[1] * part // 100)
    told = run(home, _LATER, "--fail-at", str(number), "--error", error)
    assert told["failed"], told
    if not told["succeeded"]:
        assert told["said"], told
        assert "Traceback" not in told["said"]
    assert facts(home) == facts(settled)
    assert run(home, _LATER + timedelta(hours=1))["succeeded"]
    assert facts(home) == facts(settled)
    _TRIED.append(f"write {number} of {first_run[1]} ({error})")
