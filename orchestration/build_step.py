"""The build of a run: where it fails, the returns that it stops at are found, set aside, and left out of the build.

What changed since the last good release is looked at first: the returns that are new in it. Where the build fails
without them too, and the code, the programme, the register or the decisions have changed, no return is to blame.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.build_attempt import Marts, Settings, build_marts
from orchestration.cells_to_look_at import cells_to_look_at
from orchestration.failing_rows import receipts_named
from orchestration.home import Home
from orchestration.leaving_out import Attempt, LeftOut, Receipts, Search
from orchestration.nightlog import log
from orchestration.progress import report
from orchestration.release import Release, ReleaseError, current_release, open_release
from orchestration.set_aside import SetAside, forget, in_force, keep, records, surroundings
from publishing.seal import read_manifest
from workspace.files import write_atomically

# Below HOME/logs: what the last build that failed said, as dbt and the gate put it.
DETAILS = "last-failed-build.txt"
# A search ends after so many builds, or so many seconds; what is known by then is used.
MOST_BUILDS = 14
MOST_SECONDS = 2 * 60 * 60
# Inputs that people make or change: where one of them changed, an older return is not to blame.
_OURS = {
    "code": "the version of Cluster Returns",
    "programme": "the programme's folder",
    "register": "the register",
    "decisions": "the stewards' decisions",
}
# What is said where no return can be to blame, whatever the build was made from, and what to tell people then.
# Leaving out returns would prove nothing.
_NOT_OF_A_RETURN = {
    re.compile(
        r"out ?of ?memory|java heap space|gc overhead limit|no space left|disk is full|disk i/o|cannot allocate"
        r"|could not allocate|permission denied|too many open files|read-only file system|input/output error",
        re.IGNORECASE,
    ): "This machine, or one of the cluster, lacks memory, disk space or a right.",
    re.compile(
        r"executorlost|fetchfailed|lost executor|sparkcontext was shut down|stopped sparkcontext"
        r"|masters are unresponsive|failed to connect to",
        re.IGNORECASE,
    ): "Spark lost machines of its cluster.",
    # SQL that an engine does not take, with whatever rows: DuckDB's word for it, and the class of Spark's numbers.
    re.compile(r"\bParser Error: |\bSQLSTATE: 42\w{3}\b"): (
        "The program itself has a mistake: this engine does not understand one of its calculations. "
        "Tell whoever looks after it."
    ),
}
_NO_TABLE = "A part of the program is missing, or it ended before it came to any table."


class _NotOfAReturnError(Exception):
    """A build failed for what no return can be to blame for; the message says for what, to people."""


@dataclass(frozen=True)
class Built:
    """How the build of a run ended."""

    marts: Marts  # the try that passed, or the first where none did
    set_aside: tuple[SetAside, ...] = ()  # in this run
    counts_again: tuple[SetAside, ...] = ()  # were set aside before, were tried again, and passed
    failure: str | None = None  # why there is nothing to publish, in words for people

    @property
    def passed(self) -> bool:
        """Whether there is something to publish."""
        return self.failure is None


def build_without_guilty(
    settings: Settings,
    folder: Path,
    *,
    run: str,
    now: datetime,
    inputs: Mapping[str, str],
    clock: Callable[[], float] = time.monotonic,
) -> Built:
    """Build the marts in `folder`, whose database is loaded; where that fails, without the returns that it stops at.

    `inputs` are the hashes of what the run builds from. The database of the try that passed is in the end
    `folder / "warehouse.duckdb"`, and the records of what is set aside are as that try was.
    """
    home, programme = settings.home, settings.programme
    held = {receipt: one.explanation for receipt, one in in_force(home, programme).items()}
    database = folder / "warehouse.duckdb"
    first = build_marts(settings, database, held, is_loaded=True)
    if first.passed:
        return Built(first, counts_again=_take_back(home, held))
    _write_down(home, first)
    if fault := _not_of_a_return(first):
        return Built(first, failure=_no_return(fault))
    suspects = _suspects(home, database, inputs)
    tries = _Tries(settings, folder, first, held, now=now, run=run)
    ends = clock() + MOST_SECONDS
    search = Search(
        Attempt(passed=False, named=receipts_named(first.failures, database)),
        tries.attempt,
        lambda builds: builds < MOST_BUILDS and clock() < ends,
    )
    try:
        found = search.find(suspects.new, suspects.others)
        if found is None:
            return Built(first, failure=_nothing_found(first, suspects, gave_up=search.gave_up))
        return tries.settle(found)
    except _NotOfAReturnError as error:
        return Built(first, failure=_no_return(str(error)))
    finally:
        tries.remove()


@dataclass(frozen=True)
class _Suspects:
    new: Sequence[str]  # not in the last release as they are now, the newest first
    others: Sequence[str]  # older ones, where nothing but returns and the day changed
    changed: Sequence[str]  # what else changed since the last release, in words


_DETAILS = f"Details: logs/{DETAILS}."


def _suspects(home: Home, database: Path, inputs: Mapping[str, str]) -> _Suspects:
    with duckdb.connect(str(database), read_only=True) as build:
        landed = [
            receipt
            for (receipt,) in build.execute(
                """
                select receipt_id from landed.receipts where status = 'landed'
                order by received_at desc, arrived_at desc, receipt_id
                """
            ).fetchall()
        ]
    try:
        release = current_release(home)
        known = _counted(release)
        made_of = read_manifest(release.folder)["inputs"]
    except (ReleaseError, duckdb.Error, KeyError, OSError, ValueError):
        return _Suspects(landed, (), ())
    sealed = (release.folder / "manifest.json").stat().st_mtime
    new = [one for one in landed if one not in known or _landed_after(home.landed / one, sealed)]
    changed = [words for kind, words in _OURS.items() if inputs.get(kind) != made_of.get(kind)]
    others = [] if changed else [one for one in landed if one not in set(new)]
    return _Suspects(new, others, changed)


def _counted(release: Release) -> set[str]:
    """The receipts whose rows the build of a release was made from."""
    with open_release(release) as marts:
        found = marts.execute("select receipt_id from receipts where state in ('counts', 'replaced')").fetchall()
    return {receipt for (receipt,) in found}


def _landed_after(folder: Path, instant: float) -> bool:
    """Whether a landed set was written after an instant of the file system's clock."""
    return any(file.stat().st_mtime > instant for file in folder.iterdir())


