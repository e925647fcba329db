"""Land what was received: parse in children, check the contract, put each receipt's rows in place in one step."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.archive import Receipt, archived_receipts, content_of
from ingestion.land import read_landing
from ingestion.opening import too_early
from ingestion.programme import Programme
from ingestion.refusals import Refusal
from ingestion.tables import tables
from ingestion.workers import ParseJob, parse_files, processors
from orchestration.arrivals import further_returns
from orchestration.damage import NOT_WHOLE
from orchestration.home import PROJECT, Home
from orchestration.nightlog import log
from orchestration.receipts import receipts_of
from orchestration.refused import forget_refusal, keep_refusal, read_refusal, refusal_folder
from orchestration.waiting import keep_waiting, stop_waiting
from orchestration.wholeness import content_damage
from workspace.files import make_folder, sync_folder

Progress = Callable[[str], None]
# Receipts whose rows are checked together; the contract costs as much for one receipt as for many.
_BATCH = 200


@dataclass(frozen=True)
class Landing:
    """What landing did in one night."""

    landed: int = 0  # files whose rows were landed now
    refused: int = 0  # files refused now
    waiting: int = 0  # files that our machine could not read
    broken_contract: int = 0  # rows that broke the contract of landed rows
    damage: tuple[str, ...] = ()  # bytes of the archive that are not what was received, in a sentence each

    def __add__(self, other: Landing) -> Landing:
        """Both together."""
        return Landing(
            self.landed + other.landed,
            self.refused + other.refused,
            self.waiting + other.waiting,
            self.broken_contract + other.broken_contract,
            self.damage + other.damage,
        )


def land(
    home: Home,
    programme: Programme,
    *,
    as_of: date,
    progress: Progress,
    processes: int | None = None,
    only: str = "",
) -> Landing:
    """Land every archived receipt that is neither landed nor refused yet, by as many processes as there are processors.

    `only` leaves it at those whose id starts so. A refusal is looked at again when the forms, the clusters or the
    reader have changed since, and one that came before its reporting year opened, when the year is open on `as_of`.
    Bytes that are not what was received are never read: their receipt waits, and is named in the outcome.
    """
    look = _Look(reader_version(programme), programme, as_of)
    at_once = processes or processors()

    def chosen(receipts: Callable[[], Iterable[Receipt]]) -> Callable[[], Iterable[Receipt]]:
        return lambda: (one for one in receipts() if one.receipt_id.startswith(only))

    received, further = chosen(lambda: archived_receipts(home.archive)), chosen(lambda: further_returns(home))
    first = _land(home, look, received, progress, at_once)
    # Only now is it known in which layouts the same bytes under another name are another return.
    return first + _land(home, look, further, progress, at_once)


@dataclass(frozen=True)
class _Look:
    """With which reader, for which programme and on which day receipts are looked at."""

    reader: str
    programme: Programme
    as_of: date

    def is_due(self, home: Home, receipt: Receipt) -> bool:
        """Whether a receipt is to be read: it never was, or what it was refused for may have passed."""
        landed = home.landed / receipt.receipt_id
        if (landed / "landing.json").exists():
            return self.refusal_of(receipt, landed) is not None
        record = refusal_folder(home, receipt) / "refusal.json"
        if not record.exists():
            return True
        known = read_refusal(record)
        opened = known.refusal.not_before is not None and known.refusal.not_before <= self.as_of
        return opened or known.reader != self.reader

    def refusal_of(self, receipt: Receipt, landed: Path) -> Refusal | None:
        """Why rows that were read may not be counted yet: their year was not open when they came, and is not now.

        What came after the day that is looked at is no concern of that day: the models leave it out.
        """
        year = read_landing(landed).reporting_year
        if self.programme.day_of(receipt.arrived_at) > self.as_of or not self.programme.has_year(year):
            return None
        return too_early(self.programme, year, on=self.as_of)


def _land(
    home: Home,
    look: _Look,
    receipts: Callable[[], Iterable[Receipt]],
    progress: Progress,
    processes: int,
) -> Landing:
    """Land receipts batch by batch: what is held in memory does not grow with how many there are.

    What a night that is killed has landed by then stays landed.
    """
    waiting = sum(look.is_due(home, receipt) for receipt in receipts())
    staging = home.build / "landing"
    shutil.rmtree(staging, ignore_errors=True)
    being_read: dict[str, Receipt] = {}

    unreadable: list[str] = []

    def jobs() -> Iterator[ParseJob]:
        for one in receipts():
            if look.is_due(home, one):
                damage = content_damage(home, one, repair=True)
                if damage:
                    unreadable.append(str(damage))
                if damage and damage.outcome == NOT_WHOLE:
                    # It waits: the machine is at fault, and its sender is told nothing.
                    log("landed_returns", "waits, its bytes are damaged", receipt=one.receipt_id)
                    continue
                being_read[one.receipt_id] = one
                content = content_of(home.archive, one.content_id)
                yield ParseJob(one.receipt_id, one.file_name, content, staging / one.receipt_id)

    def outcomes() -> Iterator[_Read]:
        for done, outcome in enumerate(parse_files(jobs(), look.programme, processes=processes), start=1):
            if outcome.fault:
                log("landed_returns", "the reader stumbled", receipt=outcome.job.receipt_id, fault=outcome.fault)
            progress(f"read {done} of {waiting} files")
            receipt = being_read.pop(outcome.job.receipt_id)
            if outcome.refusal or outcome.machine:
                yield _Read(receipt, outcome.refusal, outcome.machine)
            else:
                yield _Read(receipt, look.refusal_of(receipt, outcome.job.target), None)

    landing, read = Landing(), outcomes()
    while batch := list(islice(read, _BATCH)):
        landing += _settle(home, look, staging, batch)
    return landing + Landing(damage=tuple(unreadable))


@dataclass(frozen=True)
class _Read:
    """A receipt that was read into rows, or why it was not."""

    receipt: Receipt
    refusal: Refusal | None
    machine: str | None  # why our machine could not read it


def _settle(home: Home, look: _Look, staging: Path, every: Sequence[_Read]) -> Landing:
    """Check the contract of what was read together, and put each receipt's rows, or its refusal, in place."""
    for one in every:
        if one.machine:
            keep_waiting(home, one.receipt, one.machine, on=look.as_of)
            log("landed_returns", "our machine could not read it", receipt=one.receipt.receipt_id, fault=one.machine)
        else:
            stop_waiting(home, one.receipt)
    batch = [one for one in every if not one.machine]
    refused = {one.receipt.receipt_id: one.refusal for one in batch if one.refusal}
    broken = _check_contract(staging, [one.receipt for one in batch if not one.refusal])
    for receipt_id, failures in broken.items():
        refused[receipt_id] = Refusal(
            "F01",
            f"We read the file but do not trust what we read: {failures[0]}.",
            f"Nothing to do for you. Tell {look.programme.ask_whom}: the reader broke its contract.",
        )
    make_folder(home.landed)
    for receipt in (one.receipt for one in batch):
        refusal = refused.get(receipt.receipt_id)
        if refusal:
            keep_refusal(home, receipt, refusal, look.reader)
            _set_aside(home, [home.landed / receipt.receipt_id])
            log("landed_returns", "refused", receipt=receipt.receipt_id, rule=refusal.rule)
        else:
            forget_refusal(home, receipt)
            (staging / receipt.receipt_id).replace(home.landed / receipt.receipt_id)
            log("landed_returns", "landed", receipt=receipt.receipt_id)
    sync_folder(home.landed)
    broken_rows = sum(map(len, broken.values()))
    return Landing(len(batch) - len(refused), len(refused), len(every) - len(batch), broken_rows)


