"""A dead-man's switch: what is wrong with the nights of a home, seen from outside them."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestration.home import Home
from orchestration.local_time import shown_here
from orchestration.one_writer import killed_writer, writer_of
from orchestration.release import ReleaseError, current_release
from orchestration.repair import damage_of_home
from orchestration.run_records import last_nights

# A clock may be wrong by as much without a word.
_CLOCK = timedelta(minutes=10)


def what_is_wrong(home: Home, *, older_than: timedelta, now: datetime) -> list[str]:
    """One sentence for each thing that an operator must look at; none where all is well.

    Looked for: a night that was killed, that failed, that never ends, that never began for longer than `older_than`
    (a night on which nothing was new counts as one), a release that is missing, a clock that was set back, and
    whatever is damaged. A night that somebody stopped is none of these, nor is a first one that is still going on.
    """
    problems = []
    killed, running = killed_writer(home), writer_of(home)
    if killed:
        problems.append(f"The {killed.what} of {shown_here(killed.since)} was killed before its end.")
    if running and _age(running.since, now) > older_than:
        problems.append(f"A {running.what} has been running since {shown_here(running.since)}.")
    nights = tuple(night for night in last_nights(home) if not night.stopped)
    if running and not nights:
        return problems
    if nights and not nights[0].succeeded:
        problems.append(f"The night of {shown_here(nights[0].started_at)} failed: {nights[0].failure}")
    good = next((night for night in nights if night.succeeded), None)
    if not nights:
        problems.append("No night has run yet.")
    elif good is None:
        problems.append(f"None of the last {len(nights)} nights succeeded.")
    elif _age(good.started_at, now) > older_than:
        hours = _age(good.started_at, now).total_seconds() / 3600
        problems.append(f"The last good night began {hours:.0f} hours ago, on {shown_here(good.started_at)}.")
    elif _age(good.started_at, now) < -_CLOCK:
        problems.append(f"The last good night, {shown_here(good.started_at)}, lies in the future. Check the clock.")
    try:
        current_release(home)
    except ReleaseError as error:
        problems.append(str(error))
    # What a run that is going on has in its hands is not damaged.
    return problems if running else [*problems, *map(str, damage_of_home(home))]


def _age(instant: str, now: datetime) -> timedelta:
    try:
        return now - datetime.fromisoformat(instant)
    except ValueError:
        return timedelta(0)
