"""Stopping a command: Ctrl-C or SIGTERM ends it at once, in order, and leaves no process behind.

The command works in a thread of its own, and the main thread only waits: Python hands a signal to the main thread, so
it is heard whatever the work is doing, and no library has a KeyboardInterrupt thrown into its middle that it tells in
its own words. On a signal the children are ended, the work is given a moment to tidy up, and then the process ends.
"""

from __future__ import annotations

import atexit
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NamedTuple

from workspace.errors import Ending

ENDINGS = {signal.SIGINT: Ending.INTERRUPTED, signal.SIGTERM: Ending.TERMINATED}
# How long the work may take to tidy up, and then what is to be done without it.
_TIDY_SECONDS = 5.0
_LEFT_SECONDS = 2.0
_END_SECONDS = 1.0
# By then the process ends, whatever hangs.
_ANYWAY_SECONDS = 15.0
_SOON_SECONDS = 0.2
_LISTEN_SECONDS = 0.5
# Jinja and other parsers go deep; a thread has less room than the main one on some systems.
_STACK_BYTES = 64 << 20
_asked: list[Ending] = []
_left_to_do: list[Callable[[], None]] = []
# Who wanted to say how the command ended, the first first.
_speakers: list[str] = []


class Streams(NamedTuple):
    """The numbers of standard output and standard error as they were at the start: libraries divert both."""

    output: int
    error: int


def stop_asked(*, soon: bool = False) -> Ending | None:
    """How this process was asked to stop, or None: what goes wrong from then on is no failure.

    `soon` is for whoever has just seen something go wrong: a signal to all processes may have ended a child before it
    comes to this one, so that is waited for, a moment.
    """
    until = time.monotonic() + _SOON_SECONDS
    while soon and not _asked and time.monotonic() < until:
        time.sleep(_SOON_SECONDS / 10)
    return _asked[0] if _asked else None


def speak_last() -> None:
    """To be called by the work before it prints its answer: a program that reads one would not understand two.

    Raises KeyboardInterrupt where it was said already that the work was stopped.
    """
    if not _is_first("work"):
        raise KeyboardInterrupt


def _is_first(who: str) -> bool:
    _speakers.append(who)
    return _speakers[0] == who


@contextmanager
def if_stopped(call: Callable[[], None]) -> Iterator[None]:
    """Have something done when the process is asked to stop within this block, also where the work hangs.

    It is called at the very end, from another thread, when the block may have been left already.
    """
    _left_to_do.append(call)
    try:
        yield
    finally:
        if not _asked:
            _left_to_do.remove(call)


def run_stoppable(work: Callable[[], int], *, tell: Callable[[Ending, Streams], None]) -> int:
    """Do some work and give back its exit code.

    On a signal `tell` is called, which says so on one of the streams it is given, and the process ends with the
    signal's exit code: this function does not return. A second signal ends it at once. Work that has given its answer
    already, as `speak_last` says, is as good as done and ends by itself.
    """
    _speakers.clear()
    if threading.current_thread() is not threading.main_thread():
        return work()
    streams = Streams(os.dup(1), os.dup(2))
    # A queue of this kind may be filled by a handler of signals while it is read.
    heard: queue.SimpleQueue[signal.Signals | None] = queue.SimpleQueue()
    codes: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        if _asked:
            os._exit(_asked[0].exit_code)
        _asked.append(ENDINGS[signal.Signals(number)])
        heard.put(signal.Signals(number))

    def do() -> None:
        # Ctrl-C goes from a terminal to every process of the command: this one answers it, and ends the others.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            codes.append(work())
        finally:
            heard.put(None)

    # What the parent has this process ignore, such as a shell for a job in the background, stays ignored.
    heeded = [number for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, hear) for number in heeded}
    try:
        room = threading.stack_size(_STACK_BYTES)
        worker = threading.Thread(target=do, name="command", daemon=True)
        worker.start()
        threading.stack_size(room)
        while True:
            # With a time limit: where the system gave the signal to another thread, this one has not woken up.
            with suppress(queue.Empty):
                heard.get(timeout=_LISTEN_SECONDS)
                if stop_asked(soon=codes != [0] and not _speakers):
                    _stop(worker, tell, streams, codes)
                break
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for one in streams:
            os.close(one)
        _speakers.clear()
    return codes[0] if codes else Ending.UNEXPECTED.exit_code


def end_at_once(code: int) -> None:
    """Answer signals from now on by ending with this code: the work is done, and Python tidies up after itself."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(code))
    # Python gives signals back to the system at its very end, and one that comes then would change the exit code.
    atexit.register(_ignore_signals)


def _ignore_signals() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def end_children() -> None:
    """End every process that this one has started, and those that they have started."""
    import psutil

    ended = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            # What keeps count of a pool's locks ends by itself, and takes them with it.
            if not any("resource_tracker" in word for word in child.cmdline()):
                child.kill()
                ended.append(child)
    psutil.wait_procs(ended, timeout=_END_SECONDS)


def _stop(
    worker: threading.Thread, tell: Callable[[Ending, Streams], None], streams: Streams, codes: Sequence[int]
) -> None:
    """End the process; where the work has given its answer, wait for its end instead."""
    ending = _asked[0]
    is_answered = not _is_first("stop")
    if is_answered:
        worker.join(_TIDY_SECONDS)
        if codes:
            return
    threading.Thread(target=_end_anyway, args=[ending.exit_code], daemon=True).start()
    with suppress(BaseException):
        if not is_answered:
            with suppress(Exception):
                tell(ending, streams)
        _say_no_more()
        _interrupt(worker)
        with suppress(Exception):
            end_children()
        worker.join(_TIDY_SECONDS)
        _say_no_more()
        last = threading.Thread(target=_do_what_is_left, daemon=True)
        last.start()
        last.join(_LEFT_SECONDS)
        end_children()
    os._exit(ending.exit_code)


def _end_anyway(code: int) -> None:
    time.sleep(_ANYWAY_SECONDS)
    os._exit(code)


def _do_what_is_left() -> None:
    for call in reversed(_left_to_do):
        with suppress(Exception):
            call()
    pools = sys.modules.get("multiprocessing.util")
    if pools:
        # Locks of a pool that was left as it was: else they stay until the machine starts again.
        with suppress(Exception):
            pools._run_finalizers()


def _say_no_more() -> None:
    """Whatever else is printed is about being interrupted."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _interrupt(worker: threading.Thread) -> None:
    """Raise KeyboardInterrupt in the work, so that it leaves its blocks: files half-written, folders for a while."""
    import ctypes

    with suppress(ImportError):
        # Work that is interrupted while it imports may keep the lock of imports for ever: what comes after needs this.
        import psutil  # noqa: F401
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(KeyboardInterrupt))
