"""Options that many commands of the command line share, and what they do with names of files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

import click

from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from workspace.errors import WrongCallError
from workspace.stopping import speak_last
from workspace.suggestions import what_there_is


class Place(click.Path):
    """A file or a folder by its name.

    An empty name, as a variable that is not set makes it, is none; neither is one that begins with a dash, which is an
    option that took the place of a name that was left out.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if value == "":
            self.fail("its name is empty", param, ctx)
        if str(value).startswith("-"):
            self.fail(f"{value} begins with a dash, as options do; if a file is called so, write ./{value}", param, ctx)
        return super().convert(value, param, ctx)


class Number(click.ParamType):  # type: ignore[type-arg]
    """A number within bounds, neither endless nor none."""

    name = "number"

    def __init__(self, *, least: float = -inf, most: float = inf) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            number = float(value)
        except ValueError:
            number = nan
        if not isfinite(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        if not self.least <= number <= self.most:
            bounds = f"from {self.least:g} up" if self.most == inf else f"from {self.least:g} to {self.most:g}"
            self.fail(f"{value} is not {bounds}", param, ctx)
        return number


PLACE = Place()
HOME = click.option(
    "--home",
    type=PLACE,
    default=lambda: os.environ.get("RETURNS_HOME") or "var",
    help="The folder that holds everything; else RETURNS_HOME, else ./var.",
    metavar="DIR",
)
PROGRAMME = click.option(
    "--programme",
    type=PLACE,
    default=lambda: os.environ.get("RETURNS_PROGRAMME") or str(SHIPPED_PROGRAMME),
    help="The programme's folder; else RETURNS_PROGRAMME, else the one shipped.",
    metavar="DIR",
)
AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Count as of this day, such as 2026-08-01; else today.",
)


def home_if_any(folder: Path) -> Home | None:
    """The home, or None where nobody named one and the usual one is not there.

    Raises HomeError where one was named that is not there: what it would add must not be left out without a word.
    """
    source = click.get_current_context().get_parameter_source("home")
    named = source is not click.core.ParameterSource.DEFAULT or bool(os.environ.get("RETURNS_HOME"))
    return open_home(folder) if named or folder.is_dir() else None


def new_file(target: Path, endings: tuple[str, ...], *, overwrite: bool = False) -> Path:
    """The same path, if a file with one of these endings can be made there.

    Raises WrongCallError where the ending is another, where something is there already that is not to be overwritten,
    and where the folder is not there.
    """
    if not target.name.lower().endswith(endings):
        raise WrongCallError(
            f"{target} has another ending than what would be in it.",
            f"Name a file that ends in {' or '.join(endings)}.",
        )
    if target.is_dir():
        raise WrongCallError(f"{target} is a folder.", "Name a file in it.")
    if not overwrite and os.path.lexists(target):
        raise WrongCallError(f"{target} exists already and is not overwritten.", "Name another file, or move that one.")
    if not target.parent.is_dir():
        raise WrongCallError(f"There is no folder {target.parent}.", "Make it first, or name another.")
    return target


def one_of(what: str, asked: str, known: Sequence[str]) -> str:
    """The name that was asked for, whatever its case. Raises WrongCallError with those that there are."""
    for name in known:
        if name.casefold() == asked.casefold():
            return name
    raise WrongCallError(f"There is no {what} {asked}.", what_there_is(asked, known))


def show(as_json: bool, data: Any, text: str) -> None:
    """Print what a command found: to a program its data, to a person its text."""
    answer(json.dumps(data, indent=2, default=str, ensure_ascii=False) if as_json else text)


def answer(text: str) -> None:
    """Print all that a command has to say. Whoever stops it after that comes too late."""
    speak_last()
    click.echo(text)
