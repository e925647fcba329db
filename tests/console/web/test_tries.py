"""Ten wrong passwords close an account for an hour, however its address is written; another machine is not kept out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.console.web.conftest import PASSWORD

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
# An address of its own, from a range for documentation, so that no other test is locked out.
MACHINE, ANOTHER = "192.0.2.7", "192.0.2.8"


def _try(client: Client, address: str, password: str, machine: str, **headers: str) -> int:
    told = {"username": address, "password": password}
    return client.post("/sign-in/", told, REMOTE_ADDR=machine, headers=headers).status_code


def test_ten_wrong_passwords_close_the_account_for_this_machine(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("")
    spellings = ["Analyst@example.org", "analyst@EXAMPLE.org", " analyst@example.org"]
    answers = [_try(client, spellings[at % 3], "wrong", MACHINE) for at in range(10)]
    assert answers == [200] * 9 + [429]
    locked = client.post("/sign-in/", {"username": "analyst@example.org", "password": PASSWORD}, REMOTE_ADDR=MACHINE)
    assert locked.status_code == 429
    assert "Wait an hour before you try again" in locked.content.decode()
    assert _try(client, "analyst@example.org", PASSWORD, ANOTHER) == 302


def test_behind_a_proxy_its_word_for_the_visitor_counts_and_not_the_visitors(
    sign_in: Callable[[str], Client], settings_behind_proxy: None
) -> None:
    client = sign_in("")
    for at in range(10):
        forged = {"X-Forwarded-For": f"203.0.113.{at}, 192.0.2.9"}
        last = _try(client, "officer@example.org", "wrong", "127.0.0.1", **forged)
    assert last == 429
    assert _try(client, "officer@example.org", PASSWORD, "127.0.0.1", **{"X-Forwarded-For": "192.0.2.10"}) == 302


@pytest.fixture
def settings_behind_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "PROXIES", 1)


def test_an_administrator_lets_a_locked_out_user_try_again(
    sign_in: Callable[[str], Client], administrator: Client
) -> None:
    from console.access.models import AuditEntry, User

    client, machine = sign_in(""), "192.0.2.11"
    page = f"/users/{User.objects.get(email='officer@example.org').pk}/"
    administrator.post(f"{page}unlock/")
    assert "Let them try again" not in administrator.get(page).content.decode()
    for _ in range(10):
        last = _try(client, "officer@example.org", "wrong", machine)
    assert last == 429
    assert "Let them try again" in administrator.get(page).content.decode()
    assert "locked for now" in administrator.get("/users/").content.decode()
    assert sign_in("steward").post(f"{page}unlock/").status_code == 403
    assert _try(client, "officer@example.org", PASSWORD, machine) == 429
    done = administrator.post(f"{page}unlock/", follow=True).content.decode()
    assert "can try to sign in again" in done
    assert "Let them try again" not in done
    newest = AuditEntry.objects.filter(what="user").first()
    assert newest is not None
    assert newest.about == "officer@example.org: unlocked"
    assert _try(client, "officer@example.org", PASSWORD, machine) == 302


def test_what_a_clock_two_years_ahead_left_keeps_nobody_out_and_no_session_open(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from axes.models import AccessAttempt
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    client, machine, now = sign_in(""), "192.0.2.77", timezone.now
    for _ in range(10):
        last = _try(client, "analyst@example.org", "wrong", machine)
    assert last == 429
    AccessAttempt.objects.filter(username="analyst@example.org").update(attempt_time=now() + timedelta(days=730))
    with monkeypatch.context() as ahead:
        ahead.setattr(timezone, "now", lambda: now() + timedelta(days=730))
        left_open = sign_in("steward")
    assert Session.objects.filter(expire_date__gt=now() + timedelta(days=1)).exists()
    assert _try(client, "analyst@example.org", PASSWORD, machine) == 302
    assert not Session.objects.filter(expire_date__gt=now() + timedelta(days=1)).exists()
    assert left_open.get("/alerts/").status_code == 302
    # Wrong passwords of today still count.
    client = sign_in("")
    for _ in range(10):
        last = _try(client, "steward@example.org", "wrong", machine)
    assert last == 429
    assert _try(client, "steward@example.org", PASSWORD, machine) == 429


def test_an_alert_of_a_run_that_a_clock_dated_ahead_can_be_decided(steward: Client, home: Path) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from console.decisions.models import Alert, Night, Spell
    from console.releases import current_release

    alert = current_release(home).query("select min(alert_id) as one from alerts where not is_settled")[0]["one"]
    ahead = timezone.localdate() + timedelta(days=730)
    Night.objects.create(seen_on=ahead, release_id="ahead")
    Spell.objects.create(alert=Alert.objects.get(pk=alert), first_on=ahead, last_on=ahead)
    page = steward.get(f"/alerts/{alert}/")
    assert page.status_code == 200
    decided = steward.post(f"/alerts/{alert}/", {"kind": "acknowledge", "explanation": "Seen.", "seen": "0"})
    assert decided.status_code == 302
    assert steward.get("/alerts/").status_code == 200
