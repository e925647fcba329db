"""Landing goes in batches: its memory does not grow with what has come, and what is landed stays landed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingestion.programme import read_programme
from ingestion.workers import ParseJob, ParseOutcome, parse_one
from orchestration import landing
from orchestration.home import SHIPPED_PROGRAMME, Home

_IN_A_BATCH = 3


@pytest.mark.xdist_group("demo")
def test_an_interrupted_landing_keeps_the_batches_that_were_done(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.build.mkdir(parents=True)
    shutil.copytree(demo_home / "archive", home.archive)
    asked: list[int] = []

    def parse_here(jobs: Sequence[ParseJob], programme: Any, **_: Any) -> Iterator[ParseOutcome]:
        asked.append(len(jobs))
        if len(asked) == 2:
            raise KeyboardInterrupt
        for job in jobs:
            yield ParseOutcome(job, parse_one(job, programme))

    told: list[str] = []
    monkeypatch.setattr(landing, "_BATCH", _IN_A_BATCH)
    monkeypatch.setattr(landing, "parse_files", parse_here)
    with pytest.raises(KeyboardInterrupt):
        landing.land(home, read_programme(SHIPPED_PROGRAMME), progress=told.append)
    files = len(list(landing.archived_receipts(home.archive)))
    assert asked == [_IN_A_BATCH, _IN_A_BATCH]
    assert told == [f"read {done} of {files} files" for done in (1, 2, 3)]
    done = len(landing.landed_folders(home)) + len(landing.refusals(home))
    assert done == _IN_A_BATCH