@dataclass
class _Tries:
    """The builds of one search, and why each return was left out of them."""

    settings: Settings
    folder: Path
    first: Marts
    held: Mapping[str, str]
    now: datetime
    run: str
    builds: int = 0
    done: dict[Receipts, Marts] = field(default_factory=dict)
    set_aside: dict[str, SetAside] = field(default_factory=dict)

    def attempt(self, without: Receipts) -> Attempt:
        """Build without some receipts, in a database of its own.

        Raises _NotOfAReturnError where it fails for what no return can be to blame for: the search would be misled.
        """
        for receipt in sorted(without - self.set_aside.keys()):
            self.set_aside[receipt] = self._record(receipt, frozenset())
        marts = self._build(without)
        if not marts.passed and (fault := _not_of_a_return(marts)):
            raise _NotOfAReturnError(fault)
        named = {} if marts.passed else receipts_named(marts.failures, marts.database)
        return Attempt(marts.passed, named)

    def _build(self, without: Receipts) -> Marts:
        self.builds += 1
        report(
            f"The figures could not be built; build {self.builds + 1} (at most {MOST_BUILDS}), "
            f"without {_returns(without)}"
        )
        left_out = dict(self.held) | {one: self.set_aside[one].explanation for one in sorted(without)}
        database = self.folder / "tries" / str(self.builds) / "warehouse.duckdb"
        marts = self.done[without] = build_marts(self.settings, database, left_out, is_loaded=False)
        log("warehouse", "built without returns", left_out=len(without), passed=marts.passed, build=self.builds + 1)
        for receipt in sorted(without):
            log("warehouse", "left out", receipt=receipt, build=self.builds + 1)
        return marts

    def settle(self, found: LeftOut) -> Built:
        """Set the receipts aside, and put the database that was built without them in its place."""
        home, marts = self.settings.home, self.done[found.receipts]
        # What was known when a return was first left out may have been another's failure.
        known = {one: self._record(one, found.receipts - {one}) for one in sorted(found.receipts)}
        if any(known[one].explanation != self.set_aside[one].explanation for one in known):
            self.set_aside |= known
            rebuilt = self._build(found.receipts)
            marts = rebuilt if rebuilt.passed else marts
        hashes = surroundings(home, self.settings.programme, found.receipts)
        kept = []
        for receipt in sorted(found.receipts):
            record = self.set_aside[receipt]
            record = SetAside(
                **{**vars(record), "is_certain": found.is_certain, "surroundings": hashes.get(receipt, "")}
            )
            keep(home, record)
            log("warehouse", "set aside", receipt=receipt)
            kept.append(record)
        database = self.folder / "warehouse.duckdb"
        marts.database.replace(database)
        again = _take_back(home, marts.left_out)
        settled = Marts(database, marts.left_out, marts.dbt, marts.gate, marts.events)
        return Built(settled, set_aside=tuple(kept), counts_again=again)

    def remove(self) -> None:
        """Remove what the tries have built."""
        shutil.rmtree(self.folder / "tries", ignore_errors=True)

    def _record(self, receipt: str, others: Receipts) -> SetAside:
        """Why a receipt is left out: by a build without the others to blame, else by one whose rows lead to it."""
        tried = {frozenset[str](): self.first} | self.done
        failed = [(without, marts) for without, marts in tried.items() if receipt not in without and not marts.passed]
        _, closest = max(
            failed,
            key=lambda one: (
                len(one[0] & others),
                receipts_named(one[1].failures, one[1].database).get(receipt, 0),
                -len(one[0]),
            ),
        )
        mine = [one for one in closest.failures if receipt in receipts_named([one], closest.database)]
        failures = mine or list(closest.failures)
        with duckdb.connect(str(self.first.database), read_only=True) as build:
            about = build.execute(
                "select file_name, cluster_id, reporting_year from landed.receipts where receipt_id = ?", [receipt]
            ).fetchone()
        assert about
        what = failures[0].sentence if failures else "a calculation of the figures stopped"
        with duckdb.connect(str(closest.database), read_only=True) as build:
            places = cells_to_look_at(mine, receipt, build)
        return SetAside(
            receipt_id=receipt,
            file_name=about[0],
            cluster_id=about[1],
            reporting_year=about[2],
            set_aside_at=self.now.isoformat(),
            run=self.run,
            reason=f"With this return {what}.",
            places=places,
        )


