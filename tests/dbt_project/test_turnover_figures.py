"""Baselines, real growth, target paths and the split of the change, for the six organisations."""

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")

TOO_FEW = "fewer than 5 organisations with figures in both years"


def test_baselines_are_locked_at_the_first_figure_and_show_revisions(query: Query) -> None:
    """Brook was 41,000 in the first version of 2022-23 and is 40,000 now: the baseline stays, 1,000 less is a revision.

    Forge joined in May 2022, after its year 2021-22, of which its first return says 60,000.
    """
    found = query("""
        select organisation_name, baseline_year, baseline_basis, baseline_reason, baseline_turnover_gbp,
            turnover_now_sent_gbp, revision_gbp, is_revised, is_restated, substr(locked_by_receipt_id, 1, 1),
            cast(locked_on as varchar), cast(joined_on as varchar), joined_from, baseline_headcount, baseline_fte
        from marts.baseline_by_organisation order by organisation_name
    """)
    before, stated, first = "accounts before joining", "last year as the first return states it", "first accounts sent"
    june, july = ("e", "2023-07-01"), ("f", "2023-07-20")
    april = ("2023-04-01", "return")
    unsaid = "nothing says when it joined"
    calm = (0, False, False)
    assert found == [
        ("Ashley Hall Trust", "2022-23", before, None, 80_000, 80_000, *calm, *july, *april, 8, 6),
        ("Brook Bread CIC", "2022-23", before, None, 41_000, 40_000, -1_000, True, False, *june, *april, None, None),
        ("Canal Crafts", "2023-24", first, unsaid, 4_000, 4_000, *calm, "a", "2024-07-01", *[None] * 4),
        ("Dudley Road Pantry", "2022-23", before, None, 190_000, 190_000, *calm, *july, *april, None, None),
        ("Eastside Youth", "2022-23", before, None, 24_000, 24_000, *calm, *july, *april, None, None),
        ("Forge Works", "2021-22", stated, None, 60_000, 60_000, *calm, *july, "2022-05-01", "return", None, None),
    ]


def test_the_baseline_of_the_cluster_is_the_sum(query: Query) -> None:
    """80 + 41 + 4 + 190 + 24 + 60 thousand; Canal's 4,000 are not from before joining."""
    found = query("""
        select organisations, organisations_on_accounts_before_joining, organisations_on_stated_year,
            organisations_on_first_accounts, organisations_without_baseline, baseline_turnover_gbp,
            baseline_turnover_before_joining_gbp, baseline_turnover_annualised_gbp, turnover_now_sent_gbp, revision_gbp,
            organisations_with_headcount, baseline_headcount, headcount_now_sent, baseline_fte, fte_now_sent,
            revised_organisations, restated_organisations
        from marts.baseline_by_cluster
    """)
    money = (399_000, 395_000, 399_000, 398_000, -1_000)
    assert found == [(6, 4, 1, 1, 0, *money, 1, 8, 8, 6, 6, 1, 0)]


