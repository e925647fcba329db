"""Alerts tonight and one alert: ranked, filtered, decided about, and refused without a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connections

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


def _alert(rule: str) -> str:
    from django.conf import settings

    from console.releases import current_release

    sql = "select min(alert_id) as alert_id from alerts where rule_code = ?"
    return str(current_release(settings.HOME).query(sql, [rule])[0]["alert_id"])


def test_the_filter_in_the_address_holds(steward: Client) -> None:
    page = steward.get("/alerts/?rule_code=P02").content.decode()
    assert page.count('/">P02 ') == 6  # the demo's large changes
    assert '/">P03 ' not in page


def test_a_decision_is_refused_without_a_reason_and_shows_at_once_with_one(steward: Client) -> None:
    address = f"/alerts/{_alert('C08')}/"
    bare = {"kind": "confirm", "seen": 0, "explanation": "", "reason": ""}
    assert "Say why" in (refused := steward.post(address, bare)).content.decode()
    assert refused.status_code == 422
    said = bare | {"explanation": "It is the largest.", "reason": "checked"}
    assert steward.post(address, said).status_code == 302
    assert "confirmed</strong>" in steward.get(address).content.decode()
    late = steward.post(address, said)
    assert late.status_code == 422
    assert "has decided in the meantime" in late.content.decode()


def test_only_stewards_decide(agency: Client, analyst: Client) -> None:
    address = f"/alerts/{_alert('P02')}/"
    assert [agency.get(address).status_code, analyst.get(address).status_code] == [403, 200]
    assert [agency.post(address).status_code, analyst.post(address).status_code] == [403, 403]


def test_of_two_stewards_at_the_same_time_one_wins_and_the_other_is_told(sign_in: Callable[[str], Client]) -> None:
    address, both = f"/alerts/{_alert('C06')}/", threading.Barrier(2)
    said = {"kind": "rule-wrong", "seen": 0, "explanation": "The limit is another."}
    clients = [sign_in("steward"), sign_in("steward")]

    def post(client: Client) -> int:
        both.wait(timeout=10)
        try:
            return client.post(address, said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(post, clients)) == [302, 422]
    assert clients[0].get(address).content.decode().count("The limit is another.") == 1
