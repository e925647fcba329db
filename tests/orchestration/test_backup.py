"""Losing the machine: what was saved is whole, what is damaged is refused, and the next night gives the same marts."""

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import tarfile
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration import backup as backups
from orchestration.backup import make_backup
from orchestration.backup_file import BackupError
from orchestration.home import MADE_AGAIN, Home
from orchestration.one_writer import AnotherNightError
from orchestration.restore import restore_backup
from tests.orchestration.conftest import Returns, read_marts
from tests.orchestration.test_one_writer import another_process_writes
from tests.small_disk import small_disk

pytestmark = pytest.mark.xdist_group("demo")
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A home with a file in each folder, a release, a file that waits and a database of decisions."""
    home = tmp_path / "home"
    for name in (
        "archive/ab/abcd/content", "refused/x/REASON.txt", "register/enrolments.csv", "releases/r1/marts.duckdb",
        "releases/.unfinished-r2/marts.duckdb", "nights/n.json", "landed/x/rows.parquet", "build/b/warehouse.duckdb",
        "dagster/dagster.yaml", "inbox/folder/new.xlsx",
    ):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(random.Random(name).randbytes(5000))
    (home / "refused" / "x" / "return.xlsx").hardlink_to(home / "archive" / "ab" / "abcd" / "content")
    (home / "releases" / "current").symlink_to("r1")
    with closing(sqlite3.connect(home / "operations.sqlite3")) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table django_migrations (name text)")
        database.execute("create table decisions (explanation text)")
        database.execute("insert into decisions values ('Won a contract')")
        database.commit()
    return Home(home)


def hashes(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_what_cannot_be_made_again_comes_back_and_nothing_else(small: Home, tmp_path: Path) -> None:
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    new = tmp_path / "other machine" / "home"
    restored = restore_backup(tmp_path / "b.tar.gz", new)
    before, after = hashes(small.folder), hashes(new)
    assert made.files == len(restored.files) == 8
    assert set(after) == {
        "archive/ab/abcd/content", "refused/x/REASON.txt", "register/enrolments.csv", "releases/r1/marts.duckdb",
        "refused/x/return.xlsx", "nights/n.json", "inbox/folder/new.xlsx", "operations.sqlite3",
    }  # fmt: skip
    assert {name: after[name] for name in after if name != "operations.sqlite3"} == {
        name: before[name] for name in after if name != "operations.sqlite3"
    }
    assert (new / "releases" / "current").readlink() == Path("r1")
    with closing(sqlite3.connect(new / "operations.sqlite3")) as database:
        assert database.execute("select * from decisions").fetchall() == [("Won a contract",)]


def test_a_decision_that_is_being_written_is_in_it_wholly_or_not_at_all(small: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(small.folder / "operations.sqlite3")) as writer:
        writer.execute("insert into decisions values ('Committed, but only in the write-ahead log')")
        writer.commit()
        writer.execute("insert into decisions values ('Not committed yet')")
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new" / "operations.sqlite3")) as database:
        found = [text for (text,) in database.execute("select explanation from decisions order by rowid")]
    assert found == ["Won a contract", "Committed, but only in the write-ahead log"]


def test_a_damaged_backup_is_refused_wherever_the_damage_is(small: Home, tmp_path: Path) -> None:
    whole = tmp_path / "b.tar.gz"
    make_backup(small, whole, now=NOW)
    content = whole.read_bytes()
    chance = random.Random(7)
    damages = [content[: len(content) * part // 10] for part in range(1, 10)] + [content[:-1]]
    # The first ten bytes of gzip hold the time and the system, which change nothing.
    for place in [10, len(content) - 1, *(chance.randrange(10, len(content)) for _ in range(60))]:
        damages.append(content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :])
    refused = 0
    for damaged in damages:
        (tmp_path / "damaged.tar.gz").write_bytes(damaged)
        if unpacked(damaged) == unpacked(content):
            # A few bits of gzip say nothing, or say a run of zeros in another way: what was saved is still whole.
            restore_backup(tmp_path / "damaged.tar.gz", tmp_path / "new")
            shutil.rmtree(tmp_path / "new")
            continue
        with pytest.raises(BackupError, match=r"is damaged: .* Nothing was restored"):
            restore_backup(tmp_path / "damaged.tar.gz", tmp_path / "new")
        assert not (tmp_path / "new").exists()
        refused += 1
    assert refused >= 60
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def unpacked(backup: bytes) -> bytes | None:
    """What gzip makes of a backup, read by another way than the product's; None where it cannot."""
    try:
        return gzip.decompress(backup)
    except (OSError, EOFError, zlib.error):
        return None


