"""Files that were refused: each lies in `refused/` with its reason, until it can be taken after all."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from ingestion.archive import Receipt, content_of
from ingestion.names import stored_text
from ingestion.refusals import Refusal
from orchestration.home import Home
from workspace.files import link_into_place, make_folder, write_atomically
from workspace.records import OnDamage, read_each, read_record, stop, write_record

RECORD = "refusal.json"


@dataclass(frozen=True)
class Refused:
    """A refusal that stands, with the receipt it is about."""

    receipt: Receipt
    refusal: Refusal
    reader: str

    def copy_in(self, home: Home) -> Path:
        """Where the refused file lies beside its reason, if its bytes were taken."""
        return refusal_folder(home, self.receipt) / _safe_name(self.receipt.file_name)


@dataclass(frozen=True)
class _Record(Receipt):
    """A refusal as it is written down, in one record with its receipt."""

    rule: str
    message: str
    ask: str
    reader: str
    not_before: date | None = None
    by_name: bool = False


def refusals(home: Home, *, damaged: OnDamage = stop) -> tuple[Refused, ...]:
    """Every refusal that stands, sorted by when the file was received, then by its name.

    `damaged` is told of each that cannot be read.
    """
    found = read_each(home.refused.glob(f"*/{RECORD}"), read_refusal, damaged)
    return tuple(sorted(found, key=lambda refused: (refused.receipt.received_at, refused.receipt.file_name)))


def keep_refusal(home: Home, receipt: Receipt, refusal: Refusal, reader: str) -> None:
    """Put a refused file and its reason into `refused/`, where a person finds both."""
    folder = refusal_folder(home, receipt)
    if (folder / RECORD).exists() and not receipt.archived:
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
    record = _Record(
        **vars(receipt),
        rule=refusal.rule,
        message=refusal.message,
        ask=refusal.ask,
        not_before=refusal.not_before,
        by_name=refusal.by_name,
        reader=reader,
    )
    write_record(folder / RECORD, record)


def forget_refusal(home: Home, receipt: Receipt) -> None:
    """Take a refusal back; the bytes, where they were taken, stay in the archive."""
    shutil.rmtree(refusal_folder(home, receipt), ignore_errors=True)


def read_refusal(file: Path) -> Refused:
    """A refusal from its record. Raises DamagedError where that is not as it was written."""
    found = read_record(file, _Record, what_to_do="The next run looks at the file again.")
    receipt = Receipt(**{field.name: getattr(found, field.name) for field in fields(Receipt)})
    receipt = replace(receipt, file_name=stored_text(receipt.file_name))
    refusal = Refusal(found.rule, found.message, found.ask, not_before=found.not_before, by_name=found.by_name)
    return Refused(receipt, refusal, found.reader)


def refusal_folder(home: Home, receipt: Receipt) -> Path:
    """Where a refused file lies with its reason."""
    return home.refused / f"{receipt.receipt_id[:12]}-{_safe_name(receipt.file_name)}"


def _safe_name(file_name: str) -> str:
    """A file name that no file system and no terminal stumbles over."""
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", file_name.rsplit("/", 1)[-1]).strip(". ")
    return plain[-80:] or "file"
