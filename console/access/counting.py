"""How many requests the console answered and how long they took, over all its processes.

Each process counts in memory and writes what changed into a file of its own, so that none waits for another; whoever
reads adds the files up. A file stays when its process ends: a counter must never fall while the console runs. The file
is written and not mapped into memory: on a full disk the system ends a process that touches a page it cannot keep.
"""

from __future__ import annotations

import os
import threading
import time
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# A request is counted in the first of these that holds it, in seconds; the last place is for any longer.
WITHIN_SECONDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
_PLACES = len(WITHIN_SECONDS) + 2  # one for each, one for longer ones, one for the sum of seconds
_STATUSES = range(100, 600)
_BYTES = len(_STATUSES) * _PLACES * 8

_lock = threading.Lock()


class _Counts:
    """The counts of this process and the file in which others read them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.values = array("d", bytes(_BYTES))

    def write(self, row: int) -> None:
        """Write one row. On a disk that is full it is written with the next answer for which there is room."""
        part = self.values[row : row + _PLACES].tobytes()
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            os.pwrite(handle, part, row * self.values.itemsize)
        except OSError:
            return
        finally:
            os.close(handle)


_mine: dict[Path, _Counts] = {}


class CountRequests:
    """Middleware, the outermost: counts each answer by its status and by the time that it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and count."""
        began = time.perf_counter()
        response = self._get_response(request)
        count(settings.HOME, response.status_code, time.perf_counter() - began)
        return response


def count(home: Path, status: int, seconds: float) -> None:
    """Count one answer."""
    place = next((at for at, most in enumerate(WITHIN_SECONDS) if seconds <= most), len(WITHIN_SECONDS))
    row = _STATUSES.index(status) * _PLACES
    with _lock:
        mine = _of_this_process(home)
        mine.values[row + place] += 1
        mine.values[row + _PLACES - 1] += seconds
        mine.write(row)


def counted(home: Path) -> Mapping[int, tuple[list[int], float]]:
    """For each status that was answered: how many within each of WITHIN_SECONDS and longer, and the sum of seconds."""
    total = array("d", bytes(_BYTES))
    for file in sorted(_folder(home).glob("*")):
        content = file.read_bytes()
        # A row that was cut off by a full disk ends anywhere.
        for at, value in enumerate(array("d", content[: len(content) // total.itemsize * total.itemsize])):
            total[at] += value
    found = {}
    for status in _STATUSES:
        row = total[_STATUSES.index(status) * _PLACES :][:_PLACES]
        if any(row):
            found[status] = ([int(one) for one in row[:-1]], row[-1])
    return found


def forget_counts(home: Path) -> None:
    """Begin at zero, when the console starts."""
    for file in _folder(home).glob("*"):
        file.unlink(missing_ok=True)
    _mine.clear()


def _folder(home: Path) -> Path:
    return home / "console" / "requests"


def _of_this_process(home: Path) -> _Counts:
    path = _folder(home) / str(os.getpid())
    if path not in _mine:
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _mine[path] = _Counts(path)
    return _mine[path]
