"""Twenty ordinary changes of the demo's returns are published with the right figures; a wrong figure would be seen."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb
import pytest

from benchmarks.changes import Base, base_of, change, compare
from benchmarks.edits import EDITS
from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, open_home

pytestmark = pytest.mark.xdist_group("demo")

# Seed and number of each: between them every kind of row, figure, cover and sheet is changed.
CHANGES = [*((1, number) for number in range(11)), *((7, number) for number in (0, 3, 6, 9, 12, 15, 27, 39, 51))]


@pytest.fixture(scope="module")
def base(demo_home: Path) -> Base:
    return base_of(open_home(demo_home), read_programme(SHIPPED_PROGRAMME))


def test_there_are_at_least_forty_ways_to_change_a_return() -> None:
    assert len(EDITS) >= 40


@pytest.mark.long
def test_twenty_changes_are_published_with_the_right_figures(base: Base, tmp_path: Path) -> None:
    wrong, figures = [], 0
    for seed, number in CHANGES:
        outcome = change(base, tmp_path / f"{seed}-{number}", number, seed)
        figures += outcome.figures
        wrong += [f"{'; '.join(outcome.edits)}: {problem}" for problem in outcome.problems]
    click.echo(f"{len(CHANGES)} changes, {figures:,} figures worked out again from the landed rows")
    assert wrong == []
    assert len(CHANGES) == 20
    assert figures > 20 * 1200
    # A total that is off by a pound, and an organisation that is left out, are seen.
    with duckdb.connect(str(tmp_path / "7-0" / "warehouse.duckdb")) as connection:
        connection.execute("update marts.turnover_by_cluster set turnover_gbp = turnover_gbp + 1")
        connection.execute("update marts.employment_by_cluster set organisations = organisations - 1")
    problems, _ = compare(tmp_path / "7-0" / "warehouse.duckdb")
    assert sum(problem.startswith("turnover_by_cluster.turnover_gbp") for problem in problems) == 16
    assert sum(problem.startswith("employment_by_cluster.organisations") for problem in problems) == 16
