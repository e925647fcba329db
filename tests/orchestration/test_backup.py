"""Losing the machine: what was saved is whole, what is damaged is refused, and the next night gives the same marts."""

import gzip
import hashlib
import io
import json
import random
import shutil
import sqlite3
import tarfile
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.backup import BackupError, make_backup, restore_backup
from orchestration.home import Home
from orchestration.one_writer import AnotherNightError
from tests.orchestration.conftest import Returns, read_marts
from tests.orchestration.test_one_writer import another_process_writes

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
    assert made.files == restored.files == 8
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
    assert restore_backup(tmp_path / "b.tar.gz", tmp_path / "empty").files == 8


def test_a_backup_is_never_overwritten_nor_made_in_the_home_nor_beside_a_night(small: Home, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        make_backup(small, tmp_path / "there", now=NOW)
    with pytest.raises(BackupError, match="lies in the home itself"):
        make_backup(small, small.folder / "b.tar.gz", now=NOW)
    with another_process_writes(small.folder), pytest.raises(AnotherNightError):
        make_backup(small, tmp_path / "b.tar.gz", now=NOW)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home", "there"]


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
    assert list((new / "inbox").iterdir()) == []
    manifest = json.loads((new / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))
    night = returns("nightly", "--home", new, "--as-of", manifest["as_of"], "--json")
    told = json.loads(night.stdout)
    assert told["release_id"] != manifest["release_id"]
    assert told["landed_now"] == len(list((demo_home / "landed").iterdir()))
    assert read_marts(new) == read_marts(demo_home)
