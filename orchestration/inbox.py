"""The inbox of a home: what lies in it becomes receipts, and what cannot be taken is refused with its reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ingestion.names import name_of
from ingestion.programme import Programme
from ingestion.receive import Received, receive
from orchestration.home import Home
from orchestration.landing import reader_version
from orchestration.operations import finish_deliveries
from orchestration.refused import forget_refusal, keep_refusal, refusals
from orchestration.remote_inbox import fetch_inbox, inbox_address


def take_inbox(home: Home, programme: Programme, *, now: datetime) -> Received:
    """Take every file of the inbox into the archive. Taking the same inbox twice changes nothing.

    The inbox is the home's own folder, where the console puts what lead agencies send, and the place that
    RETURNS_INBOX names, where it names one. Raises InboxError where that place cannot be read.
    """
    finish_deliveries(home)
    folders = _folders(home)
    received = _together([receive(folder, home.archive, now=now) for folder in folders])
    reader = reader_version(programme)
    for receipt, refusal in received.unopened:
        keep_refusal(home, receipt, refusal, reader)
    _forget_what_could_be_taken(home, folders, received)
    return received


def _folders(home: Home) -> list[Path]:
    elsewhere = inbox_address()
    if not elsewhere:
        home.inbox.mkdir(exist_ok=True)
        return [home.inbox]
    folder = fetch_inbox(elsewhere, home)
    both = home.inbox.is_dir() and folder.resolve() != home.inbox.resolve()
    return [folder, home.inbox] if both else [folder]


def _together(received: list[Received]) -> Received:
    """What several folders held."""
    return Received(
        files=sum(one.files for one in received),
        new=sum(one.new for one in received),
        unopened=tuple(one for part in received for one in part.unopened),
        waiting=tuple(name for part in received for name in part.waiting),
    )


def _forget_what_could_be_taken(home: Home, folders: list[Path], received: Received) -> None:
    """Drop refusals of files that could not be opened on an earlier night, and could be tonight."""
    still = {receipt.receipt_id for receipt, _ in received.unopened}
    for refused in refusals(home):
        again = refused.receipt
        if again.archived or again.receipt_id in still or again.file_name in received.waiting:
            continue
        if any(_is_a_file(folder / name_of(again.file_name)) for folder in folders):
            forget_refusal(home, again)


def _is_a_file(path: Path) -> bool:
    """Whether an ordinary file lies there, and no link to one."""
    return path.is_file() and not path.is_symlink()
