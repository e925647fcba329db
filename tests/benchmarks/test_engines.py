"""Where two engines cross is worked out from the two largest sizes that both have done."""

from __future__ import annotations

import pytest

from benchmarks.engines import crossing
from ingestion.programme import DUCKDB, SPARK


def test_lines_through_the_two_largest_sizes_meet() -> None:
    measured = {
        10_000: {DUCKDB: 5.0, SPARK: 95.0},  # too small to tell
        100_000: {DUCKDB: 10.0, SPARK: 100.0},
        1_000_000: {DUCKDB: 100.0, SPARK: 400.0},
        5_000_000: {DUCKDB: 500.0, SPARK: None},
    }
    # A million times ten to the power of 0.602 / (1 - 0.602): DuckDB grows tenfold with each tenfold, Spark fourfold.
    assert crossing(measured) == pytest.approx(32_550_000, rel=0.001)


def test_lines_that_part_never_meet() -> None:
    assert crossing({1000: {DUCKDB: 1.0, SPARK: 10.0}, 10_000: {DUCKDB: 5.0, SPARK: 100.0}}) is None


def test_one_size_tells_nothing() -> None:
    assert crossing({1000: {DUCKDB: 1.0, SPARK: 10.0}}) is None
