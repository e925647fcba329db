"""Whatever is put in the place of a file while it is received, nothing from outside the inbox is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion import inbox_files
from ingestion.archive import archived_receipts
from ingestion.inbox_files import Entry, entries
from ingestion.receive import receive

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "walsall").mkdir(parents=True)
    (tmp_path / "inbox" / "walsall" / "return.csv").write_bytes(b"sent")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "return.csv").write_bytes(b"secret")
    return tmp_path / "inbox"


def link_instead(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.parents[2] / "outside" / "return.csv")


def pipe_instead(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


SWAPS: list[tuple[Callable[[Path], None], str]] = [
    (link_instead, "is a link to another place"),
    (pipe_instead, "is not an ordinary file"),
    (folder_instead, "is not an ordinary file"),
]


@pytest.mark.parametrize(("swap", "says"), SWAPS)
def test_what_is_swapped_in_before_a_file_is_opened_is_refused(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], None], says: str
) -> None:
    """A pipe, too, at once: opened the usual way it would wait for ever for somebody who writes into it."""
    (inbox / "good.csv").write_bytes(b"good")
    opened = Entry.open

    def swapped(entry: Entry) -> int:
        if entry.name == "walsall/return.csv":
            swap(inbox / "walsall" / "return.csv")
        return opened(entry)

    monkeypatch.setattr(Entry, "open", swapped)
    received = receive(inbox, tmp_path / "archive", now=NOW)
    assert [(receipt.file_name, says in refusal.message) for receipt, refusal in received.unopened] == [
        ("walsall/return.csv", True)
    ]
    assert [one.file_name for one in archived_receipts(tmp_path / "archive")] == ["good.csv"]


def test_a_folder_that_is_swapped_before_it_is_opened_is_refused(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = os.stat

    def swapped(path: Any, **options: Any) -> os.stat_result:
        found = looked_at(path, **options)
        if path == "walsall":
            (inbox / "walsall").rename(tmp_path / "moved")
            (inbox / "walsall").symlink_to(tmp_path / "outside")
        return found

    monkeypatch.setattr(inbox_files.os, "stat", swapped)
    received = receive(inbox, tmp_path / "archive", now=NOW)
    monkeypatch.undo()
    assert ["is a link to another place" in refusal.message for _, refusal in received.unopened] == [True]
    assert list(archived_receipts(tmp_path / "archive")) == []


def test_a_folder_swapped_above_a_file_leads_nowhere_else(inbox: Path, tmp_path: Path) -> None:
    found = entries(inbox)
    entry = next(found)
    (inbox / "walsall").rename(tmp_path / "moved")
    (inbox / "walsall").symlink_to(tmp_path / "outside")
    opened = entry.open()
    assert os.read(opened, 100) == b"sent"
    os.close(opened)


def test_no_more_is_copied_of_a_file_that_grows_than_a_return_may_have(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Entry.open

    def grown(entry: Entry) -> int:
        with (inbox / "walsall" / "return.csv").open("r+b") as file:
            file.truncate(1 << 40)
        return opened(entry)

    monkeypatch.setattr(Entry, "open", grown)
    received = receive(inbox, tmp_path / "archive", now=NOW, most_bytes=1_000_000)
    assert [refusal.message[:40] for _, refusal in received.unopened] == ["“walsall/return.csv” has 1,099,512 MB; a"]
    assert not list((tmp_path / "archive").iterdir())


def test_everything_that_was_opened_is_closed(inbox: Path, tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("a/b/c/d/e.csv", "a/f.csv", "g.csv"):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(name.encode())
    receive(inbox, tmp_path / "archive", now=NOW)
    next(entries(inbox))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
