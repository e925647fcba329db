"""What a night says while it works, so that nobody wonders whether it hangs."""

from __future__ import annotations

import sys
from typing import TextIO

from orchestration.nightlog import log

_state: dict[str, TextIO | None] = {"to": None}


def report_to(stream: TextIO | None) -> None:
    """Show progress on this stream; None: keep quiet, as under Dagster's daemon."""
    _state["to"] = stream


def report(what: str) -> None:
    """Say what is being done: on a terminal in one line that changes, elsewhere in a line each."""
    if _is_milestone(what):
        log("night", "began", what=what)
    stream = _state["to"]
    if stream is None:
        return
    try:
        if stream.isatty():
            stream.write(f"\r\033[K{what} ...")
        elif _is_milestone(what):
            stream.write(f"{what} ...\n")
        stream.flush()
    except (OSError, ValueError):
        report_to(None)  # the terminal was closed, or the pipe: no work stops for that


def _is_milestone(what: str) -> bool:
    """Whether this is more than a count that goes on."""
    return " of " not in what


def report_done() -> None:
    """Clear the line that changes."""
    stream = _state["to"]
    if stream is None:
        return
    try:
        if stream.isatty():
            stream.write("\r\033[K")
            stream.flush()
    except (OSError, ValueError):
        report_to(None)


def to_terminal() -> TextIO:
    """Where progress goes when a person runs a command."""
    return sys.stderr
