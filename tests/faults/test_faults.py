"""After each fault the next run publishes, nothing is lost or doubled, and the message names what failed.

Here one fault of each kind in one home, since a run takes half a minute; `make bench-faults` tries each alone, with
every way of damaging it, and every twelfth write.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import ALL, LATER, NOW, Run, command, facts
from tests.faults.pieces import HOWS, PIECES, SILENT, emptied

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.long]
_TRIED: list[str] = []
EVERY = {**PIECES, **SILENT}
EACH = [(name, how) for name, piece in EVERY.items() for how in piece.hows]
# What a run makes again, all of it.
MADE_AGAIN = ("landed", "refused", "build", "dagster", "nights", "logs", "waiting", "releases/current")


@pytest.fixture(scope="module", autouse=True)
def _say_how_many() -> Iterator[None]:
    yield
    sys.stderr.write(f"\n{len(_TRIED)} faults; after each the next run published the same: {', '.join(_TRIED)}\n")


def damage(home: Path, name: str, how: str) -> str | None:
    """Damage a piece; what the next run has to say of it."""
    file = EVERY[name].file(home)
    if not file.is_symlink():
        file.chmod(0o600)
    said = EVERY[name].says(home, file, how)
    HOWS[how](file)
    _TRIED.append(f"{name}: {how}")
    return None if name in SILENT else said


def says(told: dict[str, Any], expected: str) -> None:
    assert re.search(expected, told["said"]), (expected, told["said"])


@pytest.mark.parametrize("how", HOWS if ALL else ["one bit"])
def test_pieces_that_are_damaged_together(run: Run, home: Path, as_it_was: dict[str, Any], how: str) -> None:
    """One of each kind; where a kind cannot be damaged so, in the way that it can."""
    expected = [
        damage(home, name, how if how in piece.hows else piece.hows[0])
        for name, piece in EVERY.items()
        if not piece.alone
    ]
    told = run(home, LATER)
    assert told["published"], told
    for said in expected:
        says(told, said or "")
    assert facts(home) == as_it_was
    # What could be made again was: nothing is said of it any more.
    left = run(home, LATER + timedelta(hours=1), force=False)["said"]
    assert not re.search("landed/|receipt.json|dagster/|nights/|refused/|current", left), left


@pytest.mark.skipif(not ALL, reason="Each alone takes long: make bench-faults.")
@pytest.mark.parametrize(("name", "how"), EACH)
def test_a_piece_that_is_damaged_alone(run: Run, home: Path, as_it_was: dict[str, Any], name: str, how: str) -> None:
    """The run that follows finds that the release stands, or publishes it anew."""
    said = damage(home, name, how)
    told = run(home, LATER, force=False)
    assert told["succeeded"], told
    says(told, said or "")
    assert facts(home) == as_it_was


@pytest.mark.skipif(not ALL, reason="What is gone is made again also where pieces are damaged together.")
@pytest.mark.parametrize("gone", [*((one,) for one in MADE_AGAIN), MADE_AGAIN])
def test_what_is_gone_is_made_again(run: Run, home: Path, as_it_was: dict[str, Any], gone: tuple[str, ...]) -> None:
    for name in gone:
        shutil.rmtree((home / name).resolve(), ignore_errors=True)
    told = run(home, LATER)
    assert told["published"], told
    assert facts(home) == as_it_was
    _TRIED.extend(f"{name} gone" for name in gone)


@pytest.mark.parametrize(
    # A register that is deleted is none of these: a home may have no register.
    ("how", "name"),
    [("empty", "operations.sqlite3"), ("deleted", "operations.sqlite3"), ("empty", "register/enrolments.csv")],
)
def test_what_nothing_can_make_again_stops_the_run_until_it_is_back(
    run: Run, home: Path, as_it_was: dict[str, Any], tmp_path: Path, name: str, how: str
) -> None:
    """The database without which decisions would be forgotten, and a file of the operator's own."""
    kept = Path(shutil.copy2(home / name, tmp_path / "kept"))
    HOWS[how](home / name)
    told = run(home, LATER)
    assert not told["succeeded"], told
    says(told, re.escape(Path(name).name))
    shutil.copy2(kept, home / name)
    told = run(home, LATER + timedelta(hours=1), force=ALL)
    assert told["succeeded"], told
    assert facts(home) == as_it_was
    _TRIED.append(f"{name}: {how}")


