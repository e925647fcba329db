"""Landing goes in batches: its memory does not grow with what has come, and what is landed stays landed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ingestion.programme import read_programme
from ingestion.receive import archived_receipts
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

    def parse_here(jobs: Iterable[ParseJob], programme: Any, **_: Any) -> Iterator[ParseOutcome]:
        for job in islice(jobs, _IN_A_BATCH + 2):
            job.target.parent.mkdir(parents=True, exist_ok=True)
            yield ParseOutcome(job, parse_one(job, programme))
        raise KeyboardInterrupt

    told: list[str] = []
    monkeypatch.setattr(landing, "_BATCH", _IN_A_BATCH)
    monkeypatch.setattr(landing, "parse_files", parse_here)
    with pytest.raises(KeyboardInterrupt):
        landing.land(home, read_programme(SHIPPED_PROGRAMME), progress=told.append)
    files = len(list(archived_receipts(home.archive)))
    assert told == [f"read {done} of {files} files" for done in (1, 2, 3, 4, 5)]
    done = len(landing.landed_folders(home)) + len(landing.refusals(home))
    assert done == _IN_A_BATCH