class NoReceiptError(Exception):
    """No receipt of the archive has such an id; said in one line."""


def forget_landing(home: Home, start: str) -> int:
    """Undo the landing, or the refusal, of the receipts whose id starts so; how many there were.

    Their bytes stay in the archive, and the next landing reads them anew. Raises NoReceiptError where there is none.
    """
    chosen = [one for one in receipts_of(home) if one.receipt_id.startswith(start)]
    if start and not chosen:
        raise NoReceiptError(f"No receipt in {home.archive} has an id that starts with {start}.")
    for receipt in chosen:
        _set_aside(home, [home.landed / receipt.receipt_id, refusal_folder(home, receipt)])
    return len(chosen)


def _set_aside(home: Home, folders: Iterable[Path]) -> None:
    """Remove folders, each moved away in one step first, so that none is ever half there."""
    aside = home.build / "forgotten"
    for folder in folders:
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            folder.replace(aside / folder.name)
            sync_folder(folder.parent)
            shutil.rmtree(aside, ignore_errors=True)


def to_do(home: Home, programme: Programme, *, as_of: date) -> bool:
    """Whether a receipt waits to be landed or to be looked at again on that day."""
    look = _Look(reader_version(programme), programme, as_of)
    return any(look.is_due(home, receipt) for receipt in receipts_of(home))


def reader_version(programme: Programme) -> str:
    """A hash of all that decides how a file is read: the code, the forms, and the programme's clusters and years."""
    files = sorted((PROJECT / "ingestion").rglob("*.py")) + sorted((PROJECT / "ingestion").rglob("*.yml"))
    files += [programme.folder / name for name in ("programme.yml", "clusters.csv", "reporting_years.csv")]
    return hash_of_files(files)


def hash_of_files(files: Iterable[Path]) -> str:
    """One SHA-256 over the contents of files, in the order given."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _check_contract(staging: Path, receipts: Sequence[Receipt]) -> Mapping[str, list[str]]:
    """Failures of the contract by receipt. All new receipts are checked together: once for each table."""
    if not receipts:
        return {}
    from expectations.contracts.landed import check_landed

    broken: dict[str, list[str]] = {}
    for name in tables():
        rows = pa.concat_tables(
            [pq.ParquetFile(staging / receipt.receipt_id / f"{name}.parquet").read() for receipt in receipts]
        )
        for failure in check_landed(name, rows):
            words = (
                f"{failure.table}.{failure.column}, row {failure.row_number}: {failure.check}, found {failure.value!r}"
            )
            # A column that is wrong as a whole is wrong in every receipt.
            for receipt_id in [failure.receipt_id] if failure.receipt_id else [one.receipt_id for one in receipts]:
                broken.setdefault(receipt_id, []).append(words)
    return broken
