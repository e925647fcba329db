"""Every table says what it holds, the grain first, and so does every column."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project.small_programme import Built

pytestmark = pytest.mark.xdist_group("six_organisations")
Nodes = list[Mapping[str, Any]]

SEEDS = {"case_organisations": "organisations"}  # the seed's name where it is not the fact file's


def test_the_first_sentence_states_the_grain(nodes: Nodes) -> None:
    names = {node["name"] for node in nodes}
    assert {"turnover_by_cluster", "alerts", "int_organisation_years", "stg_hub", "ghg_factors"} <= names
    assert [node["name"] for node in nodes if not re.match(r"One row per \w", node["description"])] == []


def test_every_column_that_is_built_is_described(nodes: Nodes, built: Built) -> None:
    described = {
        (node["schema"], node["name"], name)
        for node in nodes
        for name, column in node["columns"].items()
        if column["description"].strip()
    }
    with duckdb.connect(str(built.database), read_only=True) as connection:
        columns = connection.execute("""
            select table_schema, table_name, column_name from information_schema.columns
            where table_schema in ('staging', 'intermediate', 'reference', 'alerts', 'marts')
        """).fetchall()
    assert len(columns) > 700
    assert sorted(set(columns) - described) == []
    assert sorted(described - set(columns)) == []


def test_every_mart_keeps_a_contract(nodes: Nodes, project: Path) -> None:
    marts = [node for node in nodes if node["schema"] == "marts"]
    files = {file.stem for file in (project / "dbt_project" / "models" / "marts").glob("*.sql")}
    assert {node["name"] for node in marts} == files
    assert len(files) >= 13
    assert [node["name"] for node in marts if not node["config"]["contract"]["enforced"]] == []


def test_seeds_are_the_facts_as_they_were_given(project: Path, shared: Path) -> None:
    seeds = sorted((project / "dbt_project" / "seeds").glob("*.csv"))
    copied = [seed for seed in seeds if seed.stem != "social_value_method"]
    assert len(copied) == 10
    for seed in copied:
        facts = shared / "domain" / f"{SEEDS.get(seed.stem, seed.stem)}.csv"
        assert seed.read_bytes() == facts.read_bytes(), seed.name


def test_seeds_say_where_every_row_comes_from(project: Path) -> None:
    for seed in sorted((project / "dbt_project" / "seeds").glob("*.csv")):
        with seed.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        assert rows
        assert [row for row in rows if not row["source"].strip() or not row["verified"].strip()] == [], seed.name
