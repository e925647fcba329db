"""A return that is sent before its year opens is refused with that day, and read again when the day has come."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.opening import too_early
from ingestion.programme import Programme, read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inbox import take_inbox
from orchestration.landing import land, to_do
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from tests.orchestration.conftest import Returns
from tests.orchestration.small_returns import parsed_here, write_return

__all__ = ["parsed_here"]

SAID = "2026-27 opens on 1 April 2027. This return was sent before."
BEFORE = datetime(2027, 3, 31, 12, tzinfo=UTC)
DAY_BEFORE, THE_DAY = date(2027, 3, 31), date(2027, 4, 1)


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme(SHIPPED_PROGRAMME)


@pytest.fixture
def home(tmp_path: Path, programme: Programme, parsed_here: None) -> Home:
    """A home whose inbox holds one return of a year that is open, and one of a year that is not."""
    home = Home(tmp_path / "home")
    home.build.mkdir(parents=True)
    write_return(home.inbox / "open.xlsx", year="2025-26")
    write_return(home.inbox / "early.xlsx", year="2026-27")
    take_inbox(home, programme, now=BEFORE)
    return home


def refused(home: Home) -> list[str]:
    return [one.refusal.message for one in refusals(home)]


def test_it_is_refused_before_that_day_and_not_on_it(programme: Programme) -> None:
    early = too_early(programme, "2026-27", on=DAY_BEFORE)
    assert early is not None
    assert (early.rule, early.message, early.not_before) == ("F05", SAID, THE_DAY)
    assert "from 1 April 2027 on" in early.ask
    assert too_early(programme, "2026-27", on=THE_DAY) is None


def test_the_run_refuses_it_and_lands_the_others(home: Home, programme: Programme) -> None:
    done = land(home, programme, as_of=DAY_BEFORE, progress=lambda _: None)
    assert (done.landed, done.refused) == (1, 1)
    assert refused(home) == [SAID]
    assert not to_do(home, programme, as_of=DAY_BEFORE)


def test_it_is_read_again_on_the_day(home: Home, programme: Programme) -> None:
    land(home, programme, as_of=DAY_BEFORE, progress=lambda _: None)
    assert to_do(home, programme, as_of=THE_DAY)
    done = land(home, programme, as_of=THE_DAY, progress=lambda _: None)
    assert (done.landed, done.refused) == (1, 0)
    assert (landed_count(home), refused(home)) == (2, [])
    assert not to_do(home, programme, as_of=THE_DAY)


def test_what_an_earlier_version_took_too_early_is_refused_until_the_day(home: Home, programme: Programme) -> None:
    land(home, programme, as_of=THE_DAY, progress=lambda _: None)
    assert landed_count(home) == 2
    land(home, programme, as_of=DAY_BEFORE, progress=lambda _: None)
    assert (landed_count(home), refused(home)) == (1, [SAID])


def test_what_was_sent_after_the_day_that_is_counted_stays_landed(home: Home, programme: Programme) -> None:
    """A run that counts as of a day long past, or whose clock is wrong, takes nothing back."""
    land(home, programme, as_of=THE_DAY, progress=lambda _: None)
    assert not to_do(home, programme, as_of=date(2020, 1, 1))


def test_the_check_says_so_before_anything_else(returns: Returns, tmp_path: Path) -> None:
    file = write_return(tmp_path / "early.xlsx", year="2026-27")
    early = returns("check", file, "--home", tmp_path, "--as-of", "2027-03-31", "--json")
    assert early.returncode == 2
    assert json.loads(early.stdout)["message"] == SAID


def test_the_trial_is_refused_with_the_day(shared: Path, returns: Returns, tmp_path: Path) -> None:
    file = shared / "trials" / "returns" / "year-not-open.xlsx"
    if not file.exists():
        pytest.skip("the folder `shared/trials` is absent")
    told = returns("check", file, "--home", tmp_path, "--as-of", "2026-11-28")
    assert told.returncode == 2
    assert told.stdout.startswith(SAID)
