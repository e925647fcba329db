"""What a run with a wrong clock left is listed, and moved aside on request; nothing that people made is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from console.database import close_operations, open_operations
from console.decisions.decide import Verdict, decide, history
from console.decisions.register import nights_seen, read_tables, record_night
from orchestration.cli import main
from orchestration.fix_dates import DatesError, fix_dates, wrong_dates
from orchestration.home import Home
from orchestration.release import current_release, point_current_at
from orchestration.retention import published
from orchestration.run_records import NightRecord, keep_record
from tests.console.test_decide import LONDON, alert
from tests.orchestration.test_retention import release_of

NOW = datetime(2026, 7, 31, 2, 0, tzinfo=UTC)
AHEAD = NOW + timedelta(days=730)


def _run(home: Home, when: datetime, *seen: str) -> str:
    """What a run leaves: a release, its record, and a night in the register."""
    database = open_operations(home.folder)  # before the first release, as a run does
    release_id = release_of(home, when)
    keep_record(
        home,
        NightRecord(
            started_at=when.isoformat(), seconds=1.0, programme="p", succeeded=True, failure=None,
            release_id=release_id, landed_now=0, refused_now=0, waiting=(),
        ),
    )  # fmt: skip
    record_night(database, release_id, when.date(), [alert(one) for one in seen], made_on=when.date())
    close_operations(database)
    return release_id


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Three runs, one two years ahead on which an alert was new and decided about, and one by the right clock."""
    home = Home(tmp_path)
    for days in (3, 2, 1):
        _run(home, NOW - timedelta(days=days), "aa11")
    _run(home, AHEAD, "aa11", "ee55")
    database = open_operations(home.folder)
    decide(database, ["ee55"], Verdict("acknowledge", "Seen."), by="sam", at=AHEAD)
    close_operations(database)
    _run(home, NOW, "aa11", "cc33")
    yield home


def _spells(home: Home) -> list[tuple[str, date, date]]:
    database = open_operations(home.folder)
    rows = read_tables(database, LONDON)["spells"].to_pylist()
    close_operations(database)
    return [(row["alert_id"], row["first_on"], row["last_on"]) for row in rows]


def _everything(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "sqlite3" not in file.name and file.name != "night.lock"
    }


def test_it_is_listed_and_nothing_is_changed(home: Home) -> None:
    before = _everything(home.folder)
    found = wrong_dates(home, now=NOW)
    assert list(found.releases) == ["20280730T020000Z"]
    assert list(found.runs) == ["20280730T020000000000Z.json"]
    assert found.nights == [date(2028, 7, 30)]
    assert found.current is None
    assert len(found.lines()) == 3
    assert _everything(home.folder) == before


def test_it_is_moved_aside_and_everything_else_stays(home: Home) -> None:
    before, decided = _everything(home.folder), _history(home)
    _, aside = fix_dates(home, now=NOW)
    after = _everything(home.folder)
    moved = {name for name in before if "20280730" in name}
    assert moved
    assert {name for name in after if name.startswith("dated_wrongly/")} == {
        f"{aside.relative_to(home.folder).as_posix()}/{name}" for name in moved
    }
    assert {name: after[name] for name in before.keys() - moved} == {
        name: before[name] for name in before.keys() - moved
    }
    assert [release.release_id[:8] for release in published(home)] == ["20260728", "20260729", "20260730", "20260731"]
    today = NOW.date()
    assert _spells(home) == [("aa11", date(2026, 7, 28), today), ("cc33", today, today)]
    assert _history(home) == decided == ["acknowledge"]
    assert wrong_dates(home, now=NOW).lines() == []
    # The copy can be put back: it has the night of 2028.
    database = open_operations(aside)
    assert date(2028, 7, 30) in nights_seen(database)
    close_operations(database)


def _history(home: Home) -> list[str]:
    database = open_operations(home.folder)
    found = [one.kind for one in history(database, "ee55")]
    close_operations(database)
    return found


def test_the_current_release_stays_until_another_is_published(home: Home) -> None:
    point_current_at(home, "20280730T020000Z")
    found, _ = fix_dates(home, now=NOW)
    assert found.current == "20280730T020000Z"
    assert current_release(home).release_id == "20280730T020000Z"


def test_where_most_is_dated_ahead_the_clock_of_now_is_wrong_and_nothing_is_changed(home: Home) -> None:
    before = _everything(home.folder)
    with pytest.raises(DatesError, match="so it is this clock that is wrong"):
        fix_dates(home, now=NOW - timedelta(days=900))
    assert _everything(home.folder) == before


def test_the_command_lists_then_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the clock of this machine."""
    home, now = Home(tmp_path), datetime.now(UTC)
    for days in (2, 1, -1000, 0):
        last = _run(home, now - timedelta(days=days), "aa11")
    ahead = published(home)[2].release_id
    main(["fix-dates", "--home", str(home.folder)])
    listed = capsys.readouterr().out
    assert f"release {ahead}" in listed
    assert "fix-dates" in listed.splitlines()[-1]
    assert "--apply" in listed.splitlines()[-1]
    main(["fix-dates", "--home", str(home.folder), "--apply", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ahead in told["releases"]
    assert Path(told["moved_to"], "releases", ahead).is_dir()
    main(["fix-dates", "--home", str(home.folder)])
    assert capsys.readouterr().out == "Nothing is dated in days to come.\n"
    assert current_release(home).release_id == last
