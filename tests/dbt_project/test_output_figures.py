"""Outputs of the business case, money, plan and response of the six organisations' cluster (six_sheets.py)."""

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")


def test_enrolled_supported_and_grown_are_three_counts(query: Query) -> None:
    """Forge joined in 2022-23, the others in 2023-24, Canal by its first return.

    Supported: Ashley, Brook and Dudley by 2023-24, which all grew in that year (25%, 25% and 5.3%); Forge and Eastside
    a year later, growing by 25% and 20%. Nobody's row of support counts for nobody.
    """
    found = query("""
        select reporting_year, cluster_year, is_output_year, enrolled_organisations, supported_organisations,
            grown_organisations, grown_by_target_organisations, supported_target, supported_target_met,
            support_rows_of_no_organisation
        from marts.outputs_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", 0, False, 1, 0, 0, 0, 50, False, 0),
        ("2023-24", 1, True, 6, 3, 3, 2, 50, False, 1),
        ("2024-25", 2, True, 6, 5, 5, 4, 50, False, 1),
        ("2025-26", 3, True, 6, 5, 5, 4, 50, False, 1),
    ]


def test_referrals_count_different_organisations(query: Query) -> None:
    """Ashley is referred to the Growth Accelerator twice, by name and by number; with Brook and Canal that is three."""
    found = query("""
        select reporting_year, growth_accelerator_organisations, growth_accelerator_accepted_organisations,
            growth_accelerator_target_met, development_fund_organisations, development_fund_accepted_organisations,
            development_fund_target_met, referral_rows_of_no_organisation
        from marts.outputs_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", 0, 0, False, 0, 0, False, 0),
        ("2023-24", 2, 1, False, 1, 1, False, 1),
        ("2024-25", 3, 1, True, 1, 1, False, 1),
        ("2025-26", 3, 1, True, 1, 1, False, 1),
    ]


def test_a_hub_offers_some_of_five_services(query: Query) -> None:
    found = query("""
        select reporting_year, hub_type, cast(hub_opened_on as varchar), hub_services, hub_offers_brokerage,
            hub_offers_growth_and_finance, hub_reason
        from marts.outputs_by_cluster order by reporting_year
    """)
    silent = "the return says nothing about a hub"
    assert found == [
        ("2022-23", None, None, None, None, None, silent),
        ("2023-24", "physical", "2023-10-01", 2, True, False, None),
        ("2024-25", "physical", "2023-10-01", 5, True, True, None),
        ("2025-26", None, None, None, None, None, silent),
    ]


def test_an_opportunity_counts_once_at_its_stage_and_last_value(query: Query) -> None:
    """Tender 1 is won at 120,000, not 100,000; tender 2 was bid for and lost; tender 3 has no value."""
    columns = """opportunities_introduced, brokerage_introduced_gbp, opportunities_bid, brokerage_bid_gbp,
            opportunities_won, brokerage_won_gbp, opportunities_lost, brokerage_lost_gbp, opportunities_without_value"""
    found = query(f"select reporting_year, {columns} from marts.outputs_by_cluster order by reporting_year")
    expected = [
        ("2022-23", 0, None, 0, None, 0, None, 0, None, 0),
        ("2023-24", 2, 150_000, 1, 50_000, 0, None, 0, None, 0),
        ("2024-25", 3, 170_000, 2, 170_000, 1, 120_000, 0, None, 1),
        ("2025-26", 3, 170_000, 2, 170_000, 1, 120_000, 1, 50_000, 1),
    ]
    assert found == expected
    # one cluster is the whole programme
    assert query(f"select reporting_year, {columns} from marts.programme_outputs order by reporting_year") == expected
    assert query("""
        select brokerage_target_gbp, brokerage_introduced_share, brokerage_won_share, supported_organisations,
            supported_organisations_counted_once, supported_target, clusters_at_growth_accelerator_target,
            clusters_at_development_fund_target
        from marts.programme_outputs where reporting_year = '2024-25'
    """) == [(1_000_000, 0.17, 0.12, 5, 0, 50, 1, 0)]
    assert query("""
        select brokerage_public_gbp, brokerage_private_gbp, brokerage_third_gbp
        from marts.outputs_by_cluster where reporting_year = '2025-26'
    """) == [(120_000, 50_000, None)]
