"""From the inbox to the archive."""

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.archive import Receipt, archived_receipts, content_of
from ingestion.names import name_of
from ingestion.programme import read_programme
from ingestion.receive import receive
from orchestration.home import Home
from orchestration.inbox import take_inbox
from orchestration.refused import refusals
from tests.small_disk import disk_of, small_disk

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
# SHA-256 of the three bytes "abc", as published in FIPS 180-2, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def taken(inbox: Path, archive: Path, now: datetime) -> list[Receipt]:
    """What the archive holds by name, once the inbox was taken in."""
    receive(inbox, archive, now=now)
    return sorted(archived_receipts(archive), key=lambda receipt: receipt.file_name)


def test_a_file_becomes_a_receipt_and_its_bytes_are_kept(inbox: Path, archive: Path) -> None:
    sent = inbox / "return.xlsx"
    sent.write_bytes(b"abc")
    os.utime(sent, (1_780_000_000, 1_780_000_000))  # 2026-05-28 20:26:40 UTC

    (receipt,) = taken(inbox, archive, NOW)

    assert receipt.receipt_id == ABC
    assert (receipt.file_name, receipt.size_bytes, receipt.received_at) == ("return.xlsx", 3, NOW)
    assert receipt.arrived_at == datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)
    assert content_of(archive, ABC).read_bytes() == b"abc"
    assert sent.read_bytes() == b"abc"
    assert tuple(archived_receipts(archive)) == (receipt,)


def test_the_same_bytes_twice_are_one_receipt_and_both_names_were_seen(inbox: Path, archive: Path) -> None:
    (inbox / "a.xlsx").write_bytes(b"abc")
    (inbox / "b.xlsx").write_bytes(b"abc")

    first = taken(inbox, archive, NOW)
    second = taken(inbox, archive, LATER)

    assert [receipt.file_name for receipt in first] == ["a.xlsx"]
    assert second == first
    found = receive(inbox, archive, now=LATER)
    assert found.seen is not None
    assert found.seen.select(["content_id", "file_name"]).to_pylist() == [
        {"content_id": ABC, "file_name": "a.xlsx"},
        {"content_id": ABC, "file_name": "b.xlsx"},
    ]


def test_a_file_time_in_the_future_counts_as_now(inbox: Path, archive: Path) -> None:
    sent = inbox / "return.xlsx"
    sent.write_bytes(b"abc")
    os.utime(sent, (4_000_000_000, 4_000_000_000))
    (receipt,) = taken(inbox, archive, NOW)
    assert receipt.arrived_at == NOW


def test_files_in_folders_are_received_by_their_path(inbox: Path, archive: Path) -> None:
    (inbox / "walsall").mkdir()
    (inbox / "walsall" / "2025.csv").write_bytes(b"abc")
    assert [receipt.file_name for receipt in taken(inbox, archive, NOW)] == ["walsall/2025.csv"]


def test_what_is_not_a_file_is_refused_with_its_reason_and_the_rest_is_taken(inbox: Path, archive: Path) -> None:
    (inbox / "good.xlsx").write_bytes(b"abc")
    (inbox / "empty folder").mkdir()
    (inbox / "looks.xlsx").mkdir()
    (inbox / "looks.xlsx" / "inner.csv").write_bytes(b"inner")
    (inbox / "link.xlsx").symlink_to(inbox / "good.xlsx")
    os.mkfifo(inbox / "pipe.csv")

    received = receive(inbox, archive, now=NOW)

    assert sorted(receipt.file_name for receipt in archived_receipts(archive)) == ["good.xlsx", "looks.xlsx/inner.csv"]
    reasons = {receipt.file_name: refusal.message for receipt, refusal in received.unopened}
    assert "an empty folder" in reasons["empty folder"]
    assert "a folder, although its name is that of a spreadsheet" in reasons["looks.xlsx"]
    assert "a link to another place" in reasons["link.xlsx"]
    assert "not an ordinary file" in reasons["pipe.csv"]
    assert {refusal.rule for _, refusal in received.unopened} == {"F01"}


