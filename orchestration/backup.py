"""Back up what cannot be made again, in one file with a manifest, and restore it on another machine.

In it: the archive, the refusals, the register, the releases, the records of nights, files that wait in the inbox and
the operational database. Not in it: landed rows, builds, reports, Dagster's records; the next night makes them again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ingestion.names import name_of
from orchestration.home import Home
from orchestration.one_writer import only_one_writer
from orchestration.status import waiting_files
from workspace.errors import PlainError
from workspace.files import make_folder, move_into_place, point, sync_tree, write_atomically
from workspace.permissions import keep_to_owner

OPERATIONS = "operations.sqlite3"
_MANIFEST = "MANIFEST.json"
_FORMAT = "cluster-returns-backup-1"
_FOLDERS = ("archive", "refused", "register", "releases", "nights")
_BLOCK = 1 << 20


class BackupError(PlainError):
    """A backup cannot be made or is not whole; the message says what to do, in one line."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    made_at: str
    files: int
    size_bytes: int  # of the files in it, not of the backup
    current_release: str | None


def make_backup(home: Home, to: Path, *, now: datetime, wait_seconds: float = 0.0) -> Backup:
    """Write a backup of a home to a new file; readers see all of it or nothing.

    No night runs meanwhile: raises AnotherNightError where one does not end within `wait_seconds`, and BackupError
    where the file exists.
    """
    if to.exists():
        raise BackupError(f"{to} exists already, and a backup is never overwritten. Name another file.")
    if to.resolve().is_relative_to(home.folder):
        raise BackupError(f"{to} lies in the home itself and would be lost with it. Name a file elsewhere.")
    unfinished = to.with_name(f".{to.name}.unfinished")
    with only_one_writer(home, what="backup", now=now, wait_seconds=wait_seconds):
        try:
            backup = _write(home, unfinished, now)
            move_into_place(unfinished, to)
        finally:
            unfinished.unlink(missing_ok=True)
    return backup


def restore_backup(file: Path, folder: Path) -> Backup:
    """Lay a backup into a new home.

    Every byte is compared with the manifest before anything appears in the home. Raises BackupError where the backup
    is damaged and where the home holds anything already.
    """
    if not file.is_file():
        raise BackupError(f"There is no backup {file}. Check the name.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty, and a restore never overwrites. Name a new folder with --home.")
    make_folder(folder.parent)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.restoring-", dir=folder.parent) as scratch:
        staging = Path(scratch) / "home"
        staging.mkdir()
        try:
            found = _unpack(file, staging)
            told = json.loads((staging / _MANIFEST).read_text(encoding="utf-8"))
            if told["format"] != _FORMAT:
                raise BackupError(f"{file} was made by another version: {told['format']}.")
            expected = {name: one["sha256"] for name, one in told["files"].items()}
        except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise _damaged(file, "it cannot be read to its end") from error
        found.pop(_MANIFEST, None)
        for name in sorted(found.keys() | expected.keys()):
            if found.get(name) != expected.get(name):
                raise _damaged(file, f"{name} is not as it was saved")
        current = told["current_release"]
        if current is not None and current not in {place.name for place in (staging / "releases").iterdir()}:
            raise _damaged(file, "its current release is not in it")
        (staging / _MANIFEST).unlink()
        (staging / "inbox").mkdir(exist_ok=True)
        if current:
            point(staging / "releases" / "current", current)
        if folder.exists():
            folder.rmdir()
        keep_to_owner(staging)
        sync_tree(staging)
        move_into_place(staging, folder)
    size = sum(one["bytes"] for one in told["files"].values())
    return Backup(told["made_at"], len(expected), size, current)


def _write(home: Home, target: Path, now: datetime) -> Backup:
    current = home.releases / "current"
    release = current.resolve().name if current.exists() else None
    sealed: dict[str, dict[str, object]] = {}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream, tempfile.TemporaryDirectory() as scratch:
        # A refused file is a second name of the same bytes in the archive; both are saved whole.
        with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3, dereference=True) as tar:
            for file, name in _files(home, Path(scratch)):
                sealed[name] = _seal(file)
                tar.add(file, arcname=name, recursive=False)
            told = {
                "format": _FORMAT,
                "made_at": now.isoformat(),
                "current_release": release,
                "files": sealed,
            }
            manifest = Path(scratch) / _MANIFEST
            write_atomically(manifest, json.dumps(told, indent=1).encode())
            tar.add(manifest, arcname=_MANIFEST)
        stream.flush()
        os.fsync(stream.fileno())
    size = sum(int(str(one["bytes"])) for one in sealed.values())
    return Backup(now.isoformat(), len(sealed), size, release)


def _files(home: Home, scratch: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a backup with its name in it, sorted within its folder."""
    for folder in _FOLDERS:
        for file in sorted((home.folder / folder).rglob("*")):
            inner = file.relative_to(home.folder)
            if file.is_file() and not file.is_symlink() and not _unfinished(inner):
                yield file, inner.as_posix()
    for name in map(name_of, waiting_files(home)):
        yield home.inbox / name, f"inbox/{name}"
    database = home.folder / OPERATIONS
    if database.exists():
        copy = scratch / OPERATIONS
        # SQLite's own copy: whole also while stewards go on deciding.
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield copy, OPERATIONS


def _unfinished(inner: Path) -> bool:
    return any(part.startswith((".unfinished", ".taking")) or part.endswith(".unfinished") for part in inner.parts)


def _unpack(file: Path, staging: Path) -> dict[str, str]:
    """Write the files of a backup below a folder; the SHA-256 of each by its name."""
    found: dict[str, str] = {}
    with tarfile.open(file, mode="r:gz") as tar:
        for member in tar:
            place = PurePosixPath(member.name)
            if not member.isreg() or place.is_absolute() or ".." in place.parts or member.name in found:
                raise tarfile.TarError(f"{member.name} does not belong into a backup")
            target = staging / place
            target.parent.mkdir(parents=True, exist_ok=True)
            source = tar.extractfile(member)
            assert source
            digest = hashlib.sha256()
            with target.open("wb") as handle:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    handle.write(block)
            os.utime(target, (member.mtime, member.mtime))
            found[member.name] = digest.hexdigest()
        # To the last byte: the check of gzip itself stands at its end.
        while tar.fileobj and tar.fileobj.read(_BLOCK):
            pass
    return found


def _seal(file: Path) -> dict[str, object]:
    with file.open("rb") as handle:
        return {"sha256": hashlib.file_digest(handle, "sha256").hexdigest(), "bytes": file.stat().st_size}


def _damaged(file: Path, what: str) -> BackupError:
    return BackupError(f"The backup {file} is damaged: {what}. Nothing was restored. Use another backup.")
