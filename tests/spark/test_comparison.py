"""The comparison of two engines can fail: a penny, a ninth digit, a row, a type."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.spark.same_figures import cells, differences

_SAME = "select 'a' as k, 10.25::double as turnover_gbp, 0.125::double as growth_ratio, 3::bigint as organisations"


def _database(file: Path, *statements: str) -> Path:
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.t as {_SAME} union all select 'b', null, 1, 4")
        for statement in statements:
            connection.execute(statement)
    return file


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return _database(tmp_path / "one.duckdb")


def test_the_same_cells_are_the_same_in_any_order_and_with_noise(one: Path, tmp_path: Path) -> None:
    other = _database(
        tmp_path / "other.duckdb",
        "create or replace table marts.t as select * from marts.t order by k desc",
        "update marts.t set turnover_gbp = turnover_gbp + 1e-10, growth_ratio = growth_ratio + 1e-13",
    )
    assert differences(one, other, ["marts"]) == []
    assert cells(one, ["marts"]) == 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update marts.t set turnover_gbp = 10.26 where k = 'a'", "turnover_gbp differs in 1 of 2 rows"),
        ("update marts.t set turnover_gbp = 0 where k = 'b'", "turnover_gbp differs in 1 of 2 rows"),
        ("update marts.t set growth_ratio = growth_ratio + 3e-9", "growth_ratio differs in 2 of 2 rows"),
        ("update marts.t set organisations = 5 where k = 'b'", "organisations differs in 1 of 2 rows"),
        ("update marts.t set k = 'A' where k = 'a'", "k differs in"),
        ("insert into marts.t from marts.t where k = 'a'", "2 and 3 rows"),
        ("alter table marts.t alter organisations type integer", "columns"),
        ("create table marts.u as select 1 as a", "tables"),
    ],
)
def test_what_differs_is_told(one: Path, tmp_path: Path, change: str, told: str) -> None:
    found = differences(one, _database(tmp_path / "other.duckdb", change), ["marts"])
    assert len(found) == 1
    assert told in found[0]


def test_a_path_may_have_an_apostrophe(one: Path, tmp_path: Path) -> None:
    folder = tmp_path / "O'Brien's home"
    folder.mkdir()
    assert differences(one, _database(folder / "same.duckdb"), ["marts"]) == []
