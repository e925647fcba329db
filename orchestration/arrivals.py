"""The arrivals of a home: how each file came and who sent it, and which receipt each is an arrival of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.archive import RECEIPT, Receipt, as_another_return, content_of, read_receipt, receipt_of
from ingestion.arrivals import Arrivals, read_arrivals
from ingestion.land import read_landing
from ingestion.programme import Programme
from ingestion.receive import CONSOLE, INBOX, Source
from orchestration.home import Home
from orchestration.refused import RECORD, read_refusal, refusal_folder, refusals
from orchestration.warehouse import ARRIVALS_SCHEMA
from workspace.records import OnDamage, read_each, stop

# The folder of the inbox in which the console puts what is sent on its pages, one folder for each cluster.
_CONSOLE_FOLDER = "console"
_CLUSTER_PART = 3  # console/walsall/return.xlsx


def arrivals_of(home: Home, programme: Programme | None = None, *, damaged: OnDamage = stop) -> Arrivals:
    """All arrivals of a home and its last listing. A programme tells the clusters that folders are called after.

    `damaged` is told of each record that is not as it was written.
    """
    return _read(home, programme, with_listing=True, damaged=damaged)


def arrivals_in_order(home: Home) -> pa.Table:
    """All arrivals of a home, by sequence; one row of ingestion.arrivals.ARRIVALS_SCHEMA for each."""
    return _read(home, None, with_listing=False, damaged=stop).table


def _read(home: Home, programme: Programme | None, *, with_listing: bool, damaged: OnDamage) -> Arrivals:
    return read_arrivals(
        home.archive,
        unopened=(one.receipt for one in refusals(home, damaged=damaged) if not one.receipt.archived),
        source_of=source_in(INBOX, programme),
        is_named=lambda receipt: _is_named(home, receipt, damaged),
        with_listing=with_listing,
        damaged=damaged,
    )


def source_in(channel: str, programme: Programme | None) -> Callable[[str], Source]:
    """What says of the name of a file in a place how it came and which cluster sent it, where its folders tell.

    Only a folder that is called like a cluster of the programme tells: any other may be called like a person.
    """

    def source_of(name: str) -> Source:
        first, *rest = name.split("/")
        if channel == INBOX and first == _CONSOLE_FOLDER and len(rest) + 1 >= _CLUSTER_PART:
            return CONSOLE, rest[0]
        return channel, programme.cluster_id(first) if programme and rest else None

    return source_of


def arrivals_table(home: Home) -> pa.Table:
    """One row for each arrival, as `landed.arrivals` wants them."""
    table = arrivals_in_order(home)
    named = map(as_another_return, _further_names(home, table))
    others = {(one.content_id, one.file_name): one.receipt_id for one in named}
    ids = table["content_id"]
    if others:
        pairs = zip(ids.to_pylist(), table["file_name"].to_pylist(), strict=True)
        ids = pa.array([others.get(pair, pair[0]) for pair in pairs], pa.string())
    arrived_at = pc.if_else(pc.less(table["file_at"], table["seen_at"]), table["file_at"], table["seen_at"])
    found = table.append_column("receipt_id", ids).append_column("arrived_at", arrived_at)
    return found.select(ARRIVALS_SCHEMA.names).cast(ARRIVALS_SCHEMA)


def one_arrival_each(receipts: pa.Table, after: int = 0) -> pa.Table:
    """One arrival for each of some receipts that no inbox has seen, in the order in which they were received."""
    order = [(name, "ascending") for name in ("received_at", "arrived_at", "receipt_id")]
    rows = [
        {
            "sequence": sequence,
            "arrived_with": sequence,
            **{name: row[name] for name in ("receipt_id", "file_name", "arrived_at")},
            "channel": INBOX,
            "file_at": row["arrived_at"],
            "seen_at": row["received_at"],
            "known_at": row["arrived_at"],
        }
        for sequence, row in enumerate(receipts.sort_by(order).to_pylist(), start=after + 1)
    ]
    return pa.Table.from_pylist(rows, schema=ARRIVALS_SCHEMA)


def further_returns(home: Home) -> Iterator[Receipt]:
    """Known bytes under another name that are another return, because in their layout the name says what they are."""
    yield from map(as_another_return, _further_names(home, arrivals_in_order(home)))


def _further_names(home: Home, arrivals: pa.Table) -> Iterator[Receipt]:
    """Receipts under each name but their first, where the name says what they are; as that name first arrived."""
    names = arrivals.group_by("content_id").aggregate([("file_name", "count_distinct")])
    several = names.filter(pc.greater(names["file_name_count_distinct"], 1))["content_id"].combine_chunks()
    receipt = cache(lambda content_id: receipt_of(home.archive, content_id))
    is_named = cache(lambda content_id: _is_named(home, receipt(content_id), stop))
    given: set[tuple[str, str]] = set()
    for row in arrivals.filter(pc.is_in(arrivals["content_id"], value_set=several)).to_pylist():
        first, pair = receipt(row["content_id"]), (row["content_id"], row["file_name"])
        if pair in given or row["file_name"] == first.file_name or not is_named(row["content_id"]):
            continue
        given.add(pair)
        arrived_at = min(row["file_at"], row["seen_at"])
        yield replace(first, file_name=row["file_name"], arrived_at=arrived_at, received_at=row["seen_at"])


def _is_named(home: Home, receipt: Receipt, damaged: OnDamage) -> bool:
    """Whether the name of a file, in its layout, says what its bytes are for."""
    landing = next(read_each([home.landed / receipt.content_id], read_landing, damaged), None)
    if landing:
        return landing.named
    first = next(
        read_each([content_of(home.archive, receipt.content_id).with_name(RECEIPT)], read_receipt, damaged), None
    )
    refused = first and next(read_each([refusal_folder(home, first) / RECORD], read_refusal, damaged), None)
    return bool(refused and refused.refusal.by_name)
