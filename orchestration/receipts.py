"""The receipts of a home as tables: what was received, under which names, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pyarrow as pa

from ingestion.archive import Receipt, archived_receipts, as_another_return, sent_again
from ingestion.land import read_landing
from ingestion.refusals import Refusal
from orchestration.home import Home
from orchestration.refused import refusals
from orchestration.warehouse import RECEIPTS_SCHEMA, SENT_AGAIN_SCHEMA

# Receipts that are made rows together.
_BATCH = 200


def receipts_of(home: Home) -> Iterator[Receipt]:
    """Everything that was received and is a return of its own, one after another."""
    yield from archived_receipts(home.archive)
    yield from further_returns(home)


def further_returns(home: Home) -> Iterator[Receipt]:
    """Known bytes under another name that are another return, because in their layout the name says what they are."""
    for again in sent_again(home.archive):
        folder = home.landed / again.receipt_id
        if (folder / "landing.json").exists() and read_landing(folder).named:
            yield as_another_return(again)


def landed_folders(home: Home) -> Iterator[Path]:
    """The folders of all landed receipts, one after another, by name."""
    names = sorted(folder.name for folder in home.landed.iterdir()) if home.landed.is_dir() else []
    for name in names:
        if (home.landed / name / "landing.json").exists():
            yield home.landed / name


def landed_count(home: Home) -> int:
    """How many receipts are landed."""
    return sum(1 for _ in landed_folders(home))


def receipts_table(home: Home) -> pa.Table:
    """One row for each receipt that was landed or refused, as `landed.receipts` wants them.

    Bytes that came under several names bear the name that was put in the inbox first, whichever a night saw first.
    """
    rows = _receipt_rows(home)
    parts = [RECEIPTS_SCHEMA.empty_table()]
    while some := list(islice(rows, _BATCH)):
        parts.append(pa.Table.from_pylist(some, schema=RECEIPTS_SCHEMA))
    return pa.concat_tables(parts).sort_by([("received_at", "ascending"), ("receipt_id", "ascending")])


def _receipt_rows(home: Home) -> Iterator[Mapping[str, object]]:
    first = _first_names(home)
    for receipt in receipts_of(home):
        folder = home.landed / receipt.receipt_id
        if (folder / "landing.json").exists():
            landing = read_landing(folder)
            yield _receipt_row(receipt, first) | {
                "status": "landed",
                "form": landing.form,
                "form_version": landing.form_version,
                "cluster_id": landing.cluster_id,
                "reporting_year": landing.reporting_year,
                "organisation_rows": landing.rows["organisations"],
            }
    for refused in refusals(home):
        yield _receipt_row(refused.receipt, first) | _refusal_row(refused.refusal)


def sent_again_table(home: Home) -> pa.Table:
    """One row for each further name under which a receipt's bytes were found, unless they are another return there."""
    first = _first_names(home)
    rows = [
        {"receipt_id": name.receipt_id, "file_name": name.file_name, "received_at": name.received_at}
        for name in _names(home)
        if name.receipt_id in first and name.file_name != first[name.receipt_id].file_name
    ]
    return pa.Table.from_pylist(rows, schema=SENT_AGAIN_SCHEMA)


def _names(home: Home) -> list[Receipt]:
    """Every name under which the bytes of a receipt came, unless they are another return there."""
    landed = {receipt.receipt_id for receipt in further_returns(home)}
    again = [name for name in sent_again(home.archive) if as_another_return(name).receipt_id not in landed]
    several = {name.receipt_id for name in again}
    received = [receipt for receipt in archived_receipts(home.archive) if receipt.receipt_id in several]
    return sorted(
        [*received, *again],
        key=lambda name: (name.receipt_id, name.arrived_at, name.file_name),
    )


def _first_names(home: Home) -> dict[str, Receipt]:
    """The name that was put in the inbox first, by receipt, where its bytes came under several."""
    first: dict[str, Receipt] = {}
    for name in _names(home):
        first.setdefault(name.receipt_id, name)
    return first


def _receipt_row(receipt: Receipt, first: Mapping[str, Receipt]) -> dict[str, object]:
    named = first.get(receipt.receipt_id, receipt)
    return {
        "receipt_id": receipt.receipt_id,
        "file_name": named.file_name,
        "size_bytes": receipt.size_bytes,
        "arrived_at": named.arrived_at,
        "received_at": receipt.received_at,
    }


def _refusal_row(refusal: Refusal) -> dict[str, object]:
    return {
        "status": "refused",
        "refusal_rule": refusal.rule,
        "refusal_message": refusal.message,
        "refusal_ask": refusal.ask,
    }
