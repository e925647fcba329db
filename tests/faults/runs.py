"""Whole runs, one after another, in a process of their own, so that packages are imported once: `python -m`.

Reads one JSON object a line: home, now, and what is to happen while it runs. Answers each with one: how many changes
there were, which one failed, how many children were killed, and how the run ended.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.programme import read_programme
from orchestration.endings import end_of
from orchestration.home import open_home
from orchestration.night import run_night
from tests.faults.failing_writes import FailingDisk, vanishing_inbox
from tests.older_homes.make_home import PROGRAMME


@contextmanager
def killed_children(most: int) -> Iterator[set[int]]:
    """So many child processes are killed (SIGKILL), each as soon as it is seen; yields their numbers."""
    killed: set[int] = set()
    done = threading.Event()

    def kill() -> None:
        while not done.is_set() and len(killed) < most:
            for child in sorted(_readers() - killed)[: most - len(killed)]:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def _readers() -> set[int]:
    """The processes that this one has started to read files."""
    found = set()
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                with suppress(OSError):
                    if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.add(child)
    return found


def run(
    home: str,
    now: str,
    *,
    force: bool = True,
    fail_at: int = 0,
    error: str = "ENOSPC",
    vanish_after: int | None = None,
    kill: int = 0,
) -> dict[str, Any]:
    """One run, and what it said."""
    programme, where, moment = read_programme(PROGRAMME), open_home(Path(home)), datetime.fromisoformat(now)
    disk = FailingDisk(where.folder, fail_at, getattr(errno, error))
    with ExitStack() as stack:
        stack.enter_context(disk.installed())
        killed = stack.enter_context(killed_children(kill)) if kill else set()
        if vanish_after is not None:
            stack.enter_context(vanishing_inbox(vanish_after))
        try:
            record = run_night(where, programme, as_of=None, now=moment, force=force, wait=True)
            told = {
                "succeeded": record.succeeded,
                "published": record.succeeded and not record.idle,
                "said": "\n".join([record.failure or "", *record.notices, *record.incomplete]),
            }
        except Exception as problem:
            told = {"succeeded": False, "published": False, "said": str(end_of(problem))}
    return told | {"changes": disk.changes, "failed": disk.failed, "killed": len(killed)}


def main() -> None:
    """Answer until nobody asks any more. What a run prints goes elsewhere."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(run(**json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
