"""`returns fix-dates`: what a run with a wrong clock left behind."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from orchestration.described import LOCKED, command
from orchestration.home import open_home
from orchestration.options import HOME, show
from workspace.offered import offered


@command(
    "fix-dates",
    examples=["returns fix-dates", "returns fix-dates --apply"],
    codes={0: "nothing is dated in days to come, or what is was listed or moved aside", 3: LOCKED},
)
@HOME
@click.option("--apply", "do", is_flag=True, help="Move what is listed aside.")
def fix_dates(home: Path, do: bool, as_json: bool) -> None:
    """List what a run with a wrong clock left: releases, records of runs and sightings of alerts in days to come.

    With --apply releases and records are moved into a folder of the home, and the register of alerts forgets those
    days, after a copy of the operational database was put beside them: to undo it, put all of that back. Decisions,
    letters, the archive and what was landed are never touched. Where the clock is wrong now, nothing is changed.
    """
    from orchestration import fix_dates as dates

    where, now = open_home(home), datetime.now(UTC)
    aside: Path | None = None
    if do:
        found, aside = dates.fix_dates(where, now=now)
    else:
        found = dates.wrong_dates(where, now=now)
    told: dict[str, Any] = asdict(found) | {"moved_to": str(aside) if aside and found.lines() else None}
    show(as_json, told, "\n".join(_lines(found.lines(), found.current, aside, home)))


def _lines(found: list[str], current: str | None, aside: Path | None, home: Path) -> list[str]:
    if not found:
        return ["Nothing is dated in days to come."]
    head = f"Moved into {aside}, or taken out of the register:" if aside else "Dated in days to come:"
    lines = [head, *(f"  {one}" for one in found)]
    if current:
        again = offered("nightly", "--force", home=home)
        lines.append(f"{current} is the current release and stays until another is published. Publish one: {again}")
    if aside is None:
        lines.append(f"Move it aside: {offered('fix-dates', '--apply', home=home)}")
    return lines
