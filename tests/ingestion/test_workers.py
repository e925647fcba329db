"""Child processes that parse: whatever one file does to its reader costs one receipt and nothing else."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import cast

import pytest

from ingestion import workers
from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal
from ingestion.workers import ParseJob, ParseLimits, ParseOutcome, parse_files

# No test waits for the clock but the one about readers that do nothing; all else is counted in work and in memory.
LIMITS = ParseLimits(seconds=600, processor_seconds=1, memory_bytes=256 << 20, written_bytes=1 << 20)
KILLED = "was ended from outside, as the system does where memory runs out"


def first_time(job: ParseJob) -> bool:
    """Whether the job has not been tried before."""
    mark = job.target.with_name(f"{job.target.name} tried")
    if mark.exists():
        return False
    mark.touch()
    return True


def reader(job: ParseJob, programme: Programme) -> Refusal | None:  # noqa: PLR0912, PLR0915 - one branch for each deed
    """A reader that does what the name of the file says."""
    match job.file_name:
        case "refuses":
            return Refusal("F02", "No form.", "Please send the form.")
        case "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "ends":
            os._exit(3)
        case "does nothing any more":
            time.sleep(3600)
        case "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "is told to end":
            os.kill(os.getpid(), signal.SIGTERM)
        case "is killed once" if first_time(job):
            os.kill(os.getpid(), signal.SIGKILL)
        case "crashes once" if first_time(job):
            os.kill(os.getpid(), signal.SIGABRT)
        case "is killed once, and crashes":
            os.kill(os.getpid(), signal.SIGKILL if first_time(job) else signal.SIGSEGV)
        case "turns in circles":
            while True:
                pass
        case "eats memory":
            _ = bytearray(512 << 20)
        case "eats memory bit by bit":
            bits: list[bytes] = []
            while True:
                bits.append(b"." * (1 << 20))
        case "recurses":
            return reader(job, programme)
        case "stumbles":
            raise KeyError("the name of a person")
        case "has a failing disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        case "writes":
            job.target.mkdir()
            (job.target / "rows").write_bytes(bytes(2 << 20))
        case "reads a little":
            time.sleep(0.01)
        case "leaves a file":
            _, name = tempfile.mkstemp()
            assert Path(name).parent == job.target.parent
        case "opens a socket":
            socket.create_connection(("127.0.0.1", int((job.content).read_text())))
        case "fetches":
            urllib.request.urlopen(f"http://127.0.0.1:{job.content.read_text()}/")
        case "asks for a name":
            socket.getaddrinfo("example.org", 80)
        case "opens a socket natively":
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0) == -1
            raise PermissionError(ctypes.get_errno(), "natively")
        case "starts a program":
            subprocess.run(["/bin/sh", "-c", f"touch {job.content.parent}/started"], check=True)
    return None


EXPECTED = {
    "reads": None,
    "refuses": "No form.",
    "crashes": "gave up on it",
    "ends": "gave up on it",
    "is killed": None,
    "is told to end": None,
    "is killed once": None,
    "crashes once": None,
    "is killed once, and crashes": "gave up on it",
    "has a failing disk": None,
    "turns in circles": "it took more than 1 seconds to read",
    "eats memory": "it needs more memory than any return should",
    "eats memory bit by bit": "it needs more memory than any return should",
    "recurses": "stumbled over it",
    "stumbles": "stumbled over it",
    "writes": "stumbled over it",
    "leaves a file": None,
    "opens a socket": "stumbled over it",
    "fetches": "stumbled over it",
    "asks for a name": "stumbled over it",
    "opens a socket natively": "stumbled over it",
    "starts a program": "stumbled over it",
    "reads to the end": None,
}
# What our machine did: the file waits, and nobody tells its sender anything.
OF_THE_MACHINE = {
    "is killed": KILLED,
    "is told to end": KILLED,
    "has a failing disk": "no space left on device",
}
FAULTS = {
    "recurses": "RecursionError in test_workers.py",
    "stumbles": "KeyError in test_workers.py",
    "writes": "OSError in pathlib.py",
    "opens a socket": "PermissionError in confinement.py",
    "fetches": "URLError in request.py",
    "opens a socket natively": "PermissionError in test_workers.py",
    "starts a program": "PermissionError in confinement.py",
}


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


@pytest.fixture(scope="module")
def port_and_calls() -> tuple[int, socket.socket]:
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    return server.getsockname()[1], server


@pytest.fixture(scope="module")
def outcomes(
    programme: Programme, tmp_path_factory: pytest.TempPathFactory, port_and_calls: tuple[int, socket.socket]
) -> dict[str, ParseOutcome]:
    folder = tmp_path_factory.mktemp("workers")
    content = folder / "content"
    content.write_text(str(port_and_calls[0]))
    jobs = [ParseJob(name, name, content, folder / "landed" / name) for name in EXPECTED]
    return {one.job.file_name: one for one in parse_files(jobs, programme, processes=2, limits=LIMITS, one=reader)}


def test_outcomes_come_in_the_order_of_the_jobs(outcomes: dict[str, ParseOutcome]) -> None:
    assert list(outcomes) == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_one_reader_does_costs_one_receipt(outcomes: dict[str, ParseOutcome], name: str) -> None:
    expected, refusal = EXPECTED[name], outcomes[name].refusal
    assert (outcomes[name].machine is not None) == (name in OF_THE_MACHINE)
    if expected is None:
        assert refusal is None
        return
    assert refusal is not None
    assert expected in refusal.message
    assert refusal.ask.endswith(".")


def test_the_log_learns_where_the_reader_stumbled_and_nothing_of_the_file(outcomes: dict[str, ParseOutcome]) -> None:
    for name, fault in FAULTS.items():
        assert (outcomes[name].fault or "").startswith(f"{fault}, line ")
    assert "person" not in (outcomes["stumbles"].fault or "")
    assert outcomes["crashes"].fault is None


def test_nobody_was_called_and_nothing_started(
    outcomes: dict[str, ParseOutcome], port_and_calls: tuple[int, socket.socket]
) -> None:
    assert outcomes["fetches"].refusal is not None
    with pytest.raises(BlockingIOError):
        port_and_calls[1].accept()
    assert not (outcomes["fetches"].job.content.parent / "started").exists()


@pytest.mark.parametrize("name", OF_THE_MACHINE)
def test_what_our_machine_did_is_no_fault_of_the_file(outcomes: dict[str, ParseOutcome], name: str) -> None:
    assert OF_THE_MACHINE[name] in (outcomes[name].machine or "")


def test_a_reader_that_does_nothing_any_more_is_ended_and_its_file_waits(programme: Programme, tmp_path: Path) -> None:
    job = ParseJob("a", "does nothing any more", tmp_path, tmp_path / "landed" / "a")
    (outcome,) = parse_files([job], programme, processes=1, limits=ParseLimits(seconds=0.5), one=reader)
    assert outcome.refusal is None
    assert "got nothing done" in (outcome.machine or "")


def test_where_no_process_can_be_started_every_file_waits(
    programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "Child", fails)
    jobs = [ParseJob(name, "reads", tmp_path, tmp_path / name) for name in ("a", "b", "c")]
    outcomes = list(parse_files(jobs, programme, processes=2, limits=LIMITS, one=reader))
    assert [(one.refusal, one.machine) for one in outcomes] == [
        (None, "no process could be started to read it (resource temporarily unavailable)")
    ] * 3


def test_a_process_that_cannot_begin_says_nothing_of_the_file(tmp_path: Path) -> None:
    job = ParseJob("a", "reads", tmp_path, tmp_path / "landed" / "a")
    ends_whoever_reads_it = cast("Programme", EndsItsReader())
    (outcome,) = parse_files([job], ends_whoever_reads_it, processes=1, limits=LIMITS, one=reader)
    assert outcome.refusal is None
    assert outcome.machine == "the process that reads it ended before it had begun"


class EndsItsReader:
    """Something that cannot be handed over: whoever takes it ends."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def readers_of(thread: int) -> list[int]:
    """The processes that a thread started to read files, and not what Python itself runs beside them."""
    found = []
    for pid in Path(f"/proc/self/task/{thread}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_children_killed_at_any_moment_cost_nothing_but_time(programme: Programme, tmp_path: Path) -> None:
    """Also while they speak to the parent: no kill breaks the others, and no file is refused or lost for it."""
    jobs = [ParseJob(str(number), "reads a little", tmp_path, tmp_path / str(number)) for number in range(300)]
    stop, main_thread = threading.Event(), threading.get_native_id()
    chance, killed = random.Random(3), list[int]()

    def kill() -> None:
        while not stop.is_set():
            for reader_process in readers_of(main_thread)[:1]:
                with contextlib.suppress(OSError):
                    os.kill(reader_process, signal.SIGKILL)
                    killed.append(reader_process)
            stop.wait(chance.uniform(0.3, 1.5))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        outcomes = list(parse_files(jobs, programme, processes=2, limits=LIMITS, one=reader))
    finally:
        stop.set()
        killer.join()
    assert [one.job.receipt_id for one in outcomes] == [str(number) for number in range(300)]
    assert {one.refusal for one in outcomes} == {None}
    assert killed


def test_no_child_is_left_where_nobody_wants_the_outcomes_any_more(programme: Programme, tmp_path: Path) -> None:
    jobs = [ParseJob(str(number), "reads", tmp_path, tmp_path / str(number)) for number in range(10)]
    outcomes = parse_files(jobs, programme, processes=2, limits=LIMITS, one=reader)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []
