"""Small returns on the programme's own form, made by a test, and landed without a child process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.forms import read_form
from ingestion.workbook import write_form
from ingestion.workers import ParseJob, ParseOutcome, parse_one
from orchestration import landing

WRITTEN_AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def write_return(
    file: Path,
    *,
    cluster: str = "Walsall",
    year: str = "2025-26",
    organisations: Sequence[Mapping[str, Any]] = ({"organisation_name": "Canal Crafts", "charity_number": "1090095"},),
    cover: Mapping[str, Any] | None = None,
    sent_at: datetime = WRITTEN_AT,
) -> Path:
    """A filled-in form; its file time is when it was sent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    front = {"cluster_stated": cluster, "reporting_year_stated": year, **(cover or {})}
    answers = {"cover": [front], "organisations": list(organisations)}
    write_form(read_form("west-midlands-return-1"), file, answers=answers, created_at=WRITTEN_AT)
    os.utime(file, (sent_at.timestamp(), sent_at.timestamp()))
    return file


def parse_here(jobs: Iterable[ParseJob], programme: Any, **_: Any) -> Iterator[ParseOutcome]:
    """What `parse_files` does, in this process: what a test writes itself is not dangerous."""
    for job in jobs:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        yield ParseOutcome(job, parse_one(job, programme))


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Landing parses in this process."""
    monkeypatch.setattr(landing, "parse_files", parse_here)
