"""Days of runs, arrivals and messages are the programme's: 23:30 UTC in summer is the next day in London."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.archive import archived_receipts
from ingestion.programme import Programme, read_programme
from ingestion.receive import receive
from orchestration import night
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inputs import _what_the_day_changes
from orchestration.local_time import shown_here
from orchestration.messages import message_of
from orchestration.night import run_night
from orchestration.resources import Night
from orchestration.run_records import NightRecord
from orchestration.status import read_status, status_text

MIDNIGHT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme(SHIPPED_PROGRAMME)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "inbox").mkdir()
    return Home(tmp_path)


def test_a_run_counts_as_of_the_day_of_its_programme(
    home: Home, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def nothing_new(*_: object, as_of: date, now: datetime) -> None:
        asked.append(as_of)

    def run_job(*_: object, as_of: date | None, now: datetime) -> Any:
        asked.append(as_of)
        raise KeyboardInterrupt

    monkeypatch.setattr(night, "nothing_new", nothing_new)
    monkeypatch.setattr(night, "_run_job", run_job)
    with pytest.raises(KeyboardInterrupt):
        run_night(home, programme, as_of=None, now=MIDNIGHT)
    assert asked == [DAY, None]
    assert Night(home=str(home.folder), now=MIDNIGHT.isoformat()).day() == DAY


def test_a_file_that_came_after_midnight_in_london_came_on_the_next_day(home: Home, programme: Programme) -> None:
    """Known on 1 July, a file of 23:30 UTC on 30 June has come; known on 30 June it has not come yet."""
    file = home.inbox / "walsall.csv"
    file.write_text("a,b\n")
    os.utime(file, (MIDNIGHT.timestamp(), MIDNIGHT.timestamp()))
    home.archive.mkdir()
    receive(home.inbox, home.archive, now=datetime(2026, 7, 2, 1, tzinfo=UTC))
    (receipt,) = archived_receipts(home.archive)
    assert programme.day_of(receipt.arrived_at) == DAY
    not_there = f"not there yet {receipt.receipt_id}"
    assert not_there in _what_the_day_changes(home, programme, date(2026, 6, 30))
    assert not_there not in _what_the_day_changes(home, programme, DAY)


def test_messages_and_the_status_name_the_day_and_the_time_of_the_programme(home: Home) -> None:
    record = NightRecord(
        started_at=MIDNIGHT.isoformat(), seconds=9.0, programme="p", succeeded=False, failure="No room left.",
        release_id=None, landed_now=0, refused_now=0, waiting=(),
    )  # fmt: skip
    assert "of 2026-07-01 FAILED" in message_of(home, record, None).subject
    night.keep_record(home, record)
    assert "  2026-07-01 00:30 BST  " in status_text(read_status(home))


def test_a_programme_of_another_zone_has_its_own_days_and_schedules(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "programme.yml").write_text("time_zone: Pacific/Auckland\n")
    monkeypatch.setenv("RETURNS_PROGRAMME", str(elsewhere))
    assert shown_here(MIDNIGHT) == "2026-07-01 11:30 NZST"
    said = (
        "from orchestration.pipeline import every_night; from orchestration.watch_assets import every_morning;"
        "print(every_night.execution_timezone, every_morning.execution_timezone)"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Pacific/Auckland"] * 2
    monkeypatch.setenv("RETURNS_PROGRAMME", str(tmp_path / "nowhere"))
    assert shown_here(MIDNIGHT) == "2026-07-01 00:30 BST"
