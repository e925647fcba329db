"""The action plan, the criteria of entry and the quality of what the six organisations' cluster sent."""

from collections import Counter

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.xdist_group("six_organisations")


def test_the_plan_is_followed_by_building_block(query: Query) -> None:
    """2023-24: the plan is agreed, the hub on track, the name late, and counting was due on 1 March and not begun.

    2024-25: the hub is done, and the return does not say how its widening goes, which is due after the year.
    """
    found = query("""
        select reporting_year, building_block, actions, actions_done, actions_late, actions_not_told, actions_overdue,
            progress
        from marts.action_plan_by_cluster where actions > 0 order by reporting_year, building_block
    """)
    assert found == [
        ("2023-24", "development plan", 1, 1, 0, 0, 0, "green"),
        ("2023-24", "hub", 1, 0, 0, 0, 0, "green"),
        ("2023-24", "identity", 1, 0, 1, 0, 1, "red"),
        ("2023-24", "monitoring", 1, 0, 0, 0, 1, "red"),
        ("2024-25", "hub", 2, 1, 0, 1, 0, "amber"),
    ]
    # seven blocks in each of four years
    assert query("select count(*), count(progress_reason) from marts.action_plan_by_cluster") == [(28, 23)]


def test_criteria_nobody_judged_are_not_assessed(query: Query) -> None:
    """Seventeen criteria; six organisations are fewer than ten, and nothing else is recorded."""
    found = query("select verdict, count(*) from marts.readiness_by_cluster group by verdict order by verdict")
    assert found == [("not assessed", 16), ("not met", 1)]
    assert query("""
        select least, counted, evidence from marts.readiness_by_cluster where criterion_group = 'organisations'
    """) == [(10, 6, "organisations enrolled so far")]


def test_alerts_are_counted_by_dimension_and_severity(query: Query) -> None:
    alerts = query("select reporting_year, dimension, severity from marts.alerts where cluster_id = 'walsall'")
    expected = Counter((year, dimension, severity) for year, dimension, severity in alerts)
    assert ("2025-26", "uniqueness", "error") in expected  # Dudley's two rows
    found = query("""
        select reporting_year, dimension, alerts_reject, alerts_error, alerts_warning, alerts_info
        from marts.quality_by_cluster
    """)
    counted = {
        (year, dimension, severity): number
        for year, dimension, *numbers in found
        for severity, number in zip(("reject", "error", "warning", "info"), numbers, strict=True)
        if number
    }
    assert counted == expected
    assert len(found) == 4 * 6
    (held_back,) = query("""
        select organisations_held_back, held_back_share, held_back_share_reason from marts.quality_by_cluster
        where reporting_year = '2025-26' and dimension = 'uniqueness'
    """)
    assert held_back == (1, None, "fewer than 10 organisations in the return")
