"""How a release is read: read-only, and with no way to any other file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# The same for every reader: DuckDB refuses a second connection to a file of the same process that differs in these.
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    # What does not fit into memory fails, rather than lie beside the release.
    "temp_directory": "",
    # A name in SQL is a table of the release, never a variable of ours.
    "python_enable_replacements": False,
    "lock_configuration": True,
}


def open_marts(database: Path, **limits: str | int) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the marts of an edition that cannot reach or write any other file.

    `limits` are settings of DuckDB such as `memory_limit` and `threads`, for a process that has this one reader only.
    """
    import duckdb

    return duckdb.connect(str(database), read_only=True, config={**_CLOSED, **limits})


def release_folders(releases: Path) -> list[Path]:
    """The folder of every release that is kept below this one, by name; none that is being written or removed."""
    if not releases.is_dir():
        return []
    found = releases.iterdir()
    return sorted(one for one in found if one.is_dir() and not one.is_symlink() and not one.name.startswith("."))
