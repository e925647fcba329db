"""A home that has releases and no whole operational database stops and says so; nothing begins in silence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.database import NoOperationsError, close_operations, open_operations
from orchestration.backup import make_backup
from orchestration.backup_file import BackupError
from orchestration.cli import main
from orchestration.home import Home
from orchestration.operations import OperationsError, hash_of_decisions, require_operations, start_without_decisions
from orchestration.repair import damage_of_home
from orchestration.status import read_status, status_text
from orchestration.watch import what_is_wrong
from workspace.errors import PlainError
from workspace.records import DamagedError

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


def nothing_left(file: Path) -> None:
    file.unlink()


def only_a_name(file: Path) -> None:
    file.write_bytes(b"")


def a_database_without_tables(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.execute("create table something (name text)")


def another_kind_of_file(file: Path) -> None:
    file.write_bytes(b"PK\3\4" * 1000)


def half_of_it(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def zeros_in_the_middle(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\0" * (len(content) - 8192)
    file.write_bytes(content)


MISSING: list[Callable[[Path], None]] = [nothing_left, only_a_name, a_database_without_tables]
DAMAGED: list[Callable[[Path], None]] = [another_kind_of_file, half_of_it, zeros_in_the_middle]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose first run made its operational database, and then a release."""
    home = Home(tmp_path / "home")
    home.inbox.mkdir(parents=True)
    close_operations(open_operations(home.folder))
    for beside in home.folder.glob("operations.sqlite3-*"):
        beside.unlink()
    (home.releases / "20260601T010000Z").mkdir(parents=True)
    return home


@pytest.mark.parametrize("lose", [*MISSING, *DAMAGED])
def test_everything_that_needs_decisions_stops_and_says_so(
    home: Home, lose: Callable[[Path], None], tmp_path: Path
) -> None:
    file = home.folder / "operations.sqlite3"
    lose(file)
    before = file.read_bytes() if file.exists() else None
    expected = NoOperationsError if lose in MISSING else DamagedError
    with pytest.raises(expected) as error:
        require_operations(home)
    assert "operations.sqlite3" in str(error.value)
    assert "start-without-decisions" in str(error.value)
    assert "Restore the last backup" in str(error.value)
    with pytest.raises(NoOperationsError if lose in MISSING else BackupError, match=r"operations\.sqlite3"):
        make_backup(home, tmp_path / "backup.tar.gz", now=NOW)
    assert (file.read_bytes() if file.exists() else None) == before
    assert not (tmp_path / "backup.tar.gz").exists()


@pytest.mark.parametrize("lose", MISSING)
def test_nothing_begins_in_silence(home: Home, lose: Callable[[Path], None]) -> None:
    lose(home.folder / "operations.sqlite3")
    with pytest.raises(NoOperationsError):
        hash_of_decisions(home)


@pytest.mark.parametrize("lose", [*MISSING, *DAMAGED])
def test_status_and_watch_answer_and_name_it(home: Home, lose: Callable[[Path], None]) -> None:
    lose(home.folder / "operations.sqlite3")
    assert [one.path for one in damage_of_home(home) if one.path.startswith("operations")] == ["operations.sqlite3"]
    assert "operations.sqlite3" in status_text(read_status(home))
    told = what_is_wrong(home, older_than=timedelta(days=1), now=NOW)
    assert any(line.startswith("operations.sqlite3 ") for line in told)


@pytest.mark.parametrize("lose", [*MISSING, *DAMAGED])
def test_to_start_without_decisions_is_an_act(home: Home, lose: Callable[[Path], None]) -> None:
    file = home.folder / "operations.sqlite3"
    lose(file)
    before = file.read_bytes() if file.exists() else None
    start_without_decisions(home, now=NOW)
    require_operations(home)
    assert hash_of_decisions(home) == ""
    assert [one.read_bytes() for one in home.damaged.rglob("operations.sqlite3")] == (
        [] if before is None else [before]
    )


def test_decisions_that_are_there_are_never_started_without(home: Home) -> None:
    before = (home.folder / "operations.sqlite3").read_bytes()
    with pytest.raises(OperationsError, match="is there and whole, so nothing was changed"):
        start_without_decisions(home, now=NOW)
    assert (home.folder / "operations.sqlite3").read_bytes() == before
    assert not home.damaged.exists()


def test_the_first_run_of_a_home_makes_the_database(tmp_path: Path) -> None:
    require_operations(Home(tmp_path))
    close_operations(open_operations(tmp_path))
    assert (tmp_path / "operations.sqlite3").exists()


def test_a_postgresql_that_is_empty_is_no_operational_database(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty SQLite stands for it: what is asked is whether Django finds its table there."""
    monkeypatch.setenv("DATABASE_URL", "postgres://example")
    monkeypatch.setattr("console.database._has_tables", lambda _: False)
    with pytest.raises(PlainError, match="DATABASE_URL names a database that is empty"):
        require_operations(home)


def test_the_command_line_says_it_in_one_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (home.folder / "operations.sqlite3").unlink()
    with pytest.raises(SystemExit) as end:
        main(["decide", "3f2a91c0", "--home", str(home.folder)])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "its operations.sqlite3 is missing: everything that was decided is missing." in told
    # It can be pasted: it names the home, which is not the one that is taken anyway.
    assert f"returns start-without-decisions --home {home.folder}" in told
    main(["start-without-decisions", "--home", str(home.folder)])
    assert "There is a new operational database" in capsys.readouterr().out
