"""A release: one folder with all marts, described and sealed, and one atomic step that makes it the current one.

A release is never changed after it was published and its path is never used again, so a reader that has it open is
never disturbed, and a reader that comes later resolves `current` anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import Home

# A client of DuckDB 1.2 or later can read a file of this storage version.
_STORAGE_VERSION = "v1.2.0"
_CSVW_TYPES = {
    "VARCHAR": "string",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "DOUBLE": "double",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "TIMESTAMP": "dateTime",
    "TIMESTAMP WITH TIME ZONE": "dateTimeStamp",
}


class ReleaseError(Exception):
    """There is no release, or it is not whole; the message says what to do, in one line."""


@dataclass(frozen=True)
class Column:
    """A column of a mart and what it means."""

    name: str
    means: str


@dataclass(frozen=True)
class Mart:
    """A mart to be published: its name, its grain and meaning, its columns."""

    name: str
    means: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Release:
    """A published release."""

    release_id: str
    folder: Path
    as_of: date
    created_at: datetime
    rows: Mapping[str, int]

    @property
    def database(self) -> Path:
        """The DuckDB file with every mart as a table."""
        return self.folder / "marts.duckdb"


def marts_of(manifest: Mapping[str, Any]) -> tuple[Mart, ...]:
    """The marts that the dbt manifest describes, sorted by name: every model of the schema `marts`."""
    models = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    return tuple(
        Mart(
            name=model["name"],
            means=" ".join(model["description"].split()),
            columns=tuple(
                Column(name, " ".join(about["description"].split())) for name, about in model["columns"].items()
            ),
        )
        for model in sorted(models, key=lambda model: str(model["name"]))
    )


def publish(
    home: Home, database: Path, marts: Sequence[Mart], *, as_of: date, now: datetime, inputs: Mapping[str, str]
) -> Release:
    """Write a release from the build database and make it the current one.

    `inputs` are the hashes of what the build was made from. Until the last step nothing that a reader sees changes.
    """
    home.releases.mkdir(exist_ok=True)
    for unfinished in home.releases.glob(".unfinished-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    release_id = _free_id(home, now)
    unfinished = home.releases / f".unfinished-{release_id}"
    (unfinished / "parquet").mkdir(parents=True)
    (unfinished / "csv").mkdir()
    rows = _write_marts(database, unfinished, marts)
    about = {
        "release_id": release_id,
        "as_of": as_of.isoformat(),
        "created_at": now.isoformat(),
        "inputs": dict(sorted(inputs.items())),
        "rows": rows,
        "files": _seal(unfinished),
    }
    (unfinished / "manifest.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    _sync(unfinished)
    unfinished.replace(home.releases / release_id)
    point_current_at(home, release_id)
    return read_release(home.releases / release_id)


def point_current_at(home: Home, release_id: str) -> None:
    """Make a release the current one, in one atomic step."""
    link = home.releases / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    link.replace(home.releases / "current")


def current_release(home: Home) -> Release:
    """The current release, resolved now.

    Raises ReleaseError where there is none.
    """
    current = home.releases / "current"
    if not current.exists():
        raise ReleaseError(
            f"There is no release in {home.folder} yet. Run a night first: returns nightly --home {home.folder}"
        )
    return read_release(current.resolve())


def read_release(folder: Path) -> Release:
    """What the manifest of a release says; `verify` checks that it is true."""
    try:
        about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return Release(
            release_id=about["release_id"],
            folder=folder,
            as_of=date.fromisoformat(about["as_of"]),
            created_at=datetime.fromisoformat(about["created_at"]),
            rows=about["rows"],
        )
    except (OSError, KeyError, ValueError) as error:
        raise ReleaseError(
            f"The release {folder.name} is damaged: its manifest cannot be read. Run a night to make a new one."
        ) from error


def verify(release: Release) -> None:
    """Check every file of a release against its manifest.

    Raises ReleaseError when a file is missing, new, or differs in a single bit.
    """
    files = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    found = _seal(release.folder)
    for name in sorted(files.keys() | found.keys()):
        if files.get(name) != found.get(name):
            raise ReleaseError(
                f"The release {release.release_id} is damaged: {name} is not as it was published. "
                "Run a night to make a new one."
            )


def open_release(release: Release) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the marts of a release that cannot reach any other file."""
    connection = duckdb.connect(str(release.database), read_only=True)
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _write_marts(database: Path, folder: Path, marts: Sequence[Mart]) -> dict[str, int]:
    """Write every mart as a table, a Parquet file and a CSV file, each sorted; the row counts by mart."""
    rows: dict[str, int] = {}
    described: list[dict[str, Any]] = []
    connection = duckdb.connect()
    try:
        connection.execute(f"attach '{_quoted(database)}' as build (read_only)")
        connection.execute(
            f"attach '{_quoted(folder / 'marts.duckdb')}' as release (storage_version '{_STORAGE_VERSION}')"
        )
        for mart in marts:
            table = f"release.main.{mart.name}"
            connection.execute(f"create table {table} as select * from build.marts.{mart.name} order by all")
            _comment(connection, table, mart)
            types = dict(connection.execute(f"select column_name, column_type from (describe {table})").fetchall())
            parquet, csv = folder / "parquet" / f"{mart.name}.parquet", folder / "csv" / f"{mart.name}.csv"
            connection.execute(f"copy (select * from {table} order by all) to '{_quoted(parquet)}' (format parquet)")
            harmless = ", ".join(_harmless(column, kind) for column, kind in types.items())
            connection.execute(
                f"copy (select {harmless} from {table} order by all) to '{_quoted(csv)}' (format csv, header)"
            )
            (rows[mart.name],) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
            described.append(_csvw_table(mart, types))
        connection.execute("checkpoint release")
        connection.execute("detach release")
    finally:
        connection.close()
    metadata = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "tables": described}
    text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
    (folder / "csv" / "csv-metadata.json").write_text(text, encoding="utf-8")
    return rows


