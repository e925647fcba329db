"""Figures of the marts, beside what a person works out for the six organisations of six_organisations.py."""

from decimal import Decimal

import pytest

from publishing.totals import accepted, excluded, is_excluded
from tests.dbt_project.conftest import Query
from tests.dbt_project.small_programme import Built, failures

pytestmark = pytest.mark.xdist_group("six_organisations")


def test_everything_builds_and_every_test_of_the_project_holds(built: Built) -> None:
    assert failures(built.outcome) == []
    kinds = [str(one.node.resource_type) for one in built.outcome.result.results]
    assert kinds.count("unit_test") >= 10
    assert kinds.count("test") > 100


def test_growth_is_on_twelve_months_and_says_why_it_does_not_count(query: Query) -> None:
    """Ashley: 198,000 x 12/18 = 132,000 on 120,000. Brook: 30,000 x 12/6 = 60,000 on 57,500 is 4.347826%."""
    found = query("""
        select organisation_name, growth_ratio, growth_status, at_target, cell
        from marts.turnover_by_organisation where reporting_year = '2025-26' order by organisation_name
    """)
    assert found == [
        ("Ashley Hall Trust", 0.1, "counted", False, "R6"),
        ("Brook Bread CIC", 0.043478, "counted", False, "R7"),
        ("Canal Crafts", 0.25, "counted", True, "R8"),
        ("Dudley Road Pantry", None, "held back", None, "R9"),
        ("Eastside Youth", None, "no figure this year", None, "R10"),
        ("Forge Works", None, "left", None, "R11"),
    ]


def test_like_for_like_growth_rests_on_organisations_with_both_years(query: Query) -> None:
    """Five pairs in 2024-25, Canal's base being small.

    120,000 + 57,500 + 210,000 + 36,000 + 100,000 = 523,500 on 100,000 + 50,000 + 200,000 + 30,000 + 80,000 = 460,000:
    63,500 / 460,000 = 13.8043%, under 15%. Growth of 5, 15, 20, 20 and 25%: median 20%, four at target.
    """
    found = query("""
        select
            turnover_gbp, like_for_like_organisations, like_for_like_turnover_gbp, like_for_like_previous_gbp,
            like_for_like_growth_ratio, median_growth_ratio, at_target_organisations, share_at_target, share_reason,
            on_target, small_base_organisations
        from marts.turnover_by_cluster where reporting_year = '2024-25'
    """)
    too_few = "fewer than 10 organisations with figures in both years"
    assert found == [(531_500, 5, 523_500, 460_000, 0.138043, 0.2, 4, None, too_few, False, 1)]


def test_under_five_pairs_there_is_no_growth_but_a_reason(query: Query) -> None:
    found = query("""
        select
            like_for_like_organisations, like_for_like_growth_ratio, like_for_like_reason, median_growth_ratio,
            on_target, held_back_organisations, organisations, organisations_answered, organisations_with_turnover
        from marts.turnover_by_cluster where reporting_year = '2025-26'
    """)
    too_few = "fewer than 5 organisations with figures in both years"
    assert found == [(3, None, too_few, None, None, 1, 6, 5, 4)]


def test_a_total_is_accepted_excluded_or_as_sent(query: Query) -> None:
    """198,000 + 30,000 + 10,000 + 231, the last of them excluded; its second row is not counted again."""
    columns = "turnover_accepted_gbp, turnover_excluded_gbp, turnover_gbp"
    found = query(f"""
        select {columns}, turnover_with_imputed_gbp - turnover_imputed_gbp
        from marts.turnover_by_cluster where reporting_year = '2025-26'
    """)
    assert found == [(238_000, 231, 238_231, 238_000)]
    found = query(f"select {columns} from marts.programme_turnover where reporting_year = '2025-26'")
    assert found == [(238_000, 231, 238_231)]


PARTS = {
    "turnover_by_cluster": ["turnover_gbp"],
    "employment_by_cluster": ["headcount", "fte", "jobs_created_headcount", "jobs_created_fte"],
    "social_value_by_cluster": ["volunteers", "volunteer_hours", "volunteer_hours_low_gbp", "clients_supported"],
    "environment_by_cluster": ["electricity_kwh", "tco2e_scope_1", "tco2e"],
    "innovation_by_cluster": ["new_products", "new_markets"],
    "investment_by_cluster": ["investment_received_gbp"],
}


