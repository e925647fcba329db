"""The inbox of a home: what lies in it becomes receipts, and what cannot be taken is refused with its reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ingestion.programme import Programme
from ingestion.receive import Received, receive
from orchestration.home import Home
from orchestration.landing import forget_refusal, keep_refusal, reader_version, refusals
from orchestration.remote_inbox import fetch_inbox, inbox_address


def take_inbox(home: Home, programme: Programme, *, now: datetime) -> Received:
    """Take every file of the inbox into the archive. Taking the same inbox twice changes nothing.

    The inbox is the home's own folder, or what RETURNS_INBOX names. Raises InboxError where that place
    cannot be read.
    """
    elsewhere = inbox_address()
    if elsewhere:
        folder = fetch_inbox(elsewhere, home)
    else:
        home.inbox.mkdir(exist_ok=True)
        folder = home.inbox
    received = receive(folder, home.archive, now=now)
    reader = reader_version(programme)
    for receipt, refusal in received.unopened:
        keep_refusal(home, receipt, refusal, reader)
    _forget_what_could_be_taken(home, folder, received)
    return received


def _forget_what_could_be_taken(home: Home, folder: Path, received: Received) -> None:
    """Drop refusals of files that could not be opened on an earlier night, and could be tonight."""
    still = {receipt.receipt_id for receipt, _ in received.unopened}
    for refused in refusals(home):
        again = refused.receipt
        if again.archived or again.receipt_id in still or again.file_name in received.waiting:
            continue
        if (folder / again.file_name).is_file():
            forget_refusal(home, again)
