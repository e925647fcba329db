"""What came, in which order: an arrival is a path that was not there at the last look, or whose bytes changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import arrivals as arrivals_module
from ingestion.archive import archived_receipts
from ingestion.programme import Programme, read_programme
from orchestration.arrivals import arrivals_of, arrivals_table
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inbox import take_inbox
from tests.orchestration.conftest import Returns, query
from tests.orchestration.small_returns import WRITTEN_AT, write_return

FIRST = datetime(2026, 7, 1, 2, tzinfo=UTC)
SENT_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
A, B = b"the first version", b"the correction"


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme(SHIPPED_PROGRAMME)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Home(tmp_path / "home")


@pytest.fixture
def look(home: Home, programme: Programme) -> Callable[..., list[str]]:
    """Look into the inbox on a day, and say which arrivals are new since the look before, each as its path."""

    def looked(day: int, **options: Any) -> list[str]:
        before = arrivals_of(home).table.num_rows
        take_inbox(home, programme, now=FIRST + timedelta(days=day), **options)
        table = arrivals_of(home).table
        assert table["sequence"].to_pylist() == list(range(1, table.num_rows + 1))
        names: list[str] = table["file_name"].to_pylist()[before:]
        return names

    return looked


def put(home: Home, name: str, content: bytes, sent_at: datetime = SENT_AT) -> None:
    file = home.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (sent_at.timestamp(), sent_at.timestamp()))


def last_content(home: Home) -> bytes:
    """The bytes that came last."""
    content_id = arrivals_of(home).table["content_id"][-1].as_py()
    return (home.archive / content_id[:2] / content_id / "content").read_bytes()


def a_under_a_new_path(home: Home) -> None:
    put(home, "A again.xlsx", A)


def a_over_b(home: Home) -> None:
    put(home, "B.xlsx", A)


@pytest.mark.parametrize(("put_back", "name"), [(a_under_a_new_path, "A again.xlsx"), (a_over_b, "B.xlsx")])
def test_a_then_b_then_a_again_are_three_arrivals(
    home: Home, look: Callable[..., list[str]], put_back: Callable[[Home], None], name: str
) -> None:
    put(home, "A.xlsx", A)
    assert look(0) == ["A.xlsx"]
    put(home, "B.xlsx", B)
    assert look(1) == ["B.xlsx"]
    put_back(home)
    assert look(2) == [name]
    assert last_content(home) == A
    assert len(list(archived_receipts(home.archive))) == 2


def test_what_was_gone_at_one_look_and_is_back_has_come_again(home: Home, look: Callable[..., list[str]]) -> None:
    put(home, "A.xlsx", A)
    look(0)
    put(home, "B.xlsx", B)
    (home.inbox / "A.xlsx").unlink()
    assert look(1) == ["B.xlsx"]
    put(home, "A.xlsx", A)
    assert look(2) == ["A.xlsx"]
    assert last_content(home) == A


def test_what_stays_and_what_was_copied_anew_is_no_arrival(home: Home, look: Callable[..., list[str]]) -> None:
    put(home, "A.xlsx", A)
    put(home, "walsall/B.xlsx", B)
    assert sorted(look(0)) == ["A.xlsx", "walsall/B.xlsx"]
    looks = sorted((home.archive / "arrivals").iterdir())
    assert look(1) == []
    put(home, "A.xlsx", A, sent_at=SENT_AT + timedelta(days=3))
    assert look(2) == []
    shutil.copytree(home.inbox, home.folder / "copied")
    shutil.rmtree(home.inbox)
    (home.folder / "copied").rename(home.inbox)
    assert look(3) == []
    # A look that saw nothing new leaves nothing behind.
    assert sorted((home.archive / "arrivals").iterdir()) == looks


def test_an_inbox_that_was_empty_for_a_run_brings_nothing_again(
    home: Home, look: Callable[..., list[str]], programme: Programme
) -> None:
    put(home, "A.xlsx", A)
    put(home, "B.xlsx", B, sent_at=SENT_AT + timedelta(days=1))
    look(0)
    home.inbox.rename(home.folder / "unmounted")
    home.inbox.mkdir()
    assert look(1) == []
    home.inbox.rmdir()
    (home.folder / "unmounted").rename(home.inbox)
    assert look(2) == []
    assert last_content(home) == B


def test_of_what_is_found_together_the_files_own_times_say_the_order(
    home: Home, look: Callable[..., list[str]]
) -> None:
    put(home, "third.xlsx", b"3", sent_at=SENT_AT + timedelta(days=2))
    put(home, "second.xlsx", b"2", sent_at=SENT_AT + timedelta(days=1))
    put(home, "first.xlsx", b"1")
    put(home, "from the future.xlsx", b"4", sent_at=FIRST + timedelta(days=730))
    put(home, "an hour ahead.xlsx", b"5", sent_at=FIRST + timedelta(hours=1))
    assert look(0) == ["from the future.xlsx", "first.xlsx", "second.xlsx", "third.xlsx", "an hour ahead.xlsx"]


def test_times_that_no_calendar_has_are_taken_too(home: Home, look: Callable[..., list[str]]) -> None:
    put(home, "A.xlsx", A)
    os.utime(home.inbox / "A.xlsx", ns=(0, 9_000_000_000_000_000_000))
    put(home, "B.xlsx", B)
    os.utime(home.inbox / "B.xlsx", (-1e11, -1e11))
    assert len(look(0)) == 2


def test_files_found_together_with_one_time_say_so(home: Home, look: Callable[..., list[str]]) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        put(home, name, name.encode())
    look(0)
    put(home, "three.xlsx", b"three")
    look(1)
    assert arrivals_of(home).table["arrived_with"].to_pylist() == [1, 1, 3]


def test_a_clock_that_was_ahead_for_a_run_decides_nothing(home: Home, look: Callable[..., list[str]]) -> None:
    put(home, "A.xlsx", A)
    look(0)
    put(home, "B.xlsx", B, sent_at=FIRST + timedelta(days=730))
    assert look(730) == ["B.xlsx"]
    assert [day.year for day in arrivals_of(home).table["known_at"].to_pylist()] == [2026, 2028]
    # The next look, by a clock that is right, proves that it was there by then; nothing new has to come for that.
    assert look(1) == []
    assert arrivals_of(home).table["known_at"].to_pylist() == [SENT_AT, FIRST + timedelta(days=1)]
    put(home, "C.xlsx", b"another correction", sent_at=FIRST + timedelta(days=1))
    assert look(2) == ["C.xlsx"]
    assert last_content(home) == b"another correction"


def test_each_arrival_says_how_it_came_and_which_cluster_sent_it(home: Home, look: Callable[..., list[str]]) -> None:
    for name in ("walsall/a.xlsx", "Jane Smith/b.xlsx", "console/ward-end/0123/c.xlsx", "d.xlsx"):
        put(home, name, name.encode())
    look(0)
    table = arrivals_table(home)
    found = {
        row["file_name"]: (row["channel"], row["sender"])
        for row in table.select(["file_name", "channel", "sender"]).to_pylist()
    }
    assert found == {
        "walsall/a.xlsx": ("inbox", "walsall"),
        "Jane Smith/b.xlsx": ("inbox", None),
        "console/ward-end/0123/c.xlsx": ("console", "ward-end"),
        "d.xlsx": ("inbox", None),
    }


@pytest.mark.parametrize("killed_at", ["before the look is written", "after"])
def test_a_run_that_is_killed_neither_loses_nor_doubles_an_arrival(
    home: Home, look: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    put(home, "A.xlsx", A)
    look(0)
    put(home, "B.xlsx", B)
    put(home, "A again.xlsx", A, sent_at=SENT_AT + timedelta(days=1))
    write = arrivals_module._write

    def killed(*words: Any) -> None:
        if killed_at == "after":
            write(*words)
        raise KeyboardInterrupt

    monkeypatch.setattr(arrivals_module, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        look(1)
    monkeypatch.undo()
    look(2)
    assert arrivals_of(home).table["file_name"].to_pylist() == ["A.xlsx", "B.xlsx", "A again.xlsx"]
    assert look(3) == []


def test_what_a_killed_run_had_received_has_arrived_also_where_it_is_gone_since(
    home: Home, look: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, "A.xlsx", A)
    look(0)
    put(home, "B.xlsx", B)
    monkeypatch.setattr(arrivals_module, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        look(1)
    monkeypatch.undo()
    (home.inbox / "B.xlsx").unlink()
    assert arrivals_of(home).table["file_name"].to_pylist() == ["A.xlsx", "B.xlsx"]
    look(2)
    assert arrivals_of(home).table["file_name"].to_pylist() == ["A.xlsx", "B.xlsx"]
    assert last_content(home) == B


def test_a_damaged_line_is_found_and_its_receipt_takes_its_place_again(
    home: Home, look: Callable[..., list[str]]
) -> None:
    for day, content in enumerate((A, B, b"3")):
        put(home, f"{day}.xlsx", content)
        look(day)
    before = arrivals_of(home).table.select(["sequence", "content_id", "file_name"])
    second = home.archive / "arrivals" / "00000002"
    whole = second.read_bytes()
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 4
        second.chmod(0o600)
        second.write_bytes(flipped)
        found = arrivals_of(home)
        assert found.damaged == (second,)
        assert found.table.select(["sequence", "content_id", "file_name"]).equals(before)


def make_old(home: Home) -> list[str]:
    """A home as versions before arrivals left it: receipts, and notes of further names beside them. Its order."""
    shutil.rmtree(home.archive / "arrivals")
    told = []
    for number, receipt in enumerate(archived_receipts(home.archive)):
        place = home.archive / receipt.content_id[:2] / receipt.content_id
        record = json.loads((place / "receipt.json").read_text(encoding="utf-8"))
        del record["sha256"]
        record["received_at"] = (FIRST + timedelta(days=(7 * number) % 3)).isoformat()
        record["arrived_at"] = (SENT_AT + timedelta(days=(5 * number) % 4)).isoformat()
        (place / "receipt.json").write_text(json.dumps(record), encoding="utf-8")
        if number % 2:
            (place / "again").mkdir()
            again = record | {"file_name": f"again/{record['file_name']}", "received_at": "2026-09-01T00:00:00+00:00"}
            (place / "again" / "0.json").write_text(json.dumps(again), encoding="utf-8")
        told.append((record["received_at"], record["arrived_at"], receipt.receipt_id))
    return [receipt_id for _, _, receipt_id in sorted(told)]


@pytest.mark.parametrize("how", ["empty", "gone"])
def test_a_look_that_is_empty_or_gone_is_named_and_what_came_first_is_not_lost(
    home: Home, look: Callable[..., list[str]], programme: Programme, how: str
) -> None:
    for day, name in enumerate(("a.csv", "b.csv", "c.csv")):
        put(home, name, name.encode())
        look(day)
    second = home.archive / "arrivals" / "00000002"
    if how == "empty":
        second.write_bytes(b"")
    else:
        second.unlink()
    taken = take_inbox(home, programme, now=FIRST + timedelta(days=3))
    (told,) = taken.damage()
    assert told.startswith(f"{second} {'is not as it was written' if how == 'empty' else 'is missing'}. ")
    table = arrivals_of(home).table
    assert (table["sequence"].to_pylist(), table["file_name"].to_pylist()) == ([1, 2, 3], ["a.csv", "b.csv", "c.csv"])


def test_a_home_of_an_earlier_version_keeps_the_order_in_which_its_returns_counted(
    home: Home, look: Callable[..., list[str]], programme: Programme
) -> None:
    for number in range(12):
        put(home, f"{number}.xlsx", str(number).encode())
    look(0)
    order = make_old(home)
    seen_before = arrivals_table(home)
    take_inbox(home, programme, now=FIRST + timedelta(days=90))
    table = arrivals_table(home)
    columns = ["sequence", "arrived_with", "receipt_id", "file_name", "seen_at"]
    # Whether or not it was written down by a run.
    assert table.select(columns).equals(seen_before.select(columns))
    assert table.num_rows == 18
    last = {row["receipt_id"]: row["sequence"] for row in table.to_pylist()}
    assert sorted(last, key=lambda one: last[one]) == order
    # Nothing has come; what was gone when we looked, and is put back, comes again.
    assert look(91) == []
    put(home, "again/1.xlsx", b"1")
    assert look(92) == ["again/1.xlsx"]


def test_files_that_an_earlier_version_had_seen_and_that_are_gone_are_no_fault_of_the_place(
    home: Home, programme: Programme, look: Callable[..., list[str]]
) -> None:
    for number in range(12):
        put(home, f"{number}.xlsx", str(number).encode())
    look(0)
    make_old(home)
    for number in range(11):
        (home.inbox / f"{number}.xlsx").unlink()
    assert take_inbox(home, programme, now=FIRST + timedelta(days=90)).faults == ()
    # From now on it is known what was there.
    (home.inbox / "11.xlsx").unlink()
    assert len(take_inbox(home, programme, now=FIRST + timedelta(days=91)).faults) == 1


@pytest.mark.long
def test_the_version_that_came_again_counts_again_and_its_sender_is_told_so(home: Home, returns: Returns) -> None:
    def member(turnover: int) -> list[dict[str, Any]]:
        return [{"organisation_name": "Canal Crafts", "charity_number": "1090095", "total_income_gbp": turnover}]

    first = write_return(home.inbox / "first.xlsx", organisations=member(100_000))
    write_return(home.inbox / "second.xlsx", organisations=member(250_000), sent_at=WRITTEN_AT + timedelta(days=70))
    counting = "select file_name, state, days_late from returns where cluster_id = 'walsall' and receipt_id is not null"
    states = "select file_name, version, arrivals, state from receipts order by version"
    assert returns("nightly", "--home", home.folder).returncode == 0
    # The first was in time, so the return of the year is, whatever was corrected later.
    assert query(home.folder, counting) == [("second.xlsx", "received", None)]
    assert query(home.folder, states) == [("first.xlsx", 1, 1, "replaced"), ("second.xlsx", 2, 1, "counts")]

    shutil.copy(first, home.inbox / "first again.xlsx")
    assert returns("nightly", "--home", home.folder).returncode == 0
    assert query(home.folder, counting) == [("first.xlsx", "received", None)]
    assert query(home.folder, states) == [("first.xlsx", 1, 2, "counts"), ("second.xlsx", 2, 1, "replaced")]
    (message,) = query(home.folder, "select message from alerts where rule_code = 'F06'")[0]
    assert message == (
        "This exact file came again as first again.xlsx. It counts again, in place of the return that came in between."
    )
    assert query(home.folder, "select file_name from alerts where rule_code = 'F07'") == [("first.xlsx",)]
