"""The bench on which rules are tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.rules.rule_bench import Bench, Judged, reasons, shown_examples


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Bench:
    return Bench(tmp_path_factory.mktemp("rules"), project)


@pytest.fixture(scope="session")
def new_bench(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Bench:
    return Bench(tmp_path_factory.mktemp("alerts"), project)


@pytest.fixture(scope="session")
def judged(bench: Bench) -> Judged:
    """All examples of all rules, judged in one run of dbt."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for shown in shown_examples():
        rows.setdefault(shown.over, []).append({**shown.example.values, "cluster_id": shown.mark})
    bench.lay(rows)
    outcome = bench.build()
    assert outcome.success, reasons(outcome)
    fired = frozenset(
        (alert["cluster_id"], alert["rule_code"], alert["field"], alert["severity"]) for alert in bench.alerts()
    )
    return Judged(bench.database, bench.compiled(), fired)
