"""The receipts of a home as tables: what was received, under which names, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from ingestion.archive import Receipt, archived_receipts
from ingestion.land import read_landing
from ingestion.refusals import Refusal
from orchestration.arrivals import further_returns
from orchestration.home import Home
from orchestration.refused import refusals
from orchestration.warehouse import RECEIPTS_SCHEMA

# Receipts that are made rows together.
_BATCH = 200


def receipts_of(home: Home) -> Iterator[Receipt]:
    """Everything that was received and is a return of its own, one after another."""
    yield from archived_receipts(home.archive)
    yield from further_returns(home)


def landed_folders(home: Home) -> Iterator[Path]:
    """The folders of all landed receipts, one after another, by name."""
    names = sorted(folder.name for folder in home.landed.iterdir()) if home.landed.is_dir() else []
    for name in names:
        if (home.landed / name / "landing.json").exists():
            yield home.landed / name


def landed_count(home: Home) -> int:
    """How many receipts are landed."""
    return sum(1 for _ in landed_folders(home))


def receipts_table(home: Home, set_aside: Mapping[str, str] = MappingProxyType({})) -> pa.Table:
    """One row for each receipt that was landed or refused, by id, as `landed.receipts` wants them.

    `set_aside` are the landed receipts that do not take part, with the reason.
    """
    rows = _receipt_rows(home, set_aside)
    parts = [RECEIPTS_SCHEMA.empty_table()]
    while some := list(islice(rows, _BATCH)):
        parts.append(pa.Table.from_pylist(some, schema=RECEIPTS_SCHEMA))
    return pa.concat_tables(parts).sort_by("receipt_id")


def _receipt_rows(home: Home, set_aside: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    for receipt in receipts_of(home):
        folder = home.landed / receipt.receipt_id
        if (folder / "landing.json").exists():
            landing = read_landing(folder)
            yield _receipt_row(receipt) | {
                "status": "set aside" if receipt.receipt_id in set_aside else "landed",
                "set_aside_reason": set_aside.get(receipt.receipt_id),
                "form": landing.form,
                "form_version": landing.form_version,
                "cluster_id": landing.cluster_id,
                "reporting_year": landing.reporting_year,
                "organisation_rows": landing.rows["organisations"],
            }
    for refused in refusals(home):
        yield _receipt_row(refused.receipt) | _refusal_row(refused.refusal)


def _receipt_row(receipt: Receipt) -> dict[str, object]:
    return {
        "receipt_id": receipt.receipt_id,
        "file_name": receipt.file_name,
        "size_bytes": receipt.size_bytes,
        "arrived_at": receipt.arrived_at,
        "received_at": receipt.received_at,
    }


def _refusal_row(refusal: Refusal) -> dict[str, object]:
    return {
        "status": "refused",
        "refusal_rule": refusal.rule,
        "refusal_message": refusal.message,
        "refusal_ask": refusal.ask,
    }
