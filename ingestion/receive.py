"""From the inbox to the archive: every file becomes a receipt, and its bytes are kept unchanged for ever.

The inbox belongs to those who send: it is only read, never changed. What has been received already is known by the
hash of its bytes, so the same inbox can be read every night.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from ingestion.archive import Receipt, keep
from ingestion.inbox_files import Entry, entries
from ingestion.names import name_of
from ingestion.refusals import OF_THE_MACHINE, Refusal
from workspace.files import make_folder

MOST_BYTES = 50_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Received:
    """What one look into the inbox found."""

    files: int  # that could be taken, known or new
    new: int  # receipts that no earlier night has seen
    unopened: tuple[tuple[Receipt, Refusal], ...]  # what was refused before its bytes were taken
    waiting: tuple[str, ...]  # files that were still being written; the next night takes them


def receive(inbox: Path, archive: Path, *, now: datetime, most_bytes: int = MOST_BYTES) -> Received:
    """Take every file of the inbox, and of folders in it, into the archive.

    The same bytes twice are one receipt; the second name is noted beside it. Links, pipes, folders without a file
    and files above `most_bytes` are refused unopened. The receipts themselves are in the archive: see
    `archived_receipts`. Raises OSError where the machine is at fault and not the file, such as a full disk.
    """
    files, new = 0, 0
    unopened: list[tuple[Receipt, Refusal]] = []
    waiting: list[str] = []
    for left_by_a_killed_night in archive.glob(".taking.*"):
        left_by_a_killed_night.unlink(missing_ok=True)
    for entry in entries(inbox):
        try:
            if entry.problem:
                raise entry.problem
            taken = _take(entry, archive, now=now, most_bytes=most_bytes)
        except Refusal as refusal:
            unopened.append((_unopened_receipt(entry, now), refusal))
        except OSError as error:
            if error.errno in OF_THE_MACHINE:
                raise
            unopened.append((_unopened_receipt(entry, now), _unreadable(entry.name, error)))
        else:
            if taken is None:
                waiting.append(entry.name)
            else:
                files += 1
                new += taken
    return Received(files, new, tuple(unopened), tuple(waiting))


def _take(entry: Entry, archive: Path, *, now: datetime, most_bytes: int) -> bool | None:
    """Copy one file into the archive: whether its bytes are new there; None where it changed while it was read."""
    if entry.found and entry.found.st_size > most_bytes:
        raise _too_large(entry.name, entry.found.st_size, most_bytes)
    make_folder(archive)
    unfinished = archive / f".taking.{os.getpid()}"
    with os.fdopen(entry.open(), "rb", buffering=0) as source:
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
        arrived_at=min(datetime.fromtimestamp(after.st_mtime, UTC), now),
        received_at=now,
        archived=True,
    )
    return keep(receipt, unfinished, archive)


def _copy(source: FileIO, target: Path, most_bytes: int) -> tuple[str, int]:
    """SHA-256 and size of what was copied; of a file that grows beyond `most_bytes`, no more than a block too much."""
    digest = hashlib.sha256()
    size = 0
    with target.open("wb") as copy:
        while size <= most_bytes and (block := source.read(_BLOCK)):
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


def _unopened_receipt(entry: Entry, now: datetime) -> Receipt:
    size, changed, arrived = 0, 0, now
    if entry.found:
        found = entry.found
        size, changed, arrived = found.st_size, found.st_mtime_ns, datetime.fromtimestamp(found.st_mtime, UTC)
    identity = hashlib.sha256(os.fsencode(name_of(entry.name)) + f"\0{size}\0{changed}".encode()).hexdigest()
    return Receipt(identity, identity, entry.name, size, min(arrived, now), now, archived=False)


def _unreadable(name: str, error: OSError) -> Refusal:
    reason = error.strerror or type(error).__name__
    return Refusal("F01", f"“{name}” could not be opened: {reason.lower()}.", "Check the file and send it again.")
