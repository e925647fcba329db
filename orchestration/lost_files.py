"""Files that were received and that the archive no longer holds: what else remembers them is asked."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from ingestion.archive import places
from orchestration.home import Home
from orchestration.receipts import landed_folders
from orchestration.release import ReleaseError, current_release, open_release
from workspace.records import DamagedError

BRING_BACK = (
    "Mount the disk that it lies on, or restore the last backup into a new home (returns restore). A file whose bytes "
    "come into the inbox again is received again."
)
# As many are named in a sentence.
_NAMED = 3
# As much of a receipt as tells it from others.
_SHORT = 12


def lost_files(home: Home) -> Mapping[str, str]:
    """Receipts that were landed and of which the archive has no folder, with the name of the file where it is known.

    Landed sets and the current release say what was received; a release that is damaged says nothing here. What was
    refused is not looked for: of what is no file, or too large, the archive never held a copy.
    """
    known = {folder.name: folder.name[:_SHORT] for folder in landed_folders(home)}
    try:
        with open_release(current_release(home)) as marts:
            told = marts.execute("select receipt_id, file_name from receipts where state <> 'refused'").fetchall()
            known |= {str(receipt): str(name) for receipt, name in told}
    except (ReleaseError, duckdb.Error, OSError):
        pass
    there = {place.name for place in places(home.archive)}
    return {receipt: known[receipt] for receipt in sorted(known.keys() - there)}


def in_words(lost: Mapping[str, str]) -> str:
    """How many, and the names of the first."""
    names = ", ".join(f"“{name}”" for name in list(lost.values())[:_NAMED])
    more = f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else ""
    return f"{names}{more}"


def require_archive(home: Home) -> None:
    """Raise DamagedError where the archive holds no file at all although files were received: its disk is missing."""
    is_empty = next(places(home.archive), None) is None
    if is_empty and (lost := lost_files(home)):
        raise DamagedError(home.archive, f"holds none of the {len(lost):,} files that were received", BRING_BACK)
