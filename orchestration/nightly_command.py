"""`returns nightly`: one run from the inbox to a release."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.one_writer import AnotherNightError
from orchestration.options import AS_OF, HOME, JSON, PROGRAMME


@click.command()
@HOME
@PROGRAMME
@AS_OF
@click.option(
    "--inbox",
    metavar="ADDRESS",
    help="Where the returns lie: a folder, s3://…, sftp://…; else RETURNS_INBOX, else HOME/inbox.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    help="What counts: duckdb on this machine, or spark; else RETURNS_ENGINE, else what the programme says.",
)
@click.option("--force", is_flag=True, help="Build and publish even where nothing is new.")
@click.option("--wait", is_flag=True, help="Where another night is running, wait until it has ended.")
@JSON
def nightly(
    home: Path,
    programme: Path,
    as_of: datetime | None,
    inbox: str | None,
    engine: str | None,
    force: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Run one night: receive, land, build, judge, audit, publish.

    Takes every file of the inbox (which it only reads) and ends with a summary. A file that cannot be read is
    put into refused/ with its reason; the others count. A night that fails leaves the last release as it was. Where
    nothing is new the night only checks that the current release is whole.

    Exit codes: 0 published, 1 the night failed, 2 it could not start, 3 another night is running.
    """
    from ingestion.programme import read_programme
    from orchestration.messages import tell_of_night
    from orchestration.night import run_night, stopped_night
    from orchestration.release import current_release
    from orchestration.summary import night_summary, night_summary_json

    if inbox:
        # The settings of a night come from the environment, also in the run that Dagster makes of it.
        os.environ["RETURNS_INBOX"] = inbox
    if engine:
        os.environ["RETURNS_ENGINE"] = engine
    where, scheme = open_home(home), read_programme(programme)
    day, now = as_of.date() if as_of else None, datetime.now(UTC)
    try:
        record = run_night(where, scheme, as_of=day, now=now, force=force, wait=wait)
    except AnotherNightError:
        raise
    except Exception as error:
        tell_of_night(where, stopped_night(where, scheme, error, now=now))
        raise
    release = current_release(where) if record.succeeded else None
    for problem in tell_of_night(where, record):
        click.echo(f"returns: {problem}", err=True)
    if release is None:
        click.echo(f"returns: The night failed. {record.failure}", err=True)
        kept = (where.releases / "current").exists()
        click.echo("The last release stays as it was." if kept else "There is no release yet.", err=True)
        if record.log:
            click.echo(f"Log: {where.folder / record.log}", err=True)
        sys.exit(1)
    click.echo(night_summary_json(where, record, release) if as_json else night_summary(where, record, release))
