"""How a backup is read: every byte is compared with its manifest, whoever reads it and for what."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from orchestration.home import OPERATIONS
from workspace.errors import Ending, PlainError
from workspace.files import make_folder

MANIFEST = "MANIFEST.json"
# In the first, every file was in it under each of its names, and no rows were counted.
FORMATS = ("cluster-returns-backup-1", "cluster-returns-backup-2")
NEWEST_FORMAT = FORMATS[-1]
_BLOCK = 1 << 20


class BackupError(PlainError):
    """A backup cannot be made or is not whole; the message says what to do, in one line."""


class DamagedBackupError(BackupError):
    """A backup is not as it was saved; `what` says in what."""

    ending = Ending.DAMAGED

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(f"The backup {file} is damaged: {what}. Nothing was restored.", "Use another backup.")
        self.what = what


@dataclass(frozen=True)
class Contents:
    """What a backup holds, by its manifest."""

    made_at: str
    current_release: str | None
    files: Mapping[str, Mapping[str, Any]]  # keys sha256 and bytes, by name
    same: Mapping[str, str]  # further names of files, and the name under which each was saved


def read_contents(file: Path, into: Path, *, only: Collection[str] | None = None) -> Contents:
    """Read a backup to its last byte, and write its files below a folder; of `only` these where they are named.

    Raises DamagedBackupError where a byte, a file, a row of the operational database or the current release is not as
    the manifest says, and OSError where the machine is at fault and not the backup, such as a full disk.
    """
    try:
        found = _unpack(file, into, only)
        told = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
        if told["format"] not in FORMATS:
            raise BackupError(f"{file} was made by another version: {told['format']}.", "Restore it with that one.")
        contents = Contents(told["made_at"], told["current_release"], told["files"], told.get("same", {}))
        expected = {name: one["sha256"] for name, one in contents.files.items()}
        left = set(told.get("in_motion", ()))
        rows = told.get("rows")
    except (tarfile.TarError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedBackupError(file, "it cannot be read to its end") from error
    except OSError as error:
        if error.errno is None:  # gzip says so of what it cannot unpack
            raise DamagedBackupError(file, "it cannot be read to its end") from error
        raise
    found.pop(MANIFEST)
    for name in sorted((found.keys() - left) | expected.keys()):
        if found.get(name) != expected.get(name):
            raise DamagedBackupError(file, f"{name} is not as it was saved")
    for name in left & found.keys():
        (into / name).unlink(missing_ok=True)
    (into / MANIFEST).unlink()
    if not set(contents.same.values()) <= expected.keys():
        raise DamagedBackupError(file, "a file that it names is not in it")
    releases = {PurePosixPath(name).parts[1] for name in expected if name.startswith("releases/")}
    if contents.current_release is not None and contents.current_release not in releases:
        raise DamagedBackupError(file, "its current release is not in it")
    if rows is not None:
        _check_rows(file, into / OPERATIONS, rows)
    return contents


def check_database(file: Path) -> dict[str, int]:
    """How many rows each table of a copy of an operational database has; nobody writes to it meanwhile.

    Raises sqlite3.DatabaseError where SQLite's own check finds anything wrong with it.
    """
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as database:
        problems = [line for (line,) in database.execute("pragma integrity_check(5)")]
        if problems != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(problems))
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table' order by 1")]
        return {name: database.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}


def _check_rows(file: Path, database: Path, rows: Mapping[str, int]) -> None:
    try:
        found = check_database(database)
    except sqlite3.DatabaseError as error:
        raise DamagedBackupError(file, f"its operational database is malformed ({error})") from error
    if found != rows:
        raise DamagedBackupError(file, "its operational database has other rows than were saved")


def _unpack(file: Path, into: Path, only: Collection[str] | None) -> dict[str, str]:
    """Write the files of a backup below a folder; the SHA-256 of each by its name, of all of them."""
    found: dict[str, str] = {}
    with tarfile.open(file, mode="r:gz") as tar:
        for member in tar:
            place = PurePosixPath(member.name)
            if not member.isreg() or place.is_absolute() or ".." in place.parts or member.name in found:
                raise tarfile.TarError(f"{member.name} does not belong into a backup")
            wanted = only is None or member.name in only or member.name == MANIFEST
            target = into / place if wanted else Path(os.devnull)
            if wanted:
                make_folder(target.parent)
            source = tar.extractfile(member)
            assert source
            digest = hashlib.sha256()
            with target.open("wb") as handle:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    handle.write(block)
            if wanted:
                os.utime(target, (member.mtime, member.mtime))
            found[member.name] = digest.hexdigest()
        # To the last byte: the check of gzip itself stands at its end.
        while tar.fileobj and tar.fileobj.read(_BLOCK):
            pass
    return found
