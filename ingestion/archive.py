"""The archive: the bytes of every file that was received, unchanged for ever, each with its receipt."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ingestion.names import name_of, stored_text
from workspace.files import make_folder, move_into_place, write_atomically
from workspace.records import OnDamage, read_each, read_record, stop, write_record

RECEIPT = "receipt.json"
_LETTERS_OF_A_SHELF = 2


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


def archived_receipts(archive: Path, *, damaged: OnDamage = stop) -> Iterator[Receipt]:
    """Every receipt of the archive, one after another, by id. `damaged` is told of each that cannot be read."""
    for place in places(archive):
        yield from read_each([place / RECEIPT], read_receipt, damaged)


def receipt_of(archive: Path, content_id: str) -> Receipt:
    """The receipt of bytes that are in the archive. Raises DamagedError where it is not as it was written."""
    return read_receipt(content_of(archive, content_id).with_name(RECEIPT))


def receipts_in(place: Path, *, damaged: OnDamage = stop) -> list[Receipt]:
    """The receipt in a folder of the archive, then one for each further name that an earlier version noted beside it.

    Nothing where a run was killed before it wrote the receipt.
    """
    first = list(read_each([place / RECEIPT], read_receipt, damaged))
    again = read_each(place.glob("again/*.json"), read_receipt, damaged) if first else ()
    return [*first, *sorted(again, key=lambda receipt: receipt.file_name)]


def places(archive: Path) -> Iterator[Path]:
    """The folders of the archive in their order, one for each receipt, without a list of all of them."""
    for shelf in _folders(archive):
        if len(shelf) == _LETTERS_OF_A_SHELF:
            yield from (archive / shelf / name for name in _folders(archive / shelf))


def _folders(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())
    return []


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


def keep(receipt: Receipt, unfinished: Path, archive: Path) -> bool:
    """Put bytes in their place in the archive, or drop them where they are known already; whether they are new."""
    place = content_of(archive, receipt.content_id).parent
    if (place / RECEIPT).exists():
        if is_whole(place / "content", receipt.content_id):
            unfinished.unlink()
        else:
            _put(unfinished, place)
        return False
    make_folder(place)
    _put(unfinished, place)
    # The receipt is written last: a place without one is an unfinished copy, which the next run makes again.
    write_record(place / RECEIPT, receipt)
    return True


def is_whole(content: Path, content_id: str) -> bool:
    """Whether bytes of the archive are those that were received."""
    try:
        with content.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == content_id
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False  # the disk cannot read them


def put_back(archive: Path, content_id: str, content: bytes) -> bool:
    """Put bytes back where they were damaged, if they are those that were received; whether they are."""
    if hashlib.sha256(content).hexdigest() != content_id:
        return False
    place = content_of(archive, content_id).parent
    make_folder(place)
    unfinished = archive / f".taking.{os.getpid()}"
    try:
        write_atomically(unfinished, content)
        _put(unfinished, place)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _put(unfinished: Path, place: Path) -> None:
    unfinished.chmod(0o400)
    move_into_place(unfinished, place / "content")


def read_receipt(file: Path) -> Receipt:
    """The receipt in a file of the archive. Raises DamagedError where it is not as it was written."""
    # Earlier versions wrote names as they are, also such as are no text.
    found = read_record(file, Receipt, what_to_do="The next run makes it again.", any_bytes=True)
    name = stored_text(found.file_name)
    return found if name == found.file_name else replace(found, file_name=name)
