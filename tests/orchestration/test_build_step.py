"""What is told of a build that fails though no return is to blame, and how often it is tried. No dbt runs here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.programme import Programme, read_programme
from orchestration import build_step
from orchestration.build_attempt import Marts, Settings
from orchestration.build_step import Built, build_without_guilty
from orchestration.dbt_build import DbtOutcome
from orchestration.failing_rows import Failure
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.set_aside import records

DAY = date(2026, 8, 1)
STOPPED = "a calculation of the figures stopped"
Builds = Callable[..., Built]


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme(SHIPPED_PROGRAMME)


@pytest.fixture
def tried(tmp_path: Path) -> list[set[str]]:
    """What was left out of each build of a test."""
    folder = tmp_path / "build"
    folder.mkdir()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema landed")
        connection.execute(
            """
            create table landed.receipts as
            select *, 'landed' as status, 'walsall' as cluster_id, '2024-25' as reporting_year,
                receipt_id || '.xlsx' as file_name, now() as received_at, now() as arrived_at
            from (values ('one'), ('two')) as t (receipt_id)
            """
        )
        for name in ("places", "organisations"):
            connection.execute(f"create table landed.{name} as select 'none' as receipt_id")
    return []


@pytest.fixture
def builds(tmp_path: Path, programme: Programme, tried: list[set[str]], monkeypatch: pytest.MonkeyPatch) -> Builds:
    """A run whose builds fail one after another with these outcomes."""

    def run(*outcomes: DbtOutcome | str) -> Built:
        def build(settings: Settings, database: Path, left_out: Mapping[str, str], *, is_loaded: bool) -> Marts:
            outcome = outcomes[len(tried)]
            tried.append(set(left_out))
            if isinstance(outcome, DbtOutcome):
                return Marts(database, left_out, outcome, None, ())
            # What a try has built is asked for its receipts.
            database.parent.mkdir(parents=True, exist_ok=True)
            duckdb.connect(str(database)).close()
            failure = Failure("int_x", outcome, STOPPED)
            return Marts(database, left_out, DbtOutcome(False, (f"int_x: {outcome}",)), None, (), (failure,))

        monkeypatch.setattr(build_step, "build_marts", build)
        home = Home(tmp_path / "home")
        home.logs.mkdir(parents=True)
        settings = Settings(home, programme, DAY, DAY, "spark", 400, lambda event: ())
        now = datetime(2026, 8, 1, tzinfo=UTC)
        built = build_without_guilty(settings, tmp_path / "build", run="a run", now=now, inputs={})
        assert records(home) == ()
        return built

    return run


def test_an_engine_that_cannot_be_used_is_told_in_its_own_words(builds: Builds, tried: list[set[str]]) -> None:
    fault = "Spark cannot be used: the cluster at spark://a:1 does not answer, or it was stopped."
    built = builds(DbtOutcome(succeeded=False, failures=(fault,), engine_fault=fault))
    assert built.failure == f"The figures could not be built, and no return is to blame. {fault}"
    assert tried == [set()]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Out of Memory Error: failed to allocate data of size 32 KiB", "lacks memory, disk space or a right"),
        ("java.lang.OutOfMemoryError: Java heap space", "lacks memory, disk space or a right"),
        ("Lost task 0.3: java.io.IOException: No space left on device", "lacks memory, disk space or a right"),
        ("most recent failure: ExecutorLostFailure (executor 3 exited)", "Spark lost machines of its cluster"),
        ("Job 12 cancelled because SparkContext was shut down", "Spark lost machines of its cluster"),
        ("[ASSIGNMENT_ARITY_MISMATCH] 33 and 1. SQLSTATE: 42802; line 365", "The program itself has a mistake"),
        ('Parser Error: syntax error at or near "form"', "The program itself has a mistake"),
    ],
)
def test_a_fault_of_machine_cluster_or_program_is_told_at_once(
    said: str, told: str, builds: Builds, tried: list[set[str]]
) -> None:
    built = builds(said)
    assert built.failure is not None
    assert built.failure.startswith("The figures could not be built, and no return is to blame. ")
    assert told in built.failure
    assert "Details: logs/last-failed-build.txt." in built.failure
    assert tried == [set()]


@pytest.mark.parametrize(
    "said",
    [
        '[CAST_INVALID_INPUT] The value \'x\' of the type "STRING" cannot be cast to "INT". SQLSTATE: 22018',
        "Conversion Error: Could not convert string 'x' to INT32",
        "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times: SparkArithmeticException: overflow",
    ],
)
def test_a_figure_that_cannot_be_counted_may_be_of_a_return(
    said: str, builds: Builds, tried: list[set[str]], tmp_path: Path
) -> None:
    """It fails without the new ones too: none is set aside, and the words that only we understand are in the log."""
    built = builds(said, said)
    assert built.failure == (
        "The figures could not be built: a calculation of the figures stopped, also without the returns that are new, "
        "so no return is to blame. Details: logs/last-failed-build.txt."
    )
    assert tried == [set(), {"one", "two"}]
    assert (tmp_path / "home" / "logs" / "last-failed-build.txt").read_text(encoding="utf-8") == f"int_x: {said}\n"


def test_a_machine_that_fails_during_the_search_ends_it(builds: Builds, tried: list[set[str]]) -> None:
    """Else what the machine did would be held against the returns of the other half."""
    built = builds("Conversion Error: 'x'", DbtOutcome(succeeded=False, failures=("gone",), engine_fault="Gone."))
    assert built.failure == "The figures could not be built, and no return is to blame. Gone."
    assert tried == [set(), {"one", "two"}]
