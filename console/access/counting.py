"""How many requests the console answered and how long they took, over all its processes.

Each process counts in a file of its own that it holds in memory, so that none waits for another; whoever reads adds
the files up. A file stays when its process ends: a counter must never fall while the console runs.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# A request is counted in the first of these that holds it, in seconds; the last place is for any longer.
WITHIN_SECONDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
_PLACES = len(WITHIN_SECONDS) + 2  # one for each, one for longer ones, one for the sum of seconds
_STATUSES = range(100, 600)
_BYTES = len(_STATUSES) * _PLACES * 8

_lock = threading.Lock()
_mine: dict[Path, memoryview[float]] = {}


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
        counts = _of_this_process(home)
        counts[row + place] += 1
        counts[row + _PLACES - 1] += seconds


def counted(home: Path) -> Mapping[int, tuple[list[int], float]]:
    """For each status that was answered: how many within each of WITHIN_SECONDS and longer, and the sum of seconds."""
    total = array("d", bytes(_BYTES))
    for file in sorted(_folder(home).glob("*")):
        for at, value in enumerate(array("d", file.read_bytes())):
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


def _of_this_process(home: Path) -> memoryview[float]:
    path = _folder(home) / str(os.getpid())
    if path not in _mine:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.truncate(_BYTES)
            _mine[path] = memoryview(mmap.mmap(file.fileno(), _BYTES)).cast("d")
    return _mine[path]
