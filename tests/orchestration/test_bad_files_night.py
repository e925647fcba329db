"""A night with broken files among good ones."""

import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.idle import nothing_new
from orchestration.night import run_night
from orchestration.release import whole_release
from orchestration.watch import what_is_wrong
from tests.orchestration.conftest import Returns, query
from tests.small_disk import disk_of, small_disk

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def mixed_home(demo_home: Path, returns: Returns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good return among files that are no returns."""
    home = tmp_path_factory.mktemp("mixed")
    inbox = home / "inbox"
    inbox.mkdir()
    good = demo_home / "inbox" / "Ward End return 2024-25.xlsx"
    shutil.copy2(good, inbox / "good.xlsx")
    (inbox / "truncated.xlsx").write_bytes(good.read_bytes()[:5_000])
    (inbox / "letter.xlsx").write_bytes(b"%PDF-1.7\n%a letter")
    (inbox / "empty.csv").write_bytes(b"")
    for name in (b"Soci\xe8t\xe8.csv", b"Soci\xe9t\xe9.csv"):
        (inbox / os.fsdecode(name)).write_bytes(b"%PDF-1.7\n%of two names")
    for name in (b"\xe9good.xlsx", "good\n\u202e.xlsx".encode()):
        shutil.copyfile(good, inbox / os.fsdecode(name))
    (inbox / "a folder").mkdir()
    with (inbox / "large.xlsx").open("wb") as handle:
        handle.truncate(200_000_000)
    night = returns("nightly", "--home", home)
    assert night.returncode == 0, night.stderr
    (home / "night.txt").write_text(night.stdout, encoding="utf-8")
    return home


REASONS = {
    "truncated.xlsx": "damaged",
    "letter.xlsx": "looks like a PDF",
    "empty.csv": "empty",
    r"Soci\xe8t\xe8.csv": "looks like a PDF",
    "a folder": "is an empty folder, not a return",
    "large.xlsx": "has 200 MB; a return has at most 50 MB",
}
BAD = tuple(REASONS)


def test_the_good_one_counts(mixed_home: Path) -> None:
    assert query(mixed_home, "select count(*) from returns where file_name = 'good.xlsx'") == [(1,)]


def test_names_that_are_no_text_are_shown_safely_wherever_they_are_shown(mixed_home: Path) -> None:
    (sent_again_as,) = query(mixed_home, "select sent_again_as from receipts where file_name = 'good.xlsx'")[0]
    assert sent_again_as == r"\xe9good.xlsx; good\x0a\xe2\x80\xae.xlsx"
    (refused,) = query(mixed_home, "select sent_again_as from receipts where file_name like 'Soci%'")[0]
    assert refused == r"Soci\xe9t\xe9.csv"
    written = (mixed_home / "releases" / "current" / "csv" / "receipts.csv").read_text(encoding="utf-8-sig")
    assert r"good\x0a\xe2\x80\xae.xlsx" in written


@pytest.mark.parametrize("name", BAD)
def test_each_bad_one_has_its_reason_in_the_summary(mixed_home: Path, name: str) -> None:
    lines = (mixed_home / "night.txt").read_text(encoding="utf-8").splitlines()
    place = lines.index(f"  {name}")
    assert REASONS[name] in lines[place + 1]
    assert lines[place + 2].startswith("      What to do: ")


def test_each_bad_one_has_its_reason_in_the_status(mixed_home: Path, returns: Returns) -> None:
    status = json.loads(returns("status", "--home", mixed_home, "--json").stdout)
    assert {one["file"] for one in status["refused"]} == set(BAD)
    assert all(one["message"] and one["ask"] and one["rule"] == "F01" for one in status["refused"])


def test_each_bad_one_lies_in_refused_with_its_reason(mixed_home: Path) -> None:
    folders = {folder.name.split("-", 1)[1]: folder for folder in (mixed_home / "refused").iterdir()}
    assert set(folders) == {name.replace("\\", "_") for name in BAD}
    assert (folders["letter.xlsx"] / "letter.xlsx").read_bytes() == b"%PDF-1.7\n%a letter"
    for folder in folders.values():
        assert "What to do: " in (folder / "REASON.txt").read_text(encoding="utf-8")


def test_each_bad_one_is_an_alert(mixed_home: Path) -> None:
    flagged = query(
        mixed_home, "select file_name from alerts where rule_code = 'F01' and severity = 'reject' order by all"
    )
    assert [name for (name,) in flagged] == sorted(BAD)


def test_the_refused_are_not_refused_again(mixed_home: Path, returns: Returns) -> None:
    night = returns("nightly", "--home", mixed_home, "--json")
    told = json.loads(night.stdout)
    assert (told["landed_now"], told["returns_landed"], told["returns_refused"]) == (0, 1, 6)


def test_a_full_disk_a_read_only_home_and_a_clock_set_back_pass_by(mixed_home: Path, returns: Returns) -> None:
    """One story: the disk fills up while a night runs, is then read-only, and the clock was set back besides."""
    with small_disk(400) as disk:
        home = disk / "home"
        shutil.copytree(mixed_home, home, symlinks=True, ignore=shutil.ignore_patterns("large.xlsx", "build"))
        before = {file: file.read_bytes() for file in sorted((home / "releases").rglob("*")) if file.is_file()}
        alerts = query(home, "select alert_id from alerts order by all")
        new = b"%PDF-1.7\n%another letter"
        (home / "inbox" / "another letter.xlsx").write_bytes(new)

        fill(disk, leaving=3 << 20)
        full = returns("nightly", "--home", home)
        assert full.returncode in {1, 5}
        assert "Traceback" not in full.stderr
        assert re.search(r"[Nn]o space left|disk is full", full.stderr), full.stderr
        assert query(home, "select alert_id from alerts order by all") == alerts

        disk_of(disk, megabytes=400, read_only=True)
        closed = returns("nightly", "--home", home)
        assert closed.returncode == 2
        (line,) = closed.stderr.splitlines()
        assert line.startswith(
            f"returns: The home {home} cannot be written: Read-only file system. Its disk is mounted"
        )
        assert query(home, "select alert_id from alerts order by all") == alerts

        disk_of(disk, megabytes=400)
        (disk / "fill").unlink()
        # The file that came between is received once; what had been published is untouched, byte for byte.
        set_back = datetime.now(UTC) - timedelta(days=3)
        record = run_night(Home(home), read_programme(SHIPPED_PROGRAMME), as_of=None, now=set_back)
        assert record.succeeded, record.failure
        assert {file: file.read_bytes() for file in before} == before
        release = whole_release(Home(home))
        assert (release.release_id, release.created_at) == (record.release_id, set_back)
        landed = "select file_name, count(*) from returns where file_name is not null group by all order by all"
        refused = "select file_name, rule_code from alerts where rule_code = 'F01'"
        assert query(home, landed) == query(mixed_home, landed)
        # This run sees the new file, so it was there by that clock too, whatever the clock of the first one said.
        assert "another letter.xlsx" in {name for name, _ in query(home, refused)}
        assert len(list((home / "refused").glob("*-another letter.xlsx/REASON.txt"))) == 1
        right = datetime.now(UTC)
        assert nothing_new(Home(home), read_programme(SHIPPED_PROGRAMME), as_of=right.date(), now=right) is None
        assert not list(home.rglob("*.unfinished")) + list((home / "releases").glob(".unfinished*"))
        # The newest run is the one that began last, whatever the clock said: by the right clock it is three days old.
        assert what_is_wrong(Home(home), older_than=timedelta(hours=26), now=set_back + timedelta(hours=6)) == []
        (problem,) = what_is_wrong(Home(home), older_than=timedelta(hours=26), now=right)
        assert problem.startswith("The last good night began 72 hours ago")


def fill(disk: Path, *, leaving: int) -> None:
    free = shutil.disk_usage(disk).free
    with (disk / "fill").open("wb") as file:
        for _ in range((free - leaving) >> 20):
            file.write(bytes(1 << 20))