def _harmless(column: str, kind: str) -> str:
    """A text that a spreadsheet program would run as a formula gets a quote in front; numbers are left alone."""
    if kind != "VARCHAR":
        return f'"{column}"'
    starts = "('=', '+', '-', '@', chr(9), chr(13))"
    return (
        f"""case when substr("{column}", 1, 1) in {starts} then '''' || "{column}" else "{column}" end as "{column}\""""
    )


def _comment(connection: duckdb.DuckDBPyConnection, table: str, mart: Mart) -> None:
    """Put the descriptions into the database itself, where an analyst's tool shows them."""
    connection.execute(f"comment on table {table} is '{_quoted(mart.means)}'")
    for column in mart.columns:
        connection.execute(f"comment on column {table}.\"{column.name}\" is '{_quoted(column.means)}'")


def _csvw_table(mart: Mart, types: Mapping[str, str]) -> dict[str, Any]:
    means = {column.name: column.means for column in mart.columns}
    return {
        "url": f"{mart.name}.csv",
        "dc:description": mart.means,
        "tableSchema": {
            "columns": [
                {
                    "name": column,
                    "titles": column,
                    "datatype": _CSVW_TYPES.get(kind, "string"),
                    "dc:description": means.get(column, ""),
                }
                for column, kind in types.items()
            ]
        },
    }


def _seal(folder: Path) -> dict[str, dict[str, Any]]:
    """SHA-256 and size of every file below a folder but the manifest, by name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file != folder / "manifest.json")
    sealed: dict[str, dict[str, Any]] = {}
    for file in files:
        with file.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        sealed[file.relative_to(folder).as_posix()] = {"sha256": digest, "bytes": file.stat().st_size}
    return sealed


def _sync(folder: Path) -> None:
    """Make sure that all is on the disk before anyone is pointed at it."""
    for file in folder.rglob("*"):
        handle = os.open(file, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _free_id(home: Home, now: datetime) -> str:
    base = now.strftime("%Y%m%dT%H%M%SZ")
    taken = {folder.name for folder in home.releases.iterdir()}
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
