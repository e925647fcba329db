"""Child processes that parse: a file that crashes, hangs or fills the memory costs one receipt and nothing else.

Known to hurt: a workbook of 5 kB with one cell at XFD1048576 makes the reader allocate until the process is aborted,
which no exception handler sees. So every file from outside is opened in a child with limits.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ingestion.programme import Programme
from ingestion.refusals import Refusal

_UNREADABLE_ASK = "Copy your answers into a fresh copy of the form and send that."


@dataclass(frozen=True)
class ParseLimits:
    """What one file may cost."""

    seconds: float = 30.0
    memory_bytes: int = 2 << 30
    written_bytes: int = 1 << 30


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


def parse_files(
    jobs: Iterable[ParseJob], programme: Programme, *, processes: int = 2, limits: ParseLimits | None = None
) -> Iterator[ParseOutcome]:
    """Parse files in child processes, as many at once as `processes`; outcomes come in the order of the jobs."""
    listed = list(jobs)
    if not listed:
        return
    within = limits or ParseLimits()
    # A fresh interpreter, not a fork: the parent may hold threads and database handles.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(max_workers=min(processes, len(listed)), initializer=_limit, initargs=(within,), context=context)
    with pool:
        futures = [(job, pool.schedule(_parse, args=(job, programme), timeout=within.seconds)) for job in listed]
        for job, future in futures:
            yield ParseOutcome(job, _refusal(job, future, within))


def _refusal(job: ParseJob, future: ProcessFuture[Refusal | None], limits: ParseLimits) -> Refusal | None:
    try:
        return future.result()
    except OutOfTime:
        why = f"it took more than {limits.seconds:.0f} seconds to read"
    except ProcessExpired:
        why = "the program that reads spreadsheets gave up on it"
    except MemoryError:
        why = "it needs more memory than any return should"
    return Refusal("F01", f"We could not open “{job.file_name}”: {why}.", _UNREADABLE_ASK)


def _limit(limits: ParseLimits) -> None:
    """Run at the start of each child."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_bytes, limits.written_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a dying reader writes to the terminal helps nobody who sends returns.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # The parent decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _parse(job: ParseJob, programme: Programme) -> Refusal | None:
    """Read, parse and write one file; in the child."""
    from ingestion.forms import read_forms
    from ingestion.land import write_landed
    from ingestion.parse import parse
    from ingestion.read import read

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
    return None
