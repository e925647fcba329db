"""`returns verify`: the whole home, byte by byte."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.described import LOCKED, command
from orchestration.home import open_home
from orchestration.options import HOME, PROGRAMME, show
from workspace.errors import Ending

if TYPE_CHECKING:
    from orchestration.damage import Damage


@command(
    examples=["returns verify", "returns verify --home /srv/returns --json"],
    codes={0: "whole, or whole again", 1: "something is not whole: it is named with what to do", 3: LOCKED},
)
@HOME
@PROGRAMME
def verify(home: Path, programme: Path, as_json: bool) -> None:
    """Check every byte of the home, and make again what can be made again.

    The archive against its hashes, receipts and arrivals, what was landed, refusals, the register, every file of every
    release, records of runs, who may read the home, and the operational database: its own check, and the chains of
    decisions and of the audit log. What is damaged is named with its path and what to do. A run does the cheap part of
    this every time.
    """
    from ingestion.programme import read_programme
    from orchestration.damage import NOT_WHOLE
    from orchestration.progress import report, report_done
    from orchestration.verify import verify_home

    where = open_home(home)
    found = verify_home(where, read_programme(programme), now=datetime.now(UTC), progress=report)
    report_done()
    left = [one for one in found if one.outcome == NOT_WHOLE]
    told = {"home": str(where.folder), "whole": not left, "damage": [asdict(one) for one in found]}
    show(as_json, told, "\n".join(_lines(where.folder, found, len(left))))
    if left:
        sys.exit(Ending.FINDINGS.exit_code)


def _lines(home: Path, found: tuple[Damage, ...], left: int) -> list[str]:
    if not found:
        return [f"{home} is whole: every byte is as it was written."]
    lines = [
        line
        for one in found
        for line in (f"{one.outcome:<10}  {one.path} {one.found}.", f"            {one.what_to_do}")
    ]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(one.outcome for one in found).items()))
    return [*lines, "", f"{counts}. " + ("The rest is whole." if left else "All is whole now.")]
