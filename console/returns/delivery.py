"""A checked file goes into the inbox, where the night takes it up like any other."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from pathlib import Path

from console.returns.uploads import Upload
from ingestion.receive import content_of
from workspace.files import link_into_place, make_folder

_BLOCK = 1 << 20
_log = logging.getLogger(__name__)


class DeliveryError(Exception):
    """The file is not, or no longer, what was checked; the message is for whoever sends it."""


def inbox_name(upload: Upload) -> str:
    """Where in the inbox an upload goes, as a path below it: other bytes go into another folder."""
    return f"console/{upload.cluster_id}/{upload.sha256[:16]}/{upload.file_name}"


def is_received(home: Path, sha256: str) -> bool:
    """Whether these bytes lie in the archive, whichever way they came."""
    return (content_of(home / "archive", sha256).parent / "receipt.json").exists()


def deliver(home: Path, file: Path, upload: Upload) -> None:
    """Put the checked bytes into the inbox: all of them or none, and never over another file.

    Doing so twice changes nothing. Raises DeliveryError where the bytes are not those that were checked, or where the
    inbox cannot be written.
    """
    try:
        _deliver(home, file, upload)
    except OSError as error:
        _log.exception("The inbox cannot be written")
        raise DeliveryError("Your return could not be put into the inbox just now. Please try again later.") from error


def _deliver(home: Path, file: Path, upload: Upload) -> None:
    target = home / "inbox" / inbox_name(upload)
    make_folder(target.parent)
    # The night passes by names that start with a dot.
    unfinished = target.with_name(f".sending-{secrets.token_hex(8)}")
    try:
        digest = hashlib.sha256()
        with file.open("rb") as source, unfinished.open("xb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != upload.sha256:
            raise DeliveryError("The file changed since it was checked. Please upload and check it again.")
        try:
            link_into_place(unfinished, target)
        except FileExistsError:
            if _sha256(target) != upload.sha256:
                raise DeliveryError(
                    "Another file of this name waits in the inbox. Rename yours and try again."
                ) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
