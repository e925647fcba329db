"""Apache Spark as the engine of a build: it reads the landed Parquet where it lies and hands tables back as Parquet.

The build database stays a DuckDB file, so the gate, the alerts and the release never learn which engine counted.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from publishing.tables import quoted
from workspace.errors import PlainError

# What whoever reads the build database looks at; the rest stays in Spark's folder.
_BROUGHT_BACK = ("reference", "alerts", "marts")
_SOURCES = ("landed", "register", "programme", "operations")
_SPARK_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "double",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
_ANSI = "spark.sql.ansi.enabled"
# What the figures depend on. Anything else (partitions, places, passwords) is for Spark's own spark-defaults.conf.
_SAME_FIGURES = {
    "spark.sql.session.timeZone": "UTC",
    _ANSI: "true",  # what overflows or cannot be cast is an error, as in DuckDB
    "spark.sql.parser.escapedStringLiterals": "false",  # a backslash in a text begins an escape
    "spark.sql.legacy.consecutiveStringLiterals.enabled": "false",  # two quotes in a text are one
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # the only one that every reader takes as UTC
}
_INSTEAD = "Or count on this machine alone: returns nightly --engine duckdb"
_NEEDED = "The engine Spark needs {what}. Install it with: {how}. " + _INSTEAD


class EngineError(PlainError):
    """Spark cannot be used; the message says what to install or to look at, in one line."""


def needs() -> str | None:
    """What is still to be installed before Spark can run, in one line; None where it is all there."""
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        return _NEEDED.format(what="pyspark and dbt-spark", how="make spark")
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        return _NEEDED.format(what="Java 17", how="apt-get install openjdk-17-jre-headless (or set JAVA_HOME)")
    return None


def require_spark() -> None:
    """Raise EngineError where Spark is not installed."""
    missing = needs()
    if missing:
        raise EngineError(missing)


@dataclass(frozen=True)
class SparkWarehouse:
    """What a build on Spark ends with. Both raise EngineError where Spark is gone or the disk is full."""

    session: Any
    database: Path
    folder: Path

    def bring_back(self) -> None:
        """Put every table that is read after the build into the build database."""
        with _in_one_line():
            _bring_back(self.database, self.folder)

    def require_answer(self) -> None:
        """Ask Spark something. Of a build that failed: where Spark does not answer, it failed for that and no more."""
        with _in_one_line():
            self.session.sql("select 1").collect()


@contextmanager
def spark_warehouse(database: Path, landed: Path) -> Iterator[SparkWarehouse]:
    """A Spark session with the sources of a build database in it.

    `landed` is the folder with one folder of Parquet files for each receipt. Raises EngineError where Spark is not
    installed, cannot start, or is gone before the end.
    """
    require_spark()
    folder = database.parent / "spark"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with _in_one_line():
        session = _start(folder)
    try:
        with _in_one_line():
            _load_sources(session, database, landed, folder / "sources")
        with _as_strict_as_duckdb():
            yield SparkWarehouse(session, database, folder / "warehouse")
    finally:
        with _in_one_line():
            session.stop()


@contextmanager
def _as_strict_as_duckdb() -> Iterator[None]:
    """Keep ANSI on: dbt-spark turns it off before each statement, and what cannot be counted would become a blank."""
    from dbt.adapters.spark.connections import SparkCredentials

    made = SparkCredentials.__post_init__

    def strict(credentials: SparkCredentials) -> None:
        made(credentials)
        credentials.server_side_parameters[_ANSI] = _SAME_FIGURES[_ANSI]

    SparkCredentials.__post_init__ = strict
    try:
        yield
    finally:
        SparkCredentials.__post_init__ = made


def _start(folder: Path) -> Any:
    from pyspark.sql import SparkSession

    # pyspark writes each error of SQL once more, with all of Java's trace, between the lines that a run prints.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).disabled = True
    builder = SparkSession.builder.appName("cluster-returns").master(_master())
    settings = _SAME_FIGURES | {
        # The catalogue of a build lives as long as the build; nothing of an earlier one can be seen.
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "scratch"),
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.driver.memory": java_memory(os.environ.get("RETURNS_MEMORY", "2500MB")),
        # A model with many computed columns was planned for three minutes, to find filters that saved nothing.
        "spark.sql.constraintPropagation.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _told_to(folder / "spark.log"):
        return builder.getOrCreate()


def _master() -> str:
    """The address of the cluster; else all cores of this machine."""
    return os.environ.get("RETURNS_SPARK_MASTER") or "local[*]"


@contextmanager
def _in_one_line() -> Iterator[None]:
    """What Java, Spark or the disk say as an EngineError, without the hundred lines of where it was said."""
    from py4j.protocol import Py4JError, Py4JNetworkError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, OSError, duckdb.Error) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        # Of an error of Java the first line says where, the second what.
        told = said[1] if len(said) > 1 and isinstance(error, Py4JError) else said[0]
        # That is how a session ends which found nobody at the address of its cluster.
        if "stopped SparkContext" in str(error):
            told = f"the cluster at {_master()} does not answer, or it was stopped"
        elif isinstance(error, (Py4JNetworkError, ConnectionError)):
            told = "its process of Java has ended, perhaps because the machine lacks memory"
        raise EngineError(f"Spark cannot be used: {told.strip(' :.')}. {_INSTEAD}") from error


@contextmanager
def _told_to(log: Path) -> Iterator[None]:
    """What Java says on its way, and later, goes into a file and not between the lines of the night."""
    ours = os.dup(2)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)


def java_memory(memory: str) -> str:
    """A size as DuckDB takes it (2500MB, 4 GB), as Java takes it (2500m, 4g)."""
    found = re.fullmatch(r"\s*(\d+)\s*([MG])i?B\s*", memory)
    if not found:
        raise EngineError(f"RETURNS_MEMORY is {memory}, which Spark cannot take. Write it like 2500MB or 4GB.")
    return found[1] + found[2].lower()


def _load_sources(session: Any, database: Path, landed: Path, folder: Path) -> None:
    """The sources of the build database as tables of Spark: landed rows where they lie, the small others as copies."""
    with duckdb.connect(str(database), read_only=True) as connection:
        relations = connection.execute(
            "select table_schema, table_name, table_type = 'VIEW' from information_schema.tables"
            f" where table_schema in {_SOURCES} order by all"
        ).fetchall()
        for schema in _SOURCES:
            session.sql(f"create schema {schema}")
        for schema, name, lies_landed in relations:
            columns = connection.execute(f"describe {schema}.{name}").fetchall()
            typed = ", ".join(f"`{column}` {_SPARK_TYPES[kind]}" for column, kind, *_ in columns)
            if lies_landed:
                files = f"{_as_pattern(landed)}/*/{name}.parquet"
            else:
                files = str(folder / schema / f"{name}.parquet")
                Path(files).parent.mkdir(parents=True, exist_ok=True)
                connection.execute(f"copy {schema}.{name} to '{quoted(Path(files))}' (format parquet)")
            path = files.replace("'", "''")
            session.sql(f"create table {schema}.{name} ({typed}) using parquet options (path '{path}')")


def _as_pattern(folder: Path) -> str:
    """A folder as Spark's patterns of files take it."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", str(folder.resolve()))


def _bring_back(database: Path, warehouse: Path) -> None:
    """Every table that is read after the build, from its Parquet files into the build database."""
    with duckdb.connect(str(database)) as connection:
        for schema in _BROUGHT_BACK:
            connection.execute(f"create schema if not exists {schema}")
            for table in sorted((warehouse / f"{schema}.db").glob("*")):
                files = quoted(table / "*.parquet")
                connection.execute(f"create table {schema}.{table.name} as select * from read_parquet('{files}')")
