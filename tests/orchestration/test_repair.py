"""Whatever is damaged is named with its path; a run makes it again or sets it aside, and status and watch answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.archive import Receipt, archived_receipts, content_of
from ingestion.land import LANDING, read_landing
from orchestration.damage import MADE_AGAIN, NOT_WHOLE, SET_ASIDE
from orchestration.home import Home
from orchestration.refused import refusals
from orchestration.repair import damage_of_home, repair_home
from orchestration.run_records import NightRecord, keep_record, last_nights
from orchestration.set_aside import SetAside, keep
from orchestration.status import read_status, status_text
from orchestration.waiting import keep_waiting
from orchestration.watch import what_is_wrong
from publishing.seal import seal, write_manifest
from tests.orchestration.small_home import LANDED, NOW, make_small_home
from workspace.records import write_record

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A small home in which a receipt waits and another is set aside."""
    home = make_small_home(tmp_path)
    good, refused = receipts(home)
    keep_waiting(home, refused, "the process that reads it was ended from outside", on=NOW.date())
    aside = {"receipt_id": good.receipt_id, "file_name": good.file_name, "cluster_id": "walsall"}
    about = {"reporting_year": "2025-26", "set_aside_at": NOW.isoformat(), "run": "1", "reason": "It stopped."}
    keep(home, SetAside(**aside, **about, places=("Organisations B2",)))
    return home


def receipts(home: Home) -> list[Receipt]:
    """The receipts of the home, by name."""
    return sorted(archived_receipts(home.archive), key=lambda one: one.file_name)


