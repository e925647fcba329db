"""What a run with a wrong clock left behind: listed, and moved aside where nothing else needs it.

Order is by number and not by clock, so all of it is harmless; but a release dated in days to come keeps old ones from
being removed, and alerts are said to have been seen on days that have not come. Decisions, letters, the archive and
landed rows are never touched.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from orchestration.clock import dated_ahead, runs_dated_ahead
from orchestration.home import OPERATIONS, Home
from orchestration.local_time import shown_here, zone_here
from orchestration.one_writer import only_one_writer
from orchestration.operations import nights_after, take_out_nights
from orchestration.retention import published
from workspace.days import day_of
from workspace.errors import PlainError
from workspace.files import make_folder, move_into_place


class DatesError(PlainError):
    """Dates cannot be put right; the message says what to do."""


@dataclass(frozen=True)
class WrongDates:
    """What is dated in days to come."""

    releases: dict[str, datetime]  # by id
    current: str | None  # the one of them that is the current release, which stays until another is published
    runs: dict[str, datetime]  # by the name of their record's file
    nights: list[date]  # days on which the register of alerts says that some were seen

    def lines(self) -> list[str]:
        """What a person is told of each."""
        lines = [f"release {name}, made at {shown_here(at)}" for name, at in self.releases.items()]
        lines += [f"record {name} of a run that began at {shown_here(at)}" for name, at in self.runs.items()]
        return lines + [f"alerts seen on {day}" for day in self.nights]


def wrong_dates(home: Home, *, now: datetime) -> WrongDates:
    """Everything that is dated more than a day after `now`.

    Raises DatesError where that is most of what there is: then the clock is wrong now, and was right before.
    """
    releases, runs = dated_ahead(home, now), runs_dated_ahead(home, now)
    nights, all_nights = nights_after(home, day_of(now, zone_here()))
    for some, of in ((len(releases), len(published(home))), (len(nights), all_nights)):
        if 2 * some > of > 1:
            raise DatesError(
                f"Most of what this home holds is dated after {shown_here(now)}, so it is this clock that is wrong.",
                "Set it right (timedatectl) and try again. Nothing was changed.",
            )
    link = home.releases / "current"
    current = link.resolve().name if link.exists() else None
    return WrongDates(releases, current if current in releases else None, runs, nights)


def fix_dates(home: Home, *, now: datetime) -> tuple[WrongDates, Path]:
    """Move all of that aside, but for the current release; what there was, and the folder to which it was moved.

    A copy of the operational database is put there first, so that everything can be put back. Raises DatesError as
    `wrong_dates`, and AnotherNightError while a run is going on.
    """
    aside = home.dated_wrongly / f"{now:%Y%m%dT%H%M%SZ}"
    with only_one_writer(home, what="correction of dates", now=now):
        found = wrong_dates(home, now=now)
        for name in found.releases:
            if name != found.current:
                _move(home.releases / name, aside / "releases")
        for name in found.runs:
            _move(home.nights / name, aside / "nights")
        if found.nights:
            _copy_database(home, aside)
            take_out_nights(home, day_of(now, zone_here()))
    return found, aside


def _move(what: Path, into: Path) -> None:
    make_folder(into)
    move_into_place(what, into / what.name)


def _copy_database(home: Home, aside: Path) -> None:
    """A database elsewhere is copied by its own means: the command says so."""
    database = home.folder / OPERATIONS
    if database.exists():
        make_folder(aside)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(aside / OPERATIONS)) as target:
            source.backup(target)
