"""The build database reads landed rows where they lie, whatever the home is called."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.small_programme import Sent, lay


@pytest.mark.parametrize("name", ["plain", "it's", "a [b] c", "*", "wh?t", "back\\slash", "{a,b}", "ends]"])
def test_every_landed_row_is_read_and_none_of_a_home_beside_it(tmp_path: Path, name: str) -> None:
    one = Sent("a" * 64, "2024-25", date(2025, 6, 1), organisations=[{"organisation_name": "One"}])
    other = Sent("b" * 64, "2025-26", date(2026, 6, 1), organisations=[{"organisation_name": "Two"}])
    # What a pattern would take the name to mean, were its signs not taken for themselves.
    lay(tmp_path / "beside.duckdb", tmp_path / "what", [Sent("c" * 64, "2024-25", date(2025, 6, 1), organisations=[])])
    database = tmp_path / "warehouse.duckdb"
    lay(database, tmp_path / name, [one, other])
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select organisation_name from landed.organisations order by all").fetchall()
        covers = connection.execute("select count(*) from landed.cover").fetchone()
    assert found == [("One",), ("Two",)]
    assert covers == (2,)
