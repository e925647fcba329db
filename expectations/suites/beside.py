"""The audit in a process of its own, which gets Great Expectations ready while dbt still builds.

Great Expectations takes some seconds to import. Its process waits for the name of a database on its standard input and
answers with the outcome; where whoever started it is gone, the input ends, and so does it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from expectations.suites.gate import GateOutcome, GateResult, audit, get_ready
from workspace.errors import Ending, PlainError
from workspace.stopping import stop_asked


class AuditError(PlainError):
    """The audit itself failed; what its process said is the cause."""

    ending = Ending.UNEXPECTED


class AuditBeside:
    """One audit to come. Starting it costs nothing but the other processor."""

    def __init__(self) -> None:
        self._process = _start()

    def of(self, database: Path) -> GateOutcome:
        """The outcome of the audit of a build database, as `audit` gives it, with dates in samples as texts.

        A process that was killed, as a machine does that runs out of memory, is started once more. Raises AuditError
        where it failed.
        """
        said, complaint = self._ask(database)
        if self._process.returncode < 0 and not stop_asked(soon=True):
            self._process = _start()
            said, complaint = self._ask(database)
        if self._process.returncode != 0:
            raise AuditError(
                "The audit of the marts ended unexpectedly.", "Run the same again; if it stays, send us the details."
            ) from RuntimeError(complaint or f"exit code {self._process.returncode}")
        return _outcome(said)

    def _ask(self, database: Path) -> tuple[str, str]:
        try:
            return self._process.communicate(f"{database}\n")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it without an audit."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "expectations.suites.beside"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _outcome(said: str) -> GateOutcome:
    told = json.loads(said)
    results = tuple(GateResult(**{**one, "sample": tuple(one["sample"])}) for one in told["results"])
    return GateOutcome(bool(told["passed"]), results)


def _main() -> None:
    # Whatever a library prints goes to the standard error: the standard output is for the outcome alone.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    get_ready()
    database = sys.stdin.readline().strip()
    if database:
        json.dump(asdict(audit(Path(database))), answer, default=str)
        answer.close()


if __name__ == "__main__":
    _main()