def _take_back(home: Home, left_out: Mapping[str, str]) -> tuple[SetAside, ...]:
    """Take away the records of returns that took part in a build that passed."""
    again = tuple(one for one in records(home) if one.receipt_id not in left_out)
    for one in again:
        forget(home, one.receipt_id)
    return again


def _not_of_a_return(marts: Marts) -> str | None:
    """Why a build failed for what no return can be to blame for, in words for people; None where one may be."""
    if marts.dbt.engine_fault:
        return marts.dbt.engine_fault
    messages = [*(one.message for one in marts.failures), *marts.dbt.failures]
    for said, sentence in _NOT_OF_A_RETURN.items():
        if any(said.search(message) for message in messages):
            return f"{sentence} {_DETAILS}"
    return None if marts.failures else f"{_NO_TABLE} {_DETAILS}"


def _no_return(fault: str) -> str:
    return f"The figures could not be built, and no return is to blame. {fault}"


def _nothing_found(first: Marts, suspects: _Suspects, *, gave_up: bool) -> str:
    what = "; ".join(dict.fromkeys(one.sentence for one in first.failures))
    if gave_up:
        no_time = "There was no time to find out whether a return is to blame."
        return f"The figures could not be built: {what}. {no_time} {_DETAILS}"
    tried = "also without the returns that are new" if suspects.new or suspects.others else "and no return is new"
    changed = f" Since the last release these have changed: {', '.join(suspects.changed)}." if suspects.changed else ""
    return f"The figures could not be built: {what}, {tried}, so no return is to blame.{changed} {_DETAILS}"


def _write_down(home: Home, marts: Marts) -> None:
    """Write down what failed: by name in the log, and in a file beside it with messages, which may quote figures."""
    for one in marts.failures:
        log("warehouse", "failed", what=one.name, rows=len(one.rows))
    said = [f"{one.name}: {one.message}" for one in marts.failures] or list(marts.dbt.failures)
    write_atomically(home.logs / DETAILS, ("\n".join(said) + "\n").encode("utf-8", "replace"))


def _returns(receipts: Receipts) -> str:
    return f"{len(receipts)} returns" if len(receipts) > 1 else "one return"