@pytest.mark.parametrize("killed", [1, 2, 100] if ALL else [1, 100])
def test_a_reader_that_is_killed_refuses_no_return(
    run: Run, home: Path, as_it_was: dict[str, Any], killed: int
) -> None:
    """Killed once or twice it is read again; killed each time it waits, and a later run reads it."""
    emptied(PIECES["a landing"].file(home))
    told = run(home, LATER, force=ALL, kill=killed)
    assert told["killed"] >= min(killed, 2), told
    assert told["succeeded"], told
    if killed == 100:
        says(told, "Our machine could not read “.*”: the process that reads it .* The file waits")
    told = run(home, LATER + timedelta(hours=1), force=ALL)
    assert told["succeeded"], told
    assert not (home / "waiting").exists() or not list((home / "waiting").iterdir())
    assert facts(home) == as_it_was
    _TRIED.append(
        "a reader killed" if killed == 1 else "every reader killed" if killed > 2 else "a reader killed twice"
    )


@pytest.mark.parametrize("how", ["not there", "empty", "half-way"])
def test_an_inbox_that_vanishes_is_one_fault_and_nothing_is_lost(
    run: Run, home: Path, as_it_was: dict[str, Any], how: str
) -> None:
    inbox, away = home / "inbox", home.with_name("away")
    if how != "half-way":
        inbox.rename(away)
    if how == "empty":
        inbox.mkdir()
    told = run(home, LATER, force=ALL, **({"vanish_after": 2} if how == "half-way" else {}))
    assert told["succeeded"], told
    says(told, "The inbox .*/home/inbox " + ("cannot be read to its end: stale" if how == "half-way" else "is empty"))
    assert facts(home) == as_it_was
    if how != "half-way":
        inbox.rmdir()
        away.rename(inbox)
    told = run(home, LATER + timedelta(hours=1), force=ALL)
    assert told["succeeded"], told
    assert "The inbox" not in told["said"]
    assert facts(home) == as_it_was
    _TRIED.append(f"the inbox {how}")


@pytest.mark.parametrize("years", [2, -2])
def test_a_clock_that_jumps_loses_nothing(run: Run, home: Path, as_it_was: dict[str, Any], years: int) -> None:
    releases = {one.name for one in (home / "releases").iterdir()}
    run(home, NOW + timedelta(days=365 * years))
    told = run(home, LATER)
    assert told["published"], told
    assert facts(home) == as_it_was
    assert releases <= {one.name for one in (home / "releases").iterdir()}
    _TRIED.append(f"the clock {years:+d} years and back")


@pytest.mark.parametrize("part", range(0, 12) if ALL else [10])
def test_a_write_that_fails_is_said_and_the_next_run_publishes(
    run: Run, first_run: tuple[Path, int], home: Path, as_it_was: dict[str, Any], part: int
) -> None:
    """At so many twelfths of the changes that a run makes, with another error each time."""
    number = max(1, first_run[1] * part // 12)
    error = ("ENOSPC", "EIO", "EROFS")[part % 3]
    told = run(home, LATER, fail_at=number, error=error)
    assert told["failed"], told
    if not told["succeeded"]:
        assert told["said"], told
    assert facts(home) == as_it_was
    told = run(home, LATER + timedelta(hours=1), force=ALL)
    assert told["succeeded"], told
    assert facts(home) == as_it_was
    _TRIED.append(f"write {number} of {first_run[1]} ({error})")


def test_a_row_that_was_edited_past_the_product_is_found_by_verify(home: Path) -> None:
    """Also with the triggers dropped: by the chain of hashes. The audit log's: tests/older_homes."""
    whole = command("verify", "--home", home)
    assert whole.returncode == 0, whole.stdout
    with closing(sqlite3.connect(home / "operations.sqlite3")) as database, database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f"drop trigger {name}")
        (decision,) = database.execute("select min(id) + 1 from decisions_decision").fetchone()
        database.execute("update decisions_decision set explanation = 'as somebody wished' where id = ?", [decision])
    found = command("verify", "--home", home)
    assert found.returncode == 1
    assert (
        f"operations.sqlite3 is not as it was written: The decision {decision} is not as it was written" in found.stdout
    )
