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


def test_the_grant_is_followed_from_schedule_to_spending(query: Query) -> None:
    """20,000, 10,000 and 5,000 in the cluster's years 1 to 3; co-ordination may take 4,000, 2,000 and 1,000.

    2023-24: all paid, 4,000 + 15,000 spent, 1,000 left. 2024-25: 8,000 paid, 2,500 + 5,000 spent, 500 left, 500 over.
    """
    found = query("""
        select reporting_year, cluster_year, grant_scheduled_gbp, grant_received_gbp, grant_off_schedule_gbp,
            coordination_cap_gbp, coordination_spend_gbp, coordination_spend_share, coordination_over_cap_gbp,
            coordination_within_cap, operational_budget_gbp, spent_gbp, unspent_gbp, grant_received_reason,
            no_schedule_reason
        from marts.funding_by_cluster order by reporting_year
    """)
    unsaid = "the return does not say"
    before = "no grant is scheduled for this year of the cluster"
    assert found == [
        ("2022-23", 0, None, None, None, None, None, None, None, None, None, None, None, unsaid, before),
        ("2023-24", 1, 20_000, 20_000, 0, 4_000, 4_000, 0.2, 0, True, 16_000, 19_000, 1_000, None, None),
        ("2024-25", 2, 10_000, 8_000, -2_000, 2_000, 2_500, 0.3125, 500, False, 8_000, 7_500, 500, None, None),
        ("2025-26", 3, 5_000, None, None, 1_000, None, None, None, None, 4_000, None, None, unsaid, None),
    ]


def test_money_and_gifts_in_kind_are_never_added(query: Query) -> None:
    """2023-24: 30,000 received, 12,000 secured, 2,000 applied for; 5,000 in kind, and one gift without an amount.

    30,000 of 50,000 is not the grant; in 2024-25 it is 7,000 of 15,000.
    """
    found = query("""
        select cash_applied_gbp, cash_secured_gbp, cash_received_gbp, grants_received_gbp,
            regional_investment_received_gbp, sponsorship_received_gbp, in_kind_received_gbp, incomplete_rows,
            other_cash_share
        from marts.funding_by_cluster where reporting_year in ('2023-24', '2024-25') order by reporting_year
    """)
    assert found == [
        (2_000, 12_000, 30_000, 30_000, None, None, 5_000, 1, 0.6),
        (None, None, 7_000, None, 7_000, None, None, 0, 0.466667),
    ]


def test_the_scheme_costs_its_schedule_not_what_is_printed(query: Query) -> None:
    """One cluster: 35,000 in all, whatever the printed 105,000 says; 28,000 of it is paid by 2024-25."""
    found = query("""
        select reporting_year, grant_scheduled_so_far_gbp, grant_received_so_far_gbp, scheme_total_gbp,
            total_as_printed_gbp, printed_note, clusters_over_coordination_cap
        from marts.programme_funding where reporting_year >= '2023-24' order by reporting_year
    """)
    printed = (35_000, 105_000, "a wrong sum")
    assert found == [
        ("2023-24", 20_000, 20_000, *printed, 0),
        ("2024-25", 30_000, 28_000, *printed, 1),
        ("2025-26", 35_000, 28_000, *printed, 0),
    ]


def test_answers_are_told_by_count_and_by_baseline(query: Query) -> None:
    """Only Ashley's row of 2023-24 has all eight figures. In 2025-26 Forge has left and Eastside gives none of them.

    Baselines: 80,000 + 41,000 + 190,000 + 24,000 + 60,000, and Canal's 4,000 from its first return on; without Forge's
    339,000 are due, and without Eastside's 24,000 received. The first return of 2024-25 was in time, and its
    correction ten days after the day is not late.
    """
    found = query("""
        select reporting_year, return_state, days_late, organisations, organisations_due, organisations_received,
            organisations_answered, organisations_partial, organisations_no_answer, organisations_left,
            organisations_late, received_share, received_share_reason, baseline_turnover_due_gbp,
            baseline_turnover_received_gbp, baseline_turnover_partial_gbp, received_turnover_share
        from marts.response_by_cluster order by reporting_year
    """)
    few = (None, "fewer than 10 organisations are due")
    assert found == [
        ("2022-23", "received", None, 5, 5, 5, 0, 5, 0, 0, 0, *few, 395_000, 395_000, 395_000, 1),
        ("2023-24", "received", None, 6, 6, 6, 1, 5, 0, 0, 0, *few, 399_000, 399_000, 319_000, 1),
        ("2024-25", "received", None, 6, 6, 6, 0, 6, 0, 0, 0, *few, 399_000, 399_000, 399_000, 1),
        ("2025-26", "received", None, 6, 5, 4, 0, 4, 1, 1, 0, *few, 339_000, 315_000, 315_000, 0.929204),
    ]


def test_every_organisation_has_one_response_a_year(query: Query) -> None:
    found = query("""
        select organisation_name, response, figures_asked, figures_given from marts.response_by_organisation
        where reporting_year = '2025-26' order by organisation_name
    """)
    assert found == [
        ("Ashley Hall Trust", "partial", 8, 1),
        ("Brook Bread CIC", "partial", 8, 1),
        ("Canal Crafts", "partial", 8, 1),
        ("Dudley Road Pantry", "partial", 8, 1),
        ("Eastside Youth", "no answer", 8, 0),
        ("Forge Works", "left", 8, 0),
    ]
