"""Back up what cannot be made again, in one file with a manifest. Saved means: read back, and every byte as it was.

In it: all of a home but what `home.MADE_AGAIN` names, and the operational database where it is kept in the home.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from console.returns.delivery import is_prepared
from ingestion.names import name_text
from orchestration.backup_file import (
    MANIFEST,
    NEWEST_FORMAT,
    BackupError,
    DamagedBackupError,
    check_database,
    read_contents,
)
from orchestration.home import LOCK, MADE_AGAIN, OPERATIONS, Home
from orchestration.one_writer import only_one_writer
from orchestration.operations import require_decisions
from orchestration.repair import damage_of_home
from workspace.files import PRIVATE_FILE, move_into_place
from workspace.offered import offered

_BLOCK = 1 << 20
# Files that are packed already: a backup becomes about as large as they are together.
_PACKED = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods", ".parquet", ".gz", ".zip", ".pdf"})


@dataclass(frozen=True)
class Backup:
    """What a backup holds, and what it does not."""

    made_at: str
    files: int
    size_bytes: int  # of the files in it, not of the backup
    current_release: str | None
    rows: int | None = None  # of the operational database; None where it is not in it
    elsewhere: bool = False  # whether the operational database is the one that DATABASE_URL names
    in_motion: tuple[str, ...] = ()  # files of the inbox that changed or went while they were read
    damage: tuple[str, ...] = ()  # what of the home is not whole, and was saved as it lies there

    def lines(self, file: Path) -> list[str]:
        """What a person is told."""
        size = f"{self.files:,} files ({self.size_bytes / 1e6:,.1f} MB)"
        lines = [f"Saved {size} in {file}, and read every byte of it back."]
        if self.damage:
            lines.append("The home is NOT whole, and this is saved as it lies there. Keep the backups before this one.")
            lines += [f"  {one}" for one in self.damage]
        if self.elsewhere:
            lines.append(
                "NOT in it: the decisions, letters, users and audit log. They are in the database that DATABASE_URL "
                "names. Save it now too: pg_dump"
            )
        elif self.rows is None:
            lines.append("NOT in it: decisions. This home has no operational database.")
        else:
            lines.append(f"In it: the operational database, whole, with {self.rows:,} rows.")
        left = [name_text(name) for name in self.in_motion]
        return lines + [f"Left for the next backup, since it changed while it was read: inbox/{name}" for name in left]


def make_backup(home: Home, to: Path, *, now: datetime, wait_seconds: float = 0.0) -> Backup:
    """Write a backup of a home to a new file, and read it back; it has its name only when all of it is as it was.

    No run goes on meanwhile; the console may. Raises AnotherNightError where a run does not end within
    `wait_seconds`, BackupError where the file exists, where there is no room for it, where the operational database is
    damaged, and where what was written cannot be read back; NoOperationsError where the decisions are missing.
    """
    if to.exists():
        raise BackupError(f"{to} exists already, and a backup is never overwritten.", "Name another file.")
    if to.resolve().is_relative_to(home.folder):
        raise BackupError(f"{to} lies in the home itself and would be lost with it.", "Name a file elsewhere.")
    if not to.parent.is_dir():
        raise BackupError(f"There is no folder {to.parent}.", "Make it, or name a file elsewhere.")
    unfinished = to.with_name(f".{to.name}.unfinished")
    with only_one_writer(home, what="backup", now=now, wait_seconds=wait_seconds):
        try:
            require_decisions(home)
            _check_room(home, to.parent)
            backup = _write(home, unfinished, now)
            _read_back(unfinished)
            move_into_place(unfinished, to)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise BackupError(
                    f"There is no room left in {to.parent}.", "Free some, or name another disk."
                ) from error
            raise
        finally:
            unfinished.unlink(missing_ok=True)
    return backup


def _write(home: Home, target: Path, now: datetime) -> Backup:
    current = home.releases / "current"
    written = _Written()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as stream, tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as tar:
            # The database before the inbox: a return whose sign-off is in it is in the inbox already.
            before = {name for _, name in _below(home, home.inbox)}
            rows = _add_database(tar, written, home, Path(scratch))
            signed_off = _signed_off(Path(scratch) / OPERATIONS) if rows else None
            for file, name in _files(home):
                if signed_off is not None and name not in before and _was_sent_since(name, signed_off):
                    written.in_motion.add(name)
                else:
                    written.add(tar, file, name)
            told: dict[str, Any] = {
                "format": NEWEST_FORMAT,
                "made_at": now.isoformat(),
                "current_release": current.resolve().name if current.exists() else None,
                "files": written.files,
                "same": written.same,
                "in_motion": sorted(written.in_motion),
                "rows": rows,
            }
            manifest = Path(scratch) / MANIFEST
            manifest.write_text(json.dumps(told, indent=1), encoding="utf-8")
            tar.add(manifest, arcname=MANIFEST)
        stream.flush()
        os.fsync(stream.fileno())
    return Backup(
        made_at=told["made_at"],
        files=len(written.files) + len(written.same),
        size_bytes=sum(one["bytes"] for one in written.files.values()),
        current_release=told["current_release"],
        rows=None if rows is None else sum(rows.values()),
        elsewhere=bool(os.environ.get("DATABASE_URL")),
        in_motion=tuple(sorted(name.removeprefix("inbox/") for name in written.in_motion)),
        damage=(*map(str, damage_of_home(home)), *_altered(home, written.files)),
    )


def _altered(home: Home, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Contents of the archive that are not what was received: each lies in a folder with the name of its hash."""
    for name, about in sorted(files.items()):
        path = PurePosixPath(name)
        if path.parts[0] == "archive" and path.name == "content" and path.parent.name != about["sha256"]:
            yield f"{name} is not what was received. See what to do: {offered('verify', home=home.folder)}"


