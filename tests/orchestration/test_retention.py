"""Which releases are kept, and how an older one becomes current again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from orchestration.home import Home
from orchestration.one_writer import AnotherNightError, only_one_writer
from orchestration.release import ReleaseError, current_release, open_release, point_current_at, publish, verify
from orchestration.retention import keep, published, remove_old, roll_back
from orchestration.summary import change_lines
from publishing.marts import Column, Mart

NOW = datetime(2026, 7, 31, 2, 0, tzinfo=UTC)
PETS = Mart("pets", "One row per pet.", (Column("legs", ""),), ("legs",))


def release_of(home: Home, when: datetime, legs: int = 4) -> str:
    database = home.folder / "build.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as build:
        build.execute("create schema marts")
        build.execute(f"create table marts.pets as select {legs} as legs")
    return publish(home, database, [PETS], as_of=when.date(), now=when, inputs={"returns": str(legs)}).release_id


def test_all_of_thirty_days_are_kept_then_the_last_of_each_month() -> None:
    """Every night from 1 April to 31 July 2026, seen on 31 July: all from 1 July, the last of April, May and June."""
    nights = [datetime(2026, 4, 1, 2, 0, tzinfo=UTC) + timedelta(days=day) for day in range(122)]
    releases = {night.date().isoformat(): night for night in nights}
    assert nights[-1] == NOW
    july = {(date(2026, 7, 1) + timedelta(days=day)).isoformat() for day in range(31)}
    expected = july | {"2026-04-30", "2026-05-31", "2026-06-30"}
    assert keep(releases, "2026-07-31", NOW) == expected
    # The one in use stays, however old and whatever came later in its month.
    assert keep(releases, "2026-04-12", NOW) == expected | {"2026-04-12"}


def test_a_rule_applied_every_night_keeps_what_it_keeps_at_once() -> None:
    """Nothing that a later night would want is removed by an earlier one."""
    nights = [datetime(2026, 1, 1, 2, 0, tzinfo=UTC) + timedelta(days=day) for day in range(200)]
    kept: dict[str, datetime] = {}
    for night in nights:
        kept[night.isoformat()] = night
        kept = {name: kept[name] for name in keep(kept, night.isoformat(), night)}
    everything = {night.isoformat(): night for night in nights}
    assert kept.keys() == keep(everything, nights[-1].isoformat(), nights[-1])


def test_old_releases_are_removed_but_never_the_current_or_a_damaged_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (100, 99, 98, 60, 1)]
    damaged = home.releases / ids[0] / "manifest.json"
    damaged.write_text("{}", encoding="utf-8")
    point_current_at(home, ids[1])
    assert remove_old(home, now=NOW) == ()  # ids[2] is the last of April, ids[3] of June, ids[1] in use
    point_current_at(home, ids[4])
    assert remove_old(home, now=NOW) == (ids[1],)
    assert {release.release_id for release in published(home)} == {ids[2], ids[3], ids[4]}
    assert sorted(one.name for one in home.releases.iterdir()) == sorted([ids[0], *ids[2:], "current"])


def test_a_release_that_someone_reads_can_be_removed_under_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = release_of(home, NOW - timedelta(days=40), 3)
    release_of(home, NOW - timedelta(days=39), 3)
    with open_release(current_release(home)) as reader:
        release_of(home, NOW, 4)
        assert remove_old(home, now=NOW) == (old,)
        assert reader.execute("select legs from pets").fetchall() == [(3,)]


def test_roll_back_points_back_and_the_next_release_forward(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (3, 2, 1)]
    assert roll_back(home, None, now=NOW).release_id == ids[1]
    assert current_release(home).release_id == ids[1]
    assert roll_back(home, None, now=NOW).release_id == ids[0]
    with pytest.raises(ReleaseError, match=f"There is no release before {ids[0]} in "):
        roll_back(home, None, now=NOW)
    assert roll_back(home, ids[2], now=NOW).release_id == ids[2]
    roll_back(home, ids[0], now=NOW)
    newest = release_of(home, NOW, 9)
    assert current_release(home).release_id == newest
    # It is compared with the one that was current, not with the one made last.
    with open_release(current_release(home)) as marts:
        changes = marts.execute("select row_key, change from revisions order by all").fetchall()
    assert changes == [("legs=3", "row removed"), ("legs=9", "row added")]


def test_roll_back_refuses_a_damaged_release_and_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (2, 1)]
    file = home.releases / ids[0] / "public" / "data-dictionary.html"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ReleaseError, match=r"is damaged: public/data-dictionary\.html"):
        roll_back(home, ids[0], now=NOW)
    assert current_release(home).release_id == ids[1]
    verify(current_release(home))


def test_roll_back_waits_for_no_night(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for days in (2, 1):
        release_of(home, NOW - timedelta(days=days))
    before = current_release(home).release_id
    with only_one_writer(home, what="night", now=NOW), pytest.raises(AnotherNightError):
        roll_back(home, None, now=NOW)
    assert current_release(home).release_id == before


def test_the_command_says_what_is_current_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days)) for days in (2, 1)]
    main(["rollback", "--home", str(tmp_path)])
    assert capsys.readouterr().out == (
        f"{ids[0]}, as of 2026-07-29, is the current release again. Every file of it is whole.\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["rollback", "20200101T000000Z", "--home", str(tmp_path)])
    assert ended.value.code == 4
    told = capsys.readouterr().err
    assert f"There is no release 20200101T000000Z in {tmp_path}. " in told
    assert f"There are: {ids[1]}, {ids[0]}." in told


def test_a_night_tells_how_much_changed_since_the_release_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = release_of(home, NOW - timedelta(days=3), 4)
    assert change_lines(current_release(home)) == []
    second = release_of(home, NOW - timedelta(days=2), 4)
    assert change_lines(current_release(home)) == [f"  Changes   none since {first}"]
    # One row came and one went, on another day and for no reason that the inputs tell of.
    release_of(home, NOW - timedelta(days=1), 5)
    assert change_lines(current_release(home)) == [f"  Changes   2 figures and rows since {second}: 2 by day"]
