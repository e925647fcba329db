"""The inbox of a home: what lies in it becomes receipts, and what cannot be taken is refused with its reason.

Where a place cannot be read, or holds far fewer files than at the last look, the place is at fault and not the files:
nothing of it counts as gone, nothing is refused for it, and whoever runs the machine is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from ingestion.archive import Receipt
from ingestion.arrivals import Arrivals, Listed, note_look, pair_of
from ingestion.names import name_of
from ingestion.programme import Programme
from ingestion.receive import CONSOLE, INBOX, REMOTE_INBOX, Received, receive
from ingestion.refusals import Refusal
from orchestration.arrivals import arrivals_of, source_in
from orchestration.home import Home
from orchestration.landing import reader_version
from orchestration.operations import finish_deliveries
from orchestration.refused import forget_refusal, keep_refusal, refusals
from orchestration.remote_inbox import InboxError, fetch_inbox, inbox_address
from workspace.files import make_folder
from workspace.offered import offered

# So many files fewer than at the last look, and fewer than half of them, are no doing of those who send.
_FAR_FEWER = 5
# Rows that are read together.
_BATCH = 200
_LEFT_ALONE = (
    "Nothing was refused for it, and what was received before counts. Check that the place is mounted and whole; if "
    "files were taken away on purpose, run: "
)


@dataclass(frozen=True)
class Taken:
    """What one look into all inboxes of a home found."""

    files: int  # that could be taken, known or new
    new: int  # receipts that no earlier run has seen
    unopened: tuple[tuple[Receipt, Refusal], ...]  # what was refused before its bytes were taken
    waiting: tuple[str, ...]  # files that were still being written; the next run takes them
    unread: tuple[tuple[str, str], ...]  # files that this machine could not read, each with why
    faults: tuple[str, ...]  # what is wrong with a place as a whole, in one sentence each
    damaged: tuple[Path, ...]  # records of earlier looks that are not as they were written
    missing: tuple[Path, ...]  # records of earlier looks that are not there

    def incomplete(self) -> tuple[str, ...]:
        """What whoever runs the machine is told: why the look was not complete."""
        unread = (
            f"“{name}” in the inbox could not be read by our machine: {reason}. It was not refused, and the next run "
            "tries again."
            for name, reason in self.unread
        )
        return (*self.faults, *unread)

    def damage(self) -> tuple[str, ...]:
        """What is said of records of earlier looks that are damaged."""
        found = [(file, "is not as it was written") for file in self.damaged]
        found += [(file, "is missing") for file in self.missing]
        return tuple(
            f"{file} {what}. What came first is told by the receipts beside it, and what came again may be lost. "
            "Restore that file from a backup."
            for file, what in found
        )


@dataclass(frozen=True)
class _Place:
    """An inbox, and what was found in it."""

    shown: str
    channels: frozenset[str]
    folder: Path | None  # None where it cannot be reached
    received: Received
    fault: str | None = None  # why nothing of it counts as gone


def take_inbox(home: Home, programme: Programme, *, now: datetime, fewer_files: bool = False) -> Taken:
    """Take every file of the inbox into the archive. Taking the same inbox twice changes nothing.

    The inbox is the home's own folder, where the console puts what lead agencies send, and the place that
    RETURNS_INBOX names, where it names one. `fewer_files` says that files were taken away on purpose. Raises
    InboxError where a place of which nothing was ever received cannot be read: its address is wrong.
    """
    finish_deliveries(home)
    before = arrivals_of(home, programme)
    places = list(_places(home, programme, before, now))
    seen = pa.concat_tables([place.received.seen for place in places if place.received.seen is not None])
    if before.listing and not fewer_files:
        there = _There(seen, places)
        places = [replace(place, fault=place.fault or there.fault_of(place, before)) for place in places]
    note_look(home.archive, before, seen, now=now, is_there=lambda one: _may_be_there(one, places))
    taken = _together(home, places, before)
    reader = reader_version(programme)
    for receipt, refusal in taken.unopened:
        keep_refusal(home, receipt, refusal, reader)
    _forget_what_could_be_taken(home, [place.folder for place in places if place.folder], taken)
    return taken


def _places(home: Home, programme: Programme, before: Arrivals, now: datetime) -> Iterator[_Place]:
    """The home's inbox and the one elsewhere, each looked into."""

    def look(folder: Path, shown: str, channel: str, *others: str) -> _Place:
        received = receive(
            folder,
            home.archive,
            now=now,
            source_of=source_in(channel, programme),
            is_known=lambda name: any(one.file_name == name for one in before.listing.values()),
        )
        fault = received.fault and f"The inbox {shown} cannot be read to its end: {received.fault}."
        return _Place(shown, frozenset({channel, *others}), folder, received, fault)

    elsewhere = inbox_address()
    if elsewhere:
        try:
            folder = fetch_inbox(elsewhere, home)
        except InboxError as error:
            if all(one.channel != REMOTE_INBOX for one in before.listing.values()):
                raise
            yield _Place(elsewhere, frozenset({REMOTE_INBOX}), None, Received(0, 0, (), ()), error.sentence)
        else:
            if folder.resolve() != home.inbox.resolve():
                yield look(folder, elsewhere, REMOTE_INBOX)
    else:
        make_folder(home.inbox)
    if home.inbox.is_dir():
        yield look(home.inbox, str(home.inbox), INBOX, CONSOLE)


