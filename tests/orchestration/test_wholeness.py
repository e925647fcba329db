"""Altered bytes are never landed nor blamed on a sender; a landed set that is altered is landed again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.archive import Receipt, archived_receipts, content_of
from ingestion.land import LANDING, LandingRecord, broken_seal, read_landing, require_as_landed, seal_landed
from ingestion.programme import read_programme
from ingestion.receive import receive
from ingestion.workers import ParseJob, ParseOutcome
from orchestration import landing
from orchestration.damage import MADE_AGAIN, NOT_WHOLE, SET_ASIDE, Repairs
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from orchestration.wholeness import content_damage, landed_damage, unreadable_damage
from workspace.records import DamagedError, write_record

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
BODY = b"figures of a return " * 20
UNSEALED = LandingRecord("west-midlands-return", 1, "walsall", "2025-26", named=False, rows={"organisations": 3})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that has received one return, which is in the inbox no more."""
    home = Home(tmp_path)
    home.inbox.mkdir()
    (home.inbox / "return.csv").write_bytes(BODY)
    receive(home.inbox, home.archive, now=NOW)
    (home.inbox / "return.csv").unlink()
    return home


def receipt_in(home: Home) -> Receipt:
    """The one receipt of the home."""
    (receipt,) = archived_receipts(home.archive)
    return receipt


