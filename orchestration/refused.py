"""Files that were refused: each lies in `refused/` with its reason, until it can be taken after all."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ingestion.archive import Receipt, content_of
from ingestion.names import stored_text
from ingestion.refusals import Refusal
from orchestration.home import Home
from workspace.files import link_into_place, make_folder, write_atomically


@dataclass(frozen=True)
class Refused:
    """A refusal that stands, with the receipt it is about."""

    receipt: Receipt
    refusal: Refusal
    reader: str


def refusals(home: Home) -> tuple[Refused, ...]:
    """Every refusal that stands, sorted by when the file was received, then by its name."""
    found = (read_refusal(file) for file in home.refused.glob("*/refusal.json"))
    return tuple(sorted(found, key=lambda refused: (refused.receipt.received_at, refused.receipt.file_name)))


def keep_refusal(home: Home, receipt: Receipt, refusal: Refusal, reader: str) -> None:
    """Put a refused file and its reason into `refused/`, where a person finds both."""
    folder = refusal_folder(home, receipt)
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
        "not_before": refusal.not_before.isoformat() if refusal.not_before else None,
        "reader": reader,
    }
    write_atomically(folder / "refusal.json", (json.dumps(record, indent=2) + "\n").encode())


def forget_refusal(home: Home, receipt: Receipt) -> None:
    """Take a refusal back; the bytes, where they were taken, stay in the archive."""
    shutil.rmtree(refusal_folder(home, receipt), ignore_errors=True)


def read_refusal(file: Path) -> Refused:
    """A refusal from its record."""
    plain = json.loads(file.read_text(encoding="utf-8"))
    not_before = plain.pop("not_before", None)
    refusal = Refusal(
        plain.pop("rule"),
        plain.pop("message"),
        plain.pop("ask"),
        not_before=date.fromisoformat(not_before) if not_before else None,
    )
    reader = plain.pop("reader")
    plain["file_name"] = stored_text(plain["file_name"])
    for moment in ("arrived_at", "received_at"):
        plain[moment] = datetime.fromisoformat(plain[moment])
    return Refused(Receipt(**plain), refusal, reader)


def refusal_folder(home: Home, receipt: Receipt) -> Path:
    """Where a refused file lies with its reason."""
    return home.refused / f"{receipt.receipt_id[:12]}-{_safe_name(receipt.file_name)}"


def _safe_name(file_name: str) -> str:
    """A file name that no file system and no terminal stumbles over."""
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", file_name.rsplit("/", 1)[-1]).strip(". ")
    return plain[-80:] or "file"
