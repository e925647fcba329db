"""Jobs, outcomes, the change of CO2e, new products and markets, and investment of the six organisations."""

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")


def test_jobs_stand_apart_from_the_change_of_staff(query: Query) -> None:
    """Ashley: 2 new jobs in 2023-24, 1.5 FTE, 1 for a disadvantaged person; staff from 8 to 10. Dudley kept 1.5 FTE."""
    found = query("""
        select reporting_year, headcount_change, organisations_with_jobs_created, jobs_created_headcount,
            jobs_created_fte, organisations_with_jobs_safeguarded, jobs_safeguarded_fte,
            organisations_with_jobs_disadvantaged, jobs_disadvantaged
        from marts.employment_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", None, 0, None, None, 0, None, 0, None),
        ("2023-24", 2, 1, 2, 1.5, 0, None, 1, 1),
        ("2024-25", 4, 0, None, None, 1, 1.5, 0, None),
        ("2025-26", None, 0, None, None, 0, None, 0, None),
    ]


def test_outcomes_by_kind_count_people_of_known_organisations(query: Query) -> None:
    """Training: Ashley's 12 + 3, not the 99 of nobody; no tool is WEMWBS or the Outcomes Star."""
    found = query("""
        select reporting_year, outcome_type, outcome_rows, rows_of_no_organisation, organisations, people,
            people_by_published_tool, method_id, method_version
        from marts.social_value_outcomes_by_cluster order by outcome_type
    """)
    method = ("WMSE-SV", "1.0")
    assert found == [
        ("2023-24", "income and debt", 1, 0, 1, 4, None, *method),
        ("2023-24", "training", 3, 1, 1, 15, None, *method),
    ]


def test_every_row_of_social_value_names_its_method(query: Query) -> None:
    """Ashley's hours have a value; Eastside's have no accounting period, the others did not say any hours."""
    found = query("""
        select organisation_name, method_id, method_version, value_reason, contract_social_value_gbp
        from marts.social_value_by_organisation where reporting_year = '2023-24' order by organisation_name
    """)
    method = ("WMSE-SV", "1.0")
    assert found == [
        ("Ashley Hall Trust", *method, None, 5_000),
        ("Brook Bakery CIC", *method, "blank", None),
        ("Canal Crafts", *method, "blank", None),
        ("Dudley Road Pantry", *method, "blank", None),
        ("Eastside Youth", *method, "no end of the accounting period", None),
        ("Forge Works", *method, "blank", None),
    ]


def test_the_change_of_co2e_is_split_into_activity_and_factors(query: Query) -> None:
    """Ashley from 2023-24 to 2024-25, in kg; factors of 2023 and 2024, each effect at the mean of the other.

    | activity               | quantities       | factors           | by activity            | by factors          |
    |------------------------|------------------|-------------------|------------------------|---------------------|
    | electricity            | 10,000 to 8,000  | 0.20707, 0.20705  | -2,000 x 0.20706       | -0.00002 x 9,000    |
    | lost on the way        | the same         | 0.01792, 0.0183   | -2,000 x 0.01811       | 0.00038 x 9,000     |
    | gas                    | 20,000 to 22,000 | 0.18293, 0.1829   | 2,000 x 0.182915       | -0.00003 x 21,000   |
    | diesel                 | 100 to 20        | 2.51206, 2.51279  | -80 x 2.512425         | 0.00073 x 60        |
    | sum                    |                  |                   | -285.504               | 2.6538              |

    Before: 2,070.7 + 179.2 + 3,658.6 + 251.206 = 6,159.706. Water was not sent again. Brook sent nothing again.
    """
    found = query("""
        select reporting_year, compared_organisations, previous_tco2e_compared, tco2e_change, tco2e_change_by_activity,
            tco2e_change_by_factors, tco2e_change_reason
        from marts.environment_by_cluster order by reporting_year
    """)
    none = (None, None, None, None, "no organisation with quantities and factors of both years")
    assert found == [
        ("2022-23", 0, *none),
        ("2023-24", 0, *none),
        ("2024-25", 1, 6.159706, -0.28285, -0.285504, 0.002654, None),
        ("2025-26", 0, *none),
    ]


def test_new_products_and_markets_are_counted_where_they_are_answered(query: Query) -> None:
    """Ashley has two new products and one new market, to the council and online; Brook says that it has no product."""
    found = query("""
        select organisations, organisations_with_answer_on_products, new_products, organisations_with_new_products,
            organisations_describing_products, organisations_with_answer_on_markets, new_markets,
            organisations_with_new_markets, organisations_describing_markets, organisations_mentioning_buyers,
            organisations_mentioning_places, organisations_mentioning_channels, held_back_organisations
        from marts.innovation_by_cluster where reporting_year = '2023-24'
    """)
    assert found == [(6, 2, 2, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0)]


def test_investment_is_no_part_of_turnover(query: Query) -> None:
    """Ashley drew down 25,000 in 2023-24 and nothing in 2024-25; its turnover is 100,000 all the same."""
    found = query("""
        select i.reporting_year, i.organisations_with_answer, i.organisations_with_investment,
            i.investment_received_gbp, i.kind_not_asked_gbp, i.investment_received_excluded_gbp, t.turnover_gbp
        from marts.investment_by_cluster as i inner join marts.turnover_by_cluster as t using (reporting_year)
        where i.reporting_year in ('2023-24', '2024-25') order by i.reporting_year
    """)
    assert found == [
        ("2023-24", 1, 1, 25_000, 25_000, 0, 464_000),
        ("2024-25", 1, 0, 0, None, 0, 531_500),
    ]