def _read_back(file: Path) -> None:
    """Read a backup as a restore does, keeping nothing. Raises BackupError where a single bit is not as it was."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            read_contents(file, Path(scratch), only={OPERATIONS})
        except DamagedBackupError as error:
            raise BackupError(
                f"What was written to {file.parent} is not what was saved: {error.what}. No backup was kept.",
                "Check that disk, and save to another one.",
            ) from error


@dataclass
class _Written:
    """What was written so far: by name, hash and size; which names are the same file; what was in motion."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    in_motion: set[str] = field(default_factory=set)
    _first: dict[str, str] = field(default_factory=dict)  # the first name of each content, by its hash

    def add(self, tar: tarfile.TarFile, file: Path, name: str) -> None:
        """Add a file. What is hashed is what the tar takes, byte for byte.

        A file of the inbox belongs to whoever sends it and may change at any time: then it is left. Anything else
        that changes while this process holds the home raises BackupError.
        """
        try:
            handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if not _is_sent(name):
                raise
            # A link or a pipe is no return, and what was just sent has got its own name, under which it is saved. What
            # else went, or may not be read, may be there the next time.
            if error.errno not in {errno.ELOOP, errno.ENXIO} and not (
                error.errno == errno.ENOENT and is_prepared(file.name)
            ):
                self.in_motion.add(name)
            return
        with os.fdopen(handle, "rb") as source:
            before = os.fstat(source.fileno())
            if not stat.S_ISREG(before.st_mode):
                return
            if _is_sent(name):
                # Nearly all of it lies in the archive too, and need not be saved twice.
                known = self._first.get(_sha256(source))
                if known is not None and _same(before, os.fstat(source.fileno())):
                    self.same[name] = known
                    return
                source.seek(0)
            reader = _Hashing(source, before.st_size)
            about = tarfile.TarInfo(name)
            about.size, about.mtime, about.mode = before.st_size, int(before.st_mtime), PRIVATE_FILE
            tar.addfile(about, reader)  # type: ignore[arg-type]
            if reader.short or not _same(before, os.fstat(source.fileno())):
                if not _is_sent(name):
                    raise BackupError(
                        f"{file} changed while it was saved.", "Find out what writes there, then try again."
                    )
                self.in_motion.add(name)
                return
        digest = reader.digest.hexdigest()
        self.files[name] = {"sha256": digest, "bytes": before.st_size}
        self._first.setdefault(digest, name)


