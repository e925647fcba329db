"""Commands for whoever runs the machine: watch."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from orchestration.home import HomeError, open_home
from orchestration.options import HOME


@click.command()
@HOME
@click.option("--older-than", type=click.FloatRange(min=0), default=26.0, show_default=True, metavar="HOURS",
              help="How old the last good night may be.")  # fmt: skip
def watch(home: Path, older_than: float) -> None:
    r"""Speak up when a night failed, was killed or never came. For cron or a systemd timer.

    Says nothing when all is well. What is wrong is printed, and told to people as for a night.

    \b
    0 8 * * *  returns watch --home /srv/returns --older-than 26

    Exit codes: 0 all is well, 1 something is wrong.
    """
    from orchestration.notify import Message, channels_from, tell
    from orchestration.watch import what_is_wrong

    try:
        problems = what_is_wrong(open_home(home), older_than=timedelta(hours=older_than), now=datetime.now(UTC))
    except (HomeError, OSError) as error:
        problems = [str(error)]
    if not problems:
        return
    text = "\n".join([*problems, f"Home: {home.absolute()}", "See docs/operations.md, “When a night fails”."])
    click.echo("\n".join(problems), err=True)
    for problem in tell(Message("Cluster Returns needs a look", text + "\n"), channels_from()):
        click.echo(f"returns: {problem}", err=True)
    sys.exit(1)
