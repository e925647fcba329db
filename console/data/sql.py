"""SQL of a user over a release, run in a child process with limits, so that no query harms the web server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

_PROJECT = Path(__file__).parents[2]
# All that the child gets to know of the environment, in which there may be secrets.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
_AT_ONCE = BoundedSemaphore(2)
_WAIT_SECONDS = 5.0

_ASK_LESS = "Ask for less, such as one cluster or one year, or sums in place of rows."
_TOO_LONG = "The query took more than {seconds:.0f} seconds and was stopped. " + _ASK_LESS
_TOO_MUCH = "The query needed more memory than one may have and was stopped. " + _ASK_LESS
_CLOSED = "A query can read the marts of this release and nothing else: no other file, no network, no setting."
# How DuckDB begins what it says, and the same for a person.
_IN_WORDS = (
    ("ParserException", re.compile(r'syntax error at or near "(.+?)"'), "We could not read the query near “{}”."),
    ("ParserException", re.compile(r"at end of input"), "The query ends too early."),
    ("ParserException", re.compile(r"unterminated quoted"), "A quotation mark is opened and never closed."),
    ("ParserException", re.compile(""), "We could not read the query."),
    ("CatalogException", re.compile(r"Table with name (.+?) does not exist"), "There is no mart “{}”."),
    ("CatalogException", re.compile(r"Function with name (.+?) does not exist"), "There is no function “{}”."),
    ("BinderException", re.compile(r'Referenced column "(.+?)" (?:was )?not found'), "There is no column “{}”."),
    ("BinderException", re.compile(r'does not have a column named "(.+?)"'), "There is no column “{}”."),
    ("BinderException", re.compile(r'column "(.+?)" must appear in the GROUP BY'), "Group by “{}” too, or sum it."),
    ("BinderException", re.compile(r"argument types '(.+?)'"), "The types of “{}” do not fit."),
    ("PermissionException", re.compile(""), _CLOSED),
    ("ConversionException", re.compile(""), "A value cannot be turned into the type that the query asks for."),
)
_MEMORY = {"OutOfMemoryException", "MemoryError"}


class BusyError(Exception):
    """Too many queries run already; the message says so."""


class SqlError(Exception):
    """The query has no answer; the message says why and what to do, `details` what DuckDB says."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


@dataclass(frozen=True)
class Limits:
    """What one query may cost, and how much of its answer is given."""

    seconds: float = 10.0
    processor_seconds: float = 20.0
    memory_mib: int = 512
    rows: int = 200
    columns: int = 200
    cell: int = 1000  # characters of one value
    characters: int = 2_000_000  # of the whole answer


@dataclass(frozen=True)
class Answer:
    """The rows of a query, its columns and their DuckDB types, whether there are more, and how long it took."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]]
    more: bool
    seconds: float


def ask(database: Path, sql: str, limits: Limits) -> Answer:
    """The answer to one query over the marts in this database.

    Raises SqlError where it has none, BusyError where others ask too much at the same time.
    """
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        raise BusyError("Other people's queries are running. Wait a moment and run yours again.")
    try:
        begun = monotonic()
        said = _run(database, sql, limits)
        return _read(said, monotonic() - begun)
    finally:
        _AT_ONCE.release()


def _run(database: Path, sql: str, limits: Limits) -> list[str]:
    """The lines that the child says."""
    asked = {**asdict(limits), "database": str(database), "sql": sql}
    child = subprocess.Popen(
        [sys.executable, "-m", "console.data.sql_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"PYTHONUTF8": "1"},
        start_new_session=True,
        encoding="utf-8",
    )
    with child:
        try:
            said, _ = child.communicate(json.dumps(asked), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            raise SqlError(_TOO_LONG.format(seconds=limits.seconds)) from None
    if child.returncode == -signal.SIGXCPU:
        raise SqlError(_TOO_LONG.format(seconds=limits.seconds))
    if child.returncode or not said.endswith("}\n"):
        raise SqlError(_TOO_MUCH)
    return said.splitlines()


def _read(said: list[str], seconds: float) -> Answer:
    end: dict[str, Any] = json.loads(said[-1])
    if "error" in end:
        raise _in_words(end["error"], end["message"])
    head = json.loads(said[0])
    rows = [json.loads(line) for line in said[1:-1]]
    return Answer(tuple(head["columns"]), tuple(head["types"]), rows, end["more"], seconds)


def _in_words(error: str, message: str) -> SqlError:
    if error in _MEMORY:
        return SqlError(_TOO_MUCH)
    if error == "QueryError":
        return SqlError(message)
    for kind, pattern, words in _IN_WORDS:
        if error == kind and (found := pattern.search(message)):
            return SqlError(words.format(*found.groups()), message)
    return SqlError("The query cannot be run.", message)