class _Hashing:
    """What a tar reads of a file: as many bytes as it was told, hashed as they pass. A file that shrank gives zeros."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._left = source, size
        self.digest = hashlib.sha256()
        self.short = False

    def read(self, size: int) -> bytes:
        wanted = min(size, self._left)
        block = self._source.read(wanted)
        if len(block) < wanted:
            self.short = True
            block += bytes(wanted - len(block))
        self._left -= wanted
        self.digest.update(block)
        return block


def _add_database(tar: tarfile.TarFile, written: _Written, home: Home, scratch: Path) -> dict[str, int] | None:
    """Add a copy of the operational database, once it was found whole; how many rows each of its tables has."""
    database = home.folder / OPERATIONS
    if os.environ.get("DATABASE_URL") or not database.exists():
        return None
    copy = scratch / OPERATIONS
    try:
        # SQLite's own copy: whole also while stewards go on deciding.
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        rows = check_database(copy)
    except sqlite3.DatabaseError as error:
        raise BackupError(
            f"The operational database {database} is damaged ({error}), so nothing was saved.",
            f"Keep the last backup. See what is wrong with: {offered('verify', home=home.folder)}",
        ) from error
    written.add(tar, copy, OPERATIONS)
    return rows


def _signed_off(database: Path) -> set[str] | None:
    """The names in a backup of all returns that a copy of the operational database holds a sign-off of.

    None where it knows of no sign-offs yet.
    """
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?immutable=1", uri=True)) as copy:
        if not copy.execute("select 1 from sqlite_master where name = 'returns_sent'").fetchone():
            return None
        return {f"inbox/{name}" for (name,) in copy.execute("select inbox_name from returns_sent")}


def _was_sent_since(name: str, signed_off: Collection[str]) -> bool:
    """Whether a file was sent on the console after the database was copied: its sign-off is not in this backup."""
    return name.startswith("inbox/console/") and not is_prepared(PurePosixPath(name).name) and name not in signed_off


def _files(home: Home) -> Iterator[tuple[Path, str]]:
    """Every file of a backup with its name in it; the inbox last, since that changes."""
    kept = sorted(entry.name for entry in home.folder.iterdir() if entry.name not in {*_left_out(), home.inbox.name})
    for top in kept:
        yield from _below(home, home.folder / top)
    # Twice: a return that was just being sent may have got its name while the first look was under way.
    first = list(_below(home, home.inbox))
    yield from first
    yield from sorted({*_below(home, home.inbox)} - {*first})


def _below(home: Home, top: Path) -> Iterator[tuple[Path, str]]:
    # An inbox may lie elsewhere, behind a link; nothing else of a home does.
    if top.is_dir() and (top == home.inbox or not top.is_symlink()):
        found = sorted(Path(folder, name) for folder, _, names in os.walk(top) for name in names)
    else:
        found = [top]
    for file in found:
        inner = file.relative_to(home.folder)
        if not file.is_symlink() and not _unfinished(inner):
            yield file, inner.as_posix()


def _left_out() -> frozenset[str]:
    beside = {f"{OPERATIONS}{ending}" for ending in ("", "-wal", "-shm", "-journal")}
    return frozenset({*MADE_AGAIN, LOCK, *beside})


def _unfinished(inner: Path) -> bool:
    """Whether a file is what a step that was killed left, or what a desktop leaves in an inbox.

    A return that is just being sent on the console is none once it is whole: its sign-off may be in the database.
    """
    if inner.parts[0] == "inbox":
        return any(part.startswith((".", "~$")) and not is_prepared(part) for part in inner.parts)
    return any(
        part.startswith((".unfinished", ".taking", ".removed")) or part.endswith(".unfinished") for part in inner.parts
    )


def _check_room(home: Home, folder: Path) -> None:
    """Raise BackupError where the files cannot fit, however well they are packed."""
    sizes = ((file.suffix.lower(), file.lstat().st_size) for file, name in _files(home) if not _is_sent(name))
    least = sum(size if ending in _PACKED else size // 20 for ending, size in sizes)
    free = shutil.disk_usage(folder).free
    if free < least:
        raise BackupError(
            f"{folder} has {free / 1e6:,.0f} MB free, and the backup needs at least {least / 1e6:,.0f} MB.",
            "Free some, or name another disk.",
        )


def _is_sent(name: str) -> bool:
    """Whether a file lies in the inbox, which belongs to those who send."""
    return name.startswith("inbox/")


def _sha256(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether a file that is open was not written meanwhile, and still has a name."""
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and after.st_nlink > 0
