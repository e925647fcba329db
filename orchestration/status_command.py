"""`returns status`: the release, the last runs, what waits."""

from __future__ import annotations

import json
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.options import HOME, JSON


@click.command()
@HOME
@JSON
def status(home: Path, as_json: bool) -> None:
    """Show the release, the last nights, what was refused, what waits."""
    from orchestration.status import read_status, status_text

    found = read_status(open_home(home))
    click.echo(json.dumps(found, indent=2) if as_json else status_text(found))
