"""A home is its owner's alone; releases may be opened to a group, the inbox stays as the operator set it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.home import Home, HomeError, open_home
from orchestration.one_writer import only_one_writer
from tests.small_disk import disk_of, small_disk
from workspace.permissions import GROUP, GroupError, keep_to_owner, open_as_parent, open_to_others

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
OPEN = {
    "operations.sqlite3": 0o644,
    "operations.sqlite3-wal": 0o644,
    "night.lock": 0o644,
    "archive/ab/content": 0o444,
    "archive/ab/receipt.json": 0o644,
    "landed/ab/cover.parquet": 0o644,
    "refused/ab/REASON.txt": 0o664,
    "nights/one.json": 0o644,
    "logs/one.jsonl": 0o646,
    "dagster/history/runs.db": 0o644,
    "releases/one/marts.duckdb": 0o644,
    "releases/one/csv/turnover.csv": 0o644,
    "inbox/return.xlsx": 0o664,
}


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The umask and the group of a usual shell, whatever a test changes."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as the version before left it."""
    folder = tmp_path / "home"
    for name, mode in OPEN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    (folder / "releases" / "current").symlink_to("one")
    return folder


def modes(home: Path) -> dict[str, int]:
    """The mode of everything in a home, by its path below it."""
    paths = [home, *(one for one in home.rglob("*") if not one.is_symlink())]
    return {one.relative_to(home).as_posix(): stat.S_IMODE(one.stat().st_mode) for one in paths}


def test_an_open_home_is_closed_when_it_is_opened(home: Path) -> None:
    assert open_home(home) == Home(home.resolve())
    found = modes(home)
    in_inbox = {name: found.pop(name) for name in ("inbox", "inbox/return.xlsx")}
    assert {mode for name, mode in found.items() if (home / name).is_dir()} == {0o700}
    assert {name: mode for name, mode in found.items() if (home / name).is_file() and mode != 0o600} == {
        "archive/ab/content": 0o400
    }
    assert in_inbox == {"inbox": 0o755, "inbox/return.xlsx": 0o664}
    assert list(open_to_others(home)) == []


def test_what_is_made_after_opening_is_closed_too(home: Path) -> None:
    keep_to_owner(home)
    (home / "logs" / "two.jsonl").write_text("")
    (home / "new").mkdir()
    assert (modes(home)["logs/two.jsonl"], modes(home)["new"]) == (0o600, 0o700)


def test_a_folder_that_was_opened_later_is_closed_again(home: Path) -> None:
    keep_to_owner(home)
    (home / "nights").chmod(0o755)
    (home / "nights" / "one.json").chmod(0o644)
    assert sorted(path.relative_to(home).as_posix() for path in open_to_others(home)) == ["nights", "nights/one.json"]
    keep_to_owner(home)
    assert list(open_to_others(home)) == []


def test_a_file_that_was_opened_in_a_closed_folder_is_found(home: Path) -> None:
    keep_to_owner(home)
    (home / "archive" / "ab" / "receipt.json").chmod(0o644)
    assert list(open_to_others(home)) == [home / "archive" / "ab" / "receipt.json"]


def test_links_out_of_the_home_are_not_followed(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    outside.chmod(0o644)
    (home / "landed" / "link").symlink_to(outside)
    keep_to_owner(home)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_folder_that_lies_on_another_disk_is_closed(home: Path, tmp_path: Path) -> None:
    (home / "archive").rename(tmp_path / "large disk")
    (home / "archive").symlink_to(tmp_path / "large disk")
    keep_to_owner(home)
    assert stat.S_IMODE((tmp_path / "large disk").stat().st_mode) == 0o700
    assert list(open_to_others(home)) == []


@pytest.mark.parametrize("mode", [0o770, 0o2770, 0o777, 0o1777])
def test_an_inbox_that_others_may_write_can_still_be_reached(home: Path, mode: int) -> None:
    (home / "inbox").chmod(mode)
    for _ in range(2):
        keep_to_owner(home)
        found = modes(home)
        assert (found["."], found["inbox"], found["archive"], found["operations.sqlite3"]) == (
            0o711, mode, 0o700, 0o600,
        )  # fmt: skip
    assert list(open_to_others(home)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to any group")
def test_releases_are_opened_to_a_group_and_stay_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_to_owner(home)
    monkeypatch.setenv(GROUP, "65534")
    keep_to_owner(home)
    monkeypatch.delenv(GROUP)
    keep_to_owner(home)
    new = home / "releases" / ".unfinished-two"
    (new / "csv").mkdir(parents=True)
    (new / "csv" / "one.csv").write_text("")
    open_as_parent(new)
    found = modes(home)
    releases = {name: found.pop(name) for name in list(found) if name.startswith("releases")}
    assert {mode for name, mode in releases.items() if (home / name).is_dir()} == {0o750}
    assert {mode for name, mode in releases.items() if (home / name).is_file()} == {0o640}
    assert {(home / name).stat().st_gid for name in [".", *releases]} == {65534}
    assert found.pop(".") == 0o710
    assert all(mode & 0o077 == 0 for name, mode in found.items() if not name.startswith("inbox"))
    assert list(open_to_others(home)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_the_group_reads_releases_and_nothing_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GROUP, "65534")
    keep_to_owner(home)
    with another_user(below=home):
        assert (open_home(home, releases_only=True).releases / "current" / "marts.duckdb").read_text()
        with pytest.raises(PermissionError):
            (home / "operations.sqlite3").read_text()
        with pytest.raises(PermissionError):
            list((home / "archive").iterdir())
        with pytest.raises(HomeError, match=r"belongs to root and is closed to you. Run the command as root"):
            open_home(home)


def test_a_group_that_is_not_there_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GROUP, "no such group")
    with pytest.raises(GroupError, match="RETURNS_RELEASES_GROUP names the group no such group, and there is none"):
        keep_to_owner(home)


def test_a_new_release_of_a_closed_home_is_closed(home: Path) -> None:
    keep_to_owner(home)
    (home / "releases" / "two").mkdir()
    open_as_parent(home / "releases" / "two")
    assert modes(home)["releases/two"] == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_another_users_home_gives_one_sentence(home: Path) -> None:
    keep_to_owner(home)
    with another_user(below=home), pytest.raises(HomeError, match=r"belongs to root .* Run the command as root"):
        open_home(home)
    home.chmod(0o755)
    with another_user(below=home):
        opened = open_home(home)  # as it was made by the version before: it can be read
        with (
            pytest.raises(HomeError, match=r"cannot be written: Permission denied. It belongs to root"),
            only_one_writer(opened, what="night", now=NOW),
        ):
            pass
    home.parent.chmod(0o700)
    with another_user(below=home.parent), pytest.raises(HomeError, match="a folder above it belongs to another user"):
        open_home(home)


def test_a_read_only_home_gives_one_sentence() -> None:
    with small_disk(2) as disk:
        (disk / "nights").mkdir(parents=True)
        disk.chmod(0o755)
        disk_of(disk, megabytes=2, read_only=True)
        home = open_home(disk)
        with (
            pytest.raises(HomeError, match=r"cannot be written: Read-only file system. Its disk is mounted read-only"),
            only_one_writer(home, what="night", now=NOW),
        ):
            pass


@contextmanager
def another_user(*, below: Path) -> Iterator[None]:
    """Be nobody for a while, in the group of nobody; the folders above `below` can be entered meanwhile."""
    kept = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in below.parents}
    for folder, mode in kept.items():
        folder.chmod(mode | 0o001)
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        for folder, mode in kept.items():
            folder.chmod(mode)
