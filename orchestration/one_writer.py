"""One writer at a time: what changes a home holds its lock, from the command line and from Dagster's daemon alike."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from orchestration.home import LOCK, Home, HomeError
from orchestration.local_time import shown_here
from workspace.errors import Ending
from workspace.files import PRIVATE_FILE
from workspace.permissions import owner_of
from workspace.records import record_bytes, record_from
from workspace.stopping import if_stopped

# How often one who waits tries again.
_EVERY_SECONDS = 0.5


class AnotherNightError(HomeError):
    """Somebody else is writing; the message says what, since when and where."""

    ending = Ending.LOCKED


@dataclass(frozen=True)
class Holder:
    """Who holds a home, as written into its lock file."""

    what: str  # such as "night"
    since: str  # an instant, ISO 8601
    host: str
    pid: int


@contextmanager
def only_one_writer(
    home: Home,
    *,
    what: str,
    now: datetime,
    wait_seconds: float = 0.0,
    waiting: Callable[[str], None] = lambda _: None,
) -> Iterator[Holder | None]:
    """Hold the home, and give back who held it last and never let go: a night that was killed; usually None.

    The lock is the operating system's, so it is gone when its holder is, however that ended. Raises AnotherNightError
    where somebody else still holds it after `wait_seconds`; `waiting` is told once whom we wait for.
    """
    try:
        handle = os.open(home.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise _cannot_be_written(home, error) from error
    try:
        _take(handle, home, wait_seconds, waiting)
        interrupted = _read(handle)
        _write(handle, Holder(what, now.isoformat(), socket.gethostname(), os.getpid()))
        held = [handle]

        def let_go() -> None:
            # Also after an error: whoever was killed is who had no time even for this.
            if held:
                os.ftruncate(held.pop(), 0)

        with if_stopped(let_go):
            try:
                yield interrupted
            finally:
                let_go()
    finally:
        os.close(handle)


def _cannot_be_written(home: Home, error: OSError) -> HomeError:
    sentence = f"The home {home.folder} cannot be written: {error.strerror}."
    if error.errno == errno.EROFS:
        return HomeError(sentence, "Its disk is mounted read-only: mount it to be written, or name another home.")
    owner = owner_of(home.folder)
    return HomeError(sentence, f"It belongs to {owner}: run the command as {owner}, or give the home to yourself.")


def writer_of(home: Home) -> Holder | None:
    """Who is writing at this moment, or None."""
    return _look(home)[0]


def killed_writer(home: Home) -> Holder | None:
    """Who wrote last and was killed before it could end, or None."""
    return _look(home)[1]


def _look(home: Home) -> tuple[Holder | None, Holder | None]:
    try:
        handle = os.open(home.folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None, None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None, _read(handle)
    except BlockingIOError:
        return _read(handle) or Holder("night", "a moment ago", "this machine", 0), None
    finally:
        os.close(handle)


def _take(handle: int, home: Home, wait_seconds: float, waiting: Callable[[str], None]) -> None:
    until = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another {_words(_read(handle))} is running on {home.folder}"
            if time.monotonic() >= until:
                raise AnotherNightError(f"{message}. Wait until it has ended, or use --wait.") from error
            if not told:
                waiting(f"{message}; waiting for it to end")
                told = True
            time.sleep(_EVERY_SECONDS)
        else:
            return


def _words(holder: Holder | None) -> str:
    if holder is None:
        return "night"
    return f"{holder.what} (since {shown_here(holder.since)}, process {holder.pid} on {holder.host})"


def _read(handle: int) -> Holder | None:
    """Who wrote themselves into the lock file; None where nobody did, or where what stands there is no such record."""
    try:
        holder = record_from(os.pread(handle, 4096, 0), Holder)
        datetime.fromisoformat(holder.since)
    except (ValueError, OSError):
        return None
    return holder


def _write(handle: int, holder: Holder) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, record_bytes(holder), 0)
    os.fsync(handle)
