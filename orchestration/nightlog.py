"""What a night did, as JSON lines below HOME/logs: one file for each night, nothing personal in it.

Receipts are named by their hash, never by the name of the file: people put names of people there. Of a failure the
log has the step and the kind of error; its sentence, which may quote a figure, stands in the night's record.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from orchestration.home import Home

# Nights whose logs are kept; a year and a half of them.
_KEPT = 550
_lock = threading.Lock()
_open: dict[str, tuple[IO[str], str, str]] = {}


def night_id(now: datetime) -> str:
    """How a night is called: the instant at which it began, in UTC."""
    return now.strftime("%Y%m%dT%H%M%S%fZ")


def log_file(home: Home, night: str) -> Path:
    """Where the log of a night lies."""
    return home.logs / f"nightly-{night}.jsonl"


@contextmanager
def night_log(home: Home, night: str, *, run: str) -> Iterator[Path]:
    """Open the log of a night; `log` writes to it until the end. `run` is Dagster's id of the run, or the command."""
    file = log_file(home, night)
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8", buffering=1) as handle:
        _open["log"] = (handle, night, run)
        try:
            yield file
        finally:
            _open.pop("log", None)
    for old in sorted(home.logs.glob("nightly-*.jsonl"))[:-_KEPT]:
        old.unlink(missing_ok=True)


def log(step: str, event: str, *, receipt: str | None = None, **facts: str | float | bool | None) -> None:
    """Write one line, where a log is open. `facts` are counts, codes and names of our own, never what was sent."""
    with _lock:
        if "log" not in _open:
            return
        handle, night, run = _open["log"]
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "night": night, "run": run, "step": step}
        line |= {"event": event} | ({"receipt": receipt} if receipt else {})
        handle.write(json.dumps(line | facts, ensure_ascii=False) + "\n")
