"""Which releases are kept, and how an older one becomes current again."""

from __future__ import annotations

import shutil
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
from publishing.seal import read_manifest, write_manifest

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
        stay = keep(kept, night.isoformat(), night)
        kept = {name: made_at for name, made_at in kept.items() if name in stay}
    everything = {night.isoformat(): night for night in nights}
    assert kept.keys() == keep(everything, nights[-1].isoformat(), nights[-1])


def test_old_releases_are_removed_but_never_the_current_or_a_damaged_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    # 11, 12 and 21 June, then 1, 11, 21 and 30 July.
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (50, 49, 40, 30, 20, 10, 1)]
    damaged = home.releases / ids[0] / "manifest.json"
    damaged.write_text("{}", encoding="utf-8")
    point_current_at(home, ids[1])
    assert remove_old(home, now=NOW) == ()  # ids[2] is the last of June, ids[1] in use
    point_current_at(home, ids[6])
    assert remove_old(home, now=NOW) == (ids[1],)
    assert {release.release_id for release in published(home)} == set(ids[2:])
    assert sorted(one.name for one in home.releases.iterdir()) == sorted([ids[0], *ids[2:], "current"])


def test_a_clock_that_jumps_ahead_ages_no_release_then_or_later() -> None:
    """28 nights, one whose clock is two years ahead, and ten more on which it is right again or still wrong."""
    nights = [NOW - timedelta(days=days) for days in range(28, 0, -1)]
    ahead = NOW + timedelta(days=730)
    for then in (NOW, ahead + timedelta(days=1)):
        made = {night.isoformat(): night for night in nights}
        made[ahead.isoformat()] = ahead
        assert keep(made, ahead.isoformat(), ahead) == made.keys()
        for day in range(2):  # 28 days and these two are not above thirty
            made[f"then {day}"] = then + timedelta(days=day)
            assert keep(made, f"then {day}", then + timedelta(days=day)) == made.keys()
    # Nineteen days later the same go as without that night, but a day later: those 13 to 28 days before it.
    later = {night.isoformat(): night for night in nights} | {ahead.isoformat(): ahead}
    later |= {f"then {day}": NOW + timedelta(days=day) for day in range(20)}
    gone = later.keys() - keep(later, "then 19", NOW + timedelta(days=19))
    assert gone == {night.isoformat() for night in nights[:16]}


def test_nothing_is_removed_while_a_release_is_dated_in_days_to_come_and_it_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (50, 49, 40, 30, 20)]
    ahead = release_of(home, NOW + timedelta(days=730))
    now = release_of(home, NOW)
    said: list[str] = []
    assert remove_old(home, now=NOW, say=said.append) == ()
    (words,) = said
    assert f"No old release is removed: {ahead} is dated in days to come." in words
    assert [release.release_id for release in published(home)] == [*ids, ahead, now]
    # A clock that is behind: nothing goes either, and the order stays.
    behind = release_of(home, NOW - timedelta(days=900))
    assert remove_old(home, now=NOW - timedelta(days=900)) == ()
    assert [release.release_id for release in published(home)] == [*ids, ahead, now, behind]
    assert [release.sequence for release in published(home)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert roll_back(home, None, now=NOW).release_id == now


def test_releases_of_a_version_without_numbers_come_first_in_their_old_order(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days)) for days in (1, 3)]
    for name in ids:
        about = read_manifest(home.releases / name)
        write_manifest(
            home.releases / name, {k: v for k, v in about.items() if k not in {"sequence", "manifest_sha256"}}
        )
    new = release_of(home, NOW - timedelta(days=900))
    assert [(one.release_id, one.sequence) for one in published(home)] == [(ids[1], 0), (ids[0], 0), (new, 3)]


def test_a_release_that_someone_reads_can_be_removed_under_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = release_of(home, NOW - timedelta(days=40), 3)
    for days in (39, 30, 20, 10):
        release_of(home, NOW - timedelta(days=days), 3)
    point_current_at(home, old)
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


@pytest.mark.parametrize("damage", ["a file", "the manifest", "gone"])
def test_roll_back_from_a_release_that_is_damaged_or_gone_falls_back_to_the_newest_whole_one(
    tmp_path: Path, damage: str
) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (4, 3, 2, 1)]
    current = home.releases / ids[3]
    if damage == "a file":
        (current / "marts.duckdb").write_bytes(b"")
    elif damage == "the manifest":
        (current / "manifest.json").write_text("", encoding="utf-8")
    else:
        shutil.rmtree(current)
    # The one before is damaged too.
    (home.releases / ids[2] / "changes.csv").unlink()
    said: list[str] = []
    assert roll_back(home, None, now=NOW, passed_by=said.append).release_id == ids[1]
    assert current_release(home).release_id == ids[1]
    assert f"The release {ids[2]} is damaged: changes.csv is not as it was published." in said
    if damage == "the manifest":
        assert f"The release {ids[3]} is damaged: its manifest cannot be read." in said
    if damage == "gone":
        assert f"The current release {ids[3]} is not there any more." in said


def test_roll_back_without_a_whole_release_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (2, 1)]
    for name in ids:
        (home.releases / name / "manifest.json").unlink()
    with pytest.raises(ReleaseError, match=f"There is no whole release in {home.folder}"):
        roll_back(home, None, now=NOW)
    empty = Home(tmp_path / "empty")
    empty.folder.mkdir()
    with pytest.raises(ReleaseError, match="There is no whole release in "):
        roll_back(empty, None, now=NOW)


def test_roll_back_from_a_damaged_oldest_release_goes_to_a_later_one(tmp_path: Path) -> None:
    """Somebody had gone back to it, and now it is damaged: a whole one is better than none."""
    home = Home(tmp_path)
    ids = [release_of(home, NOW - timedelta(days=days), days) for days in (2, 1)]
    roll_back(home, None, now=NOW)
    (home.releases / ids[0] / "marts.duckdb").write_bytes(b"")
    assert roll_back(home, None, now=NOW).release_id == ids[1]


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
