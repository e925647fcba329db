"""Two people do something about the same question at the same moment: one is first, and nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
# What is written here stays, since threads do not see each other's open transactions: a rule that no other test asks
# about.
RULE = "X17"


def _together(*does: Callable[[], int]) -> list[int]:
    start = threading.Barrier(len(does))

    def do(one: Callable[[], int]) -> int:
        start.wait(timeout=10)
        try:
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(does)) as threads:
        return sorted(threads.map(do, does))


def test_of_two_who_ask_about_one_alert_or_accept_one_answer_one_is_told(sign_in: Callable[[str], Client]) -> None:
    from console.decisions.decide import history
    from console.decisions.models import Alert
    from console.queries.answers import Given, keep_answers, last_seen
    from console.queries.models import Letter

    alert = Alert.objects.filter(rule_code=RULE).order_by("pk")[0].pk
    stewards = [sign_in("steward"), sign_in("steward")]
    day = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    told = {"alerts": alert, "answer_by": day}
    asked = _together(*(lambda client=client: client.post("/queries/make/", told).status_code for client in stewards))
    assert asked == [302, 422]
    letter = Letter.objects.get(questions__alert=alert)
    given = Given("right", "checked", None, "The bill says so.")
    keep_answers(letter, {1: given}, by="agency@example.org", at=datetime.now(UTC))
    accept = {"question": 1, **last_seen()}
    address = letter.get_absolute_url()
    accepted = _together(*(lambda client=client: client.post(address, accept).status_code for client in stewards))
    assert accepted == [302, 422]
    assert [decision.kind for decision in history("default", alert)] == ["ask", "confirm"]
