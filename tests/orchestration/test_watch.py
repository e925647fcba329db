"""The dead-man's switch."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.database import FILE
from orchestration.home import Home
from orchestration.one_writer import only_one_writer
from orchestration.run_records import NightRecord, keep_record, last_nights
from orchestration.watch import what_is_wrong
from publishing.seal import write_manifest
from tests.orchestration.conftest import Returns
from tests.orchestration.test_notify import web_server
from tests.orchestration.test_one_writer import another_process_writes

NOW = datetime(2026, 7, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=26)


def night(started: datetime, *, failure: str | None = None, idle: bool = False) -> NightRecord:
    return NightRecord(
        started_at=started.isoformat(), seconds=9.0, programme="p", succeeded=failure is None, failure=failure,
        release_id="r", landed_now=0, refused_now=0, waiting=(), idle=idle,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a release, as far as its manifest goes, and an operational database with a table."""
    folder = tmp_path / "releases" / "r"
    folder.mkdir(parents=True)
    about = {"release_id": "r", "as_of": "2026-07-01", "created_at": "2026-07-01T02:00:00+00:00", "rows": {}}
    write_manifest(folder, about)
    (tmp_path / "releases" / "current").symlink_to("r")
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("create table django_migrations (id integer)")
    return Home(tmp_path)


def test_all_is_well_after_a_night_also_where_nothing_was_new(home: Home) -> None:
    keep_record(home, night(NOW - timedelta(hours=30)))
    keep_record(home, night(NOW - timedelta(hours=6), idle=True))
    assert what_is_wrong(home, older_than=DAY, now=NOW) == []


def test_a_night_that_never_came_is_noticed(home: Home) -> None:
    keep_record(home, night(NOW - timedelta(hours=30)))
    assert what_is_wrong(home, older_than=DAY, now=NOW) == [
        "The last good night began 30 hours ago, on 2026-07-01 03:00 BST."
    ]
    assert what_is_wrong(home, older_than=timedelta(hours=31), now=NOW) == []


def test_a_night_that_failed_is_noticed_although_the_one_before_is_young_enough(home: Home) -> None:
    keep_record(home, night(NOW - timedelta(hours=12)))
    keep_record(home, night(NOW - timedelta(hours=6), failure="No room left."))
    assert what_is_wrong(home, older_than=DAY, now=NOW) == ["The night of 2026-07-02 03:00 BST failed: No room left."]


def test_a_run_whose_clock_was_ahead_is_not_the_newest_for_ever(home: Home) -> None:
    keep_record(home, night(NOW - timedelta(hours=54)))
    keep_record(home, night(NOW + timedelta(days=730)))
    (problem,) = what_is_wrong(home, older_than=DAY, now=NOW)
    assert "lies in the future. Check the clock." in problem
    keep_record(home, night(NOW - timedelta(hours=6)))
    assert what_is_wrong(home, older_than=DAY, now=NOW) == []
    # Nor is the one whose clock was behind forgotten: it began last, and failed.
    keep_record(home, night(NOW - timedelta(days=900), failure="No room left."))
    assert [one.sequence for one in last_nights(home)] == [4, 3, 2, 1]
    assert any("failed: No room left." in problem for problem in what_is_wrong(home, older_than=DAY, now=NOW))
    # Written again, it keeps its number.
    keep_record(home, night(NOW + timedelta(days=730)))
    assert [one.sequence for one in last_nights(home)] == [4, 3, 2, 1]


def test_records_of_a_version_without_numbers_come_before_all_others(home: Home) -> None:
    for hours in (100, 60):
        keep_record(home, night(NOW - timedelta(hours=hours)))
    for file in home.nights.glob("*.json"):
        plain = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({k: v for k, v in plain.items() if k not in {"sequence", "sha256"}}))
    keep_record(home, night(NOW - timedelta(days=900)))
    found = [(one.sequence, one.started_at[:10]) for one in last_nights(home)]
    assert found == [(3, "2024-01-14"), (0, "2026-06-29"), (0, "2026-06-28")]


def test_a_night_that_was_killed_is_noticed_before_any_other_begins(home: Home) -> None:
    keep_record(home, night(NOW - timedelta(hours=6)))
    with another_process_writes(home.folder) as other:
        assert what_is_wrong(home, older_than=DAY, now=NOW - timedelta(hours=29)) == [
            "The last good night, 2026-07-02 03:00 BST, lies in the future. Check the clock."
        ]
        assert what_is_wrong(home, older_than=DAY, now=NOW) == ["A night has been running since 2026-07-01 03:00 BST."]
        other.kill()
        other.wait()
    assert what_is_wrong(home, older_than=DAY, now=NOW) == [
        "The night of 2026-07-01 03:00 BST was killed before its end."
    ]


def test_a_killed_night_is_written_down_by_the_next(home: Home) -> None:
    from orchestration.run_records import last_nights, record_killed

    with another_process_writes(home.folder) as other:
        other.kill()
        other.wait()
    with only_one_writer(home, what="night", now=NOW) as interrupted:
        assert interrupted
        record_killed(home, interrupted)
    (record,) = last_nights(home)
    assert record.started_at == "2026-07-01T02:00:00+00:00"
    assert record.failure
    assert record.failure.startswith(f"It was killed: process {interrupted.pid} on ")


def test_the_command_says_it_tells_it_and_ends_with_1(tmp_path: Path, returns: Returns) -> None:
    (tmp_path / "inbox").mkdir()
    with web_server([]) as (url, received):
        done = returns("watch", "--home", tmp_path, env={**os.environ, "RETURNS_WEBHOOK_URL": url})
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "No night has run yet."
    (told,) = received
    assert "No night has run yet." in told["text"]


def test_a_home_that_is_gone_is_noticed_too(tmp_path: Path, returns: Returns) -> None:
    done = returns("watch", "--home", tmp_path / "none")
    assert done.returncode == 1
    assert "There is no home at" in done.stderr


def test_nothing_is_said_when_all_is_well(home: Home, returns: Returns) -> None:
    keep_record(home, night(datetime.now(UTC) - timedelta(hours=1)))
    done = returns("watch", "--home", home.folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
