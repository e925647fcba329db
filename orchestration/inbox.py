"""The inbox of a home: what lies in it becomes receipts, and what cannot be taken is refused with its reason."""

from __future__ import annotations

from datetime import datetime

from ingestion.programme import Programme
from ingestion.receive import Received, receive
from orchestration.home import Home
from orchestration.landing import keep_refusal, reader_version


def take_inbox(home: Home, programme: Programme, *, now: datetime) -> Received:
    """Take every file of the inbox into the archive. Taking the same inbox twice changes nothing."""
    home.inbox.mkdir(exist_ok=True)
    received = receive(home.inbox, home.archive, now=now)
    reader = reader_version(programme)
    for receipt, refusal in received.unopened:
        keep_refusal(home, receipt, refusal, reader)
    return received
