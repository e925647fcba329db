"""Receipts that our machine could not read: each waits with its reason, and every run tries again.

Whoever runs the machine is told; whoever sent the file is not, since nothing is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ingestion.archive import Receipt
from orchestration.home import Home
from workspace.files import make_folder
from workspace.records import OnDamage, read_each, read_record, stop, write_record


@dataclass(frozen=True)
class Waiting:
    """One receipt that waits."""

    receipt_id: str
    file_name: str
    reason: str
    since: date
    tries: int = 1  # runs that tried

    def sentence(self) -> str:
        """What the operator is told."""
        return (
            f"Our machine could not read “{self.file_name}”: {self.reason}. The file waits, nobody was told to send it "
            "again, and every run tries anew. Look for what else needs memory, disk or time on this machine."
        )


def keep_waiting(home: Home, receipt: Receipt, reason: str, *, on: date) -> None:
    """Write down that a receipt waits, and why."""
    file = _record(home, receipt.receipt_id)
    before = next(read_each([file], read_waiting, lambda _: None), None)
    make_folder(file.parent)
    one = Waiting(receipt.receipt_id, receipt.file_name, reason, on)
    write_record(file, replace(one, since=before.since, tries=before.tries + 1) if before else one)


def stop_waiting(home: Home, receipt: Receipt) -> None:
    """Forget that a receipt waited: it was read."""
    _record(home, receipt.receipt_id).unlink(missing_ok=True)


def waiting_receipts(home: Home, *, damaged: OnDamage = stop) -> tuple[Waiting, ...]:
    """Every receipt that waits, those that have waited longest first."""
    found = read_each(_records(home), read_waiting, damaged)
    return tuple(sorted(found, key=lambda one: (one.since, one.file_name)))


def read_waiting(file: Path) -> Waiting:
    """A receipt that waits, from its record. Raises DamagedError where that is not as it was written."""
    return read_record(file, Waiting, what_to_do="The next run writes it again, if the file still cannot be read.")


def _records(home: Home) -> Iterator[Path]:
    yield from sorted(home.waiting.glob("*.json"))


def _record(home: Home, receipt_id: str) -> Path:
    return home.waiting / f"{receipt_id}.json"
