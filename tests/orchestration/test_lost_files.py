"""A file that was received and that the archive no longer holds is named; with no archive at all no run goes on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.lost_files import in_words, lost_files, require_archive
from orchestration.repair import damage_of_home, repaired
from orchestration.watch import what_is_wrong
from tests.orchestration.conftest import Returns, query
from workspace.records import DamagedError

pytestmark = pytest.mark.xdist_group("demo")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(demo_home, tmp_path / "home", symlinks=True)))


def test_nothing_is_lost_of_a_whole_home_and_refused_files_are_not_looked_for(home: Home) -> None:
    assert query(home.folder, "select count(*) from receipts where state = 'refused'") == [(2,)]
    for (receipt,) in query(home.folder, "select receipt_id from receipts where state = 'refused'"):
        shutil.rmtree(home.archive / receipt[:2] / receipt)
    assert lost_files(home) == {}
    require_archive(home)


@pytest.mark.parametrize("landed", [True, False])
def test_one_that_is_lost_is_named_by_every_command(home: Home, returns: Returns, landed: bool) -> None:
    name = "Walsall return 2025-26.xlsx"
    ((receipt,),) = query(home.folder, f"select receipt_id from receipts where file_name = '{name}'")
    shutil.rmtree(home.archive / receipt[:2] / receipt)
    if not landed:
        shutil.rmtree(home.landed / receipt)
    said = f"archive no longer holds 1 of the files that were received: “{name}”."
    assert any(str(one).startswith(said) for one in damage_of_home(home))
    assert any(one.startswith(said) for one in what_is_wrong(home, older_than=timedelta(days=9999), now=NOW))
    assert any(one.startswith(said) for one in repaired(home, now=NOW))
    verified = returns("verify", "--home", home.folder)
    assert verified.returncode == 1
    assert said in verified.stdout


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_without_its_archive_no_run_goes_on(home: Home, returns: Returns, how: str) -> None:
    shutil.rmtree(home.archive)
    if how == "empty":
        home.archive.mkdir()
    with pytest.raises(DamagedError, match=r"archive holds none of the 17 files that were received\. Mount the disk"):
        repaired(home, now=NOW)
    night = returns("nightly", "--home", home.folder)
    assert night.returncode == 2
    assert "holds none of the 17 files" in night.stderr


def test_many_are_not_all_named() -> None:
    lost = {str(number): f"{number}.xlsx" for number in range(5)}
    assert in_words(lost) == "“0.xlsx”, “1.xlsx”, “2.xlsx” and 2 more"
