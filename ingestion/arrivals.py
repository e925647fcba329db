"""Arrivals: what came into an inbox, in which order; and what lay there when it was last looked at.

An arrival is a path that was not there at the last look, or whose bytes changed. A file that stays, one whose time
alone changed, and a whole inbox that was copied anew are none. Arrivals are numbered as they are seen: the number only
grows, no clock has a say in it, and which return counts is decided by it.

Each look that saw something new is one file of the archive, `arrivals/00000001`, written whole or not at all and
never changed. It holds the arrivals and what was not there any more, so that all files together say what the last
listing was: a run that is killed has written both or neither. Each line has a sum by which it is known to be whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.archive import Receipt, as_another_return, places, receipts_in
from ingestion.receive import INBOX, Source
from workspace.files import PRIVATE_FILE, make_folder, move_into_place
from workspace.records import OnDamage, stop

MOMENT = pa.timestamp("us", tz="UTC")
_FOLDER = "arrivals"
# Rows that become a table together.
_BATCH = 200
# A file time that is so far ahead of our clock is no time at which a file can have been sent.
_CLOCKS_DIFFER = timedelta(days=1)

# One row for each arrival.
ARRIVALS_SCHEMA = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),  # grows by one with each arrival
        pa.field("arrived_with", pa.int64(), nullable=False),  # the first of those found together with one file time
        pa.field("content_id", pa.string(), nullable=False),  # of the receipt whose bytes came
        pa.field("file_name", pa.string(), nullable=False),  # path below the inbox, as the text of ingestion.names
        pa.field("channel", pa.string(), nullable=False),  # inbox, remote inbox or console
        pa.field("sender", pa.string()),  # a cluster, where the path tells; never a person
        pa.field("file_at", MOMENT, nullable=False),  # the file's own time
        pa.field("seen_at", MOMENT, nullable=False),  # when a run first saw it there
        pa.field("known_at", MOMENT, nullable=False),  # it was there by then: no later than any later look
    ]
)
_AT_THE_END = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Listed:
    """One file of the last listing."""

    file_name: str
    content_id: str
    channel: str | None  # None where it is not known whether the last look saw it: an earlier version did


@dataclass(frozen=True)
class Arrivals:
    """All that the looks so far say."""

    table: pa.Table  # of ARRIVALS_SCHEMA, by sequence
    listing: Mapping[int, Listed]  # by `pair_of`
    looks: int  # the number of the last look
    looked_at: datetime | None  # its time
    unwritten: tuple[Mapping[str, Any], ...]  # arrivals that no look holds yet
    damaged: tuple[Path, ...]  # looks of which a line is not what was written
    missing: tuple[Path, ...]  # looks that are not there, although later ones are


def look_files(archive: Path) -> list[Path]:
    """The files of all looks, in their order."""
    return sorted(file for file in (archive / _FOLDER).glob("[0-9]*") if file.name.isdecimal())


def missing_looks(archive: Path) -> tuple[Path, ...]:
    """The looks before the last one that are not there."""
    there = [int(file.name) for file in look_files(archive)]
    numbers = sorted(set(range(1, max(there, default=0))) - set(there))
    return tuple(archive / _FOLDER / f"{number:08d}" for number in numbers)


def pair_of(file_name: str, content_id: str) -> int:
    """A name and the bytes under it, in eight bytes."""
    return int.from_bytes(hashlib.sha256(f"{content_id}/{file_name}".encode()).digest()[:8], "big")


def read_arrivals(
    archive: Path,
    *,
    unopened: Iterable[Receipt] = (),
    source_of: Callable[[str], Source] = lambda _: (INBOX, None),
    is_named: Callable[[Receipt], bool] = lambda _: False,
    with_listing: bool = True,
    damaged: OnDamage = stop,
) -> Arrivals:
    """The arrivals of an archive and, if wanted, the last listing, which takes more memory.

    What was received without an arrival takes the first free numbers, in the order in which it was received. So it is
    with homes of earlier versions, which knew of no arrivals, with what a run had received when it was killed, and
    where a line of a look is damaged. `unopened` was refused and is not in the archive. `source_of` says of a name who
    sent it and how; `is_named` of bytes that were found under another name whether they are another return under it.
    """
    files = look_files(archive)
    looks = _Looks(with_listing)
    table = _table(row for file in files for row in looks.read(file))
    without = _without_arrival(archive, {_short(one) for one in _column(table, "content_id")}, unopened, damaged)
    unwritten = tuple(_numbered(_in_order(without, is_named), source_of, table["sequence"].to_numpy(), len(files) + 1))
    for row in unwritten:
        looks.list(row["file_name"], row["content_id"], None)
    table = _with_known_at(pa.concat_tables([table, _table(iter(unwritten))]), looks.times)
    return Arrivals(
        table=table.sort_by("sequence"),
        listing=looks.listing,
        looks=int(files[-1].name) if files else 0,
        looked_at=looks.times[max(looks.times)] if looks.times else None,
        unwritten=unwritten,
        damaged=tuple(dict.fromkeys(looks.damaged)),
        missing=missing_looks(archive),
    )


def note_look(
    archive: Path, before: Arrivals, seen: pa.Table, *, now: datetime, is_there: Callable[[Listed], bool]
) -> int:
    """Write down what a look saw that is new since the last one; how many arrivals there were.

    `seen` are rows of ingestion.receive.SEEN_SCHEMA. `is_there` says of a file of the last listing that was not seen
    whether it is there all the same, such as one that cannot be read for now. The first look after one whose clock was
    ahead is written down in any case: it says that all that came before was there by then.
    """
    found: set[int] = set()
    is_arrival, elsewhere = [], []
    for row in _rows(seen):
        pair = pair_of(row["file_name"], row["content_id"])
        known = before.listing.get(pair)
        is_arrival.append(known is None and pair not in found)
        if known and known.channel != row["channel"] and pair not in found:
            elsewhere.append({name: row[name] for name in ("file_name", "content_id", "channel")})
        found.add(pair)
    arrived = seen.filter(pa.array(is_arrival, pa.bool_()))
    gone = [
        {"file_name": one.file_name, "content_id": one.content_id}
        for pair, one in before.listing.items()
        if pair not in found and not is_there(one)
    ]
    clock_was_ahead = before.looked_at is not None and now < before.looked_at
    if not (arrived.num_rows or elsewhere or gone or before.unwritten or clock_was_ahead):
        return 0
    last = max(map(int, _column(before.table, "sequence")), default=0)
    lines = chain(
        [("look", {"seen_at": now.isoformat()})],
        (("arrived", row) for row in before.unwritten),
        (("listed", row) for row in elsewhere),
        (("gone", row) for row in gone),
        (("arrived", row) for row in _arriving(arrived, last + 1, now)),
    )
    _write(archive / _FOLDER / f"{before.looks + 1:08d}", lines)
    return int(arrived.num_rows)


def has_arrived(archive: Path, file_name: str, content_id: str) -> bool:
    """Whether a look saw these bytes arrive under this name. What no look has written down yet has not arrived."""
    name = json.dumps(file_name, ensure_ascii=False).encode()
    return any(
        row["file_name"] == file_name and row["content_id"] == content_id
        for file in sorted((archive / _FOLDER).glob("[0-9]*"), reverse=True)
        if name in file.read_bytes()
        for row in _Looks(with_listing=False).read(file)
    )


@dataclass
class _Looks:
    """What the files of the looks say, read one after another."""

    with_listing: bool
    listing: dict[int, Listed] = field(default_factory=dict)
    times: dict[int, datetime] = field(default_factory=dict)  # of each look
    damaged: list[Path] = field(default_factory=list)

    def read(self, file: Path) -> Iterator[dict[str, Any]]:
        """The arrivals of one look; what it says of the listing is kept here."""
        with file.open("rb") as lines:
            for line in lines:
                total, _, text = line.rstrip(b"\n").partition(b" ")
                if total != _sum_of(text):
                    self.damaged.append(file)
                    continue
                kind, row = json.loads(text)
                if kind == "look":
                    self.times[int(file.name)] = datetime.fromisoformat(row["seen_at"])
                elif kind == "gone":
                    self.listing.pop(pair_of(row["file_name"], row["content_id"]), None)
                else:
                    self.list(row["file_name"], row["content_id"], row["channel"])
                if kind == "arrived":
                    moments = {name: datetime.fromisoformat(row[name]) for name in ("file_at", "seen_at")}
                    yield row | moments | {"look": int(file.name)}
        if int(file.name) not in self.times:  # it was cut off before its first line, which each look has
            self.damaged.append(file)

    def list(self, file_name: str, content_id: str, channel: str | None) -> None:
        """Put a file on the listing."""
        if self.with_listing:
            self.listing[pair_of(file_name, content_id)] = Listed(file_name, content_id, channel)


def _without_arrival(
    archive: Path, known: Collection[int], unopened: Iterable[Receipt], damaged: OnDamage
) -> Iterator[list[Receipt]]:
    """Receipts that no arrival is of, each with the further names under which earlier versions found its bytes."""
    for place in places(archive):
        if _short(place.name) not in known:
            yield receipts_in(place, damaged=damaged)
    for receipt in unopened:
        if _short(receipt.content_id) not in known:
            yield [receipt]


def _in_order(without: Iterable[list[Receipt]], is_named: Callable[[Receipt], bool]) -> list[tuple[Any, Receipt]]:
    """Receipts with a key of those that came together, in the order in which earlier versions counted them.

    They went by when a run first saw the bytes, then by the earliest file time, and at last by the id. A further name
    of the same bytes did not make them count again, so it stands beside the first.
    """
    order: list[tuple[datetime, datetime, str, datetime, str, Receipt]] = []
    for names in without:
        groups: dict[str, list[Receipt]] = {}
        for first, one in enumerate(names):
            returned = as_another_return(one).receipt_id if first and is_named(one) else one.receipt_id
            groups.setdefault(returned, []).append(one)
        for returned, same in groups.items():
            earliest = min(one.arrived_at for one in same)
            order += [(same[0].received_at, earliest, returned, one.arrived_at, one.file_name, one) for one in same]
    return [(found[:2], found[-1]) for found in sorted(order, key=lambda found: found[:-1])]


def _numbered(
    in_order: Iterable[tuple[Any, Receipt]], source_of: Callable[[str], Source], used: Any, look: int
) -> Iterator[dict[str, Any]]:
    """Rows of arrivals with the first numbers that are free."""
    last = int(used.max()) if len(used) else 0
    free = chain(np.setdiff1d(np.arange(1, last + 1), used).tolist(), count(last + 1))
    together, arrived_with = None, 0
    for (key, receipt), sequence in zip(in_order, free, strict=False):
        if key != together:
            together, arrived_with = key, sequence
        channel, sender = source_of(receipt.file_name)
        yield {
            "sequence": sequence,
            "arrived_with": arrived_with,
            "content_id": receipt.content_id,
            "file_name": receipt.file_name,
            "channel": channel,
            "sender": sender,
            "file_at": receipt.arrived_at,
            "seen_at": receipt.received_at,
            "look": look,
        }


def _arriving(arrived: pa.Table, sequence: int, now: datetime) -> Iterator[dict[str, Any]]:
    """What came since the last look, in its order: by the files' own times, those of the future first."""
    ahead = pc.cast(pc.greater(arrived["file_at"], pa.scalar(now + _CLOCKS_DIFFER, MOMENT)), pa.int8())
    order = [("ahead", "descending"), *((name, "ascending") for name in ("file_at", "content_id", "file_name"))]
    together, arrived_with = None, 0
    for number, row in enumerate(_rows(arrived.append_column("ahead", ahead).sort_by(order)), start=sequence):
        if row["file_at"] != together:
            together, arrived_with = row["file_at"], number
        del row["ahead"]
        yield {"sequence": number, "arrived_with": arrived_with, **row, "seen_at": now}


