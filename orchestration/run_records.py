"""The records of runs: one small file in the home for each, with what it did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from orchestration.home import Home
from orchestration.nightlog import log_file, night_id
from orchestration.one_writer import Holder
from workspace.records import pass_by, read_each, read_record, write_record
from workspace.run_order import newest_first, next_sequence, sequence_of

# How many nights `returns status` looks back on.
_LAST = 5


@dataclass(frozen=True)
class NightRecord:
    """What one night did; kept in the home."""

    started_at: str
    seconds: float = 0.0
    programme: str = ""
    succeeded: bool = False
    failure: str | None = None  # in one sentence
    release_id: str | None = None
    landed_now: int = 0
    refused_now: int = 0
    waiting: tuple[str, ...] = ()  # files still being written
    log: str | None = None  # where its log lies below the home
    step: str | None = None  # the step that failed
    idle: bool = False  # whether nothing was new and nothing was published
    notices: tuple[str, ...] = ()  # what to look at although it published
    stopped: bool = False  # whether somebody stopped it, which is no failure
    incomplete: tuple[str, ...] = ()  # what it could not receive or read, by no fault of those who sent it
    set_aside: tuple[dict[str, Any], ...] = ()  # the returns that this run set aside: file, reason, sheet and cell
    sequence: int = 0  # its number, which only grows; given when the record is written


def keep_record(home: Home, record: NightRecord) -> None:
    """Write down what a night did; writing the same night again replaces it."""
    file = home.nights / f"{night_id(datetime.fromisoformat(record.started_at))}.json"
    number = record.sequence or sequence_of(file) or next_sequence(home.nights)
    write_record(file, replace(record, sequence=number))


def record_killed(home: Home, holder: Holder) -> None:
    """Write down a night that was killed, as found by the next one."""
    told = log_file(home, night_id(datetime.fromisoformat(holder.since)))
    keep_record(
        home,
        NightRecord(
            started_at=holder.since,
            seconds=0.0,
            programme="",
            succeeded=False,
            failure=f"It was killed: process {holder.pid} on {holder.host} ended unexpectedly.",
            release_id=None,
            landed_now=0,
            refused_now=0,
            waiting=(),
            log=str(told.relative_to(home.folder)) if told.exists() else None,
        ),
    )


def last_nights(home: Home) -> tuple[NightRecord, ...]:
    """The last nights, newest first. A record that cannot be read is passed by: it is named with all other damage."""
    return tuple(islice(read_each(newest_first(home.nights), read_night, pass_by), _LAST))


def read_night(file: Path) -> NightRecord:
    """The record of a night. Raises DamagedError where it is not as it was written."""
    return read_record(file, NightRecord, what_to_do="The next run sets it aside.")
