"""The cheap part of looking after a home, in every run: each record is read, and what can be made again is made again.

Nothing is deleted but what is made from the archive. What cannot be made again is set aside and named, or named with
what a person has to do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from ingestion.archive import RECEIPT, places, read_receipt
from ingestion.land import LANDING, read_landing
from orchestration.archive_repair import as_far_as_known, was_received
from orchestration.dagster_storage import look_at_dagster
from orchestration.damage import Damage, Repairs
from orchestration.home import OPERATIONS, Home
from orchestration.lost_files import BRING_BACK, in_words, lost_files, require_archive
from orchestration.nightlog import log
from orchestration.operations import require_operations
from orchestration.refused import RECORD, read_refusal
from orchestration.release import ReleaseError, read_release, verify
from orchestration.run_records import last_nights, read_night
from orchestration.set_aside import read_set_aside
from orchestration.waiting import read_waiting
from orchestration.wholeness import send_again
from publishing.reader import release_folders
from workspace.errors import PlainError
from workspace.offered import offered
from workspace.records import DamagedError, write_record


def repair_home(home: Home, *, now: datetime, thorough: bool = False) -> tuple[Damage, ...]:
    """Make again or set aside what is damaged in a home, and say what that was. Whoever calls this holds the home.

    `thorough` looks through large databases of Dagster too, as is wanted after a run that failed.
    """
    return tuple(_look(Repairs(home, now), thorough=thorough))


def repaired(home: Home, *, now: datetime) -> list[str]:
    """Repair a home as every run does, and say in a sentence for each piece what was damaged.

    Raises NoOperationsError or DamagedError where the operational database is missing or damaged, or the archive holds
    nothing of what was received: no run goes on then.
    """
    require_operations(home)
    require_archive(home)
    last = last_nights(home)
    found = repair_home(home, now=now, thorough=bool(last) and not last[0].succeeded)
    for one in found:
        log("repair", one.outcome, kind=one.path.split("/", 1)[0])
    return [str(one) for one in found]


def damage_of_home(home: Home) -> tuple[Damage, ...]:
    """What is damaged in a home, and what the next run or a person will do about it; nothing is touched."""
    only_looks = Repairs(home, None)
    return (*_operations(only_looks), *_look(only_looks, thorough=False))


def _look(repairs: Repairs, *, thorough: bool) -> Iterator[Damage]:
    home = repairs.home
    yield from _folders(repairs)
    yield from _archive(repairs)
    yield from _landed(repairs)
    yield from _refused(repairs)
    yield from _records(repairs, home.waiting, read_waiting, "It is written again, if the file still cannot be read.")
    yield from _records(repairs, home.set_aside, read_set_aside, "The return is tried again.")
    yield from _records(repairs, home.nights, read_night)
    yield from look_at_dagster(repairs, thorough=thorough)
    yield from _releases(repairs)


def _operations(repairs: Repairs) -> Iterator[Damage]:
    """The operational database, where it is missing or damaged; it is never touched."""
    try:
        require_operations(repairs.home)
    except PlainError as problem:
        yield repairs.not_whole(
            repairs.home.folder / OPERATIONS,
            problem.found if isinstance(problem, DamagedError) else "is missing or empty, and there are releases",
            problem.what_to_do,
        )
    except Exception:  # PostgreSQL, which can be out of reach in many ways
        yield repairs.not_whole(
            repairs.home.folder / OPERATIONS,
            "cannot be reached",
            "See that it runs, and DATABASE_URL.",
        )


def _folders(repairs: Repairs) -> Iterator[Damage]:
    """A file that lies where a folder belongs."""
    home = repairs.home
    for folder in (
        home.archive, home.build, home.dagster, home.landed, home.logs, home.nights, home.refused, home.releases,
        home.reports, home.set_aside, home.waiting,
    ):  # fmt: skip
        if folder.exists() and not folder.is_dir():
            yield repairs.set_aside(folder, "is a file where a folder belongs")


def _archive(repairs: Repairs) -> Iterator[Damage]:
    """Receipts that cannot be read, and contents that are missing or have another size."""
    archive = repairs.home.archive
    lost = lost_files(repairs.home)
    if lost:
        found = f"no longer holds {len(lost):,} of the files that were received: {in_words(lost)}"
        yield repairs.not_whole(archive, found, BRING_BACK)
    for place in places(archive):
        content, record = place / "content", place / RECEIPT
        damage: DamagedError | None = None
        try:
            receipt = read_receipt(record)
            if receipt.content_id != place.name:
                damage = DamagedError(record, "is the receipt of another file", "")
        except FileNotFoundError:
            if not was_received(repairs.home, place.name):
                # A run that was killed left a copy, which the run that receives the file again makes whole.
                continue
            damage = DamagedError(record, "is missing", "")
        except DamagedError as error:
            damage = error
        if damage:
            receipt = as_far_as_known(repairs.home, place)
            if repairs.acts:
                _remove(record)
                write_record(record, receipt)
            yield repairs.made_again(
                record,
                damage.found,
                f"Made again, as far as known: “{receipt.file_name}”.",
                "The next run makes it again.",
            )
        size = content.stat().st_size if content.is_file() else None
        if size is None:
            yield repairs.not_whole(content, f"(“{receipt.file_name}”) is missing", send_again(repairs.home, receipt))
        elif size != receipt.size_bytes:
            found = f"(“{receipt.file_name}”) has {size:,} bytes, and had {receipt.size_bytes:,} when it was received"
            yield repairs.not_whole(content, found, send_again(repairs.home, receipt))
        for again in sorted(place.glob("again/*.json")):
            try:
                read_receipt(again)
            except DamagedError as error:
                yield repairs.set_aside(again, error.found)


def _landed(repairs: Repairs) -> Iterator[Damage]:
    """Landed sets without a record that can be read; they are landed again from the archive."""
    home = repairs.home
    for folder in sorted(home.landed.iterdir()) if home.landed.is_dir() else ():
        record = folder / LANDING
        try:
            read_landing(folder)
        except FileNotFoundError:
            found = "is missing"
        except (DamagedError, NotADirectoryError) as error:
            found = error.found if isinstance(error, DamagedError) else "is a file where a folder belongs"
        else:
            continue
        if repairs.acts:
            _remove(folder)
        again = "lands the receipt again from the archive."
        yield repairs.made_again(record, found, f"This run {again}", f"The next run {again}")


def _refused(repairs: Repairs) -> Iterator[Damage]:
    """Refusals that cannot be read: the file is looked at again, and refused again where it still is to be."""
    refused = repairs.home.refused
    for folder in sorted(refused.iterdir()) if refused.is_dir() else ():
        try:
            read_refusal(folder / RECORD)
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            yield repairs.set_aside(folder, "is a file where a folder belongs")
        except DamagedError as error:
            yield repairs.set_aside(folder, f"has a {RECORD} that {error.found}", "The file is looked at again.")


def _records(repairs: Repairs, folder: Path, read: Callable[[Path], object], then: str = "") -> Iterator[Damage]:
    """Records in a folder of their own that cannot be read; `then` says what becomes of what they were about."""
    for file in sorted(folder.glob("*.json")):
        try:
            read(file)
        except DamagedError as error:
            yield repairs.set_aside(file, error.found, then)


def _releases(repairs: Repairs) -> Iterator[Damage]:
    """Releases whose manifest cannot be read, and a current one that is not whole: a run publishes a new one."""
    yield from _current_release(repairs)
    for folder in release_folders(repairs.home.releases):
        try:
            read_release(folder)
        except ReleaseError:
            yield repairs.not_whole(
                folder / "manifest.json",
                "cannot be read",
                "Nothing can be made from it again. Restore the release from a backup, or delete its folder.",
            )


def _current_release(repairs: Repairs) -> Iterator[Damage]:
    """What is wrong with the current release, but for its manifest. Every byte is looked at only where it is acted."""
    releases = repairs.home.releases
    current, back = releases / "current", offered("rollback", home=repairs.home.folder)
    anew = f"A run publishes a new one. To go back to the newest whole one: {back}"
    if current.exists() and not current.is_symlink():
        yield repairs.set_aside(current, "is no link to a release", anew)
    elif not current.exists():
        if release_folders(releases):
            yield repairs.not_whole(current, "points at no release", anew)
    elif repairs.acts:
        try:
            release = read_release(current.resolve())
        except ReleaseError:
            return  # its manifest is told of below
        try:
            verify(release)
        except ReleaseError as error:
            yield repairs.not_whole(release.folder, "is damaged", f"{error.sentence} {anew}")


def _remove(path: Path) -> None:
    """Remove what is made again at once."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
