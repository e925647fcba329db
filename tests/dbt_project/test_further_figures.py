"""What the six organisations leave blank, what flags their figures bear, and the counts beside the headlines."""

from __future__ import annotations

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")

YEARS = ["2022-23", "2023-24", "2024-25", "2025-26"]


def test_full_time_equivalents_rest_on_few_and_say_so(query: Query) -> None:
    """FTE: Ashley; then Ashley, Brook, Dudley, Forge twice; then nobody.

    In both years: 2023-24 Ashley; 2024-25 Ashley, Brook and Dudley. Forge's 2.5 FTE of 2 people are held back. Under
    five there is no growth, and with fewer than ten others to learn from nothing is estimated.
    """
    few = "fewer than 5 organisations with figures in both years"
    found = query("""
        select reporting_year, organisations_with_fte, like_for_like_fte_organisations, held_back_organisations,
            fte_growth_ratio, growth_reason, imputed_headcount_organisations, headcount_imputed,
            imputed_fte_organisations, fte_imputed
        from marts.employment_by_cluster order by reporting_year
    """)
    counts = [(1, 0, 0), (4, 1, 0), (4, 3, 1), (0, 0, 0)]
    assert found == [(year, *count, None, few, 0, 0, 0, 0) for year, count in zip(YEARS, counts, strict=True)]


def test_every_figure_of_staff_says_what_it_rests_on(query: Query) -> None:
    """Forge's headcount and FTE of 2024-25 are in question; a week of full time is 35 hours where nobody says."""
    found = query("""
        select organisation_name, headcount_missing_reason, headcount_flag, fte_missing_reason, fte_flag,
            full_time_week_hours, counts_for_change, jobs_created_missing_reason, jobs_created_flag
        from marts.employment_by_organisation where reporting_year in ('2023-24', '2024-25')
            and organisation_name in ('Ashley Hall Trust', 'Canal Crafts', 'Forge Works')
        order by reporting_year, organisation_name
    """)
    none, sent, asked = ("blank", "not given"), (None, "returned"), (None, "query open")
    assert found == [
        ("Ashley Hall Trust", *sent, *sent, 35, True, *sent),
        ("Canal Crafts", *none, *none, 35, False, *none),
        ("Forge Works", *sent, *sent, 35, False, *none),
        ("Ashley Hall Trust", *sent, *sent, 35, True, *none),
        ("Canal Crafts", *none, *none, 35, False, *none),
        ("Forge Works", *asked, *asked, 35, False, *none),
    ]


def test_flags_of_social_value_new_things_and_investment(query: Query) -> None:
    """2023-24: Ashley gives all, Brook says 0 new products, Canal counts attendances, Eastside estimates its hours."""
    found = query("""
        select social.organisation_name, volunteer_hours_missing_reason, volunteer_hours_flag, clients_supported_flag,
            new_products_missing_reason, new_products_flag, new_markets_missing_reason, new_markets_flag,
            investment_missing_reason, investment_kind
        from marts.social_value_by_organisation as social
        inner join marts.innovation_by_organisation using (cluster_id, organisation_id, reporting_year)
        inner join marts.investment_by_organisation using (cluster_id, organisation_id, reporting_year)
        where reporting_year = '2023-24' order by social.organisation_name
    """)
    none, sent = ("blank", "not given"), (None, "returned")
    assert found == [
        ("Ashley Hall Trust", *sent, "returned", *sent, *sent, None, "not asked"),
        ("Brook Bakery CIC", *none, "not given", *sent, *none, "blank", None),
        ("Canal Crafts", *none, "returned", *none, *none, "blank", None),
        ("Dudley Road Pantry", *none, "not given", *none, *none, "blank", None),
        ("Eastside Youth", None, "estimated by respondent", "not given", *none, *none, "blank", None),
        ("Forge Works", *none, "not given", *none, *none, "blank", None),
    ]


