"""A night on which nothing is new: it says so, checks that the current release is whole, and publishes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ingestion.programme import Programme
from orchestration.home import Home
from orchestration.inbox import take_inbox
from orchestration.inputs import inputs_of, would_change
from orchestration.landing import to_do
from orchestration.progress import report
from orchestration.release import Release, ReleaseError, current_release, verify
from publishing.seal import read_manifest


@dataclass(frozen=True)
class NothingNew:
    """A night that has nothing to build."""

    release: Release
    waiting: tuple[str, ...]  # files still being written
    incomplete: tuple[str, ...]  # what could not be received, by no fault of those who sent it
    damage: tuple[str, ...]  # records of earlier looks into the inbox that are not whole


def nothing_new(home: Home, programme: Programme, *, as_of: date, now: datetime) -> NothingNew | None:
    """Take in the inbox, and say whether the current release is what a build of this day would publish.

    None where something is new, where there is no release, and where the release is damaged: then a night builds.
    """
    try:
        release = current_release(home)
    except ReleaseError:
        return None
    report("Looking into the inbox")
    received = take_inbox(home, programme, now=now)
    if to_do(home, programme, as_of=as_of):
        return None
    if read_manifest(release.folder)["inputs"] != inputs_of(home, programme, as_of=as_of) or would_change(
        release, as_of
    ):
        return None
    report("Nothing is new; checking that the release is whole")
    try:
        verify(release)
    except ReleaseError as error:
        report(f"{error} Building it anew")
        return None
    return NothingNew(release, received.waiting, received.incomplete(), received.damage())
