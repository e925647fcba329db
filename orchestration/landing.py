"""Land what was received: parse in children, check the contract, put each receipt's rows in place in one step."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.land import read_landing
from ingestion.programme import Programme
from ingestion.receive import (
    Receipt,
    archived_receipts,
    as_another_return,
    content_of,
    sent_again,
)
from ingestion.refusals import Refusal
from ingestion.tables import tables
from ingestion.workers import ParseJob, parse_files, processors
from orchestration.home import PROJECT, Home
from orchestration.nightlog import log
from orchestration.warehouse import RECEIPTS_SCHEMA, SENT_AGAIN_SCHEMA
from workspace.files import link_into_place, make_folder, sync_folder, write_atomically

Progress = Callable[[str], None]
# Receipts whose rows are checked together; the contract costs as much for one receipt as for many.
_BATCH = 200


@dataclass(frozen=True)
class Landing:
    """What landing did in one night."""

    landed: int = 0  # files whose rows were landed now
    refused: int = 0  # files refused now
    broken_contract: int = 0  # rows that broke the contract of landed rows

    def __add__(self, other: Landing) -> Landing:
        """Both together."""
        return Landing(
            self.landed + other.landed,
            self.refused + other.refused,
            self.broken_contract + other.broken_contract,
        )


def land(
    home: Home, programme: Programme, *, progress: Progress, processes: int | None = None, only: str = ""
) -> Landing:
    """Land every archived receipt that is neither landed nor refused yet, by as many processes as there are processors.

    `only` leaves it at those whose id starts so. A refusal is looked at again when the forms, the clusters or the
    reader have changed since.
    """
    reader = reader_version(programme)
    at_once = processes or processors()

    def chosen(receipts: Callable[[], Iterable[Receipt]]) -> Callable[[], Iterable[Receipt]]:
        return lambda: (one for one in receipts() if one.receipt_id.startswith(only))

    received, further = chosen(lambda: archived_receipts(home.archive)), chosen(lambda: _further_returns(home))
    first = _land(home, programme, received, reader, progress, at_once)
    # Only now is it known in which layouts the same bytes under another name are another return.
    return first + _land(home, programme, further, reader, progress, at_once)


def _land(
    home: Home,
    programme: Programme,
    receipts: Callable[[], Iterable[Receipt]],
    reader: str,
    progress: Progress,
    processes: int,
) -> Landing:
    """Land receipts batch by batch: what is held in memory does not grow with how many there are.

    What a night that is killed has landed by then stays landed.
    """
    waiting = sum(_to_do(home, receipt, reader) for receipt in receipts())
    staging = home.build / "landing"
    shutil.rmtree(staging, ignore_errors=True)
    being_read: dict[str, Receipt] = {}

    def jobs() -> Iterator[ParseJob]:
        for one in receipts():
            if _to_do(home, one, reader):
                being_read[one.receipt_id] = one
                content = content_of(home.archive, one.content_id)
                yield ParseJob(one.receipt_id, one.file_name, content, staging / one.receipt_id)

    def outcomes() -> Iterator[tuple[Receipt, Refusal | None]]:
        for done, outcome in enumerate(parse_files(jobs(), programme, processes=processes), start=1):
            if outcome.fault:
                log("landed_returns", "the reader stumbled", receipt=outcome.job.receipt_id, fault=outcome.fault)
            progress(f"read {done} of {waiting} files")
            yield being_read.pop(outcome.job.receipt_id), outcome.refusal

    landing, read = Landing(), outcomes()
    while batch := list(islice(read, _BATCH)):
        landing += _settle(home, programme, staging, batch, reader)
    return landing


def _settle(
    home: Home, programme: Programme, staging: Path, batch: Sequence[tuple[Receipt, Refusal | None]], reader: str
) -> Landing:
    """Check the contract of what was read together, and put each receipt's rows, or its refusal, in place."""
    refused = {receipt.receipt_id: refusal for receipt, refusal in batch if refusal}
    broken = _check_contract(staging, [receipt for receipt, refusal in batch if not refusal])
    for receipt_id, failures in broken.items():
        refused[receipt_id] = Refusal(
            "F01",
            f"We read the file but do not trust what we read: {failures[0]}.",
            f"Nothing to do for you. Tell {programme.ask_whom}: the reader broke its contract.",
        )
    make_folder(home.landed)
    for receipt, _ in batch:
        refusal = refused.get(receipt.receipt_id)
        if refusal:
            keep_refusal(home, receipt, refusal, reader)
            log("landed_returns", "refused", receipt=receipt.receipt_id, rule=refusal.rule)
        else:
            forget_refusal(home, receipt)
            (staging / receipt.receipt_id).replace(home.landed / receipt.receipt_id)
            log("landed_returns", "landed", receipt=receipt.receipt_id)
    sync_folder(home.landed)
    return Landing(len(batch) - len(refused), len(refused), sum(map(len, broken.values())))


