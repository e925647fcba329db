"""Landing goes in batches: its memory does not grow with what has come, and what is landed stays landed."""

from __future__ import annotations

import gc
import json
import shutil
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


def test_memory_does_not_grow_with_the_receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One receipt that is held takes 1,000 bytes; the lists of names of a folder, 400 at most."""
    together: list[int] = []

    def read_here(jobs: Iterable[ParseJob], *_: Any, **__: Any) -> Iterator[ParseOutcome]:
        for job in jobs:
            job.target.mkdir(parents=True)
            (job.target / "landing.json").write_text(json.dumps(LANDED))
            yield ParseOutcome(job, None)

    def keeps_its_contract(_: Path, batch: Sequence[Receipt]) -> dict[str, list[str]]:
        together.append(len(batch))
        return {}

    for module in (arrivals, inbox, inputs, landing, receipts, receive):
        monkeypatch.setattr(module, "_BATCH", 20)
    monkeypatch.setattr(landing, "parse_files", read_here)
    monkeypatch.setattr(landing, "_check_contract", keeps_its_contract)
    _most_held(tmp_path / "first", 5)  # what is imported or cached is held once
    few, many = 40, 240
    held = zip(_least_of_three(tmp_path / "few", few), _least_of_three(tmp_path / "many", many), strict=True)
    assert [(after - before) // (many - few) < 400 for before, after in held] == [True, True, True, True]
    assert together == [5, *[20] * (few // 20) * 3, *[20] * (many // 20) * 3]


def _least_of_three(folder: Path, files: int) -> list[int]:
    """The same in three folders, and of each step the least: what other threads hold meanwhile only ever adds."""
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
