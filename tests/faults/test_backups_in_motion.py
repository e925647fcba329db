"""Backups that are made while the inbox changes all the time and a run goes on: each of them restores."""

from __future__ import annotations

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.backup import make_backup
from orchestration.home import Home
from orchestration.restore import restore_backup
from tests.faults.conftest import NOW, Run, facts

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.long]
_BACKUPS = 10
# What a return of nobody cannot change.
_SAME = ("decisions", "returns", "turnover", "kept decisions", "questions")


def _keep_changing(inbox: Path, stop: threading.Event, chance: random.Random) -> None:
    """Files that nobody could read grow, shrink, are written anew, replaced, removed and put there."""
    names = [inbox / f"moving {number}.xlsx" for number in range(4)]
    beside = inbox / ".beside"
    while not stop.is_set():
        file = chance.choice(names)
        action = chance.randrange(5)
        if action == 0:
            file.write_bytes(chance.randbytes(chance.randrange(1, 400_000)))
        elif action == 1 and file.exists():
            with file.open("ab") as growing:
                growing.write(chance.randbytes(50_000))
        elif action == 2 and file.exists():
            with file.open("r+b") as shrinking:
                shrinking.truncate(10)
        elif action == 3:
            beside.write_bytes(chance.randbytes(200_000))
            beside.replace(file)
        else:
            file.unlink(missing_ok=True)


def test_each_restores_and_the_next_run_of_the_new_home_publishes_the_same(
    run: Run, home: Path, tmp_path: Path, as_it_was: dict[str, Any]
) -> None:
    before = as_it_was
    stop = threading.Event()
    changing = threading.Thread(target=_keep_changing, args=(home / "inbox", stop, random.Random(5)))
    changing.start()
    files = [tmp_path / f"{number}.tar.gz" for number in range(_BACKUPS)]
    with ThreadPoolExecutor(1) as beside:
        going_on = beside.submit(run, home, NOW + timedelta(hours=1))
        try:
            # The first comes before, beside or after that run, as it happens; none is made in the middle of it.
            made = [make_backup(Home(home.resolve()), file, now=NOW, wait_seconds=500) for file in files]
            assert going_on.result(timeout=500)["published"]
        finally:
            stop.set()
            changing.join()
    restored = 0
    for number, file in enumerate(files):
        restore_backup(file, tmp_path / f"restored {number}")
        found = facts(tmp_path / f"restored {number}")
        assert {name: found[name] for name in _SAME} == {name: before[name] for name in _SAME}
        restored += 1
    in_motion = sum(bool(one.in_motion) for one in made)
    sys.stderr.write(f"\n{restored} of {_BACKUPS} backups restored; {in_motion} named files in motion\n")
    new = tmp_path / f"restored {_BACKUPS - 1}"
    assert run(new, NOW + timedelta(hours=2))["published"]
    found = facts(new)
    assert {name: found[name] for name in _SAME} == {name: before[name] for name in _SAME}
