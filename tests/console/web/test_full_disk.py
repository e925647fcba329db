"""A disk that is full is told in words, and the console goes on: no process of it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from console.access import counting
from console.access.counting import WITHIN_SECONDS, count, counted, forget_counts
from tests.small_disk import small_disk

pytestmark = pytest.mark.xdist_group("console")


def _fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as handle:
        for block in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    handle.write(b"x" * block)
            except OSError:
                continue
    return filler


def test_answers_are_counted_on_a_full_disk_and_none_is_lost(tmp_path: Path) -> None:
    """A page of memory that is mapped to a file that cannot grow ends the process; a write only fails."""
    with small_disk(1) as disk:
        filler = _fill(disk)
        child = os.fork()
        if child == 0:
            count(disk, 200, 0.01)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        count(disk, 200, 0.01)
        filler.unlink()
        count(disk, 200, 0.01)
        assert counted(disk)[200][0][0] == 2  # of this process; the other ended before there was room
        counting._mine.clear()


def test_a_row_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    count(tmp_path, 200, 0.01)
    (file,) = (tmp_path / "console" / "requests").iterdir()
    file.write_bytes(file.read_bytes()[: (100 * (len(WITHIN_SECONDS) + 2) + 1) * 8 - 3])
    assert counted(tmp_path) == {}
    count(tmp_path, 200, 0.01)
    assert counted(tmp_path)[200][0][0] == 2
    forget_counts(tmp_path)


@pytest.fixture
def small_home(night: Path) -> Iterator[Path]:
    """What the pages need of the demo, on a disk that is nearly full."""
    parts = ("demo", "releases", "operations.sqlite3", "nights")
    size = sum(
        file.stat().st_size for part in parts for file in [night / part, *(night / part).rglob("*")] if file.is_file()
    )
    with small_disk(size // 1_000_000 + 24) as disk:
        home = disk / "home"
        home.mkdir()
        for part in parts:
            if (night / part).is_dir():
                shutil.copytree(night / part, home / part, symlinks=True)
            else:
                shutil.copyfile(night / part, home / part)
        yield home


def test_the_console_answers_on_a_full_disk_and_works_again_when_there_is_room(small_home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_"))}
    server = subprocess.Popen(
        [sys.executable, "-m", "console", "serve", "--demo", "--home", str(small_home), "--bind", bind],
        env=env | {"RETURNS_CONSOLE_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said: list[str] = []
    try:
        assert server.stdout
        for line in server.stdout:
            said.append(line)
            if "Booting worker" in line:
                break
        reader = threading.Thread(target=said.extend, args=(server.stdout,), daemon=True)
        reader.start()
        password = next(found[1] for line in said if (found := re.search(r"steward@example.org +(\S+)", line)))
        # The first page counts the first answer: nothing is prepared when the disk is full.
        filler = _fill(small_home)
        full = _sign_in(bind, password)
        assert full.status_code == 507
        assert "The disk is full" in full.text
        assert "everything from before is safe" in full.text
        assert f"<strong>{full.headers['X-Request-ID']}</strong>" in full.text
        for _ in range(5):
            assert requests.get(f"http://{bind}/accessibility/", timeout=30).status_code in {200, 507}
        filler.unlink()
        assert "Signed in as Demo steward" in _sign_in(bind, password).text
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
    log = "".join(said)
    # One worker from the first page to the last: none was ended by a signal and started anew.
    assert log.count("Booting worker") == 1
    assert "SIGBUS" not in log
    assert '"status": 507' in log


def _sign_in(bind: str, password: str) -> requests.Response:
    address = f"http://{bind}/sign-in/"
    with requests.Session() as browser:
        browser.get(address, timeout=30)
        told = {"username": "steward@example.org", "password": password}
        told["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
        return browser.post(address, told, headers={"Referer": address}, timeout=60)
