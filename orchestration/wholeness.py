"""Bytes against their hashes: contents of the archive when they are read, landed sets before they are counted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ingestion.archive import Receipt, content_of, is_whole, put_back
from ingestion.inbox_files import entries
from ingestion.land import LANDING, broken_seal, read_landing, seal_landed
from orchestration.damage import MADE_AGAIN, NOT_WHOLE, Damage, Repairs
from orchestration.home import Home
from orchestration.nightlog import log
from orchestration.receipts import landed_folders, receipts_of
from workspace.files import sync_folder

_BOTH = "Its bytes in the archive are damaged too. Restore them from a backup, or ask for the file to be sent again."


def send_again(home: Home, receipt: Receipt) -> str:
    """What to do about bytes of a receipt that are lost, and whether it counts until then."""
    counts = (home.landed / receipt.receipt_id).is_dir()
    return (
        "Restore it from a backup, or ask for the file to be sent again: the run that receives the same bytes puts "
        f"them back. {'What was landed of it goes on counting.' if counts else 'Until then it does not count.'}"
    )


def content_damage(home: Home, receipt: Receipt, *, repair: bool) -> Damage | None:
    """What is wrong with the bytes of a receipt; None where they are those that were received.

    With `repair` they are put back at once where the inbox still holds them.
    """
    content = content_of(home.archive, receipt.content_id)
    path = content.relative_to(home.folder).as_posix()
    if is_whole(content, receipt.content_id):
        return None
    found = f"(“{receipt.file_name}”) {'is not what was received' if content.is_file() else 'is missing'}"
    if repair and _put_back_from_inbox(home, receipt):
        return Damage(path, found, MADE_AGAIN, "The inbox still holds the same bytes, and they were put back.")
    return Damage(path, found, NOT_WHOLE, send_again(home, receipt))


def unreadable_damage(repairs: Repairs) -> Iterator[Damage]:
    """Landed sets that are as they were sealed and that DuckDB cannot read all the same; made room for, as below."""
    import duckdb

    home = repairs.home
    for folder in landed_folders(home):
        for file in sorted(folder.glob("*.parquet")):
            try:
                duckdb.read_parquet(str(file)).fetchall()
            except (duckdb.OutOfMemoryException, MemoryError):
                raise
            except duckdb.Error:
                yield _room_for_another(repairs, folder, file, "cannot be read")
                break


def landed_damage(repairs: Repairs) -> Iterator[Damage]:
    """Landed sets that are not as they were sealed: made room for, so that they are landed again from the archive.

    A set of an earlier version has no seal. It is sealed as it is found where it can be read, since runs have counted
    from it every time. Where the bytes in the archive are damaged too, the set is moved aside, never deleted.
    """
    for folder in landed_folders(repairs.home):
        record = read_landing(folder)
        broken = broken_seal(folder, record)
        if broken is None:
            if record.files is None and repairs.acts:
                seal_landed(folder, record)
            continue
        yield _room_for_another(repairs, folder, folder / broken, "is not as it was landed")


def _room_for_another(repairs: Repairs, folder: Path, file: Path, found: str) -> Damage:
    """Take a landed set away of which a file is damaged, so that its receipt is landed again."""
    home = repairs.home
    receipt = next((one for one in receipts_of(home) if one.receipt_id == folder.name), None)
    if receipt is None or not is_whole(content_of(home.archive, receipt.content_id), receipt.content_id):
        return repairs.set_aside(folder, found, _BOTH)
    if repairs.acts:
        (folder / LANDING).unlink()  # without its record it is not landed
        shutil.rmtree(folder)
        sync_folder(home.landed)
        log("landed_returns", "damaged", receipt=folder.name)
    again = "lands the receipt again from the archive."
    return repairs.made_again(file, found, f"This run {again}", f"The next run {again}")


def _put_back_from_inbox(home: Home, receipt: Receipt) -> bool:
    """Whether the inbox, or what was last copied from one elsewhere, holds the bytes of a receipt and gave them."""
    for inbox in (home.inbox, home.build / "inbox"):
        if not inbox.is_dir():
            continue
        for entry in entries(inbox):
            if entry.found and not entry.problem and entry.found.st_size == receipt.size_bytes:
                try:
                    with os.fdopen(entry.open(), "rb") as source:
                        content = source.read()
                except OSError:
                    continue
                if put_back(home.archive, receipt.content_id, content):
                    return True
    return False
