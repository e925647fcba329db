"""One try to build the marts: load, dbt, and where that passes the gate. A plain function with an outcome."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.suites.beside import AuditBeside
from expectations.suites.gate import GateOutcome
from ingestion.programme import Programme
from orchestration.build_load import load_build
from orchestration.dbt_build import DbtOutcome, build
from orchestration.failing_rows import Failure, failures_of
from orchestration.home import Home
from orchestration.nightlog import log
from orchestration.progress import report
from orchestration.retry import retrying

Hear = Callable[[dict[str, Any]], Iterable[Any]]
_END = None


@dataclass(frozen=True)
class Settings:
    """What all tries of one run share."""

    home: Home
    programme: Programme
    as_of: date
    today: date  # by the clock, whatever the day is as of which is built
    engine: str
    nodes: int  # models, seeds and tests that there are to build
    hear: Hear  # what becomes of each thing that dbt says of a node, while dbt goes on


@dataclass(frozen=True)
class Marts:
    """How one try ended."""

    database: Path
    left_out: Mapping[str, str]  # receipts that did not take part, with the reason
    dbt: DbtOutcome
    gate: GateOutcome | None  # None where dbt failed
    events: Sequence[Any]  # what became of what dbt said of each node
    failures: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the marts may be published."""
        return self.dbt.succeeded and self.gate is not None and self.gate.passed


def build_marts(settings: Settings, database: Path, left_out: Mapping[str, str], *, is_loaded: bool) -> Marts:
    """Build and audit the marts in a database, without some receipts.

    `is_loaded` says that the database is there already, with what the models stand on.
    """
    links = database.parent / "landed"
    if not is_loaded:
        database.parent.mkdir(parents=True, exist_ok=True)
        with retrying(lambda: duckdb.connect(str(database))) as connection:
            load_build(
                connection,
                settings.home,
                settings.programme,
                today=settings.today,
                left_out=left_out,
                links=links,
            )
    report("Building the marts")
    audit = AuditBeside()
    try:
        dbt, events = run_dbt(settings, database, links if links.is_dir() else settings.home.landed)
        if not dbt.succeeded:
            return Marts(database, left_out, dbt, None, events, failures_of(dbt, None, database))
        report("Auditing the marts")
        gate = audit.of(database)
    finally:
        audit.close()
    return Marts(database, left_out, dbt, gate, events, () if gate.passed else failures_of(dbt, gate, database))


def run_dbt(
    settings: Settings, database: Path, landed: Path, select: str | None = None
) -> tuple[DbtOutcome, Sequence[Any]]:
    """Run dbt in a thread of its own, with its progress shown here; its outcome and what became of what it said."""
    heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
    outcome: list[DbtOutcome] = []

    def run() -> None:
        try:
            outcome.append(
                build(
                    database,
                    settings.home.build / "dbt",
                    as_of=settings.as_of,
                    programme=settings.programme,
                    select=select,
                    listener=heard.put,
                    engine=settings.engine,
                    landed=landed,
                )
            )
        finally:
            heard.put(_END)

    threading.Thread(target=run, name="dbt", daemon=True).start()
    events: list[Any] = []
    done = 0
    while (event := heard.get()) is not _END:
        done += 1
        events += settings.hear(event)
        log("warehouse", "node done", node=_name_of(event), nodes_done=done)
        report(f"Building the marts: {done} of {settings.nodes} models and tests")
    if not outcome:
        return DbtOutcome(
            succeeded=False, failures=("dbt ended unexpectedly; see its log in the build folder",)
        ), events
    return outcome[0], events


def _name_of(event: Mapping[str, Any]) -> str:
    return str(event.get("data", {}).get("node_info", {}).get("node_name", ""))
