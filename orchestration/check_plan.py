"""The SQL that a check runs, kept from the last build of the day, so that no check waits for dbt to compile it again.

A plan is good for one day, one set of models and rules, one set of thresholds and one time zone; they are in its name.
It lies below `build/`, so it may be deleted at any time: the next check builds with dbt and keeps a new one. So it
does where a bit of a plan is not as it was kept.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from ingestion.land import parquet_hashes
from ingestion.programme import Programme
from orchestration.dbt_build import BuiltNode
from orchestration.hashes import hash_of_code
from publishing.tables import quoted
from workspace.records import DamagedError, read_record, record_bytes

# What a check reads in the end.
LAST = "int_alert_states"
# The name that dbt gave the database in its SQL: that of the file of every build.
_DATABASE = "warehouse"
_KEPT = 2
_PLAN = "steps.json"


@dataclass(frozen=True)
class Step:
    """One relation to make: a seed from its Parquet file in the plan, a view or a table from its SQL."""

    relation: str  # as dbt writes it, with quotes
    kind: str  # seed, view or table
    sql: str  # of a seed: the name of its file


@dataclass(frozen=True)
class _Plan:
    """The record of a plan."""

    steps: tuple[Step, ...]  # in the order in which they are made
    seeds: Mapping[str, str]  # SHA-256 of each Parquet file in the plan, by its name


def keep_plan(plans: Path, database: Path, built: Sequence[BuiltNode], *, as_of: date, programme: Programme) -> None:
    """Keep what a build compiled for the checks of its day. `database` has its seeds."""
    by_id = {node.unique_id: node for node in built}
    wanted: dict[str, set[str]] = {}
    waiting = [node.unique_id for node in built if node.name == LAST]
    while waiting:
        one = waiting.pop()
        if one not in wanted:
            wanted[one] = {needed for needed in by_id[one].needs if needed in by_id}
            waiting += wanted[one]
    ordered = TopologicalSorter({one: sorted(wanted[one]) for one in sorted(wanted)}).static_order()
    plans.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=plans))
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            steps = tuple(_step(by_id[one], making, connection) for one in ordered)
        (making / _PLAN).write_bytes(record_bytes(_Plan(steps, parquet_hashes(making))))
        with suppress(OSError):  # the same plan was kept in the meantime
            making.replace(plans / _name(as_of, programme))
    finally:
        shutil.rmtree(making, ignore_errors=True)
    kept = sorted(plans.glob("[!.]*"), key=lambda folder: folder.stat().st_mtime)
    # A check that has just begun may still read the one before.
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _step(node: BuiltNode, folder: Path, connection: duckdb.DuckDBPyConnection) -> Step:
    if node.kind != "seed":
        return Step(node.relation, node.kind, node.sql)
    connection.execute(f"copy {node.relation} to '{quoted(folder / node.name)}.parquet' (format parquet)")
    return Step(node.relation, "seed", f"{node.name}.parquet")


def kept_plan(plans: Path, *, as_of: date, programme: Programme) -> tuple[Path, list[Step]] | None:
    """The folder and the steps of the plan of this day, these models and this programme; None where there is none.

    A plan that is not as it was kept is none, and makes room for the next.
    """
    folder = plans / _name(as_of, programme)
    try:
        plan = read_record(folder / _PLAN, _Plan, what_to_do="The next check makes it again.")
        if parquet_hashes(folder) == plan.seeds:
            return folder, list(plan.steps)
    except (DamagedError, OSError):
        pass
    # Also where there is half a plan. Who may only read the home leaves it where it is.
    shutil.rmtree(folder, ignore_errors=True)
    return None


def run_plan(connection: duckdb.DuckDBPyConnection, folder: Path, steps: Sequence[Step]) -> None:
    """Make every relation of a plan in the database `warehouse` of this connection, which has the landed rows."""
    for schema in sorted({step.relation.split(".")[1] for step in steps}):
        connection.execute(f"create schema if not exists {_DATABASE}.{schema}")
    for step in steps:
        if step.kind == "seed":
            connection.execute(
                f"create table {step.relation} as select * from read_parquet('{quoted(folder / step.sql)}')"
            )
        else:
            connection.execute(f"create {step.kind} {step.relation} as ({step.sql}\n)")


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """A database in memory under the name that the SQL of a plan uses."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach ':memory:' as {_DATABASE}")
    connection.execute(f"use {_DATABASE}")
    return connection


def _name(as_of: date, programme: Programme) -> str:
    settings = json.dumps(programme.thresholds, sort_keys=True)
    return hashlib.sha256(f"{as_of} {programme.time_zone} {settings} {hash_of_code()}".encode()).hexdigest()[:32]