class _There:
    """What all places together hold, against the last listing."""

    def __init__(self, seen: pa.Table, places: list[_Place]) -> None:
        self._places = places
        self._pairs: set[int] = set()
        self._names: set[int] = set()
        for batch in seen.select(["file_name", "content_id"]).to_batches(max_chunksize=_BATCH):
            for row in batch.to_pylist():
                self._pairs.add(pair_of(row["file_name"], row["content_id"]))
                self._names.add(hash(row["file_name"]))

    def fault_of(self, place: _Place, before: Arrivals) -> str | None:
        """Why a place that could be read is not to be trusted: it is empty, or holds far fewer files than before."""
        listed = [pair for pair, one in before.listing.items() if one.channel in place.channels]
        missing = sum(not self._has(pair, before.listing[pair]) for pair in listed)
        found = place.received
        here = (found.seen.num_rows if found.seen is not None else 0) + len(found.waiting) + len(found.unread)
        is_empty = not here and missing == len(listed)
        if listed and is_empty:
            return f"The inbox {place.shown} is empty; at the last look it held {_files(len(listed))}."
        if min(missing, len(listed) - here) >= _FAR_FEWER and here < len(listed) / 2:
            return f"The inbox {place.shown} holds {_files(here)}; at the last look it held {len(listed):,}."
        return None

    def _has(self, pair: int, one: Listed) -> bool:
        """Whether a file is there, here or in another place, as it was or with other bytes."""
        return pair in self._pairs or hash(one.file_name) in self._names or _is_in_motion(one, self._places)


def _may_be_there(one: Listed, places: list[_Place]) -> bool:
    """Whether a file that was not seen may be there all the same: its place is at fault, or it cannot be read now."""
    at_fault = [place.fault is not None for place in places if one.channel in place.channels or one.channel is None]
    return not at_fault or any(at_fault) or _is_in_motion(one, places)


def _is_in_motion(one: Listed, places: list[_Place]) -> bool:
    """Whether a file is still being written, or this machine cannot read it or the folder that it is in."""
    return any(
        one.file_name in place.received.waiting
        or any(one.file_name == name or one.file_name.startswith(f"{name}/") for name, _ in place.received.unread)
        for place in places
    )


def _together(home: Home, places: list[_Place], before: Arrivals) -> Taken:
    """What all places held."""
    received = [place.received for place in places]
    left_on_purpose = offered("nightly", "--fewer-files", home=home.folder)
    return Taken(
        files=sum(one.files for one in received),
        new=sum(one.new for one in received),
        unopened=tuple(one for part in received for one in part.unopened),
        waiting=tuple(name for part in received for name in part.waiting),
        unread=tuple(one for part in received for one in part.unread),
        faults=tuple(f"{place.fault} {_LEFT_ALONE}{left_on_purpose}" for place in places if place.fault),
        damaged=before.damaged,
        missing=before.missing,
    )


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files" if count else "no file"


def _forget_what_could_be_taken(home: Home, folders: list[Path], taken: Taken) -> None:
    """Drop refusals of files that could not be opened at an earlier look, and could be now."""
    still = {receipt.receipt_id for receipt, _ in taken.unopened}
    out_of_reach = {*taken.waiting, *(name for name, _ in taken.unread)}
    for refused in refusals(home):
        again = refused.receipt
        if again.archived or again.receipt_id in still or again.file_name in out_of_reach:
            continue
        if any(_is_a_file(folder / name_of(again.file_name)) for folder in folders):
            forget_refusal(home, again)


def _is_a_file(path: Path) -> bool:
    """Whether an ordinary file lies there, and no link to one."""
    return path.is_file() and not path.is_symlink()
