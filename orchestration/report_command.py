"""`returns report`: reports of the current release."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from orchestration.described import command
from orchestration.home import open_home
from orchestration.local_time import zone_here
from orchestration.options import HOME, PLACE, show
from workspace.errors import Ending, WrongCallError
from workspace.offered import offered

# How many of those that could not be made are named on the screen; all are in the log beside the reports.
_MOST_NAMED = 2


@command(
    examples=[
        "returns report programme                     # the annual report, for the lead officer",
        "returns report programme --public            # the same, for anyone: nothing of single organisations",
        "returns report cluster walsall               # for the cluster's steering group",
        "returns report organisation GB-CHC-1090095   # one page for an organisation that answered",
        "returns report all                           # all of them, for one year",
    ],
    codes={0: "all made", 1: "one or more of several could not be made"},
)
@click.argument("kind", type=click.Choice(["programme", "cluster", "organisation", "all"]))
@click.argument("subject", required=False)
@HOME
@click.option("--year", help="The reporting year, such as 2025-26; else the newest that is over and mostly in.")
@click.option("--public", is_flag=True, help="The annual report of the programme as anyone may see it.")
@click.option("--to", type=PLACE, help="Write it there; else HOME/reports/RELEASE.", metavar="DIR")
def report(
    kind: str, subject: str | None, home: Path, year: str | None, public: bool, to: Path | None, as_json: bool
) -> None:
    """Make a report from the current release, as a web page, a PDF and its tables as CSV.

    One that cannot be made stops none of the others; it is named.
    """
    from orchestration.release import whole_release
    from orchestration.reports import make_reports

    if kind in {"cluster", "organisation"} and not subject:
        raise WrongCallError(f"Say which {kind}, by its id.", f"Like this: returns report {kind} ID")
    if kind in {"programme", "all"} and subject:
        meant = offered("report", "cluster", str(subject))
        raise WrongCallError(f"A report of {kind} takes no name.", f"Did you mean: {meant}")
    if public and kind != "programme":
        raise WrongCallError(
            "Only the annual report of the programme has a public edition.",
            "Like this: returns report programme --public",
        )
    if to and os.path.lexists(to) and not to.is_dir():
        raise WrongCallError(f"{to} is a file.", "Name a folder with --to.")
    where = open_home(home, releases_only=True)
    found = make_reports(
        whole_release(where).folder,
        "public" if public else kind,
        subject,
        year,
        to=to or where.reports,
        now=datetime.now(zone_here()),
    )
    text = f"Made {len(found.made)} report{'' if len(found.made) == 1 else 's'} below {to or where.reports}."
    data = {
        "reports": [str(one) for one in found.made],
        "not_made": [{"report": place, "why": why} for place, why in found.not_made],
    }
    show(as_json, data, text if kind == "all" else f"Made {found.made[0]}")
    if not as_json:
        for place, why in found.not_made[:_MOST_NAMED]:
            click.echo(f"Not made: {place}: {why}.", err=True)
        if len(found.not_made) > _MOST_NAMED:
            click.echo(f"Not made: {len(found.not_made) - _MOST_NAMED} more.", err=True)
    if found.not_made:
        sys.exit(Ending.FINDINGS.exit_code)
