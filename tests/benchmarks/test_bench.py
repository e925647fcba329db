"""What the README says about speed is what was measured."""

from __future__ import annotations

from benchmarks.bench import README, RESULTS, Result, read_results, readme_table, shown

ONE = Result("idle_vs_full", 0.25, 3.04, None, 20, 0.4)


def test_the_readme_shows_the_measured_results() -> None:
    assert readme_table(read_results(RESULTS)) in README.read_text(encoding="utf-8")


def test_a_ratio_stands_beside_its_limit() -> None:
    assert readme_table([ONE]).splitlines()[2] == (
        "| a night with nothing new, against the full night | 0.25 × | 0.4 × | 3.0 |  |"
    )


def test_a_peer_has_no_limit() -> None:
    peer = Result("pandas_vs_duckdb", 1.1, 1.7, None, 2_000_000, None)
    assert shown([peer]).splitlines()[-1].split() == ["pandas_vs_duckdb", "1.10", "1.7", "2,000,000"]