def test_a_file_that_is_too_large_is_left_unopened(inbox: Path, archive: Path) -> None:
    (inbox / "large.xlsx").write_bytes(b"x" * 2_000_001)
    received = receive(inbox, archive, now=NOW, most_bytes=1_000_000)
    ((receipt, refusal),) = received.unopened
    assert refusal.message.startswith("“large.xlsx” has 2 MB; a return has at most 1 MB.")
    assert not receipt.archived
    assert tuple(archived_receipts(archive)) == ()


def test_what_desktops_leave_lying_about_is_passed_over(inbox: Path, archive: Path) -> None:
    for name in ("~$return.xlsx", ".DS_Store", "Thumbs.db"):
        (inbox / name).write_bytes(b"litter")
    received = receive(inbox, archive, now=NOW)
    assert (received.files, received.unopened) == (0, ())


def test_an_unfinished_copy_in_the_archive_is_made_again(inbox: Path, archive: Path) -> None:
    (inbox / "return.xlsx").write_bytes(b"abc")
    # As a night leaves it that was killed between the two steps: bytes, but no receipt.
    content_of(archive, ABC).parent.mkdir(parents=True)
    content_of(archive, ABC).write_bytes(b"ab")
    (archive / ".taking.12345").write_bytes(b"a")

    receive(inbox, archive, now=NOW)

    assert not (archive / ".taking.12345").exists()

    assert content_of(archive, ABC).read_bytes() == b"abc"
    assert [receipt.receipt_id for receipt in archived_receipts(archive)] == [ABC]


@pytest.mark.parametrize("name", ["naïve £ name.csv", "two\nlines.csv", "\u202etxt.csv", "a" * 250 + ".csv"])
def test_odd_names_are_received_as_they_are(inbox: Path, archive: Path, name: str) -> None:
    (inbox / name).write_bytes(b"abc")
    (receipt,) = taken(inbox, archive, NOW)
    assert name_of(receipt.file_name) == name
    assert receipt.file_name.isprintable()
    assert next(archived_receipts(archive)).file_name == receipt.file_name


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_night(inbox: Path, archive: Path) -> None:
    growing = inbox / "growing.csv"
    growing.write_bytes(b"x" * 20_000_000)
    began, stop = threading.Event(), threading.Event()

    def grow() -> None:
        with growing.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"more\n")
                began.set()

    writer = threading.Thread(target=grow)
    writer.start()
    began.wait()
    received = receive(inbox, archive, now=NOW)
    stop.set()
    writer.join()
    assert (received.files, received.unopened, received.waiting) == (0, (), ("growing.csv",))
    assert tuple(archived_receipts(archive)) == ()
    (receipt,) = taken(inbox, archive, LATER)
    assert content_of(archive, receipt.content_id).read_bytes() == growing.read_bytes()


