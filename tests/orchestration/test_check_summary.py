"""What a lead agency reads about a file: the same finding in many cells is one message with its cells."""

from typing import Any

from orchestration.check import Checked
from orchestration.summary import check_summary


def _alert(number: int, **more: Any) -> dict[str, Any]:
    return {
        "severity": "error",
        "rule_code": "V02",
        "organisation_name": f"Trust {number}",
        "label": "Volunteer hours",
        "sheet": "Organisations",
        "cell": f"W{number}",
        "message": f'"about {number}00" is not a number.',
        "ask": "Please write a plain number.",
        **more,
    }


def _summary(*alerts: dict[str, Any]) -> list[str]:
    checked = Checked(cluster_id="walsall", reporting_year="2025-26", organisation_rows=9, alerts=alerts, notes=())
    return check_summary(checked, "return.xlsx", as_json=False).splitlines()


def test_the_same_in_three_cells_is_one_message_with_its_cells() -> None:
    lines = _summary(_alert(7), _alert(8), _alert(9), _alert(1, label="Turnover"))
    assert lines[2:] == [
        "ERROR   V02  3 times: Volunteer hours",
        '        "about 700" is not a number.  [Organisations W7]',
        "        What to do: Please write a plain number.",
        "        The same for Trust 8  [Organisations W8], Trust 9  [Organisations W9].",
        "ERROR   V02  Trust 1",
        '        "about 100" is not a number.  [Organisations W1]',
        "        What to do: Please write a plain number.",
        "",
        "In all: 4 error. Correct what is wrong and check again as often as you like.",
    ]


def test_two_are_told_apart() -> None:
    lines = _summary(_alert(7), _alert(8))
    assert [line for line in lines if line.startswith("ERROR")] == ["ERROR   V02  Trust 7", "ERROR   V02  Trust 8"]
