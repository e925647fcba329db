"""One place for how things end: whatever went wrong becomes one sentence, what to do about it, and an exit code.

The command line, the records of runs and with them status, mail, webhook and `watch`, and the sensors of Dagster all
take their words from here. No name of a class, no traceback and no text of a library reaches a person: those are
details, which are kept in a file.

Nothing else of ours is imported here, and no package: one that cannot be imported may be what went wrong.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace.errors import Ending, PlainError

STOPPED = "Stopped."
RUN_AGAIN = "What was done so far is safe; run the same command again."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# Each database has words of its own for a full disk and for a file that is none of its.
_FULL_WORDS = ("no space left on device", "disk is full", "disk i/o error", "disk quota exceeded")
_DAMAGED_WORDS = ("file is not a database", "database disk image is malformed", "not a valid duckdb database file")
_CLOSED_WORDS = ("readonly database", "read-only mode", "unable to open database file")
_LOCKED_WORDS = ("could not set lock", "conflicting lock", "database is locked")


@dataclass(frozen=True)
class End:
    """How something ended."""

    ending: Ending
    sentence: str
    what_to_do: str
    details: str | None = None  # where the details lie

    def __str__(self) -> str:
        """All in one line."""
        parts = (self.sentence, self.what_to_do, f"Details: {self.details}" if self.details else "")
        return " ".join(" ".join(parts).split())

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "error": self.sentence,
            "what_to_do": self.what_to_do or "Put that right, then run the same again.",
            "ending": self.ending.word,
            "exit_code": self.ending.exit_code,
        } | ({"details": self.details} if self.details else {})


def stopped(ending: Ending) -> End:
    """How a command ends that somebody stopped."""
    return End(ending, STOPPED, RUN_AGAIN)


def end_of(error: BaseException) -> End:
    """How something ended that raised this error. The text of an error that is not meant for people is left out."""
    if isinstance(error, PlainError):
        sentence, what_to_do = (error.sentence, error.what_to_do) if error.what_to_do else _in_two(error.sentence)
        return End(error.ending, sentence, what_to_do)
    if isinstance(error, OSError) and error.filename is not None and not _in_chain(error, _is_full):
        sentence = f"{_shown(error.filename)} cannot be used: {_reason(error)}."
        return End(Ending.UNUSABLE, sentence, "Check its name, its permissions and the disk.")
    return next((end for fits, end in _KNOWN if _in_chain(error, fits)), _UNEXPECTED)


def _in_two(text: str) -> tuple[str, str]:
    """What is wrong and what to do, of an error that says both in one text, or only the first."""
    sentence, stop, rest = " ".join(text.split()).partition(". ")
    return (f"{sentence}.", rest) if stop else (sentence, "")


def needs_details(end: End) -> bool:
    """Whether somebody who knows the program has to look into what happened."""
    return end.ending in {Ending.UNEXPECTED, Ending.NO_PACKAGE, Ending.NO_MEMORY, Ending.DAMAGED}


def keep_details(text: str) -> str:
    """Write what only somebody who knows the program understands into a file of its own; say where it lies."""
    try:
        handle, name = tempfile.mkstemp(prefix="returns-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as log:
            log.write(text)
    except OSError as error:
        return f"could not be written ({_reason(error)})"
    return name


def _in_chain(error: BaseException | None, fits: Callable[[BaseException], bool]) -> bool:
    """Whether an error, or one that led to it, is of a kind."""
    while error is not None:
        if fits(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in _FULL) or _says(error, _FULL_WORDS)


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(one in text for one in words)


def _reason(error: OSError) -> str:
    return (error.strerror or " ".join(str(error).split())).lower().rstrip(".")


def _shown(name: object) -> str:
    """A name of a file that can be printed, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "replace") if isinstance(name, str | bytes | Path) else str(name)


_UNEXPECTED = End(Ending.UNEXPECTED, "Unexpected error.", "Run the same again; if it stays, send us the details.")
# The first that fits an error, or one that led to it, says how it ended.
_KNOWN: tuple[tuple[Callable[[BaseException], bool], End], ...] = (
    (lambda one: isinstance(one, KeyboardInterrupt), stopped(Ending.INTERRUPTED)),
    (
        _is_full,
        End(
            Ending.FULL_DISK,
            "The disk is full or failing.",
            "What was there before is safe: free some space, then run the same again.",
        ),
    ),
    (
        lambda one: isinstance(one, MemoryError),
        End(
            Ending.NO_MEMORY,
            "There is not enough memory.",
            "Close other programs, or use a larger machine, then run the same again.",
        ),
    ),
    (
        lambda one: isinstance(one, ImportError),
        End(Ending.NO_PACKAGE, "A package is missing or damaged.", "Set up again with: make clean .venv/ready"),
    ),
    (
        lambda one: _says(one, _LOCKED_WORDS),
        End(Ending.LOCKED, "Another program is using a database of the home.", "Wait, then run the same again."),
    ),
    (
        lambda one: _says(one, _CLOSED_WORDS),
        End(
            Ending.UNUSABLE,
            "The databases of the home cannot be written.",
            "Check its permissions and whether its disk is mounted to be written, then run the same again.",
        ),
    ),
    (
        lambda one: _says(one, _DAMAGED_WORDS),
        End(Ending.DAMAGED, "A database of the home is damaged.", "Restore it from a backup: returns restore --help"),
    ),
)
