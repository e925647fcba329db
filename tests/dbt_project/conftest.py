"""The marts of six organisations, built once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project.six_organisations import RETURNS
from tests.dbt_project.small_programme import Built, lay, run_dbt

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Built:
    """The six organisations with every seed, model and test of the project, unit tests too."""
    folder = tmp_path_factory.mktemp("six")
    database = folder / "warehouse.duckdb"
    lay(database, folder / "landed", RETURNS)
    outcome = run_dbt(project, database, folder / "target", "build")
    return Built(database, folder / "target", outcome)


@pytest.fixture
def query(built: Built) -> Query:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(built.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask


@pytest.fixture(scope="session")
def nodes(built: Built) -> list[Mapping[str, Any]]:
    """Seeds and models of the project, as its manifest describes them."""
    manifest = json.loads((built.target / "manifest.json").read_text(encoding="utf-8"))
    return [node for node in manifest["nodes"].values() if node["resource_type"] in {"seed", "model"}]
