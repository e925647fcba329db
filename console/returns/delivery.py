"""A checked file goes into the inbox once its sign-off is kept: neither is there without the other.

The bytes are first written under a name that the inbox passes by, then the sign-off is committed, then the file gets
its own name, so that no run takes a file that nobody signed off. Whatever stops in between, what is missing is done by
`finish_deliveries`, when the console starts and at the beginning of each run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import time
from collections.abc import Set
from pathlib import Path

from console.returns.uploads import Upload
from ingestion.archive import RECEIPT, content_of, receipts_in
from workspace.files import link_into_place, make_folder, move_into_place

_BLOCK = 1 << 20
# The inbox passes by names that start with a dot.
_PREPARED = re.compile(r"\.sending-([0-9a-f]{64})")
_ANY_UNFINISHED = ".sending-*"  # also what is not whole yet, which has a shorter number
# What was prepared and never signed off is removed after a day; until then somebody may be about to sign it off.
_KEPT_SECONDS = 24 * 60 * 60
_log = logging.getLogger(__name__)
# A place below the inbox and the SHA-256 of the bytes that were signed off for it.
SignedOff = Set[tuple[str, str]]


class DeliveryError(Exception):
    """The file is not, or no longer, what was checked; the message is for whoever sends it."""


def inbox_name(upload: Upload, arrival: int = 1) -> str:
    """Where in the inbox an upload goes, as a path below it.

    Other bytes go into another folder, and so does each further arrival of the same: a run takes a path that was not
    there before for an arrival.
    """
    again = f"-{arrival}" if arrival > 1 else ""
    return f"console/{upload.cluster_id}/{upload.sha256[:16]}{again}/{upload.file_name}"


def is_known(home: Path, sha256: str) -> bool:
    """Whether these bytes lie in the archive, whichever way and however often they came."""
    return (content_of(home / "archive", sha256).parent / RECEIPT).exists()


def is_received(home: Path, name: str, sha256: str) -> bool:
    """Whether a run has received these bytes from this place below the inbox."""
    from ingestion.arrivals import has_arrived

    place = content_of(home / "archive", sha256).parent
    # The receipt is there a moment before the arrival is, and earlier versions knew receipts alone.
    names = {one.file_name for one in receipts_in(place, damaged=lambda _: None)}
    return name in names or (bool(names) and has_arrived(home / "archive", name, sha256))


def is_prepared(file_name: str) -> bool:
    """Whether a file of this name in the inbox is a whole return that waits for its sign-off or its own name."""
    return _PREPARED.fullmatch(file_name) is not None


def prepare(home: Path, file: Path, name: str, sha256: str) -> None:
    """Write the checked bytes beside their place in the inbox, on the disk but not yet there for a run.

    Doing so twice changes nothing. Raises DeliveryError where the bytes are not those that were checked, another file
    has their place, or the inbox cannot be written.
    """
    target = home / "inbox" / name
    try:
        if target.exists() and _sha256(target) != sha256:
            raise DeliveryError("Another file of this name waits in the inbox. Rename yours and try again.")
        make_folder(target.parent)
        _copy(file, _prepared(target, sha256), sha256)
    except OSError as error:
        _log.exception("The inbox cannot be written")
        raise DeliveryError("Your return could not be put into the inbox just now. Please try again later.") from error


def finish(home: Path, name: str, sha256: str) -> None:
    """Give what was prepared and signed off its place in the inbox. Doing so twice changes nothing.

    Where it cannot be done now, the log says so and the next run or start does it.
    """
    target = home / "inbox" / name
    prepared = _prepared(target, sha256)
    try:
        if prepared.exists():
            if _sha256(prepared) != sha256:
                _log.error("What waits for receipt %s is not what was signed off: it must be sent again", sha256)
                return
            try:
                link_into_place(prepared, target)
            except FileExistsError:
                if _sha256(target) != sha256:
                    _log.error("Another file lies where receipt %s belongs in the inbox: look into its folder", sha256)
                    return
            prepared.unlink(missing_ok=True)
    except OSError:
        _log.exception("A return that was signed off could not be put into the inbox yet")


def is_delivered(home: Path, name: str, sha256: str) -> bool:
    """Whether a file that was signed off lies in the inbox or was received."""
    return (home / "inbox" / name).exists() or is_received(home, name, sha256)


def unfinished_deliveries(home: Path) -> list[Path]:
    """What was prepared and has no place in the inbox yet."""
    return sorted((home / "inbox" / "console").glob(f"*/*/{_ANY_UNFINISHED}"))


def finish_deliveries(home: Path, signed_off: SignedOff) -> None:
    """Give what was signed off its place in the inbox, and remove what was prepared long ago and never signed off."""
    names = {(str(Path(name).parent), sha256): name for name, sha256 in signed_off}
    for file in unfinished_deliveries(home):
        found = _PREPARED.fullmatch(file.name)
        key = (file.parent.relative_to(home / "inbox").as_posix(), found[1] if found else "")
        if key in names:
            finish(home, names[key], key[1])
        elif time.time() - file.stat().st_mtime > _KEPT_SECONDS:
            file.unlink(missing_ok=True)


def signed_off(database: str) -> SignedOff:
    """Every return that was signed off, from the operational database, also where Django knows no web pages."""
    from django.db import connections

    connection = connections[database]
    with connection.cursor() as cursor:
        if "returns_sent" not in connection.introspection.table_names(cursor):
            return frozenset()
        cursor.execute("select inbox_name, sha256 from returns_sent")
        return frozenset((str(name), str(sha256)) for name, sha256 in cursor.fetchall())


def _prepared(target: Path, sha256: str) -> Path:
    return target.with_name(f".sending-{sha256}")


def _copy(file: Path, to: Path, sha256: str) -> None:
    """All of the bytes, on the disk, or none."""
    unfinished = to.with_name(f".sending-{secrets.token_hex(8)}")
    try:
        digest = hashlib.sha256()
        with file.open("rb") as source, unfinished.open("xb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise DeliveryError("The file changed since it was checked. Please upload and check it again.")
        move_into_place(unfinished, to)
    finally:
        unfinished.unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
