"""A release: one folder with all marts, described and sealed, and one atomic step that makes it the current one.

A release is never changed after it was published and its path is never used again, so a reader that has it open is
never disturbed, and a reader that comes later resolves `current` anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from orchestration.going_on import run_going_on
from orchestration.home import Home
from publishing.bill import write_bill
from publishing.dictionary import write_dictionary
from publishing.marts import Mart
from publishing.order import SEQUENCE, next_sequence, order_of
from publishing.public import write_public
from publishing.quality import Expectation, write_quality
from publishing.reader import open_marts
from publishing.revisions import Edition, write_revisions
from publishing.seal import damage, hash_of, read_manifest, seal, write_manifest
from publishing.tables import Table, quoted, write_tables
from workspace.errors import Ending, PlainError
from workspace.files import make_folder, move_into_place, point, sync_tree
from workspace.offered import offered
from workspace.permissions import open_as_parent

# The folder of the public edition within a release.
PUBLIC = "public"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class ReleaseError(PlainError):
    """There is no release, or it is not whole; the message says what to do, in one line."""

    ending = Ending.RELEASE


@dataclass(frozen=True)
class Release:
    """A published release."""

    release_id: str
    folder: Path
    as_of: date
    created_at: datetime
    rows: Mapping[str, int]
    compared_with: str | None = None  # the release that was current before
    sequence: int = 0  # its number, which only grows; 0 where an earlier version made it

    @property
    def order(self) -> tuple[int, str, str]:
        """Where it stands among the others, the newest last."""
        return order_of(
            {SEQUENCE: self.sequence, "created_at": self.created_at.isoformat(), "release_id": self.release_id}
        )

    @property
    def database(self) -> Path:
        """The DuckDB file with every mart as a table."""
        return self.folder / "marts.duckdb"


def publish(
    home: Home,
    database: Path,
    marts: Sequence[Mart],
    *,
    as_of: date,
    now: datetime,
    inputs: Mapping[str, str],
    versions: Mapping[str, Any] = _NOTHING,
    audited: Sequence[Expectation] = (),
    chains: Sequence[Mapping[str, Any]] = (),
) -> Release:
    """Write a release from the build database and make it the current one.

    `inputs` are the hashes of what the build was made from, `versions` those of code, forms, rules and methods;
    `audited` is what the gate expected; `chains` where the decisions and the audit log end by now.
    Until the last step nothing that a reader sees changes.
    """
    make_folder(home.releases)
    for unfinished in home.releases.glob(".unfinished-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    release_id = _free_id(home, now)
    unfinished = home.releases / f".unfinished-{release_id}"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(database)}' as build (read_only)")
        tables = write_tables(connection, "build.marts", unfinished, marts)
    before = _release_before(home)
    about = {
        "release_id": release_id,
        SEQUENCE: next_sequence(home.releases),
        "as_of": as_of.isoformat(),
        "created_at": now.isoformat(),
        "compared_with": before.about["release_id"] if before else None,
        "inputs_sha256": hash_of(dict(sorted(inputs.items()))),
        "inputs": dict(sorted(inputs.items())),
        "versions": dict(versions),
    }
    written = {**about, "files": seal(unfinished, {})}
    internal = (*tables, write_revisions(unfinished, marts, written, before))
    write_dictionary(unfinished, internal, title="Data dictionary of the marts")
    write_quality(unfinished, audited)
    write_bill(unfinished, as_of)
    of = f"Release {release_id}, as of {as_of.isoformat()}"
    public = write_public(unfinished / "marts.duckdb", unfinished / PUBLIC, marts, about=of)
    _seal(unfinished / PUBLIC, {**about, "edition": PUBLIC}, public)
    _seal(unfinished, {**about, "edition": "internal", "chains": [dict(one) for one in chains]}, internal)
    open_as_parent(unfinished)
    sync_tree(unfinished)
    move_into_place(unfinished, home.releases / release_id)
    point_current_at(home, release_id)
    return read_release(home.releases / release_id)


def point_current_at(home: Home, release_id: str) -> None:
    """Make a release the current one, in one atomic step."""
    point(home.releases / "current", release_id)


def current_release(home: Home) -> Release:
    """The current release, resolved now.

    Raises ReleaseError where there is none.
    """
    current = home.releases / "current"
    if not current.exists():
        raise ReleaseError(f"There is no release in {home.folder} yet.", _what_to_wait_for(home))
    return read_release(current.resolve())


def _what_to_wait_for(home: Home) -> str:
    """Where there is no release yet: the run that is going on, or the command that starts one."""
    going_on = run_going_on(home)
    if going_on:
        return f"{going_on} Wait until it has ended."
    return f"Run a night first: {offered('nightly', home=home.folder)}"


def whole_release(home: Home) -> Release:
    """The current release, after every file of it was checked.

    Raises ReleaseError where there is none, or where it is not as it was published.
    """
    release = current_release(home)
    verify(release)
    return release


def read_release(folder: Path) -> Release:
    """What the manifest of a release says; `verify` checks that the files are as it says.

    Raises ReleaseError where the manifest itself is not as it was written.
    """
    try:
        about = read_manifest(folder)
        return Release(
            release_id=about["release_id"],
            folder=folder,
            as_of=date.fromisoformat(about["as_of"]),
            created_at=datetime.fromisoformat(about["created_at"]),
            rows=about["rows"],
            compared_with=about.get("compared_with"),
            sequence=int(about.get(SEQUENCE, 0)),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ReleaseError(
            f"The release {folder.name} is damaged: its manifest cannot be read.", "Run a night to make a new one."
        ) from error


def verify(release: Release) -> None:
    """Check every file of a release against its manifest.

    Raises ReleaseError when a file is missing, new, or differs in a single bit.
    """
    read_release(release.folder)
    name = damage(release.folder, read_manifest(release.folder)["files"])
    if name:
        raise ReleaseError(
            f"The release {release.release_id} is damaged: {name} is not as it was published.",
            "Run a night to make a new one.",
        )


def public_edition(release: Release) -> Release:
    """The public edition of a release, as a release of its own. `verify` of the release has checked its files."""
    return read_release(release.folder / PUBLIC)


def open_release(release: Release) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the marts of a release that cannot reach any other file."""
    return open_marts(release.database)


def _release_before(home: Home) -> Edition | None:
    """The release to compare with: the current one, where it is whole."""
    try:
        release = whole_release(home)
    except ReleaseError:
        return None
    return Edition(release.database, read_manifest(release.folder))


def _seal(folder: Path, about: Mapping[str, Any], tables: Sequence[Table]) -> None:
    """Write the manifest of an edition, the last of its files."""
    told = {"rows": {table.mart.name: table.rows for table in tables}, "files": seal(folder, _rows_by_file(tables))}
    write_manifest(folder, {**about, **told})


def _rows_by_file(tables: Sequence[Table]) -> dict[str, int]:
    rows = {table.csv: table.rows for table in tables}
    rows |= {f"parquet/{table.mart.name}.parquet": table.rows for table in tables}
    return rows | {"marts.duckdb": sum(table.rows for table in tables)}


def _free_id(home: Home, now: datetime) -> str:
    base = now.strftime("%Y%m%dT%H%M%SZ")
    taken = {folder.name for folder in home.releases.iterdir()}
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
