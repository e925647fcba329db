"""From the inbox to the archive."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.receive import archived_receipts, content_of, receive, sent_again

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


def test_a_file_becomes_a_receipt_and_its_bytes_are_kept(inbox: Path, archive: Path) -> None:
    sent = inbox / "return.xlsx"
    sent.write_bytes(b"abc")
    os.utime(sent, (1_780_000_000, 1_780_000_000))  # 2026-05-28 20:26:40 UTC

    (receipt,) = receive(inbox, archive, now=NOW).receipts

    assert receipt.receipt_id == ABC
    assert (receipt.file_name, receipt.size_bytes, receipt.received_at) == ("return.xlsx", 3, NOW)
    assert receipt.arrived_at == datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)
    assert content_of(archive, ABC).read_bytes() == b"abc"
    assert sent.read_bytes() == b"abc"
    assert archived_receipts(archive) == (receipt,)


def test_the_same_bytes_twice_are_one_receipt_and_the_second_name_is_noted(inbox: Path, archive: Path) -> None:
    (inbox / "a.xlsx").write_bytes(b"abc")
    (inbox / "b.xlsx").write_bytes(b"abc")

    first = receive(inbox, archive, now=NOW).receipts
    second = receive(inbox, archive, now=LATER).receipts

    assert [receipt.file_name for receipt in first] == ["a.xlsx"]
    assert second == first
    assert [(again.receipt_id, again.file_name) for again in sent_again(archive)] == [(ABC, "b.xlsx")]


def test_a_file_time_in_the_future_counts_as_now(inbox: Path, archive: Path) -> None:
    sent = inbox / "return.xlsx"
    sent.write_bytes(b"abc")
    os.utime(sent, (4_000_000_000, 4_000_000_000))
    (receipt,) = receive(inbox, archive, now=NOW).receipts
    assert receipt.arrived_at == NOW


def test_files_in_folders_are_received_by_their_path(inbox: Path, archive: Path) -> None:
    (inbox / "walsall").mkdir()
    (inbox / "walsall" / "2025.csv").write_bytes(b"abc")
    assert [receipt.file_name for receipt in receive(inbox, archive, now=NOW).receipts] == ["walsall/2025.csv"]


def test_what_is_not_a_file_is_refused_with_its_reason_and_the_rest_is_taken(inbox: Path, archive: Path) -> None:
    (inbox / "good.xlsx").write_bytes(b"abc")
    (inbox / "empty folder").mkdir()
    (inbox / "looks.xlsx").mkdir()
    (inbox / "looks.xlsx" / "inner.csv").write_bytes(b"inner")
    (inbox / "link.xlsx").symlink_to(inbox / "good.xlsx")
    os.mkfifo(inbox / "pipe.csv")

    received = receive(inbox, archive, now=NOW)

    assert [receipt.file_name for receipt in received.receipts] == ["good.xlsx", "looks.xlsx/inner.csv"]
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
    assert archived_receipts(archive) == ()


def test_what_desktops_leave_lying_about_is_passed_over(inbox: Path, archive: Path) -> None:
    for name in ("~$return.xlsx", ".DS_Store", "Thumbs.db"):
        (inbox / name).write_bytes(b"litter")
    received = receive(inbox, archive, now=NOW)
    assert (received.receipts, received.unopened) == ((), ())


def test_an_unfinished_copy_in_the_archive_is_made_again(inbox: Path, archive: Path) -> None:
    (inbox / "return.xlsx").write_bytes(b"abc")
    # As a night leaves it that was killed between the two steps: bytes, but no receipt.
    content_of(archive, ABC).parent.mkdir(parents=True)
    content_of(archive, ABC).write_bytes(b"ab")

    receive(inbox, archive, now=NOW)

    assert content_of(archive, ABC).read_bytes() == b"abc"
    assert [receipt.receipt_id for receipt in archived_receipts(archive)] == [ABC]


@pytest.mark.parametrize("name", ["naïve £ name.csv", "two\nlines.csv", "\u202etxt.csv", "a" * 250 + ".csv"])
def test_odd_names_are_received_as_they_are(inbox: Path, archive: Path, name: str) -> None:
    (inbox / name).write_bytes(b"abc")
    (receipt,) = receive(inbox, archive, now=NOW).receipts
    assert receipt.file_name == name
    assert archived_receipts(archive)[0].file_name == name