def altered(home: Home, how: str) -> Path:
    """The bytes of the receipt in the archive, altered."""
    content = content_of(home.archive, receipt_in(home).content_id)
    content.chmod(0o600)
    flipped = bytearray(BODY)
    flipped[len(BODY) // 2] ^= 1
    if how == "deleted":
        content.unlink()
    else:
        content.write_bytes({"one bit": bytes(flipped), "cut off": BODY[:7], "empty": b""}[how])
    return content


def landed_set(home: Home, record: LandingRecord = UNSEALED, *, seal: bool = True) -> Path:
    """A landed set of the receipt, with three rows."""
    folder = home.landed / receipt_in(home).receipt_id
    write_record(folder / LANDING, record)
    rows = pa.table({"organisation_name": ["a", "b", "c"], "total_income_gbp": [1.0, 2.0, 3.0]})
    pq.write_table(rows, folder / "organisations.parquet")
    if seal:
        seal_landed(folder, record)
    return folder


def land(home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[landing.Landing, list[bytes]]:
    """Land what waits, by a reader that only says what it was given."""
    given: list[bytes] = []

    def read_here(jobs: Iterable[ParseJob], *_: Any, **__: Any) -> Iterator[ParseOutcome]:
        for job in jobs:
            given.append(job.content.read_bytes())
            write_record(job.target / LANDING, UNSEALED)
            yield ParseOutcome(job, None)

    monkeypatch.setattr(landing, "parse_files", read_here)
    monkeypatch.setattr(landing, "_check_contract", lambda *_: {})
    programme = read_programme(SHIPPED_PROGRAMME)
    return landing.land(home, programme, as_of=NOW.date(), progress=lambda _: None), given


@pytest.mark.parametrize("how", ["one bit", "cut off", "empty", "deleted"])
def test_altered_bytes_are_not_read_and_nobody_is_refused(
    home: Home, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = altered(home, how)
    outcome, given = land(home, monkeypatch)
    assert given == []
    assert (outcome.landed, outcome.refused) == (0, 0)
    assert refusals(home) == ()
    (told,) = outcome.damage
    assert told.startswith(f"{content.relative_to(home.folder).as_posix()} (“return.csv”) is ")
    assert "Restore it from a backup, or ask for the file to be sent again" in told


@pytest.mark.parametrize("how", ["one bit", "cut off", "empty", "deleted"])
@pytest.mark.parametrize("name", ["return.csv", "under another name.csv"])
def test_the_inbox_heals_the_archive_at_once(home: Home, how: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = altered(home, how)
    (home.inbox / name).write_bytes(BODY)
    outcome, given = land(home, monkeypatch)
    assert given == [BODY] and content.read_bytes() == BODY
    assert (outcome.landed, outcome.refused) == (1, 0)
    assert "The inbox still holds the same bytes, and they were put back." in outcome.damage[0]


@pytest.mark.parametrize("how", ["one bit", "cut off", "empty", "deleted"])
def test_the_next_arrival_of_the_same_bytes_heals_it(home: Home, how: str) -> None:
    content = altered(home, how)
    (home.inbox / "sent again.csv").write_bytes(BODY)
    receive(home.inbox, home.archive, now=NOW)
    assert content.read_bytes() == BODY
    assert content.stat().st_mode & 0o777 == 0o400
    assert content_damage(home, receipt_in(home), repair=False) is None


def test_other_bytes_of_that_size_heal_nothing(home: Home) -> None:
    altered(home, "one bit")
    (home.inbox / "return.csv").write_bytes(BODY[::-1])
    damage = content_damage(home, receipt_in(home), repair=True)
    assert damage is not None
    assert damage.outcome == NOT_WHOLE


def test_what_is_landed_goes_on_counting_while_its_bytes_are_damaged(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed_set(home)
    altered(home, "one bit")
    assert list(landed_damage(Repairs(home, NOW))) == []
    outcome, given = land(home, monkeypatch)
    assert (outcome, given, landed_count(home)) == (landing.Landing(), [], 1)


def test_every_flipped_bit_of_a_landed_set_is_found(home: Home) -> None:
    """Parquet itself has no sum of its pages: some of these bits read back as another value without a word."""
    file = landed_set(home) / "organisations.parquet"
    content = file.read_bytes()
    record = read_landing(file.parent)
    for bit in random.Random(2022).sample(range(len(content) * 8), 300):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        assert broken_seal(file.parent, record) == "organisations.parquet"
    file.write_bytes(content)
    assert broken_seal(file.parent, record) is None


@pytest.mark.parametrize("how", ["one bit", "deleted", "a new file", "empty"])
def test_a_landed_set_that_is_not_as_sealed_is_landed_again(
    home: Home, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = landed_set(home)
    file = folder / "organisations.parquet"
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    if how == "a new file":
        (folder / "other.parquet").write_bytes(b"")
    elif how == "deleted":
        file.unlink()
    else:
        file.write_bytes(content if how == "one bit" else b"")
    with pytest.raises(DamagedError, match=r"is not as it was landed\. The next run lands the receipt again"):
        require_as_landed(folder)
    (only_named,) = landed_damage(Repairs(home, None))
    assert (only_named.outcome, folder.exists()) == (NOT_WHOLE, True)
    (repaired,) = landed_damage(Repairs(home, NOW))
    assert repaired.outcome == MADE_AGAIN
    assert not folder.exists()
    assert land(home, monkeypatch) == (landing.Landing(landed=1), [BODY])


def test_a_set_whose_bytes_are_damaged_too_is_set_aside(home: Home) -> None:
    folder = landed_set(home)
    (folder / "organisations.parquet").write_bytes(b"PAR1")
    altered(home, "one bit")
    (damage,) = landed_damage(Repairs(home, NOW))
    assert damage.outcome == SET_ASIDE
    assert "ask for the file to be sent again" in damage.what_to_do
    assert [file.read_bytes() for file in home.damaged.rglob("organisations.parquet")] == [b"PAR1"]


def test_a_set_of_the_version_before_is_sealed_as_it_is_found(home: Home) -> None:
    folder = landed_set(home, seal=False)
    assert list(landed_damage(Repairs(home, None))) == []
    assert read_landing(folder).files is None
    assert list(landed_damage(Repairs(home, NOW))) == []
    assert set(read_landing(folder).files or ()) == {"organisations.parquet"}


@pytest.mark.parametrize("how", ["cannot be read", "other rows"])
def test_a_set_of_the_version_before_that_cannot_be_read_is_landed_again(home: Home, how: str) -> None:
    folder = landed_set(home, seal=False)
    if how == "cannot be read":
        (folder / "organisations.parquet").write_bytes(b"PAR1 and no more")
    else:
        pq.write_table(pa.table({"organisation_name": ["a"]}), folder / "organisations.parquet")
    (damage,) = landed_damage(Repairs(home, NOW))
    assert damage.outcome == MADE_AGAIN


def test_findings_of_the_version_before_that_cannot_be_read_are_landed_again(home: Home) -> None:
    """Of them the record of a set says no number of rows."""
    folder = landed_set(home, seal=False)
    (folder / "findings.parquet").write_bytes(b"PAR1 and no more")
    (damage,) = landed_damage(Repairs(home, NOW))
    assert damage.outcome == MADE_AGAIN
    assert not folder.exists()


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_folder_in_the_place_of_a_table_is_landed_again(home: Home, is_sealed: bool) -> None:
    folder = landed_set(home, seal=is_sealed)
    (folder / "organisations.parquet").unlink()
    (folder / "organisations.parquet").mkdir()
    (damage,) = landed_damage(Repairs(home, NOW))
    assert (damage.outcome, folder.exists()) == (MADE_AGAIN, False)


def test_a_set_that_was_sealed_as_it_cannot_be_read_is_landed_again(home: Home) -> None:
    folder = landed_set(home)
    assert list(unreadable_damage(Repairs(home, NOW))) == []
    (folder / "organisations.parquet").write_bytes(b"PAR1 and no more")
    seal_landed(folder, UNSEALED)
    assert list(landed_damage(Repairs(home, NOW))) == []
    (damage,) = unreadable_damage(Repairs(home, NOW))
    assert (damage.path, damage.found) == (f"landed/{folder.name}/organisations.parquet", "cannot be read")
    assert (damage.outcome, folder.exists()) == (MADE_AGAIN, False)