# Where each kind of record lies, and what becomes of it.
KINDS: dict[str, tuple[str, str]] = {
    "receipt": ("archive/*/*/receipt.json", MADE_AGAIN),
    "landing": ("landed/*/landing.json", MADE_AGAIN),
    "refusal": ("refused/*/refusal.json", SET_ASIDE),
    "night": ("nights/*.json", SET_ASIDE),
    "waiting": ("waiting/*.json", SET_ASIDE),
    "set aside": ("set_aside/*.json", SET_ASIDE),
    "runs of Dagster": ("dagster/history/runs.db", SET_ASIDE),
    "events of Dagster": ("dagster/history/runs/index.db", SET_ASIDE),
    "schedules of Dagster": ("dagster/schedules/schedules.db", SET_ASIDE),
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "zeros": lambda content: b"\0" * len(content),
    "cut off": lambda content: content[: len(content) // 2],
    "not text": lambda _: b"\xff\xfe\xfa" * 50,
    "not JSON": lambda _: b"<record/>" * 5,
    "a list": lambda _: b"[]",
    "a wrong type": lambda content: content.replace(b'"sha256"', b'"x"').replace(b'": "', b'": 1, "_": "'),
    "fields are missing": lambda _: b'{"name": 1}',
}


ONLY_OF_JSON = "a wrong type"


@pytest.mark.parametrize(
    ("kind", "damage"),
    [(kind, damage) for kind in KINDS for damage in DAMAGES if not (damage == ONLY_OF_JSON and "Dagster" in kind)],
)
def test_a_damaged_record_is_named_and_repaired(home: Home, kind: str, damage: str) -> None:
    pattern, outcome = KINDS[kind]
    before = receipts(home)
    # The receipt of the file that was refused, whose refusal knows all of it.
    file = next(one for one in home.folder.glob(pattern) if kind != "receipt" or b"refused.csv" in one.read_bytes())
    content = DAMAGES[damage](file.read_bytes())
    file.write_bytes(content)
    path = file.relative_to(home.folder).as_posix()
    shown = str(Path(path).parent) if kind == "refusal" else path

    looked_at = damage_of_home(home)
    assert [(one.path, one.outcome) for one in looked_at] == [(shown, NOT_WHOLE)]
    assert looked_at[0].what_to_do.startswith("The next run ")
    assert file.read_bytes() == content  # looking touches nothing
    assert shown in status_text(read_status(home))
    assert any(problem.startswith(f"{shown} ") for problem in what_is_wrong(home, older_than=timedelta(1), now=LATER))

    repaired = repair_home(home, now=LATER)
    assert [(one.path, one.outcome) for one in repaired] == [(shown, outcome)]
    assert damage_of_home(home) == ()
    assert receipts(home) == before
    if outcome == SET_ASIDE:
        assert content in [one.read_bytes() for one in home.damaged.rglob(file.name)]


@pytest.mark.parametrize("kind", ["landing", "refusal", "night", "waiting", "set aside", "runs of Dagster"])
def test_a_record_that_was_deleted_stops_nothing(home: Home, kind: str) -> None:
    next(home.folder.glob(KINDS[kind][0])).unlink()
    read_status(home)
    what_is_wrong(home, older_than=timedelta(1), now=LATER)
    repair_home(home, now=LATER)
    assert damage_of_home(home) == ()


def test_a_receipt_is_made_again_by_the_bytes_where_nothing_else_knows_it(home: Home) -> None:
    (good, _) = receipts(home)
    place = content_of(home.archive, good.content_id).parent
    (place / "receipt.json").write_bytes(b"")
    (one,) = repair_home(home, now=LATER)
    (again,) = [receipt for receipt in receipts(home) if receipt.receipt_id == good.receipt_id]
    assert again.file_name == f"unnamed {good.receipt_id[:12]}"
    assert again.size_bytes == good.size_bytes
    assert again.received_at.timestamp() == pytest.approx((place / "content").stat().st_mtime)
    assert one.what_to_do == f"Made again, as far as known: “{again.file_name}”."


@pytest.mark.parametrize("known_by", ["its landed rows", "its refusal"])
def test_a_receipt_that_is_gone_is_made_again_where_its_bytes_were_received(home: Home, known_by: str) -> None:
    """Also where the inbox holds the file no more: else the return would be lost."""
    one = receipts(home)[0 if known_by == "its landed rows" else 1]
    shutil.rmtree(home.inbox)
    record = content_of(home.archive, one.content_id).with_name("receipt.json")
    record.unlink()
    (damage,) = repair_home(home, now=LATER)
    assert (damage.path, damage.found) == (record.relative_to(home.folder).as_posix(), "is missing")
    assert [receipt.receipt_id for receipt in receipts(home)].count(one.receipt_id) == 1


def test_bytes_that_a_killed_run_left_are_no_receipt(home: Home) -> None:
    place = home.archive / "ab" / ("ab" * 32)
    place.mkdir(parents=True)
    (place / "content").write_bytes(b"half")
    assert repair_home(home, now=LATER) == ()
    assert not (place / "receipt.json").exists()


def test_a_receipt_of_another_file_is_made_again(home: Home) -> None:
    good, refused = receipts(home)
    known = content_of(home.archive, refused.content_id).parent / "receipt.json"
    write_record(known, good)
    (one,) = repair_home(home, now=LATER)
    assert one.found == "is the receipt of another file"
    assert receipts(home) == [good, refused]


@pytest.mark.parametrize("how", ["deleted", "cut off", "longer"])
def test_bytes_that_are_gone_are_named_and_the_landed_set_stays(home: Home, how: str) -> None:
    (good, _) = receipts(home)
    content = content_of(home.archive, good.content_id)
    content.unlink()
    if how != "deleted":
        content.write_bytes(b"go" if how == "cut off" else b"good.csv!")
    for _ in range(2):
        (one,) = repair_home(home, now=LATER)
        assert (one.path, one.outcome) == (content.relative_to(home.folder).as_posix(), NOT_WHOLE)
        assert "“good.csv”" in one.found
        assert "from a backup, or ask for the file to be sent again" in one.what_to_do
    assert read_landing(home.landed / good.receipt_id) == LANDED
    assert str(one) in "\n".join(what_is_wrong(home, older_than=timedelta(1), now=LATER))


def test_a_landed_set_without_its_record_is_landed_again(home: Home) -> None:
    (folder,) = home.landed.iterdir()
    (folder / LANDING).write_bytes(b"{}")
    repair_home(home, now=LATER)
    assert list(home.landed.iterdir()) == []


def test_a_refused_file_is_looked_at_again_and_its_bytes_are_kept(home: Home) -> None:
    (record,) = home.refused.glob("*/refusal.json")
    record.write_bytes(b"")
    repair_home(home, now=LATER)
    assert refusals(home) == ()
    (aside,) = home.damaged.rglob("refused.csv")
    assert aside.read_text() == "refused.csv"


def test_what_is_set_aside_twice_is_there_twice(home: Home) -> None:
    for content in (b"one", b"two"):
        (home.nights / "broken.json").write_bytes(content)
        repair_home(home, now=LATER)
    assert sorted(file.read_bytes() for file in home.damaged.rglob("broken.json*")) == [b"one", b"two"]


def test_a_file_in_the_place_of_a_folder_is_set_aside(home: Home) -> None:
    shutil.rmtree(home.nights)
    home.nights.write_text("")
    (home.landed / "stray").write_text("")
    found = {one.path: one.outcome for one in repair_home(home, now=LATER)}
    assert found == {"nights": SET_ASIDE, "landed/stray/landing.json": MADE_AGAIN}
    assert damage_of_home(home) == ()


def test_a_release_whose_manifest_cannot_be_read_is_named(home: Home) -> None:
    folder = home.releases / "20260601T010000Z"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    (home.releases / "current").symlink_to(folder.name)
    (one,) = repair_home(home, now=LATER)
    assert (one.path, one.outcome) == ("releases/20260601T010000Z/manifest.json", NOT_WHOLE)


@pytest.mark.parametrize("how", ["altered", "points nowhere", "is gone", "is a file"])
def test_a_current_release_that_is_not_whole_is_named(home: Home, how: str) -> None:
    folder, current = home.releases / "20260601T010000Z", home.releases / "current"
    folder.mkdir(parents=True)
    (folder / "marts.duckdb").write_bytes(b"marts")
    about = {"release_id": folder.name, "as_of": "2026-06-01", "created_at": NOW.isoformat(), "rows": {}}
    write_manifest(folder, {**about, "files": seal(folder, {})})
    current.symlink_to(folder.name)
    assert repair_home(home, now=LATER) == ()
    if how == "altered":
        (folder / "marts.duckdb").write_bytes(b"martz")
    else:
        current.unlink()
    if how == "points nowhere":
        current.symlink_to("20260501T010000Z")
    elif how == "is a file":
        current.write_text(folder.name)
    (one,) = repair_home(home, now=LATER)
    expected = {
        "altered": (f"releases/{folder.name}", "is damaged"),
        "is a file": ("releases/current", "is no link to a release"),
    }.get(how, ("releases/current", "points at no release"))
    assert (one.path, one.found) == expected
    assert "A run publishes a new one." in one.what_to_do
    assert how != "altered" or "marts.duckdb is not as it was published" in one.what_to_do


def test_nothing_is_found_in_a_whole_home_or_in_one_of_the_version_before(home: Home) -> None:
    assert repair_home(home, now=LATER) == ()
    for file in [*home.folder.glob("archive/*/*/*.json"), *home.nights.glob("*.json")]:
        plain = {name: value for name, value in json.loads(file.read_text()).items() if name != "sha256"}
        file.write_text(json.dumps(plain, indent=2))
    assert repair_home(home, now=LATER) == ()
    assert not home.damaged.exists()


def test_records_of_runs_that_are_damaged_do_not_hide_the_others(home: Home) -> None:
    for hours in range(1, 8):
        keep_record(home, NightRecord(started_at=(NOW + timedelta(hours=hours)).isoformat(), succeeded=True))
    newest = sorted(home.nights.glob("*.json"))[-3:]
    for file in newest:
        file.write_bytes(b"")
    assert len(last_nights(home)) == 5
    assert replace(last_nights(home)[0], sequence=0).started_at == (NOW + timedelta(hours=4)).isoformat()
