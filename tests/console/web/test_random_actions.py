"""A thousand things that each role tries at random: it gets as far as the matrix says, and the history shows it."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from console.access.matrix import PAGES
from console.access.roles import AGENCY, ROLES, STEWARD
from console.decisions.kinds import KINDS, REASONS, TO_BE_ASKED, WAITING
from tests.console.web.examples import Example, address, examples

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

ACTIONS = 1000
# Leaves the session, or starts a process for what is asked: tested beside, one by one.
_LEFT_OUT = {"access:sign-out", "access:sign-in", "data:sql", "data:sql-file"}
# What makes history is tried more often.
_DECIDING = {"alerts:one", "alerts:several", "alerts:assign"}
# Files and charts, which cost ten times as much as a page, are asked for a tenth as often.
_COSTLY = re.compile(r"file|xlsx|csv|chart|workbook|eml|form$|years|peers|public-tables")
_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_FORM = re.compile(r'<form method="post"(?: action="([^"]*)")?')


@pytest.fixture(scope="module")
def known(home: Path) -> dict[str, Example]:
    return examples(home)


@pytest.fixture(scope="module")
def alerts(home: Path) -> list[str]:
    from console.releases import current_release

    return [row["alert_id"] for row in current_release(home).query("select alert_id from alerts order by 1")]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_thousand_actions_go_as_far_as_the_matrix_says(
    role: str, known: dict[str, Example], alerts: list[str], sign_in: Callable[[str], Client]
) -> None:
    chance, client = random.Random(f"actions of {role}"), sign_in(role)
    names = sorted(set(PAGES) - _LEFT_OUT)
    weights = [1 if _COSTLY.search(name) else 25 if name in _DECIDING else 10 for name in names]
    told: Counter[str] = Counter()
    for name in chance.choices(names, weights, k=ACTIONS):
        method, others = chance.choice(["GET", "POST"]), chance.random() < 0.2
        example = known.get(name, Example())
        others = others and example.others is not None
        where = address(name, known, others=others)
        if name in {"alerts:one", "alerts:assign"}:
            where = where.replace(str(example.own["alert_id"]), chance.choice(alerts))
        sent = _form(name, where, chance, alerts) or dict(example.sent)
        answer = client.post(where, sent) if method == "POST" else client.get(where)
        told[expected := _expected(name, method, role, others=others, example=example)] += 1
        assert _told(answer.status_code) in expected, (name, method, where, sent, answer.status_code)
        if method == "GET" and answer.status_code == 200 and "html" in answer["Content-Type"]:
            _offers_nothing_that_is_refused(answer.content.decode(), where, role)
    assert sum(told.values()) == ACTIONS
    assert len(told) > 1, "nothing was refused, or nothing allowed: the check could not fail"
    if role == STEWARD:
        _the_history_replays_to_what_the_list_shows(alerts, client)


def _the_history_replays_to_what_the_list_shows(alerts: list[str], steward: Client) -> None:
    from console.alerts.models import Assignment
    from console.decisions.models import Decision
    from console.queries.models import Question

    status = dict.fromkeys(alerts, "new")
    for alert, kind in Decision.objects.order_by("pk").values_list("alert_id", "kind"):
        status[alert] = KINDS[kind][1]
    for alert in Question.objects.values_list("alert_id", flat=True):
        if status[alert] == TO_BE_ASKED:
            status[alert] = WAITING
    assigned = dict.fromkeys(alerts, "")
    for alert, email in Assignment.objects.order_by("pk").values_list("alert_id", "assigned_to"):
        assigned[alert] = email
    text = steward.get("/alerts/alerts.csv").getvalue().decode("utf-8-sig")
    shown = {row["alert_id"]: (row["status"], row["assigned_to"]) for row in csv.DictReader(io.StringIO(text))}
    assert shown == {alert: (status[alert], assigned[alert]) for alert in alerts}
    assert len(set(status.values())) > 3, "too little was decided for this to show anything"
    unexplained = Decision.objects.exclude(kind="acknowledge").filter(explanation="")
    assert not unexplained.exists()
    assert not Decision.objects.filter(kind="confirm", reason="").exists()


def _form(name: str, where: str, chance: random.Random, alerts: list[str]) -> dict[str, Any]:
    """What somebody fills in, often wrongly."""
    from console.decisions.models import Decision

    last = Decision.objects.filter(alert_id=where.strip("/").split("/")[-1]).order_by("-pk").first()
    decision = {
        "kind": chance.choice([*KINDS, "nonsense"]),
        "reason": chance.choice([*REASONS, "", ""]),
        "explanation": chance.choice(["Seen in the accounts.", "Told on the telephone.", "  "]),
        "new_value": chance.choice(["", "1200", "many"]),
        "source": chance.choice(["", "the accounts"]),
        "seen": chance.choice([str(last.pk if last else 0), str(last.pk if last else 0), "3000", ""]),
    }
    if name == "alerts:one":
        return decision
    if name == "alerts:several":
        return decision | {"alert": chance.sample(alerts, 2), chance.choice(["decide", "assign"]): "1"}
    if name == "alerts:assign":
        return {"assigned_to": chance.choice(["steward@example.org", "", "officer@example.org"])}
    return {}


def _expected(name: str, method: str, role: str, *, others: bool, example: Example) -> str:
    """Which of the words of `_told` fit, one after the other."""
    if example.only_where_set_up:
        return "not found"
    if not PAGES[name].admits(method, role):
        return "refused, not found" if others and role == AGENCY else "refused"
    if others and role == AGENCY:
        return "not found"
    # what an example of another cluster names need not be there
    return "in, not found" if others else "in"


def _told(status: int) -> str:
    return {403: "refused", 404: "not found"}.get(status, "in" if status in {200, 302, 400, 422} else str(status))


def _offers_nothing_that_is_refused(page: str, where: str, role: str) -> None:
    """Every link and every form of a page leads where this role may go."""
    asked = [("GET", link) for link in _LINK.findall(page)]
    asked += [("POST", action or where) for action in _FORM.findall(page)]
    for method, link in asked:
        site, path = urlsplit(link.replace("&amp;", "&"))[1:3]
        if site or not path.startswith("/") or path.startswith("/static/"):
            continue
        try:
            name = resolve(path).view_name
        except Resolver404:
            pytest.fail(f"{where} leads to {link}, which is no page")
        assert PAGES[name].admits(method, role), f"{where} offers {role} {method} {link}"