class NoReceiptError(Exception):
    """No receipt of the archive has such an id; said in one line."""


def forget_landing(home: Home, start: str) -> int:
    """Undo the landing, or the refusal, of the receipts whose id starts so; how many there were.

    Their bytes stay in the archive, and the next landing reads them anew. Raises NoReceiptError where there is none.
    """
    chosen = [one for one in _receipts(home) if one.receipt_id.startswith(start)]
    if start and not chosen:
        raise NoReceiptError(f"No receipt in {home.archive} has an id that starts with {start}.")
    aside = home.build / "forgotten"
    for receipt in chosen:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        # Moved away in one step, so that a landed folder is never half there.
        for folder in (home.landed / receipt.receipt_id, _refusal_folder(home, receipt)):
            if folder.exists():
                folder.replace(aside / folder.name)
    shutil.rmtree(aside, ignore_errors=True)
    if chosen and home.landed.is_dir():
        sync_folder(home.landed)
    return len(chosen)


def to_do(home: Home, programme: Programme) -> bool:
    """Whether a receipt waits to be landed or to be looked at again."""
    reader = reader_version(programme)
    return any(_to_do(home, receipt, reader) for receipt in _receipts(home))


def _receipts(home: Home) -> Iterator[Receipt]:
    """Everything that was received and is a return of its own, one after another."""
    yield from archived_receipts(home.archive)
    yield from _further_returns(home)


def _further_returns(home: Home) -> Iterator[Receipt]:
    """Known bytes under another name that are another return, because in their layout the name says what they are."""
    for again in sent_again(home.archive):
        folder = home.landed / again.receipt_id
        if (folder / "landing.json").exists() and read_landing(folder).named:
            yield as_another_return(again)


def landed_folders(home: Home) -> Iterator[Path]:
    """The folders of all landed receipts, one after another, by name."""
    names = sorted(folder.name for folder in home.landed.iterdir()) if home.landed.is_dir() else []
    for name in names:
        if (home.landed / name / "landing.json").exists():
            yield home.landed / name


def landed_count(home: Home) -> int:
    """How many receipts are landed."""
    return sum(1 for _ in landed_folders(home))


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


def receipts_table(home: Home) -> pa.Table:
    """One row for each receipt that was landed or refused, as `landed.receipts` wants them.

    Bytes that came under several names bear the name that was put in the inbox first, whichever a night saw first.
    """
    rows = _receipt_rows(home)
    parts = [RECEIPTS_SCHEMA.empty_table()]
    while some := list(islice(rows, _BATCH)):
        parts.append(pa.Table.from_pylist(some, schema=RECEIPTS_SCHEMA))
    return pa.concat_tables(parts).sort_by([("received_at", "ascending"), ("receipt_id", "ascending")])


def _receipt_rows(home: Home) -> Iterator[Mapping[str, object]]:
    first = _first_names(home)
    for receipt in _receipts(home):
        folder = home.landed / receipt.receipt_id
        if (folder / "landing.json").exists():
            landing = read_landing(folder)
            yield _receipt_row(receipt, first) | {
                "status": "landed",
                "form": landing.form,
                "form_version": landing.form_version,
                "cluster_id": landing.cluster_id,
                "reporting_year": landing.reporting_year,
                "organisation_rows": landing.rows["organisations"],
            }
    for refused in refusals(home):
        yield _receipt_row(refused.receipt, first) | _refusal_row(refused.refusal)


def sent_again_table(home: Home) -> pa.Table:
    """One row for each further name under which a receipt's bytes were found, unless they are another return there."""
    first = _first_names(home)
    rows = [
        {"receipt_id": name.receipt_id, "file_name": name.file_name, "received_at": name.received_at}
        for name in _names(home)
        if name.receipt_id in first and name.file_name != first[name.receipt_id].file_name
    ]
    return pa.Table.from_pylist(rows, schema=SENT_AGAIN_SCHEMA)


