"""The whole home, byte by byte: what is damaged is named, and what can be made again is made again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime

import pyarrow.compute as pc

from console.database import problem_of_operations
from ingestion.archive import archived_receipts, content_of, is_whole
from ingestion.arrivals import read_arrivals
from ingestion.programme import Programme
from orchestration.damage import MADE_AGAIN, Damage, Repairs
from orchestration.home import OPERATIONS, Home
from orchestration.landing import land
from orchestration.one_writer import only_one_writer
from orchestration.operations import broken_history, broken_keys
from orchestration.refused import keep_refusal, refusals
from orchestration.release import ReleaseError, read_release
from orchestration.release import verify as verify_release
from orchestration.repair import repair_home
from orchestration.warehouse import RegisterError, check_register
from orchestration.wholeness import content_damage, landed_damage
from publishing.reader import release_folders
from workspace.permissions import close_to_others, open_to_others, owner_of
from workspace.records import DamagedError, pass_by
from workspace.sqlite import FULL

Progress = Callable[[str], None]
# So often the progress over contents is told.
_EVERY = 50
_RESTORE = "Restore it from a backup."


def verify_home(home: Home, programme: Programme, *, now: datetime, progress: Progress) -> tuple[Damage, ...]:
    """Look at every byte of a home, repair what can be repaired, and say what was or is damaged.

    Nobody else writes meanwhile: raises AnotherNightError while a run is going on.
    """
    with only_one_writer(home, what="verify", now=now):
        return tuple(_look(home, programme, now, progress))


def _look(home: Home, programme: Programme, now: datetime, progress: Progress) -> Iterator[Damage]:
    repairs = Repairs(home, now)
    progress("Looking through the operational database")
    yield from _operations(repairs)
    progress("Reading every record")
    named = list(repair_home(home, now=now, thorough=True))
    yield from named
    yield from _contents(home, {one.path for one in named}, progress)
    yield from _arrivals(repairs)
    progress("Looking at what was landed")
    yield from _landed(repairs, programme, now, progress)
    yield from _refused(repairs)
    yield from _register(repairs)
    yield from _releases(repairs, {one.path for one in named}, progress)
    yield from _permissions(repairs)


def _operations(repairs: Repairs) -> Iterator[Damage]:
    """The database by its own check, its keys, and the chains of decisions and of the audit log."""
    file = repairs.home.folder / OPERATIONS
    problem = problem_of_operations(repairs.home.folder, check=FULL)
    if problem:
        found = problem.found if isinstance(problem, DamagedError) else "is missing or empty, and there are releases"
        yield repairs.not_whole(file, found, problem.what_to_do)
    elif file.exists() or os.environ.get("DATABASE_URL"):
        for sentence in [*broken_keys(repairs.home), *broken_history(repairs.home)]:
            yield repairs.not_whole(file, f"is not as it was written: {sentence.rstrip('.')}", _RESTORE)


def _contents(home: Home, named: set[str], progress: Progress) -> Iterator[Damage]:
    for number, receipt in enumerate(archived_receipts(home.archive, damaged=pass_by)):
        if number % _EVERY == 0:
            progress(f"Checking the archive: {number:,} files so far")
        damage = content_damage(home, receipt, repair=True)
        # What is missing or has another size was named with the records, unless it could be put back now.
        if damage and (damage.path not in named or damage.outcome == MADE_AGAIN):
            yield damage


def _arrivals(repairs: Repairs) -> Iterator[Damage]:
    """Looks into the inbox that are not as they were written, and numbers that are missing between two arrivals."""
    archive = repairs.home.archive
    found = read_arrivals(archive, with_listing=False, damaged=pass_by)
    for file in found.damaged:
        yield repairs.not_whole(
            file, "is not as it was written", f"{_RESTORE} Until then its files count by when they came."
        )
    for file in found.missing:
        yield repairs.not_whole(file, "is missing", _RESTORE)
    numbers = pc.unique(found.table["sequence"]).to_pylist()
    if not found.damaged and not found.missing and len(numbers) != found.table.num_rows:
        yield repairs.not_whole(archive / "arrivals", "has two arrivals of one number", _RESTORE)


def _landed(repairs: Repairs, programme: Programme, now: datetime, progress: Progress) -> Iterator[Damage]:
    yield from landed_damage(repairs)
    # Bytes that are damaged are named already; what was landed and is damaged is landed again.
    land(repairs.home, programme, as_of=programme.day_of(now), progress=progress)


def _refused(repairs: Repairs) -> Iterator[Damage]:
    """Refused files whose copy beside the reason is missing or altered: it is made again from the archive."""
    home = repairs.home
    for one in refusals(home, damaged=pass_by):
        content_id, copy = one.receipt.content_id, one.copy_in(home)
        in_archive = one.receipt.archived and is_whole(content_of(home.archive, content_id), content_id)
        if in_archive and not (copy.is_file() and is_whole(copy, content_id)):
            keep_refusal(home, one.receipt, one.refusal, one.reader)
            yield repairs.made_again(copy, "was not what was received", "Made again from the archive.", "")


def _register(repairs: Repairs) -> Iterator[Damage]:
    for file in sorted(repairs.home.register.glob("*.csv")):
        try:
            check_register(file)
        except RegisterError as error:
            yield repairs.not_whole(file, "cannot be used", str(error))


def _releases(repairs: Repairs, named: set[str], progress: Progress) -> Iterator[Damage]:
    """Every file of every release."""
    for folder in release_folders(repairs.home.releases):
        progress(f"Checking release {folder.name}")
        try:
            verify_release(read_release(folder))
        except ReleaseError as error:
            damage = repairs.not_whole(folder, "is damaged", f"{error} Or restore it from a backup.")
            if not {damage.path, f"{damage.path}/manifest.json"} & named:
                yield damage


def _permissions(repairs: Repairs) -> Iterator[Damage]:
    for path in list(open_to_others(repairs.home.folder)):
        if close_to_others(path):
            yield repairs.made_again(path, "could be read by others", "It is closed to them now.", "")
        else:
            owner = owner_of(path)
            yield repairs.not_whole(
                path, f"belongs to {owner} and can be read by others", "Give it to the owner of the home: chown"
            )
