"""A clock that jumped: what is dated in days to come, and a run that begins long before or after the last one."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestration.home import Home
from orchestration.local_time import shown_here
from orchestration.release import ReleaseError, read_release
from orchestration.run_records import last_nights, read_night
from publishing.reader import release_folders
from workspace.records import DamagedError

# Runs come each day; two hours are to spare, as for `returns watch`.
_A_DAY = timedelta(hours=26)
PUT_RIGHT = "Check the clock (timedatectl). What a wrong clock left is listed by: returns fix-dates"


def dated_ahead(home: Home, now: datetime) -> dict[str, datetime]:
    """The releases that were made more than a day after `now`, by their ids: a clock was wrong then, or is now."""
    found = {}
    for folder in release_folders(home.releases):
        try:
            release = read_release(folder)
        except ReleaseError:
            continue
        if release.created_at - now > _A_DAY:
            found[release.release_id] = release.created_at
    return found


def runs_dated_ahead(home: Home, now: datetime) -> dict[str, datetime]:
    """The runs that began more than a day after `now`, by the names of their records' files."""
    found = {}
    for file in sorted(home.nights.glob("*.json")):
        try:
            began = datetime.fromisoformat(read_night(file).started_at)
            if began - now > _A_DAY:
                found[file.name] = began
        except (OSError, ValueError, TypeError, DamagedError):
            continue  # told of by whoever verifies records
    return found


def clock_warning(home: Home, now: datetime) -> str | None:
    """What is to be said where a run begins more than a day before the last one began, or more than a day after."""
    last = next(iter(last_nights(home)), None)
    if last is None:
        return None
    step = now - datetime.fromisoformat(last.started_at)
    if step < -_A_DAY:
        began = shown_here(last.started_at)
        return f"The clock says {shown_here(now)}, but the last run began at {began}, which is later. {PUT_RIGHT}"
    if step > _A_DAY:
        days = step.total_seconds() / 86_400
        return f"The last run began {days:,.0f} days ago, at {shown_here(last.started_at)}. Is the clock right?"
    return None
