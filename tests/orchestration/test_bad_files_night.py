"""A night with broken files among good ones."""

import json
import shutil
from pathlib import Path

import pytest

from tests.orchestration.conftest import Returns, query

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
    "a folder": "is an empty folder, not a return",
    "large.xlsx": "has 200 MB; a return has at most 50 MB",
}
BAD = tuple(REASONS)


def test_the_good_one_counts(mixed_home: Path) -> None:
    assert query(mixed_home, "select count(*) from returns where file_name = 'good.xlsx'") == [(1,)]


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
    assert set(folders) == set(BAD)
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
    assert (told["landed_now"], told["returns_landed"], told["returns_refused"]) == (0, 1, 5)