def test_growth_in_constant_prices_needs_both_price_levels(query: Query) -> None:
    """Of 2023-24, five pairs: 460,000 on 398,000. Prices: 91.9381 in 2022-23, 97.188 in 2023-24, unknown after.

    460,000 / 0.97188 = 473,309.46 and 398,000 / 0.919381 = 432,899.96: 9.3346% where cash grew by 15.5779%.
    """
    found = query("""
        select reporting_year, like_for_like_growth_ratio, like_for_like_growth_as_sent_ratio,
            real_growth_organisations, like_for_like_constant_gbp, like_for_like_previous_constant_gbp,
            like_for_like_real_growth_ratio, real_growth_reason
        from marts.turnover_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", None, None, 0, None, None, None, TOO_FEW),
        ("2023-24", 0.155779, 0.155779, 5, 473_309.46, 432_899.96, 0.093346, None),
        ("2024-25", 0.138043, 0.138043, 0, None, None, None, "no price level for 2024-25"),
        ("2025-26", None, None, 0, None, None, None, TOO_FEW),
    ]


def test_growth_as_sent_does_not_mind_the_length_of_the_period(query: Query) -> None:
    """Ashley: 198,000 on 120,000 is 65% as sent, 10% over twelve months. Brook: 30,000 on 57,500."""
    found = query("""
        select organisation_name, growth_as_sent_ratio, growth_ratio, real_growth_reason, price_year
        from marts.turnover_by_organisation
        where reporting_year = '2025-26' and counts_for_growth order by organisation_name
    """)
    unknown = "no price level for 2025-26"
    assert found == [
        ("Ashley Hall Trust", 0.65, 0.1, unknown, "2025-26"),
        ("Brook Bread CIC", -0.478261, 0.043478, unknown, "2025-26"),
        ("Canal Crafts", 0.25, 0.25, unknown, "2025-26"),
    ]


def test_the_change_of_the_total_is_split_to_the_penny(query: Query) -> None:
    """2023-24 starts from 399,000, with Brook as first sent: -1,000 corrected, Canal's 4,000 join, 62,000 grown.

    2025-26 starts from 531,500 with Ashley at 999,999 instead of 120,000: -879,999 corrected. Like for like, as sent:
    Ashley 78,000, Brook -27,500, Canal 2,000. Forge's 100,000 leave, Eastside's 36,000 are not known any more, Dudley's
    231 after 210,000 are held back.
    """
    found = query("""
        select reporting_year, change_starts_from_gbp, change_like_for_like_gbp, change_joiners_gbp, change_leavers_gbp,
            change_held_back_gbp, change_not_known_gbp, change_imputation_gbp, change_corrections_gbp,
            change_ends_at_gbp, change_gbp, change_reason
        from marts.turnover_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", *[None] * 10, "no return for the year before"),
        ("2023-24", 399_000, 62_000, 4_000, 0, 0, 0, 0, -1_000, 464_000, 65_000, None),
        ("2024-25", 464_000, 67_500, 0, 0, 0, 0, 0, 0, 531_500, 67_500, None),
        ("2025-26", 1_411_499, 52_500, 0, -100_000, -209_769, -36_000, 0, -879_999, 238_231, -1_173_268, None),
    ]


def test_the_target_path_compounds_from_each_baseline(query: Query) -> None:
    """Year 0 (2022-23): 80 + 41 + 190 + 24 thousand and Forge's 60,000 x 1.15 = 69,000: 404,000.

    Year 1 is 404,000 x 1.15 + 4,000 of Canal, and every later one 1.15 times the one before. Of year 3, three
    organisations have a figure: 80,000 and 41,000 x 1.15^3 are 121,670 and 62,355.875, of which the half penny counts
    as one, and 4,000 x 1.15^2 is 5,290, against 202,000.
    """
    found = query("""
        select cluster_year, reporting_year, organisations, path_turnover_gbp, organisations_with_turnover,
            turnover_gbp, path_of_those_gbp, distance_from_path_gbp, distance_from_path_ratio
        from marts.target_path_by_cluster where cluster_year in (0, 1, 2, 3, 10) order by cluster_year
    """)
    assert found == [
        (0, "2022-23", 5, 404_000, 5, 398_000, 404_000, -6_000, -0.014851),
        (1, "2023-24", 6, 468_600, 6, 464_000, 468_600, -4_600, -0.009816),
        (2, "2024-25", 6, 538_890, 6, 531_500, 538_890, -7_390, -0.013713),
        (3, "2025-26", 6, 619_723.5, 3, 202_000, 189_315.88, 12_684.12, 0.067),
        (10, "2032-33", 6, 1_648_476.83, None, None, None, None, None),
    ]


def test_the_programme_is_its_one_cluster(query: Query) -> None:
    found = query("""
        select p.reporting_year, p.clusters, p.organisations_counted_once, p.turnover_gbp = c.turnover_gbp,
            p.turnover_of_clusters_gbp = c.turnover_gbp, p.organisations = c.organisations,
            p.like_for_like_growth_ratio is not distinct from c.like_for_like_growth_ratio,
            p.like_for_like_real_growth_ratio is not distinct from c.like_for_like_real_growth_ratio,
            p.median_growth_ratio is not distinct from c.median_growth_ratio
        from marts.programme_turnover as p inner join marts.turnover_by_cluster as c using (reporting_year)
        order by p.reporting_year
    """)
    assert found == [(year, 1, 0, *[True] * 6) for year in ("2022-23", "2023-24", "2024-25", "2025-26")]