@pytest.mark.parametrize("mart", PARTS)
def test_the_parts_of_a_total_are_the_figures_that_are_and_are_not_held_back(query: Query, mart: str) -> None:
    source = mart.replace("_by_cluster", "_by_organisation")
    for column in PARTS[mart]:
        flag = is_excluded(source, column)
        found = query(
            f"select reporting_year, {accepted(column)}, {excluded(column)}, {column} from marts.{mart} order by 1"
        )
        rows = query(f"select reporting_year, {column}, {flag} from marts.{source}")
        for year, is_in, is_out, as_sent in found:
            counted = [Decimal(str(value)) for of, value, out in rows if of == year and value is not None and not out]
            left_out = [Decimal(str(value)) for of, value, out in rows if of == year and value is not None and out]
            assert is_in == (pytest.approx(float(sum(counted))) if counted else None), (column, year)
            assert is_out == pytest.approx(float(sum(left_out))), (column, year)
            assert as_sent is None or as_sent == pytest.approx((is_in or 0) + is_out), (column, year)


def test_an_error_about_social_value_excludes_jobs_too(query: Query) -> None:
    """Jobs are asked for as social value, and shown beside employees."""
    found = query("""
        select e.organisation_id, e.reporting_year
        from marts.employment_by_organisation as e
        inner join marts.social_value_by_organisation as s using (cluster_id, organisation_id, reporting_year)
        where e.jobs_are_held_back <> s.is_held_back
    """)
    assert found == []
    ((some,),) = query("select count(*) from marts.employment_by_organisation where jobs_are_held_back")
    assert some > 0


def test_control_totals_are_over_all_rows_as_sent(query: Query) -> None:
    """2025-26 names Dudley Road Pantry twice: 7 rows, 6 organisations, 231 in the sum twice.

    The first return of 2024-25 was in time; that it was corrected after the day does not make it late.
    """
    found = query("""
        select reporting_year, state, days_late, organisation_rows, organisations, turnover_given, turnover_sum_gbp,
            employees_given, employees_sum
        from marts.returns order by reporting_year
    """)
    assert found == [
        ("2022-23", "received", None, 5, 5, 5, 398_000, 1, 8),
        ("2023-24", "received", None, 6, 6, 6, 464_000, 4, 34),
        ("2024-25", "received", None, 6, 6, 6, 531_500, 4, 40),
        ("2025-26", "received", None, 7, 6, 5, 238_462, 0, None),
    ]


def test_a_newer_return_takes_the_place_of_the_older(query: Query) -> None:
    """Of Ashley, the one organisation in both, turnover and headcount changed; full-time equivalents did not."""
    found = query("""
        select substr(receipt_id, 1, 1), version, counts, substr(replaces_receipt_id, 1, 1), figures_changed
        from intermediate.int_returns where reporting_year = '2024-25' order by version
    """)
    assert found == [("b", 1, False, None, None), ("c", 2, True, "b", 2)]


def test_rows_become_organisations_and_say_why(query: Query) -> None:
    found = query("select organisation_id, matched_by, explanation from marts.organisation_merges order by 1")
    assert found == [
        (
            "GB-COH-07444723",
            "number",
            'Taken for one organisation: "Brook Bakery CIC" (2022-23 to 2023-24) and "Brook Bread CIC" (2025-26) '
            "share the company number 07444723.",
        ),
        (
            "GB-COH-08123456",
            "name and postcode",
            'Taken for one organisation: "Canal Crafts" (2023-24) and "Canal Crafts" (2025-26) have the same name and '
            "postcode, and only one registered organisation has them.",
        ),
    ]


