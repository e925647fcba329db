"""A build on Spark that stops at a return goes on without it; one whose Spark is gone is told as that, at once.

The project of dbt is the real one with one model in place of all, and the gate lets everything pass: what is looked at
is what becomes of a build, and not what is counted.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo import lay_demo
from expectations.suites.beside import AuditBeside
from expectations.suites.gate import GateOutcome
from ingestion.programme import SPARK, Programme, read_programme
from ingestion.receive import receive
from orchestration import dbt_build
from orchestration.build_attempt import Settings
from orchestration.build_load import load_build
from orchestration.build_step import Built, build_without_guilty
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inputs import inputs_of
from orchestration.landing import land
from tests.orchestration.test_set_aside import change

AS_OF = date(2026, 8, 1)
NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)
FILES = ("Walsall return 2024-25.xlsx", "Smethwick return 2024-25.xlsx")
# A figure of one organisation cannot be counted, in whatever order Spark looks at rows.
COUNTED = """
select
    receipts.cluster_id,
    sum(case organisations.organisation_name when 'Raises Ltd' then cast(organisation_name as integer) else 1 end) as n
from {{ source('landed', 'organisations') }} as organisations
inner join {{ source('landed', 'receipts') }} as receipts on organisations.receipt_id = receipts.receipt_id
group by receipts.cluster_id
"""
AFTER = "select sum(n) as n from {{ ref('counted') }}"
Run = Callable[..., Built]


@pytest.fixture(scope="module")
def home_of_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Programme]:
    """A home with two landed returns and no release."""
    folder = tmp_path_factory.mktemp("two")
    programme = read_programme(SHIPPED_PROGRAMME)
    lay_demo(folder / "demo", seed=2022, now=NOW, programme=programme)
    home = Home(folder / "home")
    home.inbox.mkdir(parents=True)
    for name in FILES:
        shutil.copy2(folder / "demo" / "inbox" / name, home.inbox)
    receive(home.inbox, home.archive, now=NOW)
    land(home, programme, progress=lambda words: None, processes=1, as_of=AS_OF)
    return home, programme


@pytest.fixture
def run(
    home_of_two: tuple[Home, Programme],
    spark_settings: Mapping[str, str],
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """The build of a run on Spark."""
    models = tmp_path / "dbt_project" / "models"
    shutil.copytree(project / "dbt_project", models.parent, ignore=shutil.ignore_patterns("models", "seeds", "tests"))
    (models / "marts").mkdir(parents=True)
    shutil.copy2(project / "dbt_project" / "models" / "sources.yml", models)
    (models / "marts" / "counted.sql").write_text(COUNTED, encoding="utf-8")
    (models / "marts" / "counted_after.sql").write_text(AFTER, encoding="utf-8")
    monkeypatch.setattr(dbt_build, "DBT_PROJECT", models.parent)
    monkeypatch.setattr(AuditBeside, "of", lambda self, database: GateOutcome(True, ()))
    for name in ("SPARK_CONF_DIR", "SPARK_LOCAL_IP"):
        monkeypatch.setenv(name, spark_settings[name])
    home, programme = home_of_two
    folder = tmp_path / "build"

    def build(hear: Callable[[dict[str, Any]], Iterable[Any]] = lambda event: ()) -> Built:
        folder.mkdir()
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            load_build(connection, home, programme, today=AS_OF, left_out={}, links=folder / "landed")
        settings = Settings(home, programme, AS_OF, AS_OF, SPARK, 2, hear)
        inputs = inputs_of(home, programme, as_of=AS_OF)
        return build_without_guilty(settings, folder, run="a run", now=NOW, inputs=inputs)

    return build


@pytest.fixture
def java_started_again() -> Iterator[None]:
    """After it, the next build in this process starts a Java of its own."""
    yield
    from pyspark import SparkContext

    SparkContext._gateway = SparkContext._jvm = None


def test_a_return_that_stops_the_build_is_left_out_of_it(
    run: Run, home_of_two: tuple[Home, Programme], tmp_path: Path
) -> None:
    home, _ = home_of_two
    (walsall,) = (
        file.parent
        for file in home.landed.glob("*/landing.json")
        if '"cluster_id": "walsall"' in file.read_text(encoding="utf-8")
    )
    shutil.copytree(walsall, tmp_path / "as it was")
    change(walsall / "organisations.parquet", 2, organisation_name="Raises Ltd")
    try:
        built = run()
    finally:
        shutil.rmtree(walsall)
        shutil.move(tmp_path / "as it was", walsall)
        shutil.rmtree(home.set_aside, ignore_errors=True)
    assert built.failure is None
    assert [(one.cluster_id, one.is_certain) for one in built.set_aside] == [("walsall", True)]
    assert built.set_aside[0].reason == "With this return a calculation of the figures stopped."
    with duckdb.connect(str(tmp_path / "build" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select cluster_id from marts.counted").fetchall() == [("smethwick",)]


def test_a_spark_that_is_gone_is_told_and_no_return_is_left_out(run: Run, java_started_again: None) -> None:
    from pyspark import SparkContext

    ended = []

    def kill(event: dict[str, Any]) -> Iterable[Any]:
        """The first model is counted: there is no Java for the next."""
        if not ended:
            ended.append(SparkContext._gateway.proc.pid)
            os.kill(ended[0], signal.SIGKILL)
        return ()

    built = run(kill)
    assert built.failure == (
        "The figures could not be built, and no return is to blame. Spark cannot be used: its process of Java has "
        "ended, perhaps because the machine lacks memory. Or count on this machine alone: "
        "returns nightly --engine duckdb"
    )
    assert ended
    assert built.set_aside == ()