@pytest.mark.parametrize("name", ["../outside.txt", "/tmp/outside.txt", "archive/../../outside.txt"])
def test_a_backup_cannot_write_outside_the_home(tmp_path: Path, name: str) -> None:
    content = b"x"
    manifest = json.dumps(
        {
            "format": "cluster-returns-backup-1", "made_at": "", "current_release": None,
            "files": {name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": 1}},
        }
    ).encode()  # fmt: skip
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        for member, body in ((name, content), ("MANIFEST.json", manifest)):
            about = tarfile.TarInfo(member)
            about.size = len(body)
            tar.addfile(about, io.BytesIO(body))
    with pytest.raises(BackupError, match="is damaged"):
        restore_backup(tmp_path / "b.tar.gz", tmp_path / "in" / "new")
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_home_that_is_not_empty_is_never_overwritten(small: Home, tmp_path: Path) -> None:
    make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    before = hashes(small.folder)
    with pytest.raises(BackupError, match="is not empty"):
        restore_backup(tmp_path / "b.tar.gz", small.folder)
    assert hashes(small.folder) == before
    (tmp_path / "empty").mkdir()
    assert len(restore_backup(tmp_path / "b.tar.gz", tmp_path / "empty").files) == 8


def test_a_backup_is_never_overwritten_nor_made_in_the_home_nor_beside_a_night(small: Home, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        make_backup(small, tmp_path / "there", now=NOW)
    with pytest.raises(BackupError, match="lies in the home itself"):
        make_backup(small, small.folder / "b.tar.gz", now=NOW)
    with another_process_writes(small.folder), pytest.raises(AnotherNightError):
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home", "there"]


def test_a_folder_that_a_later_version_adds_is_in_it_and_what_is_made_again_is_not(small: Home, tmp_path: Path) -> None:
    for folder in (*MADE_AGAIN, "set_aside/x", "something new"):
        (small.folder / folder).mkdir(parents=True, exist_ok=True)
        (small.folder / folder / "file").write_text(folder)
    (small.folder / "a file of its own.json").write_text("{}")
    make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    assert {file.name for file in (tmp_path / "new").iterdir()} == {
        "archive", "refused", "register", "releases", "nights", "inbox", "operations.sqlite3",
        "set_aside", "something new", "a file of its own.json",
    }  # fmt: skip
    assert hashes(tmp_path / "new" / "set_aside") == hashes(small.folder / "set_aside")


def test_what_lies_in_the_inbox_and_in_the_archive_is_saved_once_and_comes_back_twice(
    small: Home, tmp_path: Path
) -> None:
    archived = (small.archive / "ab" / "abcd" / "content").read_bytes()
    (small.inbox / "taken already.xlsx").write_bytes(archived)
    (small.inbox / "Soci\udce9t\udce9.txt").write_bytes(archived)  # a name of bytes that are no UTF-8
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        assert not any("taken" in name or "Soci" in name for name in tar.getnames())
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    assert hashes(tmp_path / "new" / "inbox") == hashes(small.inbox)
    assert made.files == 10


@pytest.mark.parametrize("change", ["grows", "shrinks", "is written anew", "goes", "is replaced"])
def test_a_file_of_the_inbox_that_changes_while_it_is_read_is_left_and_named(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The change comes between two blocks that the backup reads of it."""
    moving = small.inbox / "moving.xlsx"
    moving.write_bytes(bytes(100_000))
    (tmp_path / "another").write_bytes(b"x" * 100_000)
    changes = {
        "grows": lambda: moving.open("ab").write(b"more"),
        "shrinks": lambda: moving.open("r+b").truncate(10),
        "is written anew": lambda: moving.write_bytes(b"y" * 100_000),
        "goes": moving.unlink,
        "is replaced": lambda: (tmp_path / "another").replace(moving),
    }
    read, done = backups._Hashing.read, []

    def reading(self: backups._Hashing, size: int) -> bytes:
        if self._left == 100_000 - size and not done:
            changes[change]()
            done.append(change)
        return read(self, size)

    monkeypatch.setattr(backups._Hashing, "read", reading)
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert done == [change]
    assert made.in_motion == ("moving.xlsx",)  # and its name is said once
    assert any("moving.xlsx" in line and "next backup" in line for line in made.lines(tmp_path / "b.tar.gz"))
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    assert sorted(hashes(tmp_path / "new" / "inbox")) == ["folder/new.xlsx"]


def test_a_return_that_gets_its_name_while_the_inbox_is_read_is_in_it(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console signs it off, and then renames it: between the two looks of the backup, or before the first."""
    folder = small.inbox / "console" / "walsall" / "0123"
    folder.mkdir(parents=True)
    waiting, sent = folder / f".sending-{'a' * 64}", folder / "Our return.xlsx"
    waiting.write_bytes(b"signed off")
    made = make_backup(small, tmp_path / "before.tar.gz", now=NOW)
    assert made.in_motion == ()
    add = backups._Written.add

    def adding(self: backups._Written, tar: tarfile.TarFile, file: Path, name: str) -> None:
        if file == waiting and waiting.exists():
            waiting.rename(sent)
        add(self, tar, file, name)

    monkeypatch.setattr(backups._Written, "add", adding)
    # Nobody is told of a file that went: it is there under its own name.
    assert make_backup(small, tmp_path / "between.tar.gz", now=NOW).in_motion == ()
    for name, expected in (("before", waiting), ("between", sent)):
        restore_backup(tmp_path / f"{name}.tar.gz", tmp_path / name)
        there = tmp_path / name / expected.relative_to(small.folder)
        assert there.read_bytes() == b"signed off"


def test_half_a_return_is_not_saved_and_one_that_is_sent_meanwhile_comes_whole_or_not_at_all(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is still being copied is no file of a backup, and a file without its sign-off is none either."""
    with closing(sqlite3.connect(small.folder / "operations.sqlite3")) as database, database:
        database.execute("create table returns_sent (inbox_name text)")
        database.execute("insert into returns_sent values ('console/walsall/0/Signed.xlsx')")
    folder = small.inbox / "console" / "walsall" / "0"
    folder.mkdir(parents=True)
    (folder / ".sending-0123456789abcdef").write_bytes(b"half of it")
    whole, late = folder / f".sending-{'a' * 64}", folder / "Late.xlsx"
    whole.write_bytes(b"signed off")
    add_database = backups._add_database

    def copied(*given: object) -> object:
        rows = add_database(*given)  # type: ignore[arg-type]
        whole.rename(folder / "Signed.xlsx")
        late.write_bytes(b"signed off after the database was copied")
        return rows

    monkeypatch.setattr(backups, "_add_database", copied)
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert made.in_motion == ("console/walsall/0/Late.xlsx",)
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    there = tmp_path / "new" / "inbox" / "console" / "walsall" / "0"
    assert [(file.name, file.read_bytes()) for file in there.iterdir()] == [("Signed.xlsx", b"signed off")]
    # The next one has it, since it was there before that copied the database.
    monkeypatch.setattr(backups, "_add_database", add_database)
    assert make_backup(small, tmp_path / "next.tar.gz", now=NOW).in_motion == ()
    with tarfile.open(tmp_path / "next.tar.gz") as tar:
        assert {Path(name).name for name in tar.getnames() if "console" in name} == {"Late.xlsx", "Signed.xlsx"}


def test_links_and_pipes_in_the_inbox_are_passed_by(small: Home, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not sent by anybody")
    (small.inbox / "link.xlsx").symlink_to(tmp_path / "secret")
    os.mkfifo(small.inbox / "pipe.xlsx")
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert (made.files, made.in_motion) == (8, ())


def test_a_file_of_the_archive_that_changes_meanwhile_is_no_backup(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = small.archive / "ab" / "abcd" / "content"
    read = backups._Hashing.read

    def reading(self: backups._Hashing, size: int) -> bytes:
        with content.open("ab") as more:
            more.write(b"!")
        return read(self, size)

    monkeypatch.setattr(backups._Hashing, "read", reading)
    with pytest.raises(BackupError, match=r"content changed while it was saved"):
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert [file.name for file in tmp_path.iterdir()] == ["home"]


def test_a_malformed_database_is_never_saved_with_success(small: Home, tmp_path: Path) -> None:
    """Of the database every page after the first is overwritten in turn: what is malformed is found, all else whole."""
    database = small.folder / "operations.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma journal_mode = delete")
        connection.executemany("insert into decisions values (?)", [(f"{n} " * 400,) for n in range(100)])
        connection.execute("create index words on decisions (explanation)")
        connection.commit()
    whole = database.read_bytes()
    refused = 0
    for page in range(1, len(whole) // 4096, 7):
        database.write_bytes(whole[: page * 4096] + bytes(4096) + whole[(page + 1) * 4096 :])
        try:
            make_backup(small, tmp_path / "b.tar.gz", now=NOW)
        except BackupError as error:
            assert "operations.sqlite3 is damaged" in str(error)
            assert [file.name for file in tmp_path.iterdir()] == ["home"]
            refused += 1
        else:
            (tmp_path / "b.tar.gz").unlink()
    assert refused >= 10
    database.write_bytes(b"no database at all, but long enough to look like one" * 100)
    with pytest.raises(BackupError, match="damaged"):
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)


def test_what_cannot_be_read_back_is_not_kept(small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that takes bytes and gives back others."""
    write = backups._write

    def writing(home: Home, target: Path, now: datetime) -> backups.Backup:
        made = write(home, target, now)
        with target.open("r+b") as stream:
            stream.seek(target.stat().st_size // 2)
            stream.write(b"\0\0\0\0\0\0\0\0")
        return made

    monkeypatch.setattr(backups, "_write", writing)
    with pytest.raises(BackupError, match=r"is not what was saved: .* No backup was kept"):
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert [file.name for file in tmp_path.iterdir()] == ["home"]


def test_a_database_elsewhere_is_not_in_it_and_the_backup_says_so(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make_backup(small, tmp_path / "a.tar.gz", now=NOW)
    assert here.rows == 1
    assert any("operational database, whole, with 1 rows" in line for line in here.lines(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@db/returns")
    made = make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    said = "\n".join(made.lines(tmp_path / "b.tar.gz"))
    assert "NOT in it: the decisions" in said
    assert "pg_dump" in said
    assert "secret" not in said
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    assert not (tmp_path / "new" / "operations.sqlite3").exists()


def test_a_full_disk_leaves_nothing_and_blames_no_backup(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small.register / "extract.xlsx").write_bytes(random.Random(1).randbytes(200_000))
    make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    with small_disk(1) as disk:
        (disk / "filler").write_bytes(bytes(1_000_000))
        with pytest.raises(BackupError, match="MB free"):
            make_backup(small, disk / "b.tar.gz", now=NOW)
        assert [file.name for file in disk.iterdir()] == ["filler"]
        # Where it might just fit, and does not after all.
        monkeypatch.setattr(backups, "_check_room", lambda *_: None)
        with pytest.raises(BackupError, match="There is no room left"):
            make_backup(small, disk / "b.tar.gz", now=NOW)
        assert [file.name for file in disk.iterdir()] == ["filler"]
        with pytest.raises(BackupError, match="There is no room"):
            restore_backup(tmp_path / "b.tar.gz", disk / "new")
        assert [file.name for file in disk.iterdir()] == ["filler"]


def test_what_a_restore_that_was_killed_left_is_gone_after_the_next(small: Home, tmp_path: Path) -> None:
    make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    (tmp_path / ".new.restoring-abc" / "home").mkdir(parents=True)
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "new")
    assert not (tmp_path / ".new.restoring-abc").exists()


def test_a_backup_of_the_format_before_is_restored(tmp_path: Path) -> None:
    content = b"x"
    manifest = {
        "format": "cluster-returns-backup-1", "made_at": "2026-07-01", "current_release": None,
        "files": {"archive/ab/content": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": 1}},
    }  # fmt: skip
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        for member, body in (("archive/ab/content", content), ("MANIFEST.json", json.dumps(manifest).encode())):
            about = tarfile.TarInfo(member)
            about.size = len(body)
            tar.addfile(about, io.BytesIO(body))
    assert len(restore_backup(tmp_path / "b.tar.gz", tmp_path / "new").files) == 1
    assert (tmp_path / "new" / "archive" / "ab" / "content").read_bytes() == content


def test_only_its_owner_can_read_a_backup(small: Home, tmp_path: Path) -> None:
    make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0


def test_the_machine_is_lost_and_the_next_night_gives_the_same_marts(
    demo_home: Path, returns: Returns, tmp_path: Path
) -> None:
    saved = returns("backup", "--home", demo_home, "--to", tmp_path / "b.tar.gz")
    assert saved.returncode == 0, saved.stderr
    new = tmp_path / "new machine"
    assert returns("restore", tmp_path / "b.tar.gz", "--home", new).returncode == 0
    assert read_marts(new) == read_marts(demo_home)
    assert hashes(new / "inbox") == hashes(demo_home / "inbox")
    manifest = json.loads((new / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))
    night = returns("nightly", "--home", new, "--as-of", manifest["as_of"], "--json")
    told = json.loads(night.stdout)
    assert told["release_id"] != manifest["release_id"]
    assert told["landed_now"] == len(list((demo_home / "landed").iterdir()))
    assert read_marts(new) == read_marts(demo_home)


@pytest.mark.xdist_group("demo")
def test_what_is_not_whole_is_saved_as_it_lies_and_named(demo_home: Path, returns: Returns, tmp_path: Path) -> None:
    home = Path(shutil.copytree(demo_home, tmp_path / "home", symlinks=True))
    whole = returns("backup", "--home", home, "--to", tmp_path / "whole.tar.gz")
    assert whole.returncode == 0, whole.stdout
    content = sorted((home / "archive").glob("??/*/content"))[0]
    content.chmod(0o600)
    spoiled = bytearray(content.read_bytes())
    spoiled[100] ^= 1
    content.write_bytes(spoiled)
    record = sorted((home / "archive").glob("??/*/receipt.json"))[1]
    record.chmod(0o600)
    record.write_bytes(b"")
    made = returns("backup", "--home", home, "--to", tmp_path / "b.tar.gz")
    assert made.returncode == 1
    assert "The home is NOT whole, and this is saved as it lies there. Keep the backups before this one." in made.stdout
    assert f"{content.relative_to(home)} is not what was received. See what to do: returns verify" in made.stdout
    assert f"{record.relative_to(home)} is empty" in made.stdout
