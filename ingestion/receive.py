"""From the inbox to the archive: every file becomes a receipt, and its bytes are kept unchanged for ever.

The inbox belongs to those who send: it is only read, never changed. What has been received already is known by the
hash of its bytes, so the same inbox can be read every night.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.archive import Receipt, keep
from ingestion.inbox_files import Entry, entries
from ingestion.names import name_of
from ingestion.refusals import Refusal
from workspace.files import make_folder

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES = 50_000_000
# The ways in which a file comes.
INBOX, REMOTE_INBOX, CONSOLE = "inbox", "remote inbox", "console"
# The channel of a file, and its sender: a cluster where its path tells, never a person.
Source = tuple[str, str | None]
_BLOCK = 1 << 20
# Rows that become a table together.
_BATCH = 200
# What a share answers that is not there any more, or not to be reached.
_OF_THE_PLACE = frozenset(
    {
        errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN,
        errno.ENETUNREACH, errno.ETIMEDOUT, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ESHUTDOWN,
    }
)  # fmt: skip
# So many files in one place that cannot be read have a fault in common that is not theirs.
_OF_ONE_PLACE = 3
# Whoever put the file there did not let us read it.
_RIGHTS = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True)
class Received:
    """What one look into the inbox found."""

    files: int  # that could be taken, known or new
    new: int  # receipts that no earlier night has seen
    unopened: tuple[tuple[Receipt, Refusal], ...]  # what was refused before its bytes were taken
    waiting: tuple[str, ...]  # files that were still being written; the next night takes them
    unread: tuple[tuple[str, str], ...] = ()  # what this machine could not read, also folders: its name and why
    fault: str | None = None  # why the place as a whole could not be read to its end
    seen: pa.Table | None = None  # one row of `seen_schema` for each thing in the inbox that was received or refused


def receive(
    inbox: Path,
    archive: Path,
    *,
    now: datetime,
    source_of: Callable[[str], Source] = lambda _: (INBOX, None),
    is_known: Callable[[str], bool] = lambda _: False,
    most_bytes: int = MOST_BYTES,
) -> Received:
    """Take every file of the inbox, and of folders in it, into the archive.

    The same bytes twice are one receipt; the second name is noted beside it. Links, pipes, folders without a file
    and files above `most_bytes` are refused unopened. The receipts themselves are in the archive: see
    ingestion.archive. `source_of` says of a name how it came and who sent it, `is_known` whether the last look saw it.

    A fault of the place is no fault of its files: nothing is refused for it. Raises OSError where the machine is at
    fault in another way, such as by a full disk.
    """
    look = _Look(archive, now, source_of, is_known, most_bytes)
    for left_by_a_killed_night in archive.glob(".taking.*"):
        left_by_a_killed_night.unlink(missing_ok=True)
    try:
        before = _identity(inbox)
        look.over(inbox)
        if _identity(inbox) != before:
            look.fault = "another place was put under its name while it was read"
    except PlaceError as error:
        look.fault = str(error)
    return look.received()


@dataclass(frozen=True)
class _Taken:
    """A file whose bytes lie in the archive."""

    content_id: str
    file_at: datetime  # its own time
    is_new: bool  # whether no earlier look saw its bytes


class _SourceError(Exception):
    """A file of the inbox cannot be opened or read; not our own disk is at fault."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class PlaceError(Exception):
    """The inbox as a whole cannot be read, such as a share that is not there any more; the reason is the text."""


