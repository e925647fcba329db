"""Run the dbt project in this process: no new interpreter, no second parse, every event handed to whoever listens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.programme import DUCKDB, SPARK, Programme
from orchestration.home import PROJECT

DBT_PROJECT = PROJECT / "dbt_project"
# What a node's own result is called in dbt's events.
RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult"})
_FAILED = frozenset({"error", "fail", "runtime error"})
EventListener = Callable[[dict[str, Any]], None]
# What was parsed last in this process, by target, engine and variables: dbt's own objects, handed to the next build.
_parsed: dict[tuple[Path, str, str], Any] = {}


@dataclass(frozen=True)
class BuiltNode:
    """One seed or model as dbt built it."""

    unique_id: str
    name: str
    relation: str  # database, schema and name, as dbt writes it in SQL
    kind: str  # seed, view or table
    sql: str  # compiled; empty for a seed
    needs: tuple[str, ...]  # ids of the nodes that it reads


@dataclass(frozen=True)
class FailedNode:
    """A seed, model or test that failed."""

    name: str
    kind: str  # seed, model, or the kind of a test: key, filled, sums_agree, ...; test where it is of its own kind
    sql: str  # compiled; of a test it gives the rows that fail
    tests: str  # id of the model that a test is about; empty for others
    column: str | None  # the column that a test is about
    message: str


@dataclass(frozen=True)
class DbtOutcome:
    """How one dbt run ended."""

    succeeded: bool
    failures: tuple[str, ...]  # one sentence for each node that failed
    built: tuple[BuiltNode, ...] = ()  # the seeds and models, in the order in which they were done
    failed: tuple[FailedNode, ...] = ()  # empty where dbt did not come to build at all
    engine_fault: str | None = None  # why the engine could not count, in words for people; None where it could


def parse_project(target: Path, *, as_of: date, programme: Programme, engine: str = DUCKDB) -> Path:
    """Write `manifest.json` of the dbt project below `target` and say where; quick when nothing has changed.

    The next build in this process with the same settings does not parse again. Raises EngineError where the engine
    is not installed.
    """
    if engine == SPARK:
        from orchestration.spark_engine import require_spark

        require_spark()
    variables = _variables(as_of, programme)
    # dbt names the database after its file, so what was parsed fits only a file of the same name.
    outcome, parsed = _invoke(["parse", "--vars", variables], target, target / "warehouse.duckdb", engine)
    if not outcome.succeeded:
        raise RuntimeError("The dbt project cannot be parsed: " + "; ".join(outcome.failures))
    _parsed[target, engine, variables] = parsed
    return target / "manifest.json"


def build(
    database: Path,
    target: Path,
    *,
    as_of: date,
    programme: Programme,
    select: str | None = None,
    with_tests: bool = True,
    listener: EventListener | None = None,
    engine: str = DUCKDB,
    landed: Path | None = None,
) -> DbtOutcome:
    """Build seeds, models and tests into the database file; unit tests are not for the night.

    The engine Spark reads the landed rows in the folder `landed` itself.
    """
    chosen = ["--select", select] if select else []
    left_out = ["--exclude-resource-type", "unit_test", *([] if with_tests else ["--exclude-resource-type", "test"])]
    variables = _variables(as_of, programme)
    words = ["build", *chosen, *left_out, "--vars", variables]
    parsed = _parsed.pop((target, engine, variables), None)
    if engine == DUCKDB:
        return _invoke(words, target, database, engine, listener, parsed)[0]
    from orchestration.spark_engine import EngineError, spark_warehouse

    if landed is None:
        raise ValueError("a build on Spark has to know where the landed rows lie")
    try:
        with spark_warehouse(database, landed) as warehouse:
            outcome, _ = _invoke(words, target, database, engine, listener, parsed)
            if outcome.succeeded:
                warehouse.bring_back()
            else:
                warehouse.require_answer()
    except EngineError as error:
        return DbtOutcome(succeeded=False, failures=(str(error),), engine_fault=str(error))
    return outcome


def _variables(as_of: date, programme: Programme) -> str:
    told = {"as_of": as_of.isoformat(), "thresholds": programme.thresholds, "time_zone": programme.time_zone}
    return json.dumps(told, sort_keys=True)


def _invoke(
    words: Sequence[str],
    target: Path,
    database: Path,
    engine: str,
    listener: EventListener | None = None,
    manifest: Any = None,
) -> tuple[DbtOutcome, Any]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict

    def heard(event: Any) -> None:
        if listener and event.info.name in RESULT_EVENTS:
            listener(MessageToDict(event, preserving_proto_field_name=True))

    target.mkdir(parents=True, exist_ok=True)
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
    places += ["--target", engine]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--log-path", str(target), "--no-use-colors"]
    with _environment(RETURNS_WAREHOUSE=str(database), DBT_SEND_ANONYMOUS_USAGE_STATS="false", DO_NOT_TRACK="1"):
        try:
            outcome = dbtRunner(manifest=manifest, callbacks=[heard]).invoke([*words, *places, *quiet])
        finally:
            # dbt keeps the database open for its next command, which would keep every reader out.
            DuckDBConnectionManager.close_all_connections()
    done = DbtOutcome(bool(outcome.success), tuple(_failures(outcome)), tuple(_built(outcome)), tuple(_failed(outcome)))
    return done, outcome.result


def _built(outcome: Any) -> Iterator[BuiltNode]:
    for result in getattr(outcome.result, "results", None) or ():
        node = result.node
        if str(node.resource_type) in {"seed", "model"}:
            sql = getattr(node, "compiled_code", None) or ""  # a seed has none
            yield BuiltNode(
                node.unique_id,
                node.name,
                node.relation_name,
                node.config.materialized,
                sql,
                tuple(node.depends_on_nodes),
            )


def _failed(outcome: Any) -> Iterator[FailedNode]:
    for result in getattr(outcome.result, "results", None) or ():
        if str(result.status) in _FAILED:
            node = result.node
            kind = str(node.resource_type)
            if kind == "test":
                kind = str(getattr(getattr(node, "test_metadata", None), "name", kind))
            yield FailedNode(
                node.name,
                kind,
                getattr(node, "compiled_code", None) or "",
                getattr(node, "attached_node", None) or "",
                getattr(node, "column_name", None),
                " ".join(str(result.message).split()),
            )


def _failures(outcome: Any) -> Iterator[str]:
    if outcome.exception is not None:
        yield " ".join(str(outcome.exception).split())
    for result in getattr(outcome.result, "results", None) or ():
        if str(result.status) in _FAILED:
            yield f"{result.node.name}: {' '.join(str(result.message).split())}"


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Set variables of the environment while dbt runs; its profile reads them."""
    before: Mapping[str, str | None] = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
