"""The quality rating of each KPI of the six organisations' cluster."""

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")

KPI_MARTS = ("turnover", "employment", "social_value", "environment", "innovation", "investment")


@pytest.mark.parametrize("mart", KPI_MARTS)
def test_every_kpi_has_a_quality_rating(query: Query, mart: str) -> None:
    """Everybody answers until 2025-26, when four of five do: fewer than five.

    Of 2024-25 one answer in six about employment is held back: Forge has more full-time equivalents than people.
    """
    found = query(f"""
        select reporting_year, answers_due, answers_received, answered_turnover_share, quality_rating
        from marts.{mart}_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", 5, 5, 1, "high"),
        ("2023-24", 6, 6, 1, "high"),
        ("2024-25", 6, 6, 1, "medium" if mart == "employment" else "high"),
        ("2025-26", 5, 4, 0.929204, "low"),
    ]


def test_the_reason_says_what_makes_it_so(query: Query) -> None:
    found = query("""
        select reporting_year, answers_held_back, quality_reason from marts.turnover_by_cluster
        where reporting_year >= '2024-25' order by reporting_year
    """)
    assert found == [
        ("2024-25", 0, "nearly all answered, and hardly any figure is held back"),
        ("2025-26", 1, "fewer than 5 organisations answered"),
    ]