@pytest.fixture
def somebody() -> Iterator[Path]:
    """A folder of somebody who may not read all, as whom the test runs: root can read what nobody may."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def test_a_file_without_permission_is_refused_and_the_rest_is_taken(somebody: Path) -> None:
    inbox, archive = somebody / "inbox", somebody / "archive"
    (inbox / "closed folder").mkdir(parents=True)
    (inbox / "good.csv").write_bytes(b"abc")
    (inbox / "secret.csv").write_bytes(b"secret")
    (inbox / "secret.csv").chmod(0)
    (inbox / "closed folder").chmod(0)

    received = receive(inbox, archive, now=NOW)

    assert sorted(receipt.file_name for receipt in archived_receipts(archive)) == ["good.csv"]
    assert [(receipt.file_name, receipt.archived, refusal.message) for receipt, refusal in received.unopened] == [
        ("closed folder", False, "“closed folder” could not be opened: permission denied."),
        ("secret.csv", False, "“secret.csv” could not be opened: permission denied."),
    ]
    (inbox / "secret.csv").chmod(0o400)
    assert [receipt.file_name for receipt in taken(inbox, archive, LATER)] == ["good.csv", "secret.csv"]
    (inbox / "closed folder").chmod(0o700)


def test_a_refusal_goes_when_the_file_could_be_taken(tmp_path: Path, project: Path) -> None:
    programme = read_programme(project / "programmes" / "west-midlands-2022")
    home = Home(tmp_path)
    for name in ("closed.csv", "gone.csv", "mended.csv"):
        (home.inbox / name).mkdir(parents=True)
    take_inbox(home, programme, now=NOW)
    assert [one.receipt.file_name for one in refusals(home)] == ["closed.csv", "gone.csv", "mended.csv"]
    (home.inbox / "gone.csv").rmdir()
    (home.inbox / "mended.csv").rmdir()
    (home.inbox / "mended.csv").write_bytes(b"abc")
    take_inbox(home, programme, now=LATER)
    assert [one.file_name for one in archived_receipts(home.archive)] == ["mended.csv"]
    # What was never opened stays refused, also where its sender has taken it away.
    assert [one.receipt.file_name for one in refusals(home)] == ["closed.csv", "gone.csv"]


def test_links_are_not_followed_wherever_they_point(inbox: Path, archive: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(b"abc")
    (inbox / "folder").symlink_to(outside)
    (inbox / "machine.csv").symlink_to("/etc/passwd")
    (inbox / "nowhere.csv").symlink_to(tmp_path / "none")
    (inbox / "circle.csv").symlink_to(inbox / "circle.csv")
    received = receive(inbox, archive, now=NOW)
    assert received.files == 0
    assert {receipt.file_name for receipt, _ in received.unopened} == {
        "folder", "machine.csv", "nowhere.csv", "circle.csv",
    }  # fmt: skip
    assert all("is a link to another place" in refusal.message for _, refusal in received.unopened)
    assert tuple(archived_receipts(archive)) == ()


def test_a_name_that_is_no_text_is_received(inbox: Path, archive: Path) -> None:
    """Linux allows any bytes in a name but NUL and the slash."""
    (inbox / os.fsdecode(b"na\xefve.csv")).write_bytes(b"abc")
    (inbox / os.fsdecode(b"na\xeeve.csv")).write_bytes(b"abc")
    found = receive(inbox, archive, now=NOW)
    assert [receipt.file_name for receipt in archived_receipts(archive)] == [r"na\xeeve.csv"]
    assert found.seen is not None
    assert found.seen["file_name"].to_pylist() == [r"na\xeeve.csv", r"na\xefve.csv"]


def test_a_name_in_a_receipt_of_an_earlier_version_is_the_name_itself(inbox: Path, archive: Path) -> None:
    (inbox / "return.csv").write_bytes(b"abc")
    (receipt,) = taken(inbox, archive, NOW)
    record = content_of(archive, receipt.content_id).parent / "receipt.json"
    of_that_version = {name: value for name, value in json.loads(record.read_text()).items() if name != "sha256"}
    record.write_bytes(json.dumps(of_that_version).encode().replace(b"return.csv", b"ret\xe9rn \xe2\x80\xae.csv"))
    assert [one.file_name for one in archived_receipts(archive)] == [r"ret\xe9rn \xe2\x80\xae.csv"]


def test_a_disk_that_is_full_is_not_the_fault_of_the_file(inbox: Path) -> None:
    """Otherwise a good return would be refused, and its sender asked to send it again."""
    (inbox / "good.csv").write_bytes(b"abc" * 1_000_000)
    with small_disk(1) as disk:
        with pytest.raises(OSError, match="No space left on device"):
            receive(inbox, disk / "archive", now=NOW)
        assert tuple(archived_receipts(disk / "archive")) == ()
        disk_of(disk, megabytes=8)
        (receipt,) = taken(inbox, disk / "archive", LATER)
        assert content_of(disk / "archive", receipt.content_id).read_bytes() == b"abc" * 1_000_000
        assert not list((disk / "archive").glob(".taking*"))
