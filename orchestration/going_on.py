"""What is being done in a home at this moment: by whom, since when, at which step."""

from __future__ import annotations

import json
from datetime import datetime

from orchestration.home import Home
from orchestration.local_time import shown_here
from orchestration.nightlog import log_file, night_id
from orchestration.one_writer import Holder, writer_of


def run_going_on(home: Home) -> str | None:
    """One sentence about whoever writes in the home now, or None where nobody does."""
    holder = writer_of(home)
    if holder is None:
        return None
    step = _step(home, holder)
    return f"A {holder.what} is going on since {shown_here(holder.since)}" + (f": {step.lower()}." if step else ".")


def _step(home: Home, holder: Holder) -> str | None:
    """What the log of a run says was begun last."""
    try:
        log = log_file(home, night_id(datetime.fromisoformat(holder.since))).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    for line in reversed(log.splitlines()):
        try:
            told = json.loads(line)
        except ValueError:
            continue  # it is being written
        if told.get("event") == "began":
            return str(told.get("what", "")) or None
    return None
