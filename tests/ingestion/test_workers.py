"""Child processes that parse: whatever one file does to its reader costs one receipt and nothing else."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal
from ingestion.workers import ParseJob, ParseLimits, ParseOutcome, parse_files

LIMITS = ParseLimits(seconds=4, processor_seconds=1, memory_bytes=256 << 20, written_bytes=1 << 20)


def reader(job: ParseJob, programme: Programme) -> Refusal | None:  # noqa: PLR0912 - one branch for each deed
    """A reader that does what the name of the file says."""
    match job.file_name:
        case "refuses":
            return Refusal("F02", "No form.", "Please send the form.")
        case "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "ends":
            os._exit(3)
        case "sleeps":
            time.sleep(60)
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
    "sleeps": "it took more than 4 seconds to read",
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


def test_a_full_disk_is_not_the_fault_of_the_file(programme: Programme, tmp_path: Path) -> None:
    job = ParseJob("a", "has a failing disk", tmp_path, tmp_path / "landed" / "a")
    with pytest.raises(OSError, match="No space left on device"):
        list(parse_files([job], programme, processes=1, limits=LIMITS, one=reader))
