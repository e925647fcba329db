"""Landing goes in batches: its memory does not grow with what has come, and what is landed stays landed."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ingestion import arrivals, receive
from ingestion.archive import Receipt, archived_receipts
from ingestion.programme import read_programme
from ingestion.workers import ParseJob, ParseOutcome, parse_one
from orchestration import inbox, inputs, landing, receipts
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inbox import take_inbox
from orchestration.inputs import inputs_of
from orchestration.receipts import landed_count, receipts_table
from orchestration.refused import refusals

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
LANDED = {
    "form": "west-midlands-return",
    "form_version": 1,
    "cluster_id": "walsall",
    "reporting_year": "2025-26",
    "named": False,
    "rows": {"organisations": 1},
}

FEW, MANY = 40, 240
_IN_A_BATCH = 3


@pytest.mark.xdist_group("demo")
def test_an_interrupted_landing_keeps_the_batches_that_were_done(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.build.mkdir(parents=True)
    shutil.copytree(demo_home / "archive", home.archive)

    def parse_here(jobs: Iterable[ParseJob], programme: Any, **_: Any) -> Iterator[ParseOutcome]:
        for job in islice(jobs, _IN_A_BATCH + 2):
            job.target.parent.mkdir(parents=True, exist_ok=True)
            yield ParseOutcome(job, parse_one(job, programme))
        raise KeyboardInterrupt

    told: list[str] = []
    monkeypatch.setattr(landing, "_BATCH", _IN_A_BATCH)
    monkeypatch.setattr(landing, "parse_files", parse_here)
    with pytest.raises(KeyboardInterrupt):
        landing.land(home, read_programme(SHIPPED_PROGRAMME), as_of=NOW.date(), progress=told.append)
    files = len(list(archived_receipts(home.archive)))
    assert told == [f"read {done} of {files} files" for done in (1, 2, 3, 4, 5)]
    done = landed_count(home) + len(refusals(home))
    assert done == _IN_A_BATCH


def test_memory_does_not_grow_with_the_receipts(tmp_path: Path) -> None:
    """One receipt that is held takes 1,000 bytes; the lists of names of a folder, 400 at most.

    In a process of its own: what other tests' threads hold meanwhile would be counted too.
    """
    done = subprocess.run(
        [sys.executable, "-c", "from tests.orchestration.test_landing import measure; measure()"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    held = zip(told["few"], told["many"], strict=True)
    assert [(after - before) // (MANY - FEW) < 400 for before, after in held] == [True, True, True, True]
    assert told["together"] == [5, *[20] * (FEW // 20) * 3, *[20] * (MANY // 20) * 3]


def measure() -> None:
    """Print, as JSON, what was held for few files and for many, and how many receipts were checked together."""
    together: list[int] = []

    def read_here(jobs: Iterable[ParseJob], *_: Any, **__: Any) -> Iterator[ParseOutcome]:
        for job in jobs:
            job.target.mkdir(parents=True)
            (job.target / "landing.json").write_text(json.dumps(LANDED))
            yield ParseOutcome(job, None)

    def keeps_its_contract(_: Path, batch: Sequence[Receipt]) -> dict[str, list[str]]:
        together.append(len(batch))
        return {}

    here = Path.cwd()
    with pytest.MonkeyPatch.context() as patched:
        for module in (arrivals, inbox, inputs, landing, receipts, receive):
            patched.setattr(module, "_BATCH", 20)
        patched.setattr(landing, "parse_files", read_here)
        patched.setattr(landing, "_check_contract", keeps_its_contract)
        _most_held(here / "first", 5)  # what is imported or cached is held once
        few, many = _least_of_three(here / "few", FEW), _least_of_three(here / "many", MANY)
    sys.stdout.write(json.dumps({"few": few, "many": many, "together": together}) + "\n")


def _least_of_three(folder: Path, files: int) -> list[int]:
    """The same in three folders, and of each step the least: what a thread of a library holds only ever adds."""
    folder.mkdir()
    runs = [_most_held(folder / str(number), files) for number in range(3)]
    return [min(step) for step in zip(*runs, strict=True)]


def _most_held(folder: Path, files: int) -> list[int]:
    """Bytes that Python held at most while so many files were taken in, landed, listed and compared."""
    home, programme = Home(folder), read_programme(SHIPPED_PROGRAMME)
    home.inbox.mkdir(parents=True)
    for number in range(files):
        (home.inbox / f"{number}.xlsx").write_text(str(number))
    steps: tuple[Callable[[], object], ...] = (
        lambda: take_inbox(home, programme, now=NOW),
        lambda: landing.land(home, programme, as_of=NOW.date(), progress=lambda _: None),
        lambda: receipts_table(home),
        lambda: inputs_of(home, programme, as_of=NOW.date()),
    )
    tracemalloc.start()
    peaks = []
    for step in steps:
        gc.collect()
        tracemalloc.reset_peak()
        step()
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert landed_count(home) == files
    return peaks
