"""`returns status`: the release, the last runs, what waits."""

from __future__ import annotations

from pathlib import Path

from orchestration.described import command
from orchestration.home import open_home
from orchestration.options import HOME, show


@command(examples=["returns status", "returns status --home /srv/returns --json"])
@HOME
def status(home: Path, as_json: bool) -> None:
    """Show the release, the last nights, what was refused, what waits."""
    from orchestration.status import read_status, status_text

    found = read_status(open_home(home))
    show(as_json, found, status_text(found))
