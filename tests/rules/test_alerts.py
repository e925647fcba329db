"""What an alert says, where it points, what it holds back, and how a programme's thresholds change it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.rules.rule_bench import Bench, reasons

pytestmark = pytest.mark.xdist_group("rules")

SUBJECT = {"cluster_id": "digbeth", "cluster_name": "Digbeth", "reporting_year": "2025-26", "receipt_id": "r1"}
ASHLEY = {
    **SUBJECT,
    "organisation_id": "GB-CHC-1090095",
    "organisation_name": "Ashley Hall's Trust",
    "charity_number": "1090095",
    "sheet": "Organisations",
    "row_number": 12,
    "rows_in_return": 1,
}
OTHER = {**ASHLEY, "organisation_id": "GB-CHC-279417", "charity_number": "279417", "row_number": 13}
LARGE = {
    **OTHER,
    "total_income_gbp": 90000.0,
    "previous_total_income_gbp": 40000.0,
    "previous_reporting_year": "2024-25",
}
THOUSANDS = {
    **ASHLEY,
    "total_income_gbp": 182.0,
    "previous_total_income_gbp": 176000.0,
    "previous_reporting_year": "2024-25",
}
BLANK = {
    **{key: ASHLEY[key] for key in ASHLEY if key not in ("charity_number", "rows_in_return")},
    "kind": "blank",
    "table_name": "organisations",
    "field": "employees_fte",
    "label": "FTE",
    "cell": "AA12",
}
ACTION = {**SUBJECT, "kind": "blank", "table_name": "action_plan", "sheet": "Action plan", "field": "due_on"}
ROWS = {
    "int_returns": [
        {
            **SUBJECT,
            "file_name": "digbeth.xlsx",
            "status": "landed",
            "counts": True,
            "asks_sign_off": True,
            "signed_off_by_role": "Director",
            "signed_off_on": date(2026, 8, 4),
            "arrived_on": date(2026, 8, 3),
            "due_on": date(2026, 7, 31),
            "version": 1,
            "days_late": 3,
        }
    ],
    "int_organisation_years": [THOUSANDS, LARGE],
    "int_findings": [BLANK, {**ACTION, "cell": "C4", "row_number": 4}, {**ACTION, "cell": "C5", "row_number": 5}],
}
PLACES = [
    {
        "receipt_id": "r1",
        "table_name": "organisations",
        "field": "total_income_gbp",
        "sheet": "Organisations",
        "column_letters": "S",
    },
    {
        "receipt_id": "r1",
        "table_name": "cover",
        "field": "signed_off_on",
        "sheet": "Cover",
        "column_letters": "B",
        "row_number": 9,
    },
]


def _alerts(bench: Bench, thresholds: dict[str, dict[str, float]] | None = None) -> dict[str, list[dict[str, Any]]]:
    bench.lay(ROWS, PLACES)
    outcome = bench.build(thresholds)
    assert outcome.success, reasons(outcome)
    found: dict[str, list[dict[str, Any]]] = {}
    for alert in bench.alerts():
        found.setdefault(alert["rule_code"], []).append(alert)
    return found


@pytest.fixture(scope="module")
def alerts(new_bench: Bench) -> dict[str, list[dict[str, Any]]]:
    return _alerts(new_bench)


def test_exactly_the_planted_rules_fire(alerts: dict[str, list[dict[str, Any]]]) -> None:
    assert {code: len(found) for code, found in alerts.items()} == {
        "F08": 1,
        "F10": 1,
        "P01": 1,
        "P02": 1,
        "V01": 3,
        "V11": 1,
    }


def test_an_alert_says_what_where_and_what_to_do(alerts: dict[str, list[dict[str, Any]]]) -> None:
    (alert,) = alerts["P01"]
    assert alert["message"] == "Turnover of £182 is 967 times less than the £176,000 of 2024-25."
    assert (alert["observed"], alert["expected"]) == ("182", "around 176,000")
    assert (alert["file_name"], alert["sheet"], alert["cell"]) == ("digbeth.xlsx", "Organisations", "S12")
    assert (alert["field"], alert["label"], alert["kpi"]) == (
        "total_income_gbp",
        "Turnover (total income); whole pounds",
        "turnover",
    )
    assert alert["organisation_name"] == "Ashley Hall's Trust"
    assert alert["ask"].startswith("Did you write thousands of pounds")


def test_dates_are_spoken_and_the_cell_of_the_front_page_is_found(alerts: dict[str, list[dict[str, Any]]]) -> None:
    (late,), (unsigned,) = alerts["F08"], alerts["F10"]
    assert late["message"] == "This return came in on 3 August 2026. It was due on 31 July 2026 (days late: 3)."
    assert unsigned["message"] == "The date of sign-off lies after the day on which the return came in."
    assert (unsigned["observed"], unsigned["sheet"], unsigned["cell"]) == ("4 August 2026", "Cover", "B9")


def test_the_file_s_own_label_is_used_for_a_cell(alerts: dict[str, list[dict[str, Any]]]) -> None:
    assert [(alert["message"], alert["cell"]) for alert in alerts["V01"] if alert["organisation_id"]] == [
        ('"FTE" is blank.', "AA12")
    ]


def test_two_cells_of_one_field_are_two_alerts(alerts: dict[str, list[dict[str, Any]]]) -> None:
    of_actions = [alert for alert in alerts["V01"] if alert["field"] == "due_on"]
    assert {alert["cell"] for alert in of_actions} == {"C4", "C5"}
    assert len({alert["alert_id"] for alert in of_actions}) == 2


def test_only_errors_about_a_kpi_of_an_organisation_hold_back(alerts: dict[str, list[dict[str, Any]]]) -> None:
    held = {(alert["rule_code"], alert["kpi"]) for found in alerts.values() for alert in found if alert["holds_back"]}
    assert held == {("P01", "turnover"), ("V01", "employment")}


def test_a_programme_s_thresholds_change_what_fires(new_bench: Bench, alerts: dict[str, list[dict[str, Any]]]) -> None:
    # 90,000 after 40,000 is a change of 50,000: asked about from 20,000 on, no longer from 60,000 on.
    assert len(alerts["P02"]) == 1
    changed = _alerts(new_bench, {"P02": {"least_change_gbp": 60000}, "F08": {"most_days": 7}})
    assert set(changed) == {"F10", "P01", "V01", "V11"}
    # The ids of the others stay as they were.
    assert changed["P01"][0]["alert_id"] == alerts["P01"][0]["alert_id"]


def test_a_threshold_that_no_rule_has_is_named(new_bench: Bench) -> None:
    outcome = new_bench.build({"P02": {"least_chance_gbp": 1}})
    assert not outcome.success
    assert "The programme sets least_chance_gbp for rule P02, which has most_ratio" in reasons(outcome)
