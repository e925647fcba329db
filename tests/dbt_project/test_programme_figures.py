"""Support and growth, the two lines of growth, and the methods in force, of the six organisations."""

import pytest

from expectations.catalogue import read_catalogue
from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")


def test_growth_with_and_without_support_counts_both_sides(query: Query) -> None:
    """Ashley, Brook and Dudley had support in 2023-24, Forge and Eastside a year later; Canal's growth never counts.

    Growth in 2024-25: 20%, 15%, 5%, 25% and 20%, so the median is 20% and four are at 15%. Nobody is left without.
    In 2025-26 only Ashley, Brook and Canal count.
    """
    found = query("""
        select reporting_year, organisations_with, organisations_without, median_growth_with_ratio,
            median_growth_without_ratio, difference_ratio, at_target_with, at_target_without, difference_reason
        from marts.support_impact where support = 'any support' order by reporting_year
    """)
    few = "fewer than 5 organisations {} this support have figures in both years"
    assert found == [
        ("2023-24", 3, 2, None, None, None, 2, 2, few.format("with")),
        ("2024-25", 5, 0, 0.2, None, None, 4, 0, few.format("without")),
        ("2025-26", 2, 1, None, None, None, 0, 1, few.format("with")),
    ]


def test_support_is_told_apart_by_kind(query: Query) -> None:
    """In 2024-25: Ashley and Dudley had business support, Brook the growth programme, Forge innovation."""
    found = query("""
        select support, organisations_with, organisations_without from marts.support_impact
        where reporting_year = '2024-25' and organisations_with > 0 order by support
    """)
    assert found == [
        ("any support", 5, 0),
        ("business support", 2, 3),
        ("growth programme", 1, 4),
        ("innovation", 1, 4),
        ("peer learning", 1, 4),
    ]


def test_the_two_lines_of_growth_stay_apart(query: Query) -> None:
    """Participants: 80,000, 41,000, 190,000 and 24,000 in 2022-23, and Forge's 60,000 of the year before times 1.15,
    404,000; a year on 1.15 times that and Canal's first 4,000. Region: £3.5bn in 2019-20, 7.18% a year.
    """
    found = query("""
        select population, path_year, reporting_year, organisations, target_turnover_gbp
        from marts.programme_growth_path
        where (population = 'participants' and path_year < 3) or (population = 'region' and path_year in (0, 3))
        order by population, path_year
    """)
    assert found == [
        ("participants", 0, "2022-23", 5, 404_000),
        ("participants", 1, "2023-24", 6, 468_600),
        ("participants", 2, "2024-25", 6, 538_890),
        ("region", 0, "2019-20", None, 3_500_000_000),
        ("region", 3, "2022-23", None, 4_309_325_531.81),
    ]


def test_participants_are_measured_against_their_own_line(query: Query) -> None:
    """2022-23: 80,000 + 40,000 + 190,000 + 24,000 + 64,000 = 398,000 of 404,000, and of the region's £4,309m."""
    found = query("""
        select organisations_with_turnover, turnover_gbp, target_of_those_gbp, distance_ratio, share_of_region_target
        from marts.programme_growth_path where population = 'participants' and path_year = 0
    """)
    assert found == [(5, 398_000, 404_000, -0.014851, 0.000092)]
    assert query("select count(*) from marts.programme_growth_path where population = 'region' and path_year > 10") == [
        (0,)
    ]
    assert query("""
        select distinct turnover_gbp, turnover_reason from marts.programme_growth_path where population = 'region'
    """) == [(None, "not measured: returns are about participants only")]


def test_every_method_in_force_is_listed(query: Query) -> None:
    """Every live rule, three values of an hour, each year of factors, the price levels, targets and thresholds."""
    live = [rule for rule in read_catalogue() if rule.status == "live"]
    assert query("select count(*), count(distinct version) from marts.methods where kind = 'rule'") == [
        (len(live), len(live))
    ]
    assert query("select method, value from marts.methods where kind = 'threshold' order by method") == [
        ("imputation_least_pairs", 10),
        ("least_for_share", 10),
        ("least_pairs", 5),
        ("path_years", 10),
        ("small_base_gbp", 5_000),
    ]
    assert query("""
        select method, version, value from marts.methods
        where kind = 'social value' or (kind = 'target' and method = 'region_turnover_growth') order by method
    """) == [
        ("WMSE-SV volunteer hour, central", "1.0", None),
        ("WMSE-SV volunteer hour, high", "1.0", 1.2),
        ("WMSE-SV volunteer hour, low", "1.0", None),
        ("region_turnover_growth", "in force", 0.0718),
    ]
