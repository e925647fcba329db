"""The gate: Great Expectations audits every mart of a build before it may be published."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

SUITES_FOLDER = Path(__file__).parent
_SAMPLE = 1000  # rows kept of those that broke an expectation: so many lead back to what was sent


class SuiteError(Exception):
    """A suite is not spelt as it must be; the message names it and says what to do."""


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite: Great Expectations' name for it, its arguments, and why it is held."""

    expectation: str
    arguments: Mapping[str, Any]
    why: str

    @property
    def column(self) -> str | None:
        """The column or columns that it speaks of, `, ` between; None where it is about the whole mart."""
        told = self.arguments
        columns = told.get("column_list") or [told[key] for key in ("column", "column_A", "column_B") if key in told]
        return ", ".join(columns) or None


@dataclass(frozen=True)
class Suite:
    """What must hold of one mart. `keys` are shown of rows that break it; `derived` are columns worked out for it."""

    mart: str
    keys: tuple[str, ...]
    derived: Mapping[str, str]
    expectations: tuple[Expected, ...]


@dataclass(frozen=True)
class GateResult:
    """How one expectation ended over one mart."""

    mart: str
    expectation: str
    column: str | None
    passed: bool
    unexpected: int  # rows that broke it; 0 where it is not about rows
    sample: tuple[Mapping[str, Any], ...]  # keys and columns of the first few of those rows
    why: str
    problem: str | None  # what kept it from being checked

    @property
    def sentence(self) -> str:
        """What is wrong, in one line."""
        where = f"{self.mart}.{self.column}" if self.column else self.mart
        if self.problem:
            return f"{where}: {self.problem}"
        rows = f" Rows: {self.unexpected}." if self.unexpected else ""
        first = ", ".join(f"{name} {value}" for name, value in self.sample[0].items()) if self.sample else ""
        return f"{where}: {self.why}{rows}" + (f" The first: {first}." if first else "")


@dataclass(frozen=True)
class GateOutcome:
    """How the audit of one build ended."""

    passed: bool
    results: tuple[GateResult, ...]


def suite_names() -> tuple[str, ...]:
    """The marts that have a suite, in order of name."""
    return tuple(sorted(file.stem for file in SUITES_FOLDER.glob("*.yml")))


@cache
def read_suite(mart: str) -> Suite:
    """The suite of a mart.

    Raises SuiteError where an expectation does not say what it expects or why.
    """
    described = yaml.safe_load((SUITES_FOLDER / f"{mart}.yml").read_text(encoding="utf-8"))
    expectations = []
    for one in described["expectations"]:
        arguments = {key: value for key, value in one.items() if key not in ("expect", "why")}
        if "expect" not in one or "why" not in one:
            raise SuiteError(f"The suite {mart} has an expectation without `expect` or `why`: {one}.")
        expectations.append(Expected(f"expect_{one['expect']}", arguments, one["why"]))
    return Suite(mart, tuple(described["keys"]), described.get("derived", {}), tuple(expectations))


def audit(database: Path, marts: Sequence[str] | None = None) -> GateOutcome:
    """Check every mart of a build database, or only those named, against its suite. The database is only read.

    A mart or column that is absent is a failure with its `problem`, not an exception.
    """
    results: list[GateResult] = []
    frames = _context().data_sources.add_pandas("marts")
    with duckdb.connect(str(database), read_only=True) as connection:
        for mart in suite_names() if marts is None else marts:
            results += _audit_mart(frames, connection, read_suite(mart))
    return GateOutcome(all(result.passed for result in results), tuple(results))


def get_ready() -> Any:
    """Import Great Expectations, which takes some seconds, so that it tells nobody; the package."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read while the package is imported
    import great_expectations

    return great_expectations


def _context() -> Any:
    """A context of Great Expectations that keeps nothing and draws no progress bars."""
    great_expectations = get_ready()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _audit_mart(frames: Any, connection: duckdb.DuckDBPyConnection, suite: Suite) -> Iterator[GateResult]:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    derived = "".join(f", {sql} as {name}" for name, sql in suite.derived.items())
    try:
        rows = connection.execute(f"select *{derived} from marts.{suite.mart} as this").df()
    except duckdb.Error as error:
        problem = f"cannot be read: {str(error).splitlines()[0]}"
        yield GateResult(suite.mart, "expect_table_columns", None, False, 0, (), "The mart is there.", problem)
        return
    asset = frames.add_dataframe_asset(suite.mart)
    batch = asset.get_batch(asset.build_batch_request({"dataframe": rows}))
    told = [
        ExpectationConfiguration(type=one.expectation, kwargs=dict(one.arguments), meta={"place": place})
        for place, one in enumerate(suite.expectations)
    ]
    asked = ExpectationSuite(name=suite.mart, expectations=[one.to_domain_obj() for one in told])
    validated = batch.validate(asked, result_format="COMPLETE")
    by_place = {result.expectation_config.meta["place"]: result for result in validated.results}
    for place, one in enumerate(suite.expectations):
        yield _result(suite, one, by_place[place], rows)


def _result(suite: Suite, one: Expected, validation: Any, rows: Any) -> GateResult:
    found = validation.result or {}
    places: Sequence[int] = (found.get("unexpected_index_list") or ())[:_SAMPLE]
    columns = [*suite.keys, *(name for name in (one.column or "").split(", ") if name and name not in suite.keys)]
    return GateResult(
        mart=suite.mart,
        expectation=one.expectation,
        column=one.column,
        passed=bool(validation.success),
        unexpected=int(found.get("unexpected_count") or 0),
        sample=tuple({name: rows[name].iloc[place] for name in columns} for place in places),
        why=one.why,
        problem=_problem(validation.exception_info or {}),
    )


def _problem(information: Mapping[str, Any]) -> str | None:
    """The first exception that kept an expectation from being checked, in one line."""
    told = information if "raised_exception" in information else next(iter(information.values()), {})
    return str(told["exception_message"]).splitlines()[0] if told.get("raised_exception") else None
