"""Child processes that parse: a file that crashes, hangs or fills the memory costs one receipt and nothing else.

What the file does is told from what the machine does. A limit that is counted in work or in memory is reached by the
file again wherever it is read, so it is refused. A child that was killed from outside, could not be started, met a full
disk or got no processor says nothing of its file: it is read once more, alone, and else it waits.

Known to hurt: a workbook of 5 kB with one cell at XFD1048576 makes the reader allocate until the process is aborted,
which no exception handler sees. So every file from outside is opened in a child with limits.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from itertools import islice
from pathlib import Path

from ingestion.children import Child, Ended, those_that_speak
from ingestion.confinement import give_up_network_and_programs, limit_memory, limit_processor_seconds
from ingestion.programme import Programme
from ingestion.refusals import OF_THE_MACHINE, Refusal

# Jobs that wait for each child, so that none is idle while the parent looks at what some hundreds have brought.
_AHEAD = 100
# In a child: the programme that its files are read for.
_given: dict[str, Programme] = {}
_UNREADABLE_ASK = "Copy your answers into a fresh copy of the form and send that."


# What ends a process from outside, where no limit of ours did; or a page that the disk did not give.
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGBUS})
# So often the same must happen before it is known whose fault it is.
_KNOWN_BY = 2
# The parent looks after its children so often, also when none speaks.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class ParseLimits:
    """What one file may cost."""

    seconds: float = 30.0  # by the clock, in which a child does nothing: then it hangs
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
    """What became of one job: landed rows in its target folder, or a refusal, or it waits."""

    job: ParseJob
    refusal: Refusal | None
    fault: str | None = None  # where the reader itself stumbled, for the log
    machine: str | None = None  # why our machine could not read it: no fault of the file


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


class _Whose(Enum):
    """Whose fault it is that a file was not read."""

    FILE = "file"
    CRASH = "crash"  # the file's, where it happens again
    MACHINE = "machine"


@dataclass(frozen=True)
class _Done:
    """What a child answers that read a file to its end."""

    refusal: Refusal | None


@dataclass(frozen=True)
class _Failure:
    """Why one try to read a file failed."""

    whose: _Whose
    why: str
    fault: str | None = None


@dataclass
class _Task:
    """One job on its way, with the tries that failed."""

    job: ParseJob
    failures: list[_Failure] = field(default_factory=list)
    outcome: ParseOutcome | None = None

    def settle(self, answer: _Done | _Failure) -> None:
        """Take the answer of a child. Without an outcome then, the file is to be read again."""
        if isinstance(answer, _Done):
            self.outcome = ParseOutcome(self.job, answer.refusal)
            return
        self.failures.append(answer)
        times = sum(one.whose == answer.whose for one in self.failures)
        if answer.whose != _Whose.FILE and times < _KNOWN_BY:
            return
        if answer.whose == _Whose.MACHINE:
            self.outcome = ParseOutcome(self.job, None, machine=answer.why)
            return
        message = f"We could not open “{self.job.file_name}”: {answer.why}."
        self.outcome = ParseOutcome(self.job, Refusal("F01", message, _UNREADABLE_ASK), answer.fault)


def parse_files(
    jobs: Iterable[ParseJob],
    programme: Programme,
    *,
    processes: int = 2,
    limits: ParseLimits | None = None,
    one: ParseOne = parse_one,
) -> Iterator[ParseOutcome]:
    """Parse files in child processes, as many at once as `processes`; outcomes come in the order of the jobs.

    A file on which a child stumbles, crashes twice or runs into a limit is refused. Where our machine is at fault the
    file is read again while no other is, and where that fails too, its outcome says why it waits. Jobs are taken one by
    one, a few ahead of the outcomes, so any number of them may follow.
    """
    crew = _Crew(limits or ParseLimits(), programme, one, processes)
    waiting, order = iter(jobs), deque[_Task]()
    try:
        while True:
            for job in islice(waiting, processes * _AHEAD - len(order)):
                order.append(_Task(job))
                crew.add(order[-1])
            if not order:
                return
            while (outcome := order[0].outcome) is None:
                crew.work()
            order.popleft()
            yield outcome
    finally:
        crew.stop()


class _Crew:
    """The children, each with the task that it works on, and what waits for them."""

    def __init__(self, limits: ParseLimits, programme: Programme, one: ParseOne, processes: int) -> None:
        self._limits, self._most = limits, processes
        self._begin, self._read = partial(_begin, limits, programme), partial(_child, one, limits)
        self._todo: deque[_Task] = deque()
        self._again: deque[_Task] = deque()
        self._children: dict[Child, _Task | None] = {}

    def add(self, task: _Task) -> None:
        """Put a task behind the others."""
        self._todo.append(task)

    def work(self) -> None:
        """Hand out what can be handed out, and take what children say, for a second at most."""
        self._hand_out()
        for child in those_that_speak(list(self._children), _LOOK_SECONDS):
            answer, task = child.answer(), self._children[child]
            if isinstance(answer, Ended):
                self._lost(child, answer)
            elif answer is not None and task is not None:
                self._children[child] = None
                self._settle(task, answer)
                if isinstance(answer, _Failure):  # what it left in the memory of the child may fail the next
                    del self._children[child]
                    child.stop()
        for child, task in list(self._children.items()):
            if task is not None and child.is_stalled(self._limits.seconds):
                self._lost(child, child.end())

    def stop(self) -> None:
        """End all children."""
        for child in self._children:
            child.stop()
        self._children.clear()

    def _hand_out(self) -> None:
        """Give each child something to do; a file that failed once is read while no other is."""
        busy = any(self._children.values())
        if self._again:
            if not busy:
                self._give(self._again.popleft())
            return
        while self._todo and sum(task is not None for task in self._children.values()) < self._most:
            self._give(self._todo.popleft())

    def _give(self, task: _Task) -> None:
        child = next((one for one, at in self._children.items() if at is None), None)
        if child is None:
            try:
                child = Child(self._begin, self._read)
            except OSError as error:
                why = f"no process could be started to read it ({_reason(error)})"
                self._settle(task, _Failure(_Whose.MACHINE, why))
                return
        self._children[child] = task
        child.give(task.job)

    def _lost(self, child: Child, ended: Ended) -> None:
        task = self._children.pop(child)
        if task is not None:
            self._settle(task, _why(ended, self._limits))

    def _settle(self, task: _Task, answer: _Done | _Failure) -> None:
        task.settle(answer)
        if task.outcome is None:
            self._again.append(task)


def _why(ended: Ended, limits: ParseLimits) -> _Failure:
    """What the end of a child says of the file that it read, or of the machine."""
    if ended.stalled:
        why = f"the process that reads it got nothing done for {limits.seconds:.0f} seconds"
        return _Failure(_Whose.MACHINE, why)
    if not ended.began:
        return _Failure(_Whose.MACHINE, "the process that reads it ended before it had begun")
    signalled = -(ended.exit_code or 0)
    if signalled == signal.SIGXCPU:
        return _Failure(_Whose.FILE, f"it took more than {limits.processor_seconds:.0f} seconds to read")
    if signalled in _FROM_OUTSIDE:
        why = "the process that reads it was ended from outside, as the system does where memory runs out"
        return _Failure(_Whose.MACHINE, why)
    return _Failure(_Whose.CRASH, "the program that reads spreadsheets gave up on it")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _begin(limits: ParseLimits, programme: Programme) -> None:
    """Run at the start of each child. The programme is handed over once: it may have thousands of clusters."""
    # The parent decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _given["programme"] = programme
    limit_memory(limits.memory_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_bytes, limits.written_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a dying reader writes to the terminal helps nobody who sends returns.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    give_up_network_and_programs()


def _child(one: ParseOne, limits: ParseLimits, job: ParseJob) -> _Done | _Failure:
    """Parse one file, in the child."""
    try:
        limit_processor_seconds(limits.processor_seconds)
        # What a child leaves behind that is ended half-way lies beside the rows, and goes with them.
        job.target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(job.target.parent)
        return _Done(one(job, _given["programme"]))
    except MemoryError:
        return _Failure(_Whose.FILE, "it needs more memory than any return should")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            return _Failure(_Whose.MACHINE, _reason(error))
        # The kind of error and its line in the code, without anything of the file.
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        return _Failure(_Whose.FILE, "the program that reads spreadsheets stumbled over it", fault)
