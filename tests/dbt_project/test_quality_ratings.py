"""The quality rating of each KPI of the six organisations' cluster."""

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")

KPI_MARTS = ("turnover", "employment", "social_value", "environment", "innovation", "investment")


@pytest.mark.parametrize("mart", KPI_MARTS)
def test_every_kpi_has_a_quality_rating(query: Query, mart: str) -> None:
    """Everybody answers until 2025-26, when four of five do: fewer than five.

    Of 2024-25 one answer in six about employment is held back: Forge has more full-time equivalents than people. By
    value: one of five, then four of six say how many work there, and two of six how many hours volunteers gave; who
    says nothing weighs as much as the mean of the others. In 2024-25 nobody gives hours, and two gave some the year
    before.
    """
    by_value = {
        "employment": {"2022-23": "low", "2023-24": "medium", "2024-25": "medium"},
        "social_value": {"2023-24": "low", "2024-25": "low"},
    }.get(mart, {})
    found = query(f"""
        select reporting_year, answers_due, answers_received, answered_turnover_share, quality_rating
        from marts.{mart}_by_cluster order by reporting_year
    """)
    assert found == [
        ("2022-23", 5, 5, 1, by_value.get("2022-23", "high")),
        ("2023-24", 6, 6, 1, by_value.get("2023-24", "high")),
        ("2024-25", 6, 6, 1, by_value.get("2024-25", "high")),
        ("2025-26", 5, 4, 0.929204, "low"),
    ]


def test_the_reason_says_what_makes_it_so(query: Query) -> None:
    found = query("""
        select reporting_year, answers_held_back, quality_reason from marts.turnover_by_cluster
        where reporting_year >= '2024-25' order by reporting_year
    """)
    assert found == [
        ("2024-25", 0, "nearly all answered, and nearly all of the value is accepted"),
        ("2025-26", 1, "fewer than 5 organisations answered"),
    ]


def test_the_shares_of_the_value_add_up(query: Query) -> None:
    """Turnover of 2025-26: 238,000 accepted, 231 excluded; of Eastside Youth 36,000 of the year before is missing."""
    shares = "accepted_value_share, excluded_value_share, imputed_value_share, missing_value_share"
    found = query(f"select quality_figure, {shares} from marts.turnover_by_cluster where reporting_year = '2025-26'")
    total = 238_000 + 231 + 36_000
    assert found == [("turnover", round(238_000 / total, 6), round(231 / total, 6), 0, round(36_000 / total, 6))]
