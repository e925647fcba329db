"""Stopping a command: each test stops a small process of its own, as a terminal or a service manager would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

HEADER = """
import subprocess, sys, threading, time
from pathlib import Path
from workspace.stopping import if_stopped, run_stoppable, stop_asked

home = Path(sys.argv[1])

def tell(ending, streams):
    import os
    os.write(streams.error, f"stopped as {ending.name}\\n".encode())

def ready():
    print("ready", flush=True)

"""
FOOTER = """
sys.exit(run_stoppable(work, tell=tell))
"""
CODES = {signal.SIGINT: ("INTERRUPTED", 130), signal.SIGTERM: ("TERMINATED", 143)}


def start(tmp_path: Path, work: str) -> subprocess.Popen[str]:
    """A process that does some work and has said that it is ready to be stopped."""
    script = tmp_path / "work.py"
    script.write_text(HEADER + textwrap.dedent(work) + FOOTER, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
        # Where the tests themselves run in the background of a shell, SIGINT is ignored, and so it would be here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "work",
    [
        # busy in Python, within a block that tidies up
        """
        def work():
            with if_stopped(lambda: (home / "told").write_text("")):
                try:
                    ready()
                    while True:
                        pass
                finally:
                    (home / "tidied").write_text("")
        """,
        # what went wrong swallows the interruption, and is no failure
        """
        def work():
            with if_stopped(lambda: (home / "told").write_text("")):
                try:
                    ready()
                    while True:
                        pass
                except BaseException:
                    (home / "tidied").write_text(stop_asked().name)
                    print("something of its own about being interrupted", file=sys.stderr)
                return 0
        """,
        # a child, and a thread that is nobody's
        """
        def work():
            threading.Thread(target=time.sleep, args=(60,)).start()
            with if_stopped(lambda: (home / "told").write_text("")):
                child = subprocess.Popen(["sleep", "60"])
                (home / "pid").write_text(str(child.pid))
                try:
                    ready()
                    code = child.wait()
                    stop_asked(soon=True)
                    return code
                finally:
                    (home / "tidied").write_text("")
        """,
    ],
    ids=["busy", "swallows", "child"],
)
def test_it_ends_in_order_and_says_so_once(tmp_path: Path, number: signal.Signals, work: str) -> None:
    process = start(tmp_path, work)
    # To the whole group, as a terminal does.
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=30)
    name, code = CODES[number]
    assert (process.returncode, out, err) == (code, "", f"stopped as {name}\n")
    assert (tmp_path / "told").exists()
    assert (tmp_path / "tidied").exists()
    pid = tmp_path / "pid"
    assert not pid.exists() or not Path(f"/proc/{pid.read_text()}").exists()


def test_work_that_hangs_is_left_and_what_is_to_be_done_is_done(tmp_path: Path) -> None:
    process = start(
        tmp_path,
        """
        def work():
            with if_stopped(lambda: (home / "told").write_text("")):
                ready()
                time.sleep(60)
        """,
    )
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (143, "", "stopped as TERMINATED\n")
    assert (tmp_path / "told").exists()


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    process = start(
        tmp_path,
        """
        def work():
            ready()
            time.sleep(60)
        """,
    )
    process.send_signal(signal.SIGINT)
    assert process.stderr
    assert process.stderr.readline() == "stopped as INTERRUPTED\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    # It would have waited for five seconds.
    assert time.monotonic() - began < 4


def test_a_signal_that_the_parent_has_it_ignore_stays_ignored(tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    work = """
def work():
    ready()
    sys.stdin.read()
    return 7
"""
    script.write_text(HEADER + work + FOOTER, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate("", timeout=30)
    assert process.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_that_has_given_its_answer_ends_as_it_would_have(tmp_path: Path, number: signal.Signals) -> None:
    work = """
    from workspace.stopping import speak_last

    def work():
        speak_last()
        ready()
        time.sleep(1)
        return 3
    """
    process = start(tmp_path, work)
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (3, "", "")


def test_work_that_was_stopped_first_gives_no_answer(tmp_path: Path) -> None:
    work = """
    from workspace.stopping import speak_last

    def work():
        ready()
        while not stop_asked():
            time.sleep(0.01)
        time.sleep(0.5)
        speak_last()
        (home / "answered").write_text("")
    """
    process = start(tmp_path, work)
    os.killpg(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (143, "", "stopped as TERMINATED\n")
    assert not (tmp_path / "answered").exists()


def test_work_that_is_stopped_while_it_imports_hangs_nothing(tmp_path: Path) -> None:
    """Interrupted at a bad moment it keeps the lock of all imports: whatever stops the work imports nothing later."""
    work = """
    import _imp

    def work():
        try:
            ready()
            while True:
                pass
        finally:
            _imp.acquire_lock()
    """
    process = start(tmp_path, work)
    os.killpg(process.pid, signal.SIGTERM)
    _out, err = process.communicate(timeout=10)
    assert process.returncode == 143, err
