"""Child processes that parse: a file that crashes, hangs or fills the memory costs one receipt and nothing else.

Known to hurt: a workbook of 5 kB with one cell at XFD1048576 makes the reader allocate until the process is aborted,
which no exception handler sees. So every file from outside is opened in a child with limits.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ingestion.confinement import give_up_network_and_programs, limit_memory, limit_processor_seconds
from ingestion.programme import Programme
from ingestion.refusals import OF_THE_MACHINE, Refusal

# Jobs that wait for each child, so that none is idle while the parent looks at what some hundreds have brought.
_AHEAD = 100
# In a child: the programme that its files are read for.
_given: dict[str, Programme] = {}
_UNREADABLE_ASK = "Copy your answers into a fresh copy of the form and send that."


class ReaderFaultError(Exception):
    """The reader stumbled: the kind of error and its line in the code, without anything of the file."""


@dataclass(frozen=True)
class ParseLimits:
    """What one file may cost."""

    seconds: float = 30.0  # by the clock, on a machine that others use too
    processor_seconds: float = 10.0
    memory_bytes: int = 1 << 30
    written_bytes: int = 1 << 30  # by one file that the child writes


@dataclass(frozen=True)
class ParseJob:
    """One file to parse into a folder of landed rows."""

    receipt_id: str
    file_name: str
    content: Path
    target: Path


@dataclass(frozen=True)
class ParseOutcome:
    """What became of one job: landed rows in its target folder, or a refusal."""

    job: ParseJob
    refusal: Refusal | None
    fault: str | None = None  # where the reader itself stumbled, for the log


ParseOne = Callable[[ParseJob, Programme], Refusal | None]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def parse_one(job: ParseJob, programme: Programme) -> Refusal | None:
    """Read, parse and write one file, in this process; the refusal where it is turned away."""
    from ingestion.forms import read_forms
    from ingestion.land import write_landed
    from ingestion.parse import parse
    from ingestion.read import read

    # Cells hold no circles, and looking for some among a million of them takes a fifth of the time.
    looking = gc.isenabled()
    gc.disable()
    try:
        workbook = read(job.content, job.file_name)
        parsed = parse(
            workbook,
            file_name=job.file_name,
            receipt_id=job.receipt_id,
            programme=programme,
            forms=read_forms(programme.forms),
        )
        write_landed(parsed, job.target)
    except Refusal as refusal:
        return refusal
    finally:
        if looking:
            gc.enable()
    return None


def parse_files(
    jobs: Iterable[ParseJob],
    programme: Programme,
    *,
    processes: int = 2,
    limits: ParseLimits | None = None,
    one: ParseOne = parse_one,
) -> Iterator[ParseOutcome]:
    """Parse files in child processes, as many at once as `processes`; outcomes come in the order of the jobs.

    A file on which a child crashes, stumbles or runs into a limit is refused. Jobs are taken one by one, a few ahead of
    the outcomes, so any number of them may follow. Raises OSError where the machine itself is at fault, such as a full
    disk.
    """
    waiting = iter(jobs)
    first = list(islice(waiting, processes * _AHEAD))
    if not first:
        return
    within = limits or ParseLimits()
    # A fresh interpreter, not a fork: the parent may hold threads and database handles.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(
        max_workers=min(processes, len(first)), initializer=_begin, initargs=(within, programme), context=context
    )

    def started(job: ParseJob) -> tuple[ParseJob, ProcessFuture[Refusal | None]]:
        return job, pool.schedule(_child, args=(one, job, within), timeout=within.seconds)

    try:
        ahead = deque(started(job) for job in first)
        while ahead:
            job, future = ahead.popleft()
            outcome = _outcome(job, future, within)
            ahead.extend(started(job) for job in islice(waiting, 1))
            yield outcome
    except BaseException:
        # Nobody wants the rest of the outcomes any more, so no child goes on for them.
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
        raise
    pool.close()  # type: ignore[no-untyped-call]
    pool.join()


def _outcome(job: ParseJob, future: ProcessFuture[Refusal | None], limits: ParseLimits) -> ParseOutcome:
    fault = None
    try:
        return ParseOutcome(job, future.result())
    except OutOfTime:
        why = f"it took more than {limits.seconds:.0f} seconds to read"
    except ProcessExpired as ended:
        why = "the program that reads spreadsheets gave up on it"
        if ended.exitcode == -signal.SIGXCPU:
            why = f"it took more than {limits.processor_seconds:.0f} seconds to read"
    except MemoryError:
        why = "it needs more memory than any return should"
    except ReaderFaultError as stumbled:
        why, fault = "the program that reads spreadsheets stumbled over it", str(stumbled)
    return ParseOutcome(job, Refusal("F01", f"We could not open “{job.file_name}”: {why}.", _UNREADABLE_ASK), fault)


def _begin(limits: ParseLimits, programme: Programme) -> None:
    """Run at the start of each child. The programme is handed over once: it may have thousands of clusters."""
    _given["programme"] = programme
    limit_memory(limits.memory_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_bytes, limits.written_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a dying reader writes to the terminal helps nobody who sends returns.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # The parent decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_up_network_and_programs()


def _child(one: ParseOne, job: ParseJob, limits: ParseLimits) -> Refusal | None:
    """Parse one file, in the child."""
    limit_processor_seconds(limits.processor_seconds)
    # What a child leaves behind that is ended half-way lies beside the rows, and goes with them.
    job.target.parent.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(job.target.parent)
    try:
        return one(job, _given["programme"])
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise ReaderFaultError(f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}") from None
