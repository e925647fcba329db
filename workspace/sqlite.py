"""Whether a SQLite file is whole, asked of SQLite itself, with nothing written beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

QUICK, FULL = "quick_check", "integrity_check"
# Files that SQLite keeps beside a database, and that go with it.
BESIDE = ("-wal", "-shm", "-journal")
_HEADER = b"SQLite format 3\0"
# What SQLite calls a file that is no whole database; every other error is of a moment, such as a lock.
_DAMAGE: Mapping[int, str] = MappingProxyType(
    {sqlite3.SQLITE_CORRUPT: "is damaged", sqlite3.SQLITE_NOTADB: "is not a database"}
)


def damage_of(file: Path, *, check: str | None = QUICK) -> str | None:
    """What is wrong with a database, in words such as “is not a database”; None where nothing is found.

    `check` is QUICK (a tenth of a second for 45 MB), FULL (indexes too: ten times as long), or None, for its first
    bytes and its schema alone. Raises FileNotFoundError where there is no file.
    """
    if not file.is_file():
        if not file.exists():
            raise FileNotFoundError(file)
        return "is a folder"
    with file.open("rb") as opened:
        header = opened.read(len(_HEADER))
    if not header:
        return "is empty"
    if header != _HEADER:
        return "is not a database"
    # Where no writer has left anything beside it, it is read as it lies there, and no file appears beside it.
    beside = file.with_name(f"{file.name}-wal")
    at_rest = not beside.exists() or beside.stat().st_size == 0
    found = _ask(file, check, "immutable=1") if at_rest else None
    # A writer may have begun meanwhile: what was found is true only where it is found again.
    return _ask(file, check, "mode=ro") if found or not at_rest else None


def has_table(file: Path, name: str) -> bool:
    """Whether a database that was found whole has a table of this name."""
    beside = file.with_name(f"{file.name}-wal")
    how = "mode=ro" if beside.exists() and beside.stat().st_size else "immutable=1"
    with closing(sqlite3.connect(f"file:{quote(os.fsencode(file))}?{how}", uri=True, timeout=5)) as database:
        return bool(database.execute("select 1 from sqlite_master where name = ?", [name]).fetchone())


def says_damaged(error: BaseException | None) -> str | None:
    """What an error, or one that led to it, says of the file where SQLite found it damaged, in words; else None."""
    while error is not None:
        if isinstance(error, sqlite3.Error):
            # The lowest byte is the kind; the others say where.
            return _DAMAGE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        error = error.__cause__ or error.__context__
    return None


def _ask(file: Path, check: str | None, how: str) -> str | None:
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(file))}?{how}", uri=True, timeout=5)) as database:
            asked = f"pragma {check}(1)" if check else "select count(*) from sqlite_master"
            (told,) = database.execute(asked).fetchone()
    except sqlite3.Error as error:
        return says_damaged(error)
    return None if told == "ok" or not check else f"is damaged ({' '.join(str(told).split())})"
