"""Landed rows: one set of Parquet files for one receipt, the same bytes for the same input."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from workspace.records import DamagedError, read_record, record_bytes, write_record

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
    files: Mapping[str, str] | None = None  # SHA-256 by name; None where an earlier version landed it


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
        files=parquet_hashes(folder),
    )
    (folder / LANDING).write_bytes(record_bytes(record))


def seal_landed(folder: Path, record: LandingRecord) -> None:
    """Seal a set that an earlier version landed, as it is found now."""
    write_record(folder / LANDING, replace(record, files=parquet_hashes(folder)))


def broken_seal(folder: Path, record: LandingRecord) -> str | None:
    """The first file of a landed set that is missing, new, or differs in a single bit; None where all is as landed.

    Of a set without a seal: the first file that cannot be read, or has not as many rows as the record says.
    """
    if record.files is None:
        names = sorted({file.stem for file in folder.glob("*.parquet")} | set(record.rows))
        return next((name for name in names if not _is_readable(folder, name, record.rows.get(name))), None)
    found = parquet_hashes(folder)
    return next(
        (name for name in sorted(found.keys() | record.files) if found.get(name) != record.files.get(name)), None
    )


def require_as_landed(folder: Path) -> LandingRecord:
    """What was landed of a receipt, once its rows were found to be as they were landed.

    Raises DamagedError where they are not.
    """
    record = read_landing(folder)
    broken = broken_seal(folder, record)
    if broken:
        raise DamagedError(folder / broken, "is not as it was landed", _LANDED_AGAIN)
    return record


def parquet_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each Parquet file of a folder, by its name, in order."""
    return {file.name: _hash(file) for file in sorted(folder.glob("*.parquet"))}


def _hash(file: Path) -> str:
    """SHA-256 of a file; of one that the disk does not give, or that is a folder, no hash at all."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        if error.errno not in {errno.EIO, errno.EISDIR}:
            raise
        return "cannot be read"


def _is_readable(folder: Path, name: str, rows: int | None) -> bool:
    file = folder / f"{name}.parquet"
    try:
        # What was landed before there was such a table has no file of it; of some the record says no number of rows.
        found = len(pq.ParquetFile(file).read()) if file.exists() else rows
        return rows is None or found == rows
    except (pa.ArrowException, OSError):
        return False


def read_landing(folder: Path) -> LandingRecord:
    """What was landed of a receipt, from its folder.

    Raises DamagedError where the record is not as it was written.
    """
    return read_record(folder / LANDING, LandingRecord, what_to_do=_LANDED_AGAIN)