def seen_schema() -> pa.Schema:
    """One row for each thing in an inbox that was received or refused at one look."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("file_name", pa.string(), nullable=False),
            pa.field("content_id", pa.string(), nullable=False),
            pa.field("channel", pa.string(), nullable=False),
            pa.field("sender", pa.string()),
            pa.field("file_at", pa.timestamp("us", tz="UTC"), nullable=False),  # the file's own time
        ]
    )


class _Look:
    """One look into an inbox, thing by thing."""

    def __init__(
        self,
        archive: Path,
        now: datetime,
        source_of: Callable[[str], Source],
        is_known: Callable[[str], bool],
        most_bytes: int,
    ) -> None:
        self._archive, self._now = archive, now
        self._source_of, self._is_known, self._most_bytes = source_of, is_known, most_bytes
        self._files, self._new = 0, 0
        self._unopened: list[tuple[Receipt, Refusal]] = []
        self._waiting: list[str] = []
        self._unread: list[tuple[str, str]] = []
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self.fault: str | None = None

    def over(self, inbox: Path) -> None:
        """Receive everything in an inbox.

        Raises PlaceError where the place is at fault, and OSError where this machine is.
        """
        found = entries(inbox)
        while True:
            try:
                entry = next(found, None)
            except OSError as error:  # the inbox itself, or the rest of it, cannot be listed
                raise PlaceError(_reason(error)) from error
            if entry is None:
                return
            self._at(entry)

    def _at(self, entry: Entry) -> None:
        """Receive one thing. Raises PlaceError where the place is at fault, and OSError where this machine is."""
        if entry.is_empty and self._source_of(entry.name)[0] == CONSOLE:
            return  # the console made it for a return that is just being sent, or was not sent in the end
        try:
            if entry.problem:
                raise entry.problem
            taken = _take(entry, self._archive, now=self._now, most_bytes=self._most_bytes)
        except Refusal as refusal:
            self._refuse(entry, refusal)
        except _SourceError as error:
            self._could_not_read(entry, error.cause)
        except OSError as error:
            if entry.problem is not error:
                raise
            self._could_not_read(entry, error)
        else:
            if taken is None:
                self._waiting.append(entry.name)
                return
            self._files += 1
            self._new += taken.is_new
            self._saw(entry.name, taken.content_id, taken.file_at)

    def _refuse(self, entry: Entry, refusal: Refusal) -> None:
        receipt = _unopened_receipt(entry, self._now)
        self._unopened.append((receipt, refusal))
        self._saw(entry.name, receipt.content_id, _file_time(entry.found, self._now) if entry.found else self._now)

    def _could_not_read(self, entry: Entry, error: OSError) -> None:
        """What could not be opened or read: gone since, a fault of the place, of the disk, or of the file's rights."""
        if error.errno in _OF_THE_PLACE:
            raise PlaceError(_reason(error)) from error
        if error.errno == errno.ENOENT:
            return
        if error.errno in _RIGHTS and not self._is_known(entry.name):
            self._refuse(entry, _unreadable(entry.name, error))
            return
        self._unread.append((entry.name, _reason(error)))
        if len(self._unread) >= _OF_ONE_PLACE:
            raise PlaceError(_reason(error)) from error

    def _saw(self, file_name: str, content_id: str, file_at: datetime) -> None:
        channel, sender = self._source_of(file_name)
        self._rows.append(
            {
                "file_name": file_name,
                "content_id": content_id,
                "channel": channel,
                "sender": sender,
                "file_at": file_at,
            }
        )
        if len(self._rows) == _BATCH:
            self._make_table()

    def _make_table(self) -> None:
        import pyarrow as pa

        self._tables.append(pa.Table.from_pylist(self._rows, schema=seen_schema()))
        self._rows = []

    def received(self) -> Received:
        """What was found so far."""
        import pyarrow as pa

        self._make_table()
        return Received(
            files=self._files,
            new=self._new,
            unopened=tuple(self._unopened),
            waiting=tuple(self._waiting),
            unread=tuple(self._unread),
            fault=self.fault,
            seen=pa.concat_tables(self._tables),
        )


def _identity(inbox: Path) -> tuple[int, int]:
    """Which folder it is. Raises PlaceError where there is none, or it cannot be looked at."""
    try:
        found = inbox.stat()
    except OSError as error:
        raise PlaceError(_reason(error)) from error
    return found.st_dev, found.st_ino


def _take(entry: Entry, archive: Path, *, now: datetime, most_bytes: int) -> _Taken | None:
    """Copy one file into the archive; None where it changed while it was read."""
    if entry.found and entry.found.st_size > most_bytes:
        raise _too_large(entry.name, entry.found.st_size, most_bytes)
    make_folder(archive)
    unfinished = archive / f".taking.{os.getpid()}"
    with os.fdopen(_opened(entry), "rb", buffering=0) as source:
        before = os.fstat(source.fileno())
        digest, size = _copy(source, unfinished, most_bytes)
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        unfinished.unlink()
        if max(size, after.st_size) > most_bytes:
            raise _too_large(entry.name, after.st_size, most_bytes)
        return None
    receipt = Receipt(
        receipt_id=digest,
        content_id=digest,
        file_name=entry.name,
        size_bytes=size,
        arrived_at=min(_file_time(after, now), now),
        received_at=now,
        archived=True,
    )
    return _Taken(digest, _file_time(after, now), keep(receipt, unfinished, archive))


def _copy(source: FileIO, target: Path, most_bytes: int) -> tuple[str, int]:
    """SHA-256 and size of what was copied; of a file that grows beyond `most_bytes`, no more than a block too much."""
    digest = hashlib.sha256()
    size = 0
    with target.open("wb") as copy:
        while size <= most_bytes and (block := _read(source)):
            size += len(block)
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest(), size


def _too_large(name: str, size: int, most_bytes: int) -> Refusal:
    return Refusal(
        "F01",
        f"“{name}” has {size / 1e6:,.0f} MB; a return has at most {most_bytes / 1e6:,.0f} MB. "
        "We left it where it is, unopened.",
        "Remove pictures and sheets that do not belong to the form, save it and send it again.",
    )


def _opened(entry: Entry) -> int:
    try:
        return entry.open()
    except OSError as error:
        raise _SourceError(error) from error


def _read(source: FileIO) -> bytes:
    try:
        return source.read(_BLOCK)
    except OSError as error:
        raise _SourceError(error) from error


def _unopened_receipt(entry: Entry, now: datetime) -> Receipt:
    size, changed, file_at = 0, 0, now
    if entry.found:
        size, changed, file_at = entry.found.st_size, entry.found.st_mtime_ns, _file_time(entry.found, now)
    identity = hashlib.sha256(os.fsencode(name_of(entry.name)) + f"\0{size}\0{changed}".encode()).hexdigest()
    return Receipt(identity, identity, entry.name, size, min(file_at, now), now, archived=False)


def _file_time(found: os.stat_result, now: datetime) -> datetime:
    """The time of a file; that of the look where it lies in no year that there is."""
    try:
        return datetime.fromtimestamp(found.st_mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _unreadable(name: str, error: OSError) -> Refusal:
    return Refusal("F01", f"“{name}” could not be opened: {_reason(error)}.", "Check the file and send it again.")
