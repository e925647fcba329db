"""The check of an upload: the command line's own, in a process of its own, with a limit of time."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from console.error_log import trace_of_text

# The first check of a day waits for dbt; all others take two seconds.
LONGEST_SECONDS = 120.0
_AT_A_TIME = 2
# Whoever waits holds one of the few threads that answer everybody.
_PATIENCE_SECONDS = 15.0
_TOLD_AS_ONE = 3  # from so many cells on, the same question is put once, with the other cells beneath
_CLEAN, _QUESTIONS, _REFUSED = 0, 1, 2
_turn = threading.BoundedSemaphore(_AT_A_TIME)
_log = logging.getLogger(__name__)


class CheckError(Exception):
    """The check could not be made, and the file is not to blame; the message is for whoever uploaded it."""


@dataclass(frozen=True)
class Refused:
    """A file that the night would turn away: why, and what to do."""

    message: str
    ask: str


def check(
    file: Path, shown_name: str, *, home: Path, programme: Path, seconds: float | None = None
) -> Mapping[str, Any] | Refused:
    """What `returns check --json` says of a file, within so many seconds, LONGEST_SECONDS if none are named.

    Raises CheckError where it cannot be made.
    """
    seconds = LONGEST_SECONDS if seconds is None else seconds
    if not _turn.acquire(timeout=min(seconds, _PATIENCE_SECONDS)):
        raise CheckError("Many files are being checked just now. Please try again in a minute.")
    try:
        code, told, complaint = _run(file, home, programme, seconds)
    except subprocess.TimeoutExpired as late:
        raise CheckError(
            "The check took too long and was stopped. Please try again; if it stays so, remove pictures and sheets "
            "that do not belong to the form."
        ) from late
    finally:
        _turn.release()
    try:
        answer: Mapping[str, Any] = json.loads(told)
    except ValueError:
        answer = {}
    if code in (_CLEAN, _QUESTIONS) and "alerts" in answer:
        return answer
    if code == _REFUSED and "refused" in answer:
        # The person knows the file by the name that it has on their own disk.
        # Of a CSV the one sheet is called like the file.
        message = str(answer["message"]).replace(f"“{file.name}”", f"“{shown_name}”")
        message = message.replace(f"“{file.stem}”", f"“{Path(shown_name).stem}”")
        return Refused(message, str(answer["ask"]))
    _log.error("The check of an upload ended with %s: %s", code, trace_of_text(complaint))
    raise CheckError("We could not check your file just now, and it is not the file's fault. Please try again later.")


def _run(file: Path, home: Path, programme: Path, seconds: float) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "orchestration.cli", "check", str(file), "--home", str(home)]
    command += ["--programme", str(programme), "--json"]
    # The pages' own settings are not the command line's.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    child = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        start_new_session=True,
    )
    try:
        told, complaint = child.communicate(timeout=seconds)
    except BaseException:
        # The reader has children of its own; none of them may live on.
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise
    return child.returncode, told, complaint


@dataclass(frozen=True)
class Group:
    """What one rule asks about one field, and where."""

    title: str
    label: str  # the field as the form words it; empty for what is about no field
    ask: str
    found: tuple[Mapping[str, Any], ...]  # organisation_name, message, place: those to read
    same: tuple[Mapping[str, Any], ...]  # the same again, in other places


@dataclass(frozen=True)
class Part:
    """All that is equally bad."""

    heading: str
    explained: str
    colour: str
    count: int
    groups: tuple[Group, ...]


_PARTS = (
    (
        ("reject", "error"),
        "Please put right",
        "Until this is put right or explained, the figures in question do not count.",
        "red",
    ),
    (
        ("warning",),
        "Please look again",
        "These count as they are. Correct what is wrong; we may ask you about the rest.",
        "orange",
    ),
    (("info",), "For your information", "Nothing to do.", "grey"),
)  # fmt: skip


def in_parts(answer: Mapping[str, Any]) -> Sequence[Part]:
    """The questions of a check, the worst first, those of one rule with one request together."""
    parts = []
    for severities, heading, explained, colour in _PARTS:
        found = [alert for alert in answer["alerts"] if alert["severity"] in severities]
        if found:
            found.sort(key=_group_of)
            groups = tuple(_group([_with_place(alert) for alert in same]) for _, same in groupby(found, key=_group_of))
            parts.append(Part(heading, explained, colour, len(found), groups))
    return parts


def _group(found: list[dict[str, Any]]) -> Group:
    to_read = 1 if len(found) >= _TOLD_AS_ONE else len(found)
    return Group(
        found[0]["rule_title"], found[0]["label"] or "", found[0]["ask"], tuple(found[:to_read]), tuple(found[to_read:])
    )


def _group_of(alert: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    return alert["severity"] != "reject", alert["rule_code"], alert["label"] or "", alert["ask"]


def notes_of(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What was left out or understood in a way of its own while reading, each with its place."""
    return [_with_place(note) for note in answer["notes"]]


def _with_place(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "place": _place(found)}


def _place(found: Mapping[str, Any]) -> str:
    sheet, cell = found["sheet"], found["cell"]
    return f"{sheet}, cell {cell}" if sheet and cell else str(sheet or cell or "")
