"""A place that cannot be read is one fault of the place; a machine that cannot read refuses nobody."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.archive import archived_receipts
from ingestion.inbox_files import Entry
from ingestion.programme import Programme, read_programme
from ingestion.workers import ParseJob, ParseOutcome
from orchestration import landing
from orchestration.arrivals import arrivals_of
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inbox import Taken, take_inbox
from orchestration.landing import land, to_do
from orchestration.messages import message_of
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from orchestration.release import current_release
from orchestration.remote_inbox import InboxError
from orchestration.run_records import last_nights
from orchestration.status import read_status, status_text
from orchestration.waiting import waiting_receipts
from tests.orchestration.conftest import Returns
from tests.orchestration.small_returns import parse_here, write_return
from workspace.offered import offered

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
FILES = 20


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme(SHIPPED_PROGRAMME)


@pytest.fixture
def home(tmp_path: Path, programme: Programme) -> Home:
    """A home that has received twenty files."""
    home = Home(tmp_path / "home")
    home.inbox.mkdir(parents=True)
    for number in range(FILES):
        (home.inbox / f"{number:02}.csv").write_bytes(str(number).encode())
    take_inbox(home, programme, now=NOW)
    return home


def look(home: Home, programme: Programme, day: int, **options: Any) -> Taken:
    return take_inbox(home, programme, now=NOW + timedelta(days=day), **options)


def fail_from(number: int, error: OSError, monkeypatch: pytest.MonkeyPatch, until: int = FILES) -> None:
    """Files from this one on cannot be opened any more."""
    opened = Entry.open

    def failing(entry: Entry) -> int:
        if number <= int(entry.name[:2]) < until:
            raise error
        return opened(entry)

    monkeypatch.setattr(Entry, "open", failing)


@pytest.mark.parametrize("code", [errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.EIO])
def test_a_share_that_goes_away_half_way_is_one_fault_and_refuses_nothing(
    home: Home, programme: Programme, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    before = arrivals_of(home).table
    fail_from(7, OSError(code, os.strerror(code)), monkeypatch)
    taken = look(home, programme, 1)
    monkeypatch.undo()
    (fault,) = taken.faults
    assert fault.startswith(f"The inbox {home.inbox} cannot be read to its end: {os.strerror(code).lower()}.")
    # The command can be pasted: it names the home, since that is not the one which is taken anyway.
    assert fault.endswith(f"run: {offered('nightly', '--fewer-files', home=home.folder)}")
    assert f"--home {home.folder}" in fault
    assert (taken.unopened, refusals(home)) == ((), ())
    assert look(home, programme, 2).faults == ()
    assert arrivals_of(home).table.equals(before)


def test_a_folder_that_is_replaced_while_it_is_read_is_one_fault(
    home: Home, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = arrivals_of(home).table
    opened = Entry.open

    def unmounted(entry: Entry) -> int:
        if entry.name == "07.csv":
            home.inbox.rename(home.folder / "share")
            home.inbox.mkdir()
        return opened(entry)

    monkeypatch.setattr(Entry, "open", unmounted)
    taken = look(home, programme, 1)
    monkeypatch.undo()
    assert len(taken.faults) == 1
    assert refusals(home) == ()
    home.inbox.rmdir()
    (home.folder / "share").rename(home.inbox)
    assert look(home, programme, 2).faults == ()
    assert arrivals_of(home).table.equals(before)


def test_one_file_on_a_bad_place_of_the_disk_is_in_nobody_s_way(
    home: Home, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.inbox / "20.csv").write_bytes(b"new")
    fail_from(7, OSError(errno.EIO, "Input/output error"), monkeypatch, until=8)
    taken = look(home, programme, 1)
    monkeypatch.undo()
    assert (taken.faults, taken.unopened, taken.new) == ((), (), 1)
    (told,) = taken.incomplete()
    assert told.startswith("“07.csv” in the inbox could not be read by our machine: input/output error.")
    # It was there all the time: when it can be read again it has not come again.
    look(home, programme, 2)
    assert arrivals_of(home).table.num_rows == FILES + 1


def test_a_file_that_goes_while_we_look_is_nothing_to_speak_of(
    home: Home, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_from(7, FileNotFoundError(errno.ENOENT, "No such file or directory"), monkeypatch, until=8)
    taken = look(home, programme, 1)
    assert (taken.incomplete(), taken.unopened) == ((), ())


def keep(home: Home, files: int) -> None:
    for file in sorted(home.inbox.iterdir())[files:]:
        file.unlink()


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (0, "is empty; at the last look it held 20 files."),
        (1, "holds 1 file; at the last look it held 20."),
        (9, "holds 9 files; at the last look it held 20."),
        (10, None),
        (19, None),
    ],
)
def test_far_fewer_files_than_at_the_last_look_are_a_fault_until_somebody_meant_it(
    home: Home, programme: Programme, left: int, says: str | None
) -> None:
    keep(home, left)
    for day in (1, 2):
        faults = look(home, programme, day).faults
        assert len(faults) == (1 if says else 0)
        assert not says or says in faults[0]
    assert look(home, programme, 3, fewer_files=True).faults == ()
    assert look(home, programme, 4).faults == ()
    assert len(arrivals_of(home).listing) == left


def test_other_files_in_the_place_of_the_old_ones_are_no_fault(home: Home, programme: Programme) -> None:
    keep(home, 0)
    for number in range(FILES):
        (home.inbox / f"next year {number}.csv").write_bytes(f"next {number}".encode())
    assert look(home, programme, 1).faults == ()


def test_a_share_that_is_not_there_is_a_fault_only_where_something_once_came_from_it(
    home: Home, programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    monkeypatch.setenv("RETURNS_INBOX", str(share))
    with pytest.raises(InboxError, match="There is no inbox at"):
        look(home, programme, 1)
    share.mkdir()
    (share / "a.csv").write_bytes(b"from elsewhere")
    assert look(home, programme, 2).new == 1
    share.rename(tmp_path / "unmounted")
    (fault,) = look(home, programme, 3).faults
    assert f"There is no inbox at {share}" in fault
    # What lies in the home is received all the same.
    (home.inbox / "20.csv").write_bytes(b"on the console")
    assert look(home, programme, 4).new == 1
    (tmp_path / "unmounted").rename(share)
    assert look(home, programme, 5).faults == ()
    assert arrivals_of(home).table.num_rows == FILES + 2


def killed(jobs: Iterable[ParseJob], *_: Any, **__: Any) -> Iterator[ParseOutcome]:
    for job in jobs:
        yield ParseOutcome(job, None, machine="the process that reads it was ended from outside")


def test_what_our_machine_could_not_read_waits_and_is_read_by_a_later_run(
    tmp_path: Path, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.build.mkdir(parents=True)
    write_return(home.inbox / "return.xlsx")
    take_inbox(home, programme, now=NOW)
    for tries in (1, 2):
        monkeypatch.setattr(landing, "parse_files", killed)
        done = land(home, programme, as_of=NOW.date(), progress=lambda _: None)
        assert (done.landed, done.refused, done.waiting) == (0, 0, 1)
        (waits,) = waiting_receipts(home)
        assert (waits.file_name, waits.since, waits.tries) == ("return.xlsx", NOW.date(), tries)
        assert refusals(home) == ()
        assert to_do(home, programme, as_of=NOW.date())
        assert read_status(home)["our_machine_could_not"][0]["file"] == "return.xlsx"
    monkeypatch.setattr(landing, "parse_files", parse_here)
    land(home, programme, as_of=NOW.date(), progress=lambda _: None)
    assert (landed_count(home), waiting_receipts(home)) == (1, ())


@pytest.mark.xdist_group("demo")
def test_a_run_on_an_inbox_that_is_gone_says_so_and_ends_with_one(
    demo_home: Path, tmp_path: Path, returns: Returns, change_home: Callable[[Path], Path]
) -> None:
    home = change_home(demo_home)
    shutil.move(home / "inbox", tmp_path / "unmounted")
    run = returns("nightly", "--home", home)
    assert run.returncode == 1, run.stderr
    assert "INCOMPLETE:\n  The inbox " in run.stdout
    assert "is empty; at the last look it held 20 files." in run.stdout
    told = json.loads(returns("status", "--home", home, "--json").stdout)
    assert len(told["nights"][0]["incomplete"]) == 1
    assert "INCOMPLETE" in status_text(told)
    record = last_nights(Home(home))[0]
    assert record.succeeded
    assert message_of(Home(home), record, current_release(Home(home))).subject.endswith("published, INCOMPLETE")
    assert len(list(archived_receipts(home / "archive"))) == len(list(archived_receipts(demo_home / "archive")))
    meant = returns("nightly", "--home", home, "--fewer-files")
    assert meant.returncode == 0, meant.stderr
    assert "INCOMPLETE" not in meant.stdout


@pytest.fixture
def change_home(tmp_path: Path) -> Callable[[Path], Path]:
    """What copies a home, to be changed."""
    return lambda home: Path(shutil.copytree(home, tmp_path / "copy", symlinks=True))
