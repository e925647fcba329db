"""Old releases: one that is current again, and which are kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from orchestration.clock import PUT_RIGHT, dated_ahead
from orchestration.home import Home
from orchestration.one_writer import only_one_writer
from orchestration.release import Release, ReleaseError, current_release, point_current_at, read_release, verify
from publishing.reader import release_folders
from workspace.errors import WrongCallError
from workspace.files import move_into_place
from workspace.suggestions import what_there_is

# All releases of so many days are kept, then the last of each month.
KEEP_ALL_DAYS = 30
# A home that runs has a new release after a week at most. A longer step is a pause, or a clock that jumped.
_LONGEST_STEP_DAYS = 10


def keep(releases: Mapping[str, datetime], current: str, now: datetime) -> frozenset[str]:
    """Which releases stay, of ids and when each was made: all of 30 days, then the last of a month, and the current.

    They come in the order in which they were made, by their numbers. Age is counted from release to release: a step
    back of the clock, and one too long for a home that runs, count nothing, so that a clock that jumps ages none.
    The last of a month is the one made last in it, so a month does not lose its release to a later run.
    """
    young, age, later = set(), timedelta(0), now
    for name, made_at in reversed(list(releases.items())):
        step = later - made_at
        age += step if timedelta(0) <= step <= timedelta(days=_LONGEST_STEP_DAYS) else timedelta(0)
        later = made_at
        if age <= timedelta(days=KEEP_ALL_DAYS):
            young.add(name)
    last_of_month = {(made_at.year, made_at.month): name for name, made_at in releases.items()}
    return frozenset({*young, *last_of_month.values(), current})


def remove_old(home: Home, *, now: datetime, say: Callable[[str], None] = lambda _: None) -> tuple[str, ...]:
    """Remove the releases that the rule does not keep, and give back which.

    None where a release is dated in days to come: a clock was wrong, and `say` is told. A folder whose manifest cannot
    be read is left alone: somebody should look at it.
    """
    for half_removed in home.releases.glob(".removed-*"):
        shutil.rmtree(half_removed, ignore_errors=True)
    ahead = dated_ahead(home, now)
    if ahead:
        say(f"No old release is removed: {max(ahead)} is dated in days to come. {PUT_RIGHT}")
        return ()
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
    return tuple(sorted(found, key=lambda release: release.order))


def roll_back(
    home: Home, release_id: str | None, *, now: datetime, passed_by: Callable[[str], None] = lambda _: None
) -> Release:
    """Make an older release the current one again, after every file of it was checked.

    Without an id: the newest whole one before the current; where the current cannot be read or is not there, the newest
    whole one of all. `passed_by` is told of each that is damaged, and of a current one that is not there. Raises
    ReleaseError where there is none or the named one is damaged, WrongCallError where there is none of that id, and
    AnotherNightError while a run is going on.
    """
    with only_one_writer(home, what="rollback", now=now):
        if release_id:
            chosen = _named(home, release_id)
            verify(chosen)
        else:
            chosen = _newest_whole_before(home, passed_by)
        point_current_at(home, chosen.release_id)
    return chosen


def _named(home: Home, release_id: str) -> Release:
    if release_id not in {folder.name for folder in release_folders(home.releases)}:
        known = [release.release_id for release in reversed(published(home))]
        raise WrongCallError(f"There is no release {release_id} in {home.folder}.", what_there_is(release_id, known))
    return read_release(home.releases / release_id)


def _newest_whole_before(home: Home, passed_by: Callable[[str], None]) -> Release:
    link = home.releases / "current"
    name = link.readlink().name if link.is_symlink() else None
    releases = published(home)
    readable = {release.release_id for release in releases}
    unread = [folder.name for folder in release_folders(home.releases) if folder.name not in readable]
    for one in unread:
        passed_by(f"The release {one} is damaged: its manifest cannot be read.")
    if name is not None and name not in {*readable, *unread}:
        passed_by(f"The current release {name} is not there any more.")
    current = next((release for release in releases if release.release_id == name), None)
    earlier = [release for release in releases if current is None or release.order < current.order]
    for release in reversed(earlier):
        if _is_whole(release, passed_by):
            return release
    if current is None:
        raise ReleaseError(f"There is no whole release in {home.folder}.", "Run a night to make one.")
    later = [release for release in releases if release.order > current.order]
    if later and not _is_whole(current, passed_by):
        for release in reversed(later):
            if _is_whole(release, passed_by):
                return release
    whole = "whole " if earlier or unread else ""
    raise ReleaseError(f"There is no {whole}release before {current.release_id} in {home.folder}.")


def _is_whole(release: Release, passed_by: Callable[[str], None]) -> bool:
    try:
        verify(release)
    except ReleaseError as error:
        passed_by(error.sentence)
        return False
    return True
