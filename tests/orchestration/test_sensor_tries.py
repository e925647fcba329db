"""A sensor starts a failed run again, a bounded number of times, with growing pauses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.resources import Night
from orchestration.sensor_tries import Tries
from orchestration.sensors import make_decisions_sensor, make_inbox_sensor


@dg.asset
def one() -> None:
    """Nothing: only the end of the run matters."""


NIGHTLY = dg.define_asset_job("nightly", selection=[one])


class Watched:
    """An inbox sensor on a home, with the runs that it asks for ended as a test says."""

    def __init__(self, instance: dg.DagsterInstance, home: Path) -> None:
        self.instance, self.home = instance, home
        self.cursor: str | None = None
        self.keys: list[str | None] = []
        self.reason = ""
        self.sensor = make_inbox_sensor(NIGHTLY)
        self.job = dg.Definitions(assets=[one], jobs=[NIGHTLY]).resolve_job_def("nightly")
        self.now = datetime.now(UTC)

    def look(self, later: timedelta = timedelta(0)) -> bool:
        """Whether the sensor asks for a run when it looks so much later than the last time."""
        self.now += later
        night = Night(home=str(self.home), now=self.now.isoformat())
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, resources={"night": night})
        tick = self.sensor.evaluate_tick(context)
        self.cursor, self.reason = tick.cursor, tick.skip_message or ""
        self.keys += [request.run_key for request in tick.run_requests or ()]
        return bool(tick.run_requests)

    def run(self, status: dg.DagsterRunStatus) -> None:
        """A run of the job, created now."""
        # Runs carry the machine's clock, which here stands still while the sensor's goes on.
        self.instance.create_run_for_job(self.job, status=status)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "inbox").mkdir()
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watched(instance, tmp_path)


def put(watched: Watched, text: str) -> None:
    (watched.home / "inbox" / "return.csv").write_text(text, encoding="utf-8")


def test_a_failed_run_is_tried_again_three_times_with_growing_pauses_and_then_no_more(watched: Watched) -> None:
    put(watched, "a\n")
    assert watched.look()
    for pause in (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)):
        watched.run(dg.DagsterRunStatus.FAILURE)
        assert not watched.look(pause - timedelta(seconds=1))
        assert "The next try is due at" in watched.reason
        assert watched.look(timedelta(seconds=1))
    assert not watched.look(timedelta(days=30))
    assert watched.reason.startswith("4 runs for this state failed, so no further one is started")
    assert len(set(watched.keys)) == len(watched.keys) == 4
    put(watched, "a,b\n")
    assert watched.look()


def test_a_run_that_never_came_to_be_is_tried_again(watched: Watched) -> None:
    put(watched, "a\n")
    assert watched.look()
    assert not watched.look(timedelta(minutes=9))
    assert watched.look(timedelta(minutes=2))


def test_a_run_that_succeeded_settles_the_state(watched: Watched) -> None:
    put(watched, "a\n")
    assert watched.look()
    watched.run(dg.DagsterRunStatus.STARTED)
    assert not watched.look(timedelta(hours=2))
    assert watched.reason == "A run is going on."
    watched.instance.report_run_failed(watched.instance.get_runs()[0])
    watched.run(dg.DagsterRunStatus.SUCCESS)
    assert not watched.look(timedelta(hours=2))
    assert watched.reason == "Nothing new in the inbox."
    assert json.loads(watched.cursor or "")["done"]


def test_a_state_that_comes_back_has_a_key_of_its_own(watched: Watched) -> None:
    states = []
    for text in ("a\n", "a,b\n", "a\n"):
        put(watched, text)
        os.utime(watched.home / "inbox" / "return.csv", (1, 1))
        assert watched.look(timedelta(minutes=1))
        states.append(Tries.read(watched.cursor or "").state)
    assert states[0] == states[2] != states[1]
    assert len(set(watched.keys)) == 3


def test_the_cursor_of_an_earlier_version_is_a_state_that_is_done_with(watched: Watched) -> None:
    put(watched, "a\n")
    assert watched.look()
    watched.cursor = Tries.read(watched.cursor or "").state
    assert not watched.look(timedelta(days=1))
    assert watched.reason == "Nothing new in the inbox."


def test_a_failed_run_for_decisions_is_tried_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    state = "none"
    monkeypatch.setattr("orchestration.sensors.hash_of_decisions", lambda home: state)
    watched.sensor = make_decisions_sensor(NIGHTLY)
    assert not watched.look()
    state = "one"
    assert not watched.look(timedelta(minutes=10))
    assert watched.look(timedelta(minutes=10))
    watched.run(dg.DagsterRunStatus.FAILURE)
    assert not watched.look(timedelta(minutes=9))
    assert watched.look(timedelta(minutes=1))
    # A success before this try says nothing about it; with one after it there is nothing left to do.
    assert not watched.look(timedelta(minutes=1))
    watched.now = datetime.now(UTC)
    watched.cursor = f"{state}\n{Tries('one', 2, (watched.now - timedelta(minutes=1)).isoformat()).text()}"
    watched.run(dg.DagsterRunStatus.SUCCESS)
    assert not watched.look(timedelta(days=1))
    assert watched.reason == "No new decisions."