def test_organisations_carry_the_first_number_of_the_canonical_order(query: Query) -> None:
    """The group without a number is named by the MD5 of `eastside youth|WS3 5EE`, which starts a6b30535."""
    found = query("select organisation_id, organisation_name, first_reporting_year from marts.organisations order by 1")
    assert found == [
        ("GB-CHC-1090095", "Ashley Hall Trust", "2022-23"),
        ("GB-COH-07444723", "Brook Bread CIC", "2022-23"),
        ("GB-COH-08123456", "Canal Crafts", "2023-24"),
        ("GB-COH-09506232", "Forge Works", "2022-23"),
        ("GB-MPR-28797R", "Dudley Road Pantry", "2022-23"),
        ("XI-WMSE-a6b30535", "Eastside Youth", "2022-23"),
    ]


def test_staff_change_leaves_out_whom_an_error_holds_back(query: Query) -> None:
    """2024-25: 12 + 6 + 20 + 2 = 40 people, 9 + 5 + 16 + 2.5 = 32.5 FTE.

    Forge has 2.5 FTE of 2 people, an error; the others grow from 10 + 4 + 20 = 34 to 38, and from 26 to 30 FTE.
    """
    found = query("""
        select headcount, fte, like_for_like_organisations, headcount_change, previous_headcount, fte_change,
            previous_fte, held_back_organisations, headcount_growth_ratio
        from marts.employment_by_cluster where reporting_year = '2024-25'
    """)
    assert found == [(40, 32.5, 3, 4, 34, 4, 26, 1, None)]


def test_hours_are_valued_by_the_wages_of_the_period(query: Query) -> None:
    """Ashley's 100 hours to 31 March 2024: minimum wage 10.42; the regional median is not known, so 10.42 stands in.

    Mean earnings of 2024 over 35 hours are 20. Eastside's 60 hours have no period, so they count and have no value.
    """
    found = query("""
        select volunteer_hours, organisations_with_hours, organisations_with_valued_hours,
            organisations_with_recorded_hours, volunteer_hours_low_gbp, volunteer_hours_central_gbp,
            volunteer_hours_high_gbp, method_id, method_version, method_flag
        from marts.social_value_by_cluster where reporting_year = '2023-24'
    """)
    assert found == [(160, 2, 1, 1, 1_042, 1_042, 2_000, "WMSE-SV", "1.0", "SV_FALLBACK")]


def test_people_attendances_jobs_and_outcomes_stand_apart(query: Query) -> None:
    """Training: 12 + 3 of Ashley; the row about nobody in the return belongs to none. Brook is named by its number."""
    found = query("""
        select clients_supported, client_attendances, jobs_created_headcount, jobs_created_fte, jobs_safeguarded_fte,
            outcome_training_people, outcome_income_and_debt_people, outcome_health_people
        from marts.social_value_by_cluster where reporting_year = '2023-24'
    """)
    assert found == [(40, 300, 2, 1.5, None, 15, 4, None)]


def test_co2e_is_by_the_factors_of_the_year(query: Query) -> None:
    """Factors of 2023, in kg. Scope 1: 20,000 kWh of gas x 0.18293 = 3,658.6 and 100 l of diesel x 2.51206 = 251.206.

    Scope 2: (10,000 + 1,000) kWh x 0.20707 = 2,277.77. Scope 3: losses 11,000 x 0.01792 = 197.12; water 50 m3 x
    (0.17668 supplied + 0.20132 treated) = 18.9; together 216.02. In all 6,403.596 kg.
    """
    found = query("""
        select tco2e_scope_1, tco2e_scope_2, tco2e_scope_3, tco2e, organisations_with_quantities, factor_missing,
            factors_verified, organisations_retrofit, organisations_nature, organisations_other
        from marts.environment_by_cluster where reporting_year = '2023-24'
    """)
    assert found == [(3.909806, 2.27777, 0.21602, 6.403596, 2, False, True, 1, 1, 0)]


def test_a_year_without_a_factor_has_no_co2e(query: Query) -> None:
    """Eastside's year to 31 July 2026 lies mostly in 2026: gas has a factor (0.18231, quoted), water has none."""
    found = query("""
        select organisation_name, factor_year, gas_kwh, water_m3, tco2e_scope_1, tco2e_scope_3, tco2e, factor_missing,
            factors_verified
        from marts.environment_by_organisation where reporting_year = '2025-26' and factor_year is not null
    """)
    assert found == [("Eastside Youth", 2026, 1_000, 10, 0.18231, None, None, True, False)]
