"""Landed rows: one set of Parquet files for one receipt, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from workspace.records import read_record, record_bytes

if TYPE_CHECKING:
    from ingestion.parse import ParsedReturn

LANDING = "landing.json"
_LANDED_AGAIN = "The next run lands the receipt again from the archive."
# A return has few rows and many columns: a dictionary and statistics for each of 160 columns took as long to write and
# to read as all the rest of a file took, and made it larger.
_FOR_FEW_ROWS: Mapping[str, Any] = {
    "compression": "snappy",
    "use_dictionary": False,
    "write_statistics": False,
    "store_schema": False,
}


@dataclass(frozen=True)
class LandingRecord:
    """What was landed of one receipt."""

    form: str
    form_version: int
    cluster_id: str
    reporting_year: str
    named: bool  # whether the file's name, not its content, says the cluster or the year
    rows: Mapping[str, int]  # by table


def write_landed(parsed: ParsedReturn, folder: Path) -> None:
    """Write the rows of a return. The record is written last: a folder without it is not landed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**parsed.tables, "places": parsed.places, "findings": parsed.findings}.items():
        pq.write_table(rows, folder / f"{name}.parquet", **_FOR_FEW_ROWS)
    record = LandingRecord(
        form=parsed.form,
        form_version=parsed.form_version,
        cluster_id=parsed.cluster_id,
        reporting_year=parsed.reporting_year,
        named=parsed.named,
        rows={name: rows.num_rows for name, rows in parsed.tables.items()},
    )
    (folder / LANDING).write_bytes(record_bytes(record))


def read_landing(folder: Path) -> LandingRecord:
    """What was landed of a receipt, from its folder.

    Raises DamagedError where the record is not as it was written.
    """
    return read_record(folder / LANDING, LandingRecord, what_to_do=_LANDED_AGAIN)
