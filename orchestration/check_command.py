"""`returns check`: what a lead agency would be told about a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.described import command
from orchestration.endings import End
from orchestration.options import AS_OF, HOME, PLACE, PROGRAMME, answer, home_if_any, show
from workspace.errors import Ending, WrongCallError


@command(
    examples=[
        'returns check "walsall return 2025-26.xlsx"',
        "returns check return.csv --home /srv/returns --json",
    ],
    codes={
        0: "nothing to ask: the return can be sent as it is",
        1: "there are questions",
        2: "the file cannot be read as a return, or the home or the programme cannot be used",
    },
)
@click.argument("file", type=PLACE)
@HOME
@PROGRAMME
@AS_OF
def check(file: Path, home: Path, programme: Path, as_of: datetime | None, as_json: bool) -> None:
    """Say what a lead agency would be told about FILE. Nothing is kept.

    Where there is a home, the file is compared with the earlier years in it.
    """
    from ingestion.names import name_text
    from ingestion.programme import read_programme
    from ingestion.refusals import Refusal
    from orchestration.check import check_file
    from orchestration.summary import check_summary

    if not file.is_file():
        what = "is a folder" if file.is_dir() else "is not there" if not file.exists() else "is no file"
        raise WrongCallError(f"{file} {what}.", "Name the file of one return.")
    scheme = read_programme(programme)
    now = datetime.now(UTC)
    known = home_if_any(home)
    try:
        checked = check_file(file, scheme, known, as_of=as_of.date() if as_of else scheme.day_of(now), now=now)
    except Refusal as refusal:
        told = {"refused": refusal.rule, "message": refusal.message, "ask": refusal.ask}
        told |= End(Ending.UNUSABLE, refusal.message, refusal.ask).data()
        show(as_json, told, f"{refusal.message}\nWhat to do: {refusal.ask}")
        sys.exit(Ending.UNUSABLE.exit_code)
    answer(check_summary(checked, name_text(file.name), as_json=as_json))
    questions = any(alert["severity"] != "info" for alert in checked.alerts)
    sys.exit((Ending.FINDINGS if questions else Ending.GOOD).exit_code)
