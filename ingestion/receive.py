"""From the inbox to the archive: every file becomes a receipt, and its bytes are kept unchanged for ever.

The inbox belongs to those who send: it is only read, never changed. What has been received already is known by the
hash of its bytes, so the same inbox can be read every night.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from ingestion.inbox_files import Entry, entries
from ingestion.names import name_of, stored_text
from ingestion.refusals import OF_THE_MACHINE, Refusal
from workspace.files import make_folder, move_into_place, write_atomically

MOST_BYTES = 50_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Receipt:
    """A file that arrived: identified by its bytes, not by its name."""

    receipt_id: str  # SHA-256 of the bytes; of name, size and time where the bytes were not taken
    content_id: str  # SHA-256 of the bytes, under which they lie in the archive
    file_name: str  # path below the inbox, with "/", as the text of ingestion.names
    size_bytes: int
    arrived_at: datetime  # when it was put in the inbox, as far as its file time tells
    received_at: datetime  # when a night first saw it
    archived: bool  # False for what was refused unopened: a folder, a file that is far too large


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


def archived_receipts(archive: Path) -> Iterator[Receipt]:
    """Every receipt of the archive, one after another, by id."""
    for place in _places(archive):
        if (place / "receipt.json").exists():
            yield _read_receipt(place / "receipt.json")


def sent_again(archive: Path) -> Iterator[Receipt]:
    """One receipt for each further name under which bytes of the archive were found, by id and name."""
    for place in _places(archive):
        yield from sorted(map(_read_receipt, place.glob("again/*.json")), key=lambda receipt: receipt.file_name)


def _places(archive: Path) -> Iterator[Path]:
    """The folders of the archive in their order, without a list of all of them."""
    for shelf in sorted(archive.glob("??")):
        yield from sorted(shelf.iterdir())


def content_of(archive: Path, content_id: str) -> Path:
    """Where the bytes of a receipt lie in the archive."""
    return archive / content_id[:2] / content_id / "content"


def as_another_return(again: Receipt) -> Receipt:
    """The receipt of known bytes under another name, where the name and not the content says what they are for.

    Accounts that are carried forward unchanged make the same file two years running; in a layout that names its year
    only in the file's name these are two returns.
    """
    identity = hashlib.sha256(again.content_id.encode() + b"\0" + os.fsencode(name_of(again.file_name)))
    return replace(again, receipt_id=identity.hexdigest())


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
    return _keep(receipt, unfinished, archive)


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


def _keep(receipt: Receipt, unfinished: Path, archive: Path) -> bool:
    """Put bytes in their place in the archive, or drop them where they are known already; whether they are new."""
    place = content_of(archive, receipt.content_id).parent
    known = place / "receipt.json"
    if known.exists():
        unfinished.unlink()
        first = _read_receipt(known)
        if first.file_name != receipt.file_name:
            again = place / "again" / f"{hashlib.sha256(os.fsencode(name_of(receipt.file_name))).hexdigest()[:16]}.json"
            if not again.exists():
                write_atomically(again, _as_json(receipt))
        return False
    make_folder(place)
    unfinished.chmod(0o400)
    move_into_place(unfinished, place / "content")
    # The receipt is written last: a place without one is an unfinished copy, which the next night makes again.
    write_atomically(known, _as_json(receipt))
    return True


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


def _as_json(receipt: Receipt) -> bytes:
    plain = vars(receipt) | {
        "arrived_at": receipt.arrived_at.isoformat(),
        "received_at": receipt.received_at.isoformat(),
    }
    return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()


def _read_receipt(file: Path) -> Receipt:
    # Earlier versions wrote names as they are, also such as are no text.
    plain = json.loads(file.read_text(encoding="utf-8", errors="surrogateescape"))
    plain["file_name"] = stored_text(plain["file_name"])
    plain["arrived_at"] = datetime.fromisoformat(plain["arrived_at"])
    plain["received_at"] = datetime.fromisoformat(plain["received_at"])
    return Receipt(**plain)
