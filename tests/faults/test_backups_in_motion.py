"""Backups that are made while the inbox changes all the time and a run goes on: each of them restores."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.backup import make_backup
from orchestration.home import Home
from orchestration.restore import restore_backup
from tests.faults.conftest import NOW, PROJECT, environment, facts, run

pytestmark = pytest.mark.xdist_group("faults")
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


def test_each_restores_and_the_next_run_of_the_new_home_publishes_the_same(home: Path, tmp_path: Path) -> None:
    before = facts(home)
    stop = threading.Event()
    changing = threading.Thread(target=_keep_changing, args=(home / "inbox", stop, random.Random(5)))
    changing.start()
    later = (NOW + timedelta(hours=1)).isoformat()
    command = [sys.executable, "-m", "tests.faults.failing_writes", str(home), "--now", later]
    going_on = subprocess.Popen(command, cwd=PROJECT, env=environment(), stdout=subprocess.DEVNULL)
    try:
        files = [tmp_path / f"{number}.tar.gz" for number in range(_BACKUPS)]
        # The first comes before, beside or after that run, as it happens; none is made in the middle of it.
        made = [make_backup(Home(home.resolve()), file, now=NOW, wait_seconds=500) for file in files]
    finally:
        stop.set()
        changing.join()
        going_on.wait(timeout=500)
    restored = 0
    for number, file in enumerate(files):
        restore_backup(file, tmp_path / f"restored {number}")
        found = facts(tmp_path / f"restored {number}")
        assert {name: found[name] for name in _SAME} == {name: before[name] for name in _SAME}
        restored += 1
    in_motion = sum(bool(one.in_motion) for one in made)
    sys.stderr.write(f"\n{restored} of {_BACKUPS} backups restored; {in_motion} named files in motion\n")
    new = tmp_path / f"restored {_BACKUPS - 1}"
    assert run(new, NOW + timedelta(hours=2))["succeeded"]
    found = facts(new)
    assert {name: found[name] for name in _SAME} == {name: before[name] for name in _SAME}
