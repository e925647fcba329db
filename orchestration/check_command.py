"""`returns check`: what a lead agency would be told about a file."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.options import AS_OF, HOME, JSON, PROGRAMME, Unusable


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@HOME
@PROGRAMME
@AS_OF
@JSON
def check(file: Path, home: Path, programme: Path, as_of: datetime | None, as_json: bool) -> None:
    """Say what a lead agency would be told about FILE. Nothing is kept.

    Where there is a home, the file is compared with the earlier years in it.

    Exit codes: 0 nothing to ask, 1 there are questions, 2 the file cannot be read.
    """
    from ingestion.names import name_text
    from ingestion.programme import read_programme
    from ingestion.refusals import Refusal
    from orchestration.check import check_file
    from orchestration.summary import check_summary

    if not file.exists():
        raise Unusable(f"There is no file {file}. Check the name.")
    scheme = read_programme(programme)
    now = datetime.now(UTC)
    known = open_home(home) if home.is_dir() else None
    try:
        checked = check_file(file, scheme, known, as_of=as_of.date() if as_of else scheme.day_of(now), now=now)
    except Refusal as refusal:
        told = {"refused": refusal.rule, "message": refusal.message, "ask": refusal.ask}
        click.echo(json.dumps(told, indent=2) if as_json else f"{refusal.message}\nWhat to do: {refusal.ask}")
        sys.exit(2)
    click.echo(check_summary(checked, name_text(file.name), as_json=as_json))
    sys.exit(1 if any(alert["severity"] != "info" for alert in checked.alerts) else 0)
