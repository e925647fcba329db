"""One writer at a time, whoever starts it, and what becomes of one that was killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from orchestration.going_on import run_going_on
from orchestration.home import Home
from orchestration.one_writer import AnotherNightError, killed_writer, only_one_writer, writer_of
from orchestration.resources import Writer
from orchestration.retry import is_locked, retrying
from tests.orchestration.conftest import Returns

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
HOLDS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from orchestration.home import Home
from orchestration.one_writer import only_one_writer
with only_one_writer(Home(Path(sys.argv[1])), what="night", now=datetime(2026, 7, 1, 2, 0, tzinfo=UTC)):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def another_process_writes(home: Path, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds the home."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, home, str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_night_says_since_when_another_runs(tmp_path: Path, returns: Returns) -> None:
    with another_process_writes(tmp_path) as other:
        second = returns("nightly", "--home", tmp_path)
    assert second.returncode == 3
    (line,) = second.stderr.splitlines()
    assert f"Another night (since 2026-07-01 03:00 BST, process {other.pid} on " in line
    assert line.endswith("Wait until it has ended, or use --wait.")
    assert not (tmp_path / "releases").exists()


def test_one_who_waits_goes_on_when_the_other_has_ended(tmp_path: Path) -> None:
    told: list[str] = []
    began = time.monotonic()
    with (
        another_process_writes(tmp_path, seconds=1.5),
        only_one_writer(Home(tmp_path), what="night", now=NOW, wait_seconds=30, waiting=told.append) as interrupted,
    ):
        assert time.monotonic() - began > 1
        assert interrupted is None
    assert len(told) == 1
    assert "waiting for it to end" in told[0]


def test_one_who_waits_too_long_gives_up(tmp_path: Path) -> None:
    with (
        another_process_writes(tmp_path),
        pytest.raises(AnotherNightError, match="Another night"),
        only_one_writer(Home(tmp_path), what="night", now=NOW, wait_seconds=0.6),
    ):
        pass


def test_a_writer_that_was_killed_is_known_and_in_nobodys_way(tmp_path: Path) -> None:
    with another_process_writes(tmp_path) as other:
        running = writer_of(Home(tmp_path))
        assert running
        assert running.pid == other.pid
        assert killed_writer(Home(tmp_path)) is None
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    killed = killed_writer(Home(tmp_path))
    assert killed == running
    with only_one_writer(Home(tmp_path), what="night", now=NOW) as interrupted:
        assert interrupted == killed
    assert killed_writer(Home(tmp_path)) is None
    assert writer_of(Home(tmp_path)) is None


@pytest.mark.parametrize(
    "text",
    [
        "null", "7", "[]", "{", "{}", '{"what": 1, "since": 2, "host": 3, "pid": "x"}', "\0" * 90, "\ud800",
        '{"what": "night", "since": "soon", "host": "a", "pid": 1}', '{"what": "night", "since": null}',
    ],
)  # fmt: skip
def test_a_lock_file_that_says_nothing_sensible_is_in_nobody_s_way(tmp_path: Path, text: str) -> None:
    home, lock = Home(tmp_path), tmp_path / "night.lock"
    lock.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert (writer_of(home), killed_writer(home)) == (None, None)
    with only_one_writer(home, what="night", now=NOW) as interrupted:
        assert interrupted is None
        lock.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert run_going_on(home)
        with (
            pytest.raises(AnotherNightError, match="Another night is running on"),
            only_one_writer(home, what="night", now=NOW),
        ):
            pass


def test_a_writer_that_fails_is_not_taken_for_killed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_one_writer(Home(tmp_path), what="night", now=NOW):
        1 / 0  # noqa: B018
    assert killed_writer(Home(tmp_path)) is None


def test_a_run_of_dagster_and_the_command_line_hold_the_same_lock(tmp_path: Path, returns: Returns) -> None:
    seen: list[tuple[int, str]] = []

    @dg.asset
    def writes(writer: Writer) -> None:
        second = returns("nightly", "--home", tmp_path)
        seen.append((second.returncode, second.stderr))

    result = dg.materialize([writes], resources={"writer": Writer(home=str(tmp_path))})
    assert result.success
    ((code, told),) = seen
    assert code == 3
    assert "Another run of Dagster (since " in told
    (log,) = (tmp_path / "logs").iterdir()
    assert log.suffix == ".jsonl"

    # The other way round: a run of Dagster that comes second waits, then fails and says why.
    with another_process_writes(tmp_path):
        late = dg.materialize(
            [writes], resources={"writer": Writer(home=str(tmp_path), wait_seconds=0.6)}, raise_on_error=False
        )
    assert not late.success
    from orchestration.night_events import failure_of

    assert "Another night (since 2026-07-01 03:00 BST" in str(failure_of(late.all_events))


def test_what_can_pass_is_tried_again_and_nothing_else(tmp_path: Path) -> None:
    waits: list[float] = []
    tries = iter([BlockingIOError(11, "busy"), RuntimeError("IO Error: Could not set lock on file"), None])

    def call() -> str:
        error = next(tries)
        if error:
            raise error
        return "done"

    assert retrying(call, back_off=(1, 4, 16), sleep=waits.append) == "done"
    assert waits == [1, 4]

    def missing() -> bytes:
        return (tmp_path / "none").read_bytes()

    with pytest.raises(FileNotFoundError):
        retrying(missing, sleep=waits.append)
    assert waits == [1, 4]

    def busy() -> None:
        raise BlockingIOError(11, "busy")

    with pytest.raises(BlockingIOError):
        retrying(busy, back_off=(1, 4), sleep=waits.append)
    assert waits == [1, 4, 1, 4]


def test_a_database_that_another_process_writes_is_a_locked_file(tmp_path: Path) -> None:
    import duckdb

    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    file = tmp_path / "some.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdin
    holder.stdout.readline()
    with pytest.raises(duckdb.IOException) as caught:
        duckdb.connect(str(file))
    assert is_locked(caught.value)
    threading.Timer(0.5, holder.stdin.close).start()
    retrying(lambda: duckdb.connect(str(file)), back_off=(1, 1, 2)).close()
    holder.wait()
    holder.stdout.close()


# With the other tests that look at this home, so that it is made once.
@pytest.mark.xdist_group("demo")
def test_the_log_of_a_night_names_receipts_by_hash_and_no_file(demo_home: Path) -> None:
    (log,) = (demo_home / "logs").glob("nightly-*.jsonl")
    text = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"at", "night", "run", "step", "event"} <= line.keys() for line in lines)
    landed = {line["receipt"] for line in lines if line["event"] == "landed"}
    assert landed == {folder.name for folder in (demo_home / "landed").iterdir()}
    assert sum(line["event"] == "refused" for line in lines) == 2
    assert lines[-1]["event"] == "ended"
    assert lines[-1]["succeeded"] is True
    for file in (demo_home / "inbox").rglob("*"):
        assert file.name not in text
