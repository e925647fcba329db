"""The page for what went wrong on our side. It needs neither the database nor a release, which may be what is wrong.

Three things an operator can put right are told apart from errors that nobody foresaw: a disk that is full, an
operational database that is missing or damaged, and one that does not answer.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.request_ids import id_of

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_IN_POSTGRESQL = "53100"
# SQLite cannot say why it could not write beside its file: with less than this left, it is that.
_LEAST_BYTES = 256 << 10
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNREADABLE = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_PERM")
_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
_RETRY_AFTER_SECONDS = "300"


@dataclass(frozen=True)
class Failure:
    """What went wrong, for whoever reads the page and for whoever runs the service; both say what to do."""

    status: int
    title: str
    reader: str
    operator: str = ""


UNFORESEEN = Failure(
    500,
    "Unexpected error",
    "It is not your fault, and nothing that you sent before is lost. Try again in a few minutes. If it stays, tell the "
    "people who run this service what you were doing.",
    "The line of the log with the number above says where in the code it happened.",
)
FULL_DISK = Failure(
    507,
    "The disk is full",
    "What you did just now could not be kept; everything from before is safe. Try again once there is room.",
    "There is no room left on the disk of the home. Delete HOME/build, which can be made again, or give the disk more "
    "room. The console goes on by itself: it need not be started again.",
)
DAMAGED = Failure(
    503,
    "The database of this service is damaged",
    "Nothing was kept of what you did just now. Try again later.",
    "The operational database cannot be read: its file operations.sqlite3 in the home is damaged. Stop the console and "
    "all runs, verify the home, then restore the last backup into a new one: docs/operations.md has the commands.",
)
MISSING = Failure(
    503,
    "The database of this service is missing",
    "Nothing was kept of what you did just now. Try again later.",
    "The operational database has no tables: its file was deleted or replaced while the console was running. Stop the "
    "console and all runs, and restore the last backup into a new home: docs/operations.md has the commands.",
)
UNREACHABLE = Failure(
    503,
    "The database of this service does not answer",
    "Nothing was kept of what you did just now. Try again in a few minutes.",
    "The operational database cannot be opened. In the home: check that operations.sqlite3 is there and that the user "
    "who runs the console may write it and its folder. In PostgreSQL: check that the server runs and DATABASE_URL.",
)
BUSY = Failure(
    503,
    "The database of this service is busy",
    "Nothing was kept of what you did just now. Try again in a minute.",
    "Another process has held the operational database for half a minute. Look which: a restore, or a run that hangs.",
)
RELEASE = Failure(
    503,
    "The figures cannot be read",
    "Nothing that you sent is lost. Try again later.",
    "A file of the current release is damaged or missing. To verify the home says which, and to roll back makes the "
    "release before the current one again: docs/operations.md has the commands.",
)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for the error that is being handled; it has the number by which the log knows it."""
    failure = failure_of(sys.exc_info()[1], Path(settings.HOME))
    # Without the request: its session and its user are in the database.
    page = render(None, "500.html", {"failure": failure, "number": id_of(request)})
    page.status_code = failure.status
    if failure.status != UNFORESEEN.status:
        page["Retry-After"] = _RETRY_AFTER_SECONDS
    return page


def failure_of(error: BaseException | None, home: Path) -> Failure:
    """What an error says about the machine: that of its causes by which an operator can do something."""
    for one in _causes(error):
        failure = _of_one(one, home)
        if failure:
            return failure
    return UNFORESEEN


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, the last first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of_one(error: BaseException, home: Path) -> Failure | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return FULL_DISK
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(getattr(error, "sqlite_errorname", ""), str(error), home)
    if isinstance(error, psycopg.OperationalError):
        return FULL_DISK if error.sqlstate == _FULL_IN_POSTGRESQL else UNREACHABLE
    if isinstance(error, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException):
        return RELEASE
    return None


def _of_sqlite(name: str, text: str, home: Path) -> Failure | None:
    if name == "SQLITE_FULL" or (name.startswith(_UNREADABLE) and _free_bytes(home) < _LEAST_BYTES):
        return FULL_DISK
    if name.startswith(_DAMAGED):
        return DAMAGED
    if name.startswith(_LOCKED):
        return BUSY
    if name.startswith(_UNREADABLE):
        return UNREACHABLE
    # Tables are made before the first page is served.
    return MISSING if name == "SQLITE_ERROR" and text.startswith("no such table") else None


def _free_bytes(home: Path) -> int:
    try:
        return shutil.disk_usage(home).free
    except OSError:
        return _LEAST_BYTES
