"""Every rule catches what it says it catches, lets pass what it says it lets pass, and is missed when it is off."""

from __future__ import annotations

import re

import duckdb
import pytest

from expectations.catalogue import Rule, read_catalogue
from tests.rules.rule_bench import Judged, Shown, shown_examples

pytestmark = pytest.mark.xdist_group("rules")

RULES = {rule.code: rule for rule in read_catalogue()}


def _missed(caught: set[tuple[str, str]]) -> list[str]:
    """The examples that should have been caught and were not, by mark."""
    return [shown.mark for shown in shown_examples() if shown.catches and (shown.mark, shown.rule.code) not in caught]


@pytest.mark.parametrize("shown", shown_examples(), ids=lambda shown: shown.mark)
def test_an_example_is_judged_as_the_catalogue_says(shown: Shown, judged: Judged) -> None:
    fired = [
        (field, severity)
        for mark, code, field, severity in judged.fired
        if (mark, code) == (shown.mark, shown.rule.code)
    ]
    if not shown.catches:
        assert fired == []
    elif shown.example.field:
        assert [field for field, _ in fired] == [shown.example.field]
    else:
        assert len(fired) == 1


@pytest.mark.parametrize("code", RULES)
def test_the_examples_show_every_severity_of_a_rule(code: str, judged: Judged) -> None:
    rule = RULES[code]
    declared = {rule.severity} | {"error" for case in rule.cases if case.error_when}
    assert {
        severity for mark, fired, _, severity in judged.fired if fired == code and mark.startswith(code)
    } == declared


@pytest.mark.parametrize("code", RULES)
def test_a_rule_that_is_switched_off_is_missed(code: str, judged: Judged) -> None:
    rule = RULES[code]
    with duckdb.connect(str(judged.database)) as connection:
        caught = set(connection.execute(_without(judged.compiled[rule.family], rule)).fetchall())
    others = {(mark, fired) for mark, fired, _, _ in judged.fired if RULES[fired].family != rule.family}
    assert _missed(caught | others) == [
        shown.mark for shown in shown_examples() if shown.rule == rule and shown.catches
    ]
    assert _missed({(mark, fired) for mark, fired, _, _ in judged.fired}) == []


def _without(compiled: str, rule: Rule) -> str:
    """The compiled SQL of a family with every select of one rule taken out."""
    head, rest = compiled.split("fired as (", 1)
    body, tail = rest.split("\n\n)\n\nselect", 1)
    selects = re.split(r"\n\s*union all\n", body)
    kept = [one for one in selects if f"'{rule.code}' as rule_code" not in one]
    assert len(kept) < len(selects)
    return (
        f"{head}fired as (" + "\nunion all\n".join(kept) + f"\n\n)\n\nselect cluster_id, rule_code from (select{tail})"
    )
