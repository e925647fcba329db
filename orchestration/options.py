"""Options that many commands of the command line share, and its own kind of error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from orchestration.home import SHIPPED_PROGRAMME

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=lambda: os.environ.get("RETURNS_HOME", "var"),
    help="The folder that holds everything; else RETURNS_HOME, else ./var.",
    metavar="DIR",
)
PROGRAMME = click.option(
    "--programme",
    type=click.Path(path_type=Path),
    default=lambda: os.environ.get("RETURNS_PROGRAMME", str(SHIPPED_PROGRAMME)),
    help="The programme's folder; else RETURNS_PROGRAMME, else the one shipped.",
    metavar="DIR",
)
AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Count as of this day, such as 2026-08-01; else today.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program instead of text for a person.")


class Unusable(click.ClickException):
    """Something that the person at the keyboard can mend; said in one line."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the one line."""
        click.echo(f"returns: {self.message}", err=True)