def _names(home: Home) -> list[Receipt]:
    """Every name under which the bytes of a receipt came, unless they are another return there."""
    landed = {receipt.receipt_id for receipt in _further_returns(home)}
    again = [name for name in sent_again(home.archive) if as_another_return(name).receipt_id not in landed]
    several = {name.receipt_id for name in again}
    received = [receipt for receipt in archived_receipts(home.archive) if receipt.receipt_id in several]
    return sorted(
        [*received, *again],
        key=lambda name: (name.receipt_id, name.arrived_at, name.file_name),
    )


def _first_names(home: Home) -> dict[str, Receipt]:
    """The name that was put in the inbox first, by receipt, where its bytes came under several."""
    first: dict[str, Receipt] = {}
    for name in _names(home):
        first.setdefault(name.receipt_id, name)
    return first


@dataclass(frozen=True)
class Refused:
    """A refusal that stands, with the receipt it is about."""

    receipt: Receipt
    refusal: Refusal
    reader: str


def refusals(home: Home) -> tuple[Refused, ...]:
    """Every refusal that stands, sorted by when the file was received, then by its name."""
    found = (_read_refusal(file) for file in home.refused.glob("*/refusal.json"))
    return tuple(sorted(found, key=lambda refused: (refused.receipt.received_at, refused.receipt.file_name)))


def keep_refusal(home: Home, receipt: Receipt, refusal: Refusal, reader: str) -> None:
    """Put a refused file and its reason into `refused/`, where a person finds both."""
    folder = _refusal_folder(home, receipt)
    if (folder / "refusal.json").exists() and not receipt.archived:
        return
    make_folder(folder)
    if receipt.archived:
        copy = folder / _safe_name(receipt.file_name)
        copy.unlink(missing_ok=True)
        try:
            link_into_place(content_of(home.archive, receipt.content_id), copy)
        except OSError:
            shutil.copyfile(content_of(home.archive, receipt.content_id), copy)
    reason = f"{receipt.file_name}\n\n{refusal.message}\n\nWhat to do: {refusal.ask}\n"
    write_atomically(folder / "REASON.txt", reason.encode("utf-8", "replace"))
    record = {
        "receipt_id": receipt.receipt_id,
        "content_id": receipt.content_id,
        "file_name": receipt.file_name,
        "size_bytes": receipt.size_bytes,
        "arrived_at": receipt.arrived_at.isoformat(),
        "received_at": receipt.received_at.isoformat(),
        "archived": receipt.archived,
        "rule": refusal.rule,
        "message": refusal.message,
        "ask": refusal.ask,
        "reader": reader,
    }
    write_atomically(folder / "refusal.json", (json.dumps(record, indent=2) + "\n").encode())


def forget_refusal(home: Home, receipt: Receipt) -> None:
    """Take a refusal back; the bytes, where they were taken, stay in the archive."""
    shutil.rmtree(_refusal_folder(home, receipt), ignore_errors=True)


def _to_do(home: Home, receipt: Receipt, reader: str) -> bool:
    if (home.landed / receipt.receipt_id / "landing.json").exists():
        return False
    record = _refusal_folder(home, receipt) / "refusal.json"
    return not record.exists() or _read_refusal(record).reader != reader


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


def _receipt_row(receipt: Receipt, first: Mapping[str, Receipt]) -> dict[str, object]:
    named = first.get(receipt.receipt_id, receipt)
    return {
        "receipt_id": receipt.receipt_id,
        "file_name": named.file_name,
        "size_bytes": receipt.size_bytes,
        "arrived_at": named.arrived_at,
        "received_at": receipt.received_at,
    }


def _refusal_row(refusal: Refusal) -> dict[str, object]:
    return {
        "status": "refused",
        "refusal_rule": refusal.rule,
        "refusal_message": refusal.message,
        "refusal_ask": refusal.ask,
    }


def _read_refusal(file: Path) -> Refused:
    plain = json.loads(file.read_text(encoding="utf-8"))
    refusal = Refusal(plain.pop("rule"), plain.pop("message"), plain.pop("ask"))
    reader = plain.pop("reader")
    for moment in ("arrived_at", "received_at"):
        plain[moment] = datetime.fromisoformat(plain[moment])
    return Refused(Receipt(**plain), refusal, reader)


def _refusal_folder(home: Home, receipt: Receipt) -> Path:
    return home.refused / f"{receipt.receipt_id[:12]}-{_safe_name(receipt.file_name)}"


def _safe_name(file_name: str) -> str:
    """A file name that no file system and no terminal stumbles over."""
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", file_name.rsplit("/", 1)[-1]).strip(". ")
    return plain[-80:] or "file"
