"""Old releases: one that is current again, and which are kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta

from orchestration.home import Home
from orchestration.one_writer import only_one_writer
from orchestration.release import Release, ReleaseError, current_release, point_current_at, read_release, verify
from publishing.reader import release_folders
from workspace.errors import WrongCallError
from workspace.files import move_into_place
from workspace.suggestions import what_there_is

# All releases of so many days are kept, then the last of each month.
KEEP_ALL_DAYS = 30


def keep(releases: Mapping[str, datetime], current: str, now: datetime) -> frozenset[str]:
    """Which releases stay, of ids and when each was made: all of 30 days, then the last of a month, and the current.

    The last of a month is the one made last in it, so a month does not lose its release to a later night.
    """
    young = {name for name, made_at in releases.items() if now - made_at <= timedelta(days=KEEP_ALL_DAYS)}
    in_order = sorted(releases, key=lambda name: (releases[name], name))
    last_of_month = {(releases[name].year, releases[name].month): name for name in in_order}
    return frozenset({*young, *last_of_month.values(), current})


def remove_old(home: Home, *, now: datetime) -> tuple[str, ...]:
    """Remove the releases that the rule does not keep, and say which.

    A folder whose manifest cannot be read is left alone: somebody should look at it.
    """
    for half_removed in home.releases.glob(".removed-*"):
        shutil.rmtree(half_removed, ignore_errors=True)
    made_at = {release.release_id: release.created_at for release in published(home)}
    gone = sorted(made_at.keys() - keep(made_at, current_release(home).release_id, now))
    for name in gone:
        # Renamed first: no reader finds half a release under its name.
        removed = home.releases / f".removed-{name}"
        move_into_place(home.releases / name, removed)
        shutil.rmtree(removed, ignore_errors=True)
    return tuple(gone)


def published(home: Home) -> tuple[Release, ...]:
    """Every release whose manifest can be read, oldest first."""
    found = []
    for folder in release_folders(home.releases):
        try:
            found.append(read_release(folder))
        except ReleaseError:
            continue
    return tuple(sorted(found, key=lambda release: (release.created_at, release.release_id)))


def roll_back(home: Home, release_id: str | None, *, now: datetime) -> Release:
    """Make an older release the current one again, after every file of it was checked.

    Without an id: the one made last before the current. Raises ReleaseError where there is none or it is damaged,
    WrongCallError where there is none of that id, and AnotherNightError while a night is running.
    """
    with only_one_writer(home, what="rollback", now=now):
        chosen = _named(home, release_id) if release_id else _before_current(home)
        verify(chosen)
        point_current_at(home, chosen.release_id)
    return chosen


def _named(home: Home, release_id: str) -> Release:
    if release_id not in {folder.name for folder in release_folders(home.releases)}:
        known = [release.release_id for release in reversed(published(home))]
        raise WrongCallError(f"There is no release {release_id} in {home.folder}.", what_there_is(release_id, known))
    return read_release(home.releases / release_id)


def _before_current(home: Home) -> Release:
    current = current_release(home)
    when = (current.created_at, current.release_id)
    earlier = [release for release in published(home) if (release.created_at, release.release_id) < when]
    if not earlier:
        raise ReleaseError(f"There is no release before {current.release_id} in {home.folder}.")
    return earlier[-1]
