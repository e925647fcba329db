"""Returns that a run set aside, because its build stopped at them: one record for each in the home.

The records are an input of the build, as decisions are. A record holds while what made the build stop is the same: the
code, the programme, the register, the rows of the return, and the cluster's returns of other years. When one of them
changes, or when a person takes the record away, the next run tries the return again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingestion.land import LandingRecord, read_landing
from ingestion.programme import Programme
from orchestration.hashes import hash_of_code, hash_of_files_below, hash_of_texts
from orchestration.home import Home
from orchestration.nightlog import log
from orchestration.receipts import landed_folders
from workspace.errors import WrongCallError
from workspace.records import read_each, read_record, write_record


class SetAsideError(WrongCallError):
    """No such return is set aside; the message says which are."""


@dataclass(frozen=True)
class SetAside:
    """One return that is set aside."""

    receipt_id: str
    file_name: str
    cluster_id: str
    reporting_year: str
    set_aside_at: str  # instant, ISO 8601
    run: str  # Dagster's id of the run
    reason: str  # what stopped, in a sentence for people
    places: tuple[str, ...]  # sheet and cell, as near as could be found, with what stands there
    is_certain: bool = True  # whether it was shown to stop the build; else it is one of several of which one does
    surroundings: str = ""  # hash of what the failure depends on

    def told(self) -> dict[str, Any]:
        """What a record of a run says of it."""
        named = ("receipt_id", "file_name", "cluster_id", "reporting_year", "reason", "is_certain")
        return {name: getattr(self, name) for name in named} | {"places": list(self.places)}

    @property
    def where(self) -> str:
        """The cells to look at, in words."""
        return "; ".join(self.places) or "no cell could be told"

    @property
    def explanation(self) -> str:
        """What stopped, and where to look."""
        return f"{self.reason} Look first at: {self.where}."

    @property
    def sentence(self) -> str:
        """Which file of which return is set aside, why, and where to look."""
        doubt = "" if self.is_certain else " It is one of several of which one stops the figures."
        return f"{self.file_name} ({self.cluster_id}, {self.reporting_year}): {self.explanation}{doubt}"


def records(home: Home) -> tuple[SetAside, ...]:
    """Every record that can be read, by receipt. One that is damaged is none: the next run tries its return again."""
    files = sorted(home.set_aside.glob("*.json")) if home.set_aside.is_dir() else []
    return tuple(
        read_each(files, read_set_aside, lambda damage: log("set_aside", "damaged record", record=damage.file.stem))
    )


def keep(home: Home, record: SetAside) -> None:
    """Write a record; one of the same receipt is replaced."""
    write_record(home.set_aside / f"{record.receipt_id}.json", record)


def forget(home: Home, receipt_id: str) -> None:
    """Take a record away: the next run tries the return again."""
    (home.set_aside / f"{receipt_id}.json").unlink(missing_ok=True)


def try_again(home: Home, start: str) -> tuple[SetAside, ...]:
    """Take away the records of the receipts whose id starts so, and say which they were; `start` empty means all.

    Raises SetAsideError where there is none.
    """
    every = records(home)
    chosen = tuple(one for one in every if one.receipt_id.startswith(start))
    if not chosen:
        known = ", ".join(one.receipt_id[:12] for one in every)
        raise SetAsideError(
            f"No return that is set aside has a receipt that starts with {start}."
            if every
            else "No return is set aside.",
            f"Those that are: {known}." if every else "",
        )
    for one in chosen:
        forget(home, one.receipt_id)
    return chosen


def in_force(home: Home, programme: Programme) -> dict[str, SetAside]:
    """The records that hold today, by receipt. The other receipts that have one are tried again."""
    every = records(home)
    if not every:
        return {}
    now = surroundings(home, programme, [one.receipt_id for one in every])
    return {one.receipt_id: one for one in every if one.surroundings == now.get(one.receipt_id)}


def hash_of_set_aside(home: Home, programme: Programme) -> str:
    """SHA-256 of the records that hold; empty where there is none."""
    held = sorted(in_force(home, programme).items())
    return hash_of_texts(f"{receipt} {one.explanation}" for receipt, one in held) if held else ""


def surroundings(home: Home, programme: Programme, receipts: Iterable[str]) -> Mapping[str, str]:
    """By receipt a hash of what its failure depends on; without those that are not landed."""
    landed = {folder.name: (read_landing(folder), folder / "landing.json") for folder in landed_folders(home)}
    of_all = [
        hash_of_code(),
        hash_of_files_below(programme.folder, ("*",)),
        hash_of_files_below(home.register, ("*.csv",)),
    ]
    found = {}
    for receipt in receipts:
        if receipt in landed:
            this, file = landed[receipt]
            others = sorted(name for name, (other, _) in landed.items() if _is_other_year(other, this))
            found[receipt] = hash_of_texts([*of_all, sha256(file.read_bytes()).hexdigest(), *others])
    return found


def _is_other_year(other: LandingRecord, this: LandingRecord) -> bool:
    return other.cluster_id == this.cluster_id and other.reporting_year != this.reporting_year


def read_set_aside(file: Path) -> SetAside:
    """The record of one return. Raises DamagedError where it is not as it was written."""
    return read_record(file, SetAside, what_to_do="The next run tries the return again.")
