"""`returns nightly`: one run from the inbox to a release."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.described import LOCKED, command
from orchestration.endings import End
from orchestration.home import Home, open_home
from orchestration.one_writer import AnotherNightError
from orchestration.options import AS_OF, HOME, PROGRAMME, answer, show
from workspace.errors import Ending

if TYPE_CHECKING:
    from orchestration.run_records import NightRecord


@command(
    examples=[
        "returns nightly",
        "returns nightly --home /srv/returns --wait",
        "returns nightly --as-of 2026-08-01 --json",
    ],
    codes={
        0: "published, or nothing was new",
        1: "the run failed, and the last release stays as it was; or it published, and says what it could not receive",
        2: "it could not start: the home, the programme or the inbox cannot be used",
        3: LOCKED,
    },
)
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
@click.option(
    "--fewer-files", is_flag=True, help="Files were taken out of the inbox on purpose, so that far fewer are there."
)
@click.option("--wait", is_flag=True, help="Where another night is running, wait until it has ended.")
def nightly(
    home: Path,
    programme: Path,
    as_of: datetime | None,
    inbox: str | None,
    engine: str | None,
    force: bool,
    fewer_files: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Run one night: receive, land, build, judge, audit, publish.

    Takes every file of the inbox (which it only reads) and ends with a summary. A file that cannot be read is
    put into refused/ with its reason; the others count. A night that fails leaves the last release as it was. Where
    nothing is new the night only checks that the current release is whole.
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
        record = run_night(where, scheme, as_of=day, now=now, force=force, wait=wait, fewer_files=fewer_files)
    except AnotherNightError:
        raise
    except Exception as error:
        tell_of_night(where, stopped_night(where, scheme, error, now=now))
        raise
    release = current_release(where) if record.succeeded else None
    for problem in tell_of_night(where, record):
        click.echo(f"returns: {problem}", err=True)
    if release is None:
        _show_failure(where, record, as_json=as_json)
        sys.exit(Ending.FAILED_RUN.exit_code)
    answer(night_summary_json(where, record, release) if as_json else night_summary(where, record, release))
    if record.incomplete:
        sys.exit(Ending.FINDINGS.exit_code)


def _show_failure(home: Home, record: NightRecord, *, as_json: bool) -> None:
    """What a person or a program is told of a run that published nothing."""
    kept = "The last release stays as it was." if (home.releases / "current").exists() else "There is no release yet."
    if as_json:
        end = End(Ending.FAILED_RUN, f"The run failed. {record.failure}", kept)
        show(as_json, {**asdict(record), **end.data()}, "")
        return
    click.echo(f"returns: The night failed. {record.failure}", err=True)
    click.echo(kept, err=True)
    if record.log:
        click.echo(f"Log: {home.folder / record.log}", err=True)