def test_outcomes_nobody_told_are_blank_and_not_zero(query: Query) -> None:
    """Only training (12 + 3) and income and debt (4) were told, in 2023-24; hours of nobody are estimated."""
    found = query("""
        select reporting_year, outcome_training_people, outcome_income_and_debt_people, outcome_employment_people,
            outcome_wellbeing_people, outcome_isolation_people, outcome_housing_people, outcome_environment_people,
            outcome_other_people, imputed_hours_organisations, volunteer_hours_imputed
        from marts.social_value_by_cluster order by reporting_year
    """)
    told = [(None, None), (15, 4), (None, None), (None, None)]
    assert found == [(year, *pair, *[None] * 6, 0, 0) for year, pair in zip(YEARS, told, strict=True)]


def test_quantities_and_themes_nobody_told(query: Query) -> None:
    """No petrol, no waste. Ashley's themes are retrofit and nature. Eastside's year has most of its days in 2026."""
    for table in ("environment_by_cluster", "environment_by_organisation"):
        sums = "sum(petrol_litres), sum(waste_landfill_tonnes), sum(waste_recycled_tonnes)"
        assert query(f"select {sums} from marts.{table}") == [(None, None, None)]
    found = query("""
        select reporting_year, organisations_retrofit, organisations_nature, organisations_house_building,
            organisations_circular_economy, organisations_active_travel, organisations_energy_generation,
            organisations_without_factor
        from marts.environment_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", 0, 0, 0, 0, 0, 0, 0),
        ("2023-24", 1, 1, 0, 0, 0, 0, 0),
        ("2024-25", 0, 0, 0, 0, 0, 0, 0),
        ("2025-26", 0, 0, 0, 0, 0, 0, 1),
    ]


def test_actions_by_how_they_go(query: Query) -> None:
    """2023-24: the hub is on track, monitoring not started. 2024-25: one done, one of which nothing is told."""
    found = query("""
        select reporting_year, building_block, actions_on_track, actions_at_risk, actions_not_started
        from marts.action_plan_by_cluster where actions > 0 order by reporting_year, building_block
    """)
    assert found == [
        ("2023-24", "development plan", 0, 0, 0),
        ("2023-24", "hub", 1, 0, 0),
        ("2023-24", "identity", 0, 0, 0),
        ("2023-24", "monitoring", 0, 0, 1),
        ("2024-25", "hub", 0, 0, 0),
    ]


def test_money_and_outputs_beside_the_headlines(query: Query) -> None:
    """Help in kind was only received. 2025-26 tells neither of the grant nor of a hub; 2022-23 is before the start."""
    funding = query("""
        select reporting_year, has_return, coordination_cap_share, in_kind_applied_gbp, in_kind_secured_gbp
        from marts.funding_by_cluster order by reporting_year
    """)
    assert funding == [(year, True, None if year == "2022-23" else 0.2, None, None) for year in YEARS]
    programme = query("""
        select reporting_year, clusters_with_grant, clusters_that_say, in_kind_applied_gbp, in_kind_secured_gbp
        from marts.programme_funding order by reporting_year
    """)
    counts = [(0, 0), (1, 1), (1, 1), (1, 0)]
    assert programme == [(year, *count, None, None) for year, count in zip(YEARS, counts, strict=True)]
    outputs = query("""
        select reporting_year, has_return, growth_accelerator_target, development_fund_target,
            hub_offers_market_opportunities, hub_offers_innovation_partners, hub_offers_product_development
        from marts.outputs_by_cluster order by reporting_year
    """)
    hubs = [(None, None, None), (False, False, True), (True, True, True), (None, None, None)]
    assert outputs == [(year, True, 3, 2, *hub) for year, hub in zip(YEARS, hubs, strict=True)]
    hubs_of_all = query("""
        select reporting_year, clusters_with_return, clusters_with_hub, clusters_with_whole_hub,
            opportunities_counted_once
        from marts.programme_outputs order by reporting_year
    """)
    assert hubs_of_all == [
        ("2022-23", 1, 0, 0, 0),
        ("2023-24", 1, 1, 0, 0),
        ("2024-25", 1, 1, 1, 0),
        ("2025-26", 1, 0, 0, 0),
    ]


def test_how_far_the_organisations_are_on_the_path(query: Query) -> None:
    """15% a year on each baseline: 80,000; 41,000 as it was locked; 190,000; 24,000; Forge 60,000; Canal 4,000 in 2023.

    2022-23: 395,000, and Forge's 60,000 of 2021-22 is to be 69,000: 80 + 41 + 190 + 24 + 69 = 404 thousand; sent were
    398. 2025-26 knows Ashley (80,000 x 1.15^3 = 121,670), Brook (41,000 x 1.15^3 = 62,355.87) and Canal
    (4,000 x 1.15^2 = 5,290) against 132,000 + 60,000 + 10,000.
    """
    found = query("""
        select reporting_year, path_organisations, turnover_on_path_gbp, path_turnover_gbp, distance_from_path_gbp
        from marts.turnover_by_cluster where reporting_year in ('2022-23', '2025-26') order by reporting_year
    """)
    assert found == [
        ("2022-23", 5, 398_000, 404_000, -6_000),
        ("2025-26", 3, 202_000, pytest.approx(189_315.875, abs=0.01), pytest.approx(12_684.125, abs=0.01)),
    ]


def test_accounts_of_the_last_year(query: Query) -> None:
    """18 and 6 months, accounts that are not ready, and Forge, which left; nobody told what part was traded."""
    found = query("""
        select organisation_name, turnover_missing_reason, accounting_months, previous_reporting_year,
            traded_income_gbp, trading_share, figures_from
        from marts.turnover_by_organisation where reporting_year = '2025-26' order by organisation_name
    """)
    nothing = (None, None, None)
    assert found == [
        ("Ashley Hall Trust", None, 18, "2024-25", *nothing),
        ("Brook Bread CIC", None, 6, "2024-25", *nothing),
        ("Canal Crafts", None, 12, "2024-25", *nothing),
        ("Dudley Road Pantry", None, 12, "2024-25", *nothing),
        ("Eastside Youth", "accounts not ready", 12, "2024-25", *nothing),
        ("Forge Works", "blank", None, "2024-25", *nothing),
    ]


def test_what_holds_figures_back_by_dimension_of_quality(query: Query) -> None:
    """X01 on Forge's 2.5 FTE of 2 people; P01 on Dudley's 231 after 210,000; R06 on Dudley's two rows."""
    found = query("""
        select reporting_year, dimension, alerts_holding_back, organisations_with_alerts
        from marts.quality_by_cluster where alerts_holding_back > 0 order by reporting_year, dimension
    """)
    assert [row[:3] for row in found] == [
        ("2024-25", "consistency", 1),
        ("2025-26", "accuracy", 1),
        ("2025-26", "uniqueness", 1),
    ]
    assert found[0][3] == found[2][3] == 1
    alerts = query("""
        select rule_code, organisation_name, kpi from marts.alerts where holds_back order by reporting_year, rule_code
    """)
    assert alerts == [
        ("X01", "Forge Works", "employment"),
        ("P01", "Dudley Road Pantry", "turnover"),
        ("R06", "Dudley Road Pantry", None),
    ]
    open_alerts = query("select reporting_year, alerts_open from marts.turnover_by_cluster order by reporting_year")
    told = query("""
        select reporting_year, count(*) from marts.alerts
        where severity <> 'info' and not is_settled and coalesce(kpi, 'turnover') = 'turnover'
        group by all order by all
    """)
    assert open_alerts == told


def test_nothing_is_overdue_and_nobody_refused(query: Query) -> None:
    found = query("""
        select organisations_nothing_to_report, organisations_refused, organisations_closed, organisations_merged,
            days_overdue, organisations_reason, received_turnover_share_reason
        from marts.response_by_cluster order by reporting_year
    """)
    assert found == [(0, 0, 0, 0, None, None, None)] * 4
    assert query("select days_overdue, reminder_due from marts.returns") == [(None, "none")] * 4
    assert query("select distinct legal_form, fast_track, last_reporting_year from marts.organisations") == [
        (None, None, "2025-26")
    ]
    assert query("select distinct turnover_restated_gbp from marts.baseline_by_organisation") == [(None,)]
