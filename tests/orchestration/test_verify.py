"""`returns verify` looks at every byte, repairs what it can, and ends with 1 while something is not whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from console.database import close_operations, open_operations
from ingestion.archive import archived_receipts, content_of
from ingestion.arrivals import note_look, read_arrivals
from ingestion.programme import read_programme
from ingestion.receive import receive
from orchestration import verify
from orchestration.cli import main
from orchestration.damage import MADE_AGAIN, NOT_WHOLE, SET_ASIDE, Damage
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.one_writer import AnotherNightError, only_one_writer
from publishing.seal import seal, write_manifest
from tests.orchestration.small_home import NOW, make_small_home

LATER = NOW + timedelta(hours=1)
COLUMNS = "cluster_id,organisation_name,charity_number,company_number,mutual_number,postcode,enrolled_on,left_on"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A small home with arrivals, an operational database, a register and a release; nothing in it waits to be read."""
    home = make_small_home(tmp_path / "home")
    received = receive(home.inbox, home.archive, now=NOW)
    assert received.seen is not None
    before = read_arrivals(home.archive)
    note_look(home.archive, before, received.seen, now=NOW, is_there=lambda _: True)
    close_operations(open_operations(home.folder))
    home.register.mkdir()
    (home.register / "enrolments.csv").write_text(f"{COLUMNS}\nwalsall,A,,,,,2022-04-01,\n")
    release = home.releases / "20260601T010000Z"
    release.mkdir(parents=True)
    (release / "marts.duckdb").write_bytes(b"marts")
    about = {"release_id": release.name, "as_of": "2026-06-01", "created_at": NOW.isoformat(), "rows": {}}
    write_manifest(release, {**about, "files": seal(release, {})})
    (home.releases / "current").symlink_to(release.name)
    monkeypatch.setattr(verify, "land", lambda *_, **__: None)
    for path in [home.folder, *home.folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)
    return home


def verified(home: Home) -> tuple[Damage, ...]:
    """What verify finds in a home."""
    return verify.verify_home(home, read_programme(SHIPPED_PROGRAMME), now=LATER, progress=lambda _: None)


def below(home: Home, path: Path) -> str:
    """A path as damage names it."""
    return path.relative_to(home.folder).as_posix()


def content(home: Home) -> Path:
    """The bytes of the return that was landed."""
    good = next(one for one in archived_receipts(home.archive) if one.file_name == "good.csv")
    return content_of(home.archive, good.content_id)


def alter(file: Path) -> None:
    """Flip one bit in the middle of a file."""
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(body)


def test_a_whole_home_is_whole(home: Home) -> None:
    assert verified(home) == ()
    assert not home.damaged.exists()


def test_bytes_that_were_altered_are_named_every_time(home: Home) -> None:
    (home.inbox / "good.csv").unlink()
    alter(content(home))
    for _ in range(2):
        (one,) = verified(home)
        assert (one.path, one.outcome) == (below(home, content(home)), NOT_WHOLE)


def test_bytes_that_the_inbox_holds_are_put_back(home: Home) -> None:
    alter(content(home))
    assert [one.outcome for one in verified(home)] == [MADE_AGAIN]
    assert verified(home) == ()


SPOIL: dict[str, tuple[Callable[[Home], Path], str]] = {
    "a look": (lambda home: home.archive / "arrivals" / "00000001", NOT_WHOLE),
    "a release": (lambda home: home.releases / "20260601T010000Z" / "marts.duckdb", NOT_WHOLE),
    "a manifest": (lambda home: home.releases / "20260601T010000Z" / "manifest.json", NOT_WHOLE),
    "a run": (lambda home: next(home.nights.glob("*.json")), SET_ASIDE),
    "a landing": (lambda home: next(home.landed.glob("*/landing.json")), MADE_AGAIN),
}


@pytest.mark.parametrize("what", SPOIL)
def test_one_bit_in_each_kind_of_file_is_found(home: Home, what: str) -> None:
    find, outcome = SPOIL[what]
    file = find(home)
    alter(file)
    (one,) = verified(home)
    assert below(home, file).startswith(one.path)
    assert one.outcome == outcome


def test_a_look_that_is_missing_is_named(home: Home) -> None:
    looks = home.archive / "arrivals"
    (looks / "00000003").write_bytes((looks / "00000001").read_bytes())
    assert [one.path for one in verified(home) if one.found == "is missing"] == ["archive/arrivals/00000002"]


def test_a_copy_of_a_refused_file_is_made_again(home: Home) -> None:
    (copy,) = home.refused.glob("*/refused.csv")
    copy.unlink()
    copy.write_text("something else")
    assert [one.outcome for one in verified(home)] == [MADE_AGAIN]
    assert copy.read_text() == "refused.csv"
    assert verified(home) == ()


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"cluster_id\nwalsall\n", b""])
def test_a_register_that_cannot_be_used_is_named(home: Home, body: bytes) -> None:
    (home.register / "enrolments.csv").write_bytes(body)
    (one,) = verified(home)
    assert (one.path, one.outcome) == ("register/enrolments.csv", NOT_WHOLE)


def test_releases_of_which_none_is_current_are_named_with_the_command(home: Home) -> None:
    (home.releases / "current").unlink()
    (one,) = verified(home)
    assert "returns rollback" in one.what_to_do


def test_a_row_that_belongs_to_none_is_found(home: Home) -> None:
    with closing(sqlite3.connect(home.folder / "operations.sqlite3")) as database:
        database.execute("create table part (whole integer references decisions_alert (alert_id))")
        database.execute("insert into part values (7)")
        database.commit()
    (one,) = verified(home)
    assert (one.path, one.outcome) == ("operations.sqlite3", NOT_WHOLE)
    assert "rows of part belong to rows that are missing" in one.found


def test_a_damaged_database_stops_nothing_else(home: Home) -> None:
    (home.folder / "operations.sqlite3").write_bytes(b"no database at all" * 99)
    (home.inbox / "good.csv").unlink()
    alter(content(home))
    assert [one.path for one in verified(home)] == ["operations.sqlite3", below(home, content(home))]


def test_what_others_can_read_is_closed(home: Home) -> None:
    content(home).chmod(0o644)
    (one,) = verified(home)
    assert (one.outcome, one.found) == (MADE_AGAIN, "could be read by others")
    assert content(home).stat().st_mode & 0o777 == 0o600


def test_nobody_writes_meanwhile(home: Home) -> None:
    with only_one_writer(home, what="night", now=NOW), pytest.raises(AnotherNightError):
        verified(home)


def test_the_command_says_so_and_ends_with_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--home", str(home.folder)])
    assert "is whole: every byte is as it was written." in capsys.readouterr().out
    (home.inbox / "good.csv").unlink()
    alter(content(home))
    with pytest.raises(SystemExit) as end:
        main(["verify", "--home", str(home.folder), "--json"])
    assert end.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], [one["outcome"] for one in told["damage"]]) == (False, [NOT_WHOLE])
