"""What is known of a receipt whose record was lost: from the last release, a refusal, and the bytes themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.archive import RECEIPT, Receipt
from ingestion.arrivals import read_arrivals
from orchestration.home import Home
from orchestration.refused import refusals
from orchestration.release import ReleaseError, current_release, open_release
from workspace.records import pass_by

_TEXT = re.compile(rb'"(file_name|arrived_at|received_at)": ("(?:[^"\\\\]|\\\\.)*")')


def as_far_as_known(home: Home, place: Path) -> Receipt:
    """A receipt for the bytes in a folder of the archive.

    The refusal of the file knows all of it, and so does its first arrival. Else name and days are those of the last
    release; the times, and a name that no release knows, are what can still be read in the damaged record where it
    fits; and the bytes were received when they were copied.
    """
    refused = _in_refusal(home, place.name)
    if refused:
        return refused
    content = place / "content"
    copied_at = datetime.fromtimestamp(content.stat().st_mtime if content.exists() else place.stat().st_mtime, UTC)
    arrived = _in_arrivals(home, place)
    if arrived:
        return replace(arrived, size_bytes=content.stat().st_size if content.exists() else 0)
    legible, released = _in_record(place / RECEIPT), _in_release(home, place.name)
    received_at = _on(released.get("received_on"), [legible.get("received_at"), copied_at])
    arrived_at = _on(released.get("arrived_on"), [legible.get("arrived_at"), received_at])
    return Receipt(
        receipt_id=place.name,
        content_id=place.name,
        file_name=released.get("file_name") or legible.get("file_name") or f"unnamed {place.name[:12]}",
        size_bytes=content.stat().st_size if content.exists() else released.get("size_bytes", 0),
        arrived_at=min(arrived_at, received_at),
        received_at=received_at,
        archived=True,
    )


def was_received(home: Home, content_id: str) -> bool:
    """Whether a run has received bytes to the end: it has noted their arrival, landed them or refused them."""
    if (home.landed / content_id).exists() or _in_refusal(home, content_id):
        return True
    arrived = read_arrivals(home.archive, with_listing=False, damaged=pass_by).table["content_id"]
    return bool(pc.is_in(pa.scalar(content_id), value_set=arrived.combine_chunks()).as_py())


def _in_arrivals(home: Home, place: Path) -> Receipt | None:
    table = read_arrivals(home.archive, with_listing=False, damaged=pass_by).table
    for row in table.filter(pc.equal(table["content_id"], place.name)).slice(0, 1).to_pylist():
        seen_at: datetime = row["seen_at"]
        arrived_at = min(row["file_at"], seen_at)
        return Receipt(place.name, place.name, row["file_name"], 0, arrived_at, seen_at, archived=True)
    return None


def _on(day: date | None, instants: list[datetime | None]) -> datetime:
    """The first instant that is on this day, in whichever time zone; else the day itself; else the first of all."""
    known = [one for one in instants if one is not None]
    if day is None:
        return known[0]
    midnight = datetime.combine(day, time(), UTC)
    within = [one for one in known if abs(one - midnight) < timedelta(days=2)]
    return within[0] if within else midnight


def _in_release(home: Home, receipt_id: str) -> dict[str, Any]:
    import duckdb

    wanted = ("file_name", "size_bytes", "arrived_on", "received_on")
    try:
        with open_release(current_release(home)) as marts:
            row = marts.execute(
                f"select {', '.join(wanted)} from receipts where receipt_id = ?", [receipt_id]
            ).fetchone()
    except (ReleaseError, duckdb.Error):
        return {}
    return dict(zip(wanted, row, strict=True)) if row else {}


def _in_refusal(home: Home, receipt_id: str) -> Receipt | None:
    found = (one.receipt for one in refusals(home, damaged=pass_by))
    return next((one for one in found if one.receipt_id == receipt_id), None)


def _in_record(file: Path) -> dict[str, Any]:
    """What can still be read of the damaged record: a name, and instants."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    return dict(_texts(content))


def _texts(content: bytes) -> Iterator[tuple[str, Any]]:
    for name, quoted in _TEXT.findall(content):
        try:
            text = json.loads(quoted.decode("utf-8", "surrogateescape"))
            yield name.decode(), text if name == b"file_name" else datetime.fromisoformat(text)
        except ValueError:
            continue
