"""Every sum that is held against its parts is seen where it does not add up, and never stops a build."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.sums import adds_up, tolerance_ratio
from orchestration.notices import notice_lines, notices_of
from tests.dbt_project.small_programme import Built

pytestmark = pytest.mark.xdist_group("six_organisations")

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
COMPILED = "compiled/cluster_returns/models"
SCHEMAS = ("marts", "intermediate")


def declared(file: str) -> list[Mapping[str, Any]]:
    (model,) = yaml.safe_load((MODELS / file).read_text(encoding="utf-8"))["models"]
    found: list[Mapping[str, Any]] = model["config"]["meta"]["reconciliations"]
    return found


TOTALS = declared("marts/reconciliations.yml")
DECOMPOSITIONS = declared("intermediate/int_reconciliations.yml")


@pytest.fixture(scope="module")
def tampered(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the six organisations' database in which a test may change what it likes, within a transaction."""
    copy = tmp_path_factory.mktemp("tampered") / "warehouse.duckdb"
    shutil.copy(built.database, copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


def sql_of(built: Built, model: str) -> str:
    return (built.target / COMPILED / model).read_text(encoding="utf-8")


def schema_of(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    (schema,) = connection.execute(
        f"select table_schema from information_schema.tables where table_name = ? and table_schema in {SCHEMAS}",
        [relation],
    ).fetchone() or ("",)
    return str(schema)


def column_of(connection: duckdb.DuckDBPyConnection, relation: str, figure: str) -> str:
    """The last column of a relation that a figure names."""
    names = [
        name for name, *_ in connection.execute(f"describe {schema_of(connection, relation)}.{relation}").fetchall()
    ]
    return [word for word in re.findall(r"\w+", figure) if word in names][-1]


def test_all_sums_of_the_six_organisations_add_up(built: Built) -> None:
    with duckdb.connect(str(built.database), read_only=True) as connection:
        counts = connection.execute(
            "select count(*), count(*) filter (where not adds_up), count(reason) from marts.reconciliations"
        ).fetchone()
    assert counts is not None
    assert counts[0] > 100
    assert counts[1:] == (0, 0)


@pytest.mark.parametrize("one", [*TOTALS, *DECOMPOSITIONS], ids=lambda one: str(one["name"]).replace(" ", "-"))
def test_a_figure_that_is_off_is_seen(
    built: Built, tampered: duckdb.DuckDBPyConnection, one: Mapping[str, Any]
) -> None:
    """A million and three is put on one figure, or stands where none was known."""
    model = "intermediate/int_reconciliations.sql" if one in DECOMPOSITIONS else "marts/reconciliations.sql"
    relation, sql = str(one["of"]), sql_of(built, model)
    figures = one["figures"]
    if figures == "totals of organisations":
        figures = [figure for (figure,) in _figures(tampered, str(one["name"]))]
    assert figures
    for figure in figures:
        column = column_of(tampered, relation, figure)
        tampered.begin()
        try:
            if relation == "int_organisation_identities":
                _one_more_owner(tampered, str(one["name"]).split()[-2] + "_number")
            else:
                table = f"{schema_of(tampered, relation)}.{relation}"
                known = "change_reason is null" if "reason" in figure else "true"
                first = f"rowid = (select min(rowid) from {table} where {known})"
                where = "true" if "expected" in one else first  # of several rows, the least and the most count
                tampered.execute(f"update {table} set {column} = coalesce({column}, 0) + 1000003 where {where}")
            found = tampered.execute(
                f"select count(*), max(reason) from ({sql}) where reconciliation = ? and figure = ? and not adds_up",
                [one["name"], figure],
            ).fetchone()
        finally:
            tampered.rollback()
        assert found is not None
        assert found[0] >= 1, figure
        assert str(one["says"]) in found[1]


def _figures(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str]]:
    return connection.execute(
        "select distinct figure from marts.reconciliations where reconciliation = ? order by 1", [name]
    ).fetchall()


def _one_more_owner(connection: duckdb.DuckDBPyConnection, number: str) -> None:
    """Two organisations of one number, as at the end of a chain that was too long to follow."""
    connection.execute(f"update intermediate.int_organisation_identities set {number} = '1'")
    connection.execute("update intermediate.int_organisation_identities set organisation_id = identity_id")


def test_the_total_that_is_off_is_marked_in_its_own_row(built: Built, tampered: duckdb.DuckDBPyConnection) -> None:
    """The mart by cluster is counted again from a copy of its statement that adds a pound to a total."""
    sql = sql_of(built, "marts/turnover_by_cluster.sql")
    usual = tampered.execute(f"select distinct quality_reason from ({sql})").fetchall()
    assert "grown.turnover_gbp," in sql
    off = sql.replace("grown.turnover_gbp,", "grown.turnover_gbp + 1 as turnover_gbp,", 1)
    found = tampered.execute(f"select distinct quality_rating, quality_reason from ({off})").fetchall()
    assert found == [("low", "a total is not the sum of its organisations, as the mart reconciliations says")]
    assert found[0][1:] not in usual


def test_the_operator_is_told_what_does_not_add_up(built: Built, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(built.database, copy)
    assert notices_of(copy) == ()
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            """
            update marts.reconciliations set adds_up = false, reason = 'It should hold that it adds up.'
            where reconciliation = 'turnover of the organisations' and reporting_year = '2024-25'
            """
        )
    (notice,) = notices_of(copy)
    assert notice == (
        "Walsall, 2024-25: It should hold that it adds up. What rests on it is marked or left out of this release. "
        "Tell those who maintain the product."
    )
    assert notice_lines([notice]) == ["", "Please look at:", f"  {notice}"]
    assert notice_lines([]) == []


@pytest.mark.parametrize(
    ("total", "parts", "agree"),
    [
        (10.0, [4.0, 6.0], True),
        (10.0, [4.0, 6.01], True),  # each of two parts and the total rounded by half a penny
        (10.0, [4.0, 6.02], False),
        (40_000_000_000.0, [20_000_000_000.0, 20_000_000_030.0], True),  # a billionth of what was added is 40 pounds
        (40_000_000_000.0, [20_000_000_000.0, 20_000_000_050.0], False),
        (0.0, [20_000_000_000.0, -20_000_000_030.0], True),
        (float("nan"), [1.0], False),
        (float("inf"), [1.0], False),
    ],
)
def test_a_sum_may_differ_by_its_rounding_and_a_share_of_what_was_added(
    total: float, parts: list[float], agree: bool
) -> None:
    assert tolerance_ratio() == 1e-9
    assert adds_up(total, parts) is agree
