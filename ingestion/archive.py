"""The archive: the bytes of every file that was received, unchanged for ever, each with its receipt."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ingestion.names import name_of, stored_text
from workspace.files import make_folder, move_into_place, write_atomically


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


def keep(receipt: Receipt, unfinished: Path, archive: Path) -> bool:
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
