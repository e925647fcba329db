"""Child processes that each have a line of their own to the parent: what ends one says nothing to the others.

A child that is killed while it speaks breaks its own line and no lock that others wait for.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

_READY = "ready"
# How long a new interpreter may take to begin, on a machine that others use too.
_START_SECONDS = 120.0
# A child that is at work gets more than this of a processor while its patience lasts, on whatever machine.
_LEAST_PROCESSOR_SECONDS = 0.2


@dataclass(frozen=True)
class Ended:
    """A child that ended instead of answering."""

    exit_code: int | None  # minus the number of the signal that ended it; None where it never began
    began: bool  # whether it had begun to work
    stalled: bool = False  # whether we ended it, since it did nothing any more


class Child:
    """One process that works off what it is given, one thing after another."""

    def __init__(self, begin: Callable[[], None], work: Callable[[Any], Any]) -> None:
        """Start it; `begin` runs first in it, then `work` for each thing. Both are importable by their names.

        Raises OSError where the machine starts no process.
        """
        # A fresh interpreter, not a fork: the parent may hold threads and database handles.
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, begin, work), daemon=True)
        try:
            with _interrupts_wait():
                self._process.start()
        except BaseException:
            self.line.close()
            raise
        finally:
            theirs.close()
        self.has_begun = False
        self.is_busy = False
        self._looked_at, self._worked = time.monotonic(), 0.0

    def give(self, thing: Any) -> None:
        """Hand over the next thing to work on."""
        self.is_busy = True
        self._looked_at, self._worked = time.monotonic(), self._processor_seconds()
        # Where it has ended in the meantime, `answer` says so.
        with suppress(OSError):
            self.line.send(thing)

    def answer(self) -> Any:
        """What it made of the thing, or how it ended; None where it has only just begun. For when its line speaks."""
        try:
            said = self.line.recv()
        except (EOFError, OSError):
            return self._ended()
        if not self.has_begun:
            self.has_begun = True
            self._looked_at, self._worked = time.monotonic(), self._processor_seconds()
            return None
        self.is_busy = False
        return said[0]

    def is_stalled(self, patience: float) -> bool:
        """Whether it has done next to nothing for so many seconds by the clock: it hangs, or the machine does."""
        now = time.monotonic()
        if now - self._looked_at < (patience if self.has_begun else max(patience, _START_SECONDS)):
            return False
        worked = self._processor_seconds()
        is_at_work = worked - self._worked >= _LEAST_PROCESSOR_SECONDS
        self._looked_at, self._worked = now, worked
        return not is_at_work

    def end(self) -> Ended:
        """End it now, because it is stalled."""
        self._process.kill()
        ended = self._ended()
        return Ended(ended.exit_code, ended.began, stalled=True)

    def stop(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._ended()

    def _ended(self) -> Ended:
        self._process.join()
        ended = Ended(self._process.exitcode, self.has_begun)
        self.line.close()
        self._process.close()
        return ended

    def _processor_seconds(self) -> float:
        """How long a processor has worked for it; the clock where the system does not tell."""
        if sys.platform != "linux":
            return time.monotonic()
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return 0.0
        user, system = fields.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def those_that_speak(children: Sequence[Child], seconds: float) -> list[Child]:
    """Children whose line speaks or broke, after so many seconds at the latest."""
    lines: dict[Any, Child] = {child.line: child for child in children}
    return [lines[line] for line in wait(list(lines), timeout=seconds)] if lines else []


def _serve(line: Connection, begin: Callable[[], None], work: Callable[[Any], Any]) -> None:
    """Run in the child: begin, say so, and answer until the parent is gone."""
    begin()
    line.send(_READY)
    while True:
        try:
            thing = line.recv()
        except EOFError:
            return
        line.send((work(thing),))


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Start a process that an interrupt of the terminal does not reach before it says what it does about it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