def _with_known_at(table: pa.Table, times: Mapping[int, datetime]) -> pa.Table:
    """When each arrival was there for certain: a clock that was ahead is put right by any later look."""
    last = max([*times, *_column(table, "look")], default=0)
    by_look = np.full(last + 2, _AT_THE_END)
    for look, moment in times.items():
        by_look[look] = pa.scalar(moment, MOMENT).cast(pa.int64()).as_py()
    by_then = np.minimum.accumulate(by_look[::-1])[::-1][table["look"].to_numpy()]
    own = [table[name].cast(pa.int64()).to_numpy() for name in ("file_at", "seen_at")]
    known_at = pa.array(np.minimum(np.minimum(*own), by_then), pa.int64()).cast(MOMENT)
    return table.append_column("known_at", known_at).select(ARRIVALS_SCHEMA.names).cast(ARRIVALS_SCHEMA)


def _table(rows: Iterator[Mapping[str, Any]]) -> pa.Table:
    """Rows of arrivals with the look that saw them, without `known_at`."""
    fields = [one for one in ARRIVALS_SCHEMA if one.name != "known_at"]
    schema = pa.schema([*fields, pa.field("look", pa.int64())])
    parts = [schema.empty_table()]
    while some := list(islice(rows, _BATCH)):
        parts.append(pa.Table.from_pylist(some, schema=schema))
    return pa.concat_tables(parts)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def _column(table: pa.Table, name: str) -> Iterator[Any]:
    return (row[name] for row in _rows(table.select([name])))


def _write(file: Path, lines: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write a look as a whole, line by line: it may have very many."""
    make_folder(file.parent)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as handle:
            for kind, row in lines:
                told = {name: value for name, value in row.items() if name != "look"}
                text = json.dumps([kind, told], ensure_ascii=False, default=datetime.isoformat).encode()
                handle.write(_sum_of(text) + b" " + text + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        move_into_place(unfinished, file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _sum_of(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)


def _short(content_id: str) -> int:
    return int(content_id[:15], 16)
