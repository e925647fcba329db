"""No state is shown that has nothing behind it: a question, a letter, a day, a link that leads to something."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from console.queries.models import Letter

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DUE = date(2026, 12, 20)
HERE = ("walsall", "2025-26")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Rows only ever get more, anywhere but where a test takes them back."""
    from console.alerts import live

    live._read.cache_clear()


@pytest.fixture
def alert(home: Path) -> str:
    """An open error of the return HERE about which its lead agency can be asked."""
    found = _query(
        "select alert_id from alerts where cluster_id = ? and reporting_year = ? and severity = 'error' "
        "and mend = 'submitter' and not is_settled order by alert_id",
        list(HERE),
    )
    return str(found[0]["alert_id"])


def _query(sql: str, values: list[object]) -> list[dict[str, Any]]:
    from django.conf import settings

    from console.releases import current_release

    return current_release(settings.HOME).query(sql, values)


def _decide(alert: str, kind: str, **more: Any) -> None:
    from console.decisions.decide import Verdict, decide

    decide("default", [alert], Verdict(kind, "Because.", **more), by="steward@example.org", at=NOON)


def _letter(alert: str) -> Letter:
    from django.conf import settings

    from console.queries.letters import make_letters
    from console.releases import current_release

    (made,) = make_letters(
        current_release(settings.HOME), [alert], by="steward@example.org", at=NOON, answer_by=DUE, note=""
    )
    return made


def _answer(letter: Letter, kind: str) -> None:
    from console.queries.models import Answer

    Answer.objects.create(
        question=letter.questions.get(), kind=kind, reason="contract" if kind == "right" else "", explanation="We won.",
        answered_at=NOON, answered_by="agency@example.org",
    )  # fmt: skip


def _state_of_alert(alert: str) -> str:
    from django.conf import settings

    from console.alerts.live import live_of
    from console.releases import current_release

    return live_of(current_release(settings.HOME)).status.get(alert, "as in the release")


def _row(agency: Client) -> str:
    """The agency's row of the return HERE: its state, and what it can do about it."""
    page = agency.get("/returns/").content.decode()
    (row,) = [one for one in page.split("<tr ") if f"/returns/{HERE[0]}/{HERE[1]}/" in one]
    return row


def _leads_somewhere(client: Client, row: str) -> str:
    """The page to which the last link of a row leads; an anchor in its address is on that page."""
    address = re.findall(r'href="([^"]+)"', row)[-1]
    answer = client.get(address)
    assert answer.status_code == 200
    page = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if "#" in address:
        assert f'id="{address.partition("#")[2]}"'.encode() in page
    return page.decode("utf-8", "replace")


def test_a_decision_to_ask_asks_nobody_until_a_letter_does(alert: str, steward: Client, agency: Client) -> None:
    """What a lead agency met before: queries out, answer our questions, and then: we have no questions."""
    assert "being checked" in _row(agency)
    answer = steward.post(f"/alerts/{alert}/", {"kind": "ask", "explanation": "In pounds?", "seen": "0"}, follow=True)
    page = answer.content.decode()
    assert "to be asked in the next letter" in page
    assert "No letter asks it yet" in page
    # The steward is led to the letter, in which it comes first; the agency is told of nothing that it cannot open.
    assert "1 alert is to be asked about in the next letter" in steward.get("/queries/").content.decode()
    chosen = steward.get("/queries/choose/?marked=1").content.decode()
    assert re.findall(r'name="alert" value="([^"]+)"', chosen) == [alert]
    assert (
        re.findall(
            r'name="alert" value="([^"]+)"', steward.get("/queries/choose/?cluster_name=Walsall").content.decode()
        )[0]
        == alert
    )
    assert "queries out" not in _row(agency)
    assert "We have no questions about your returns" in agency.get("/queries/").content.decode()
    # Everything that is marked becomes a letter by one button.
    made = steward.post("/queries/make/", {"all": "1", "marked": "1"}).content.decode()
    assert "1 letter" in made
    letter = _letter(alert)
    assert _state_of_alert(alert) == "waiting for the agency"
    assert f'href="{letter.get_absolute_url()}"' in steward.get(f"/alerts/{alert}/").content.decode()
    assert "to be asked about" not in steward.get("/queries/").content.decode()
    assert "queries out" in _row(agency)
    assert letter.get_absolute_url() in _leads_somewhere(agency, _row(agency))


def test_to_ask_again_while_a_letter_asks_is_waiting_and_after_a_settlement_is_not(alert: str, agency: Client) -> None:
    _letter(alert)
    _decide(alert, "ask")
    assert _state_of_alert(alert) == "waiting for the agency"
    _decide(alert, "rule-wrong")
    _decide(alert, "reopen")
    _decide(alert, "ask")
    assert _state_of_alert(alert) == "to be asked"
    assert "queries out" not in _row(agency)


def test_what_is_seen_meanwhile_still_waits_for_the_agency(alert: str, agency: Client) -> None:
    letter = _letter(alert)
    _decide(alert, "acknowledge")
    assert "queries out" in _row(agency)
    assert letter.get_absolute_url() in _leads_somewhere(agency, _row(agency))


def test_a_promise_of_a_corrected_return_is_waited_for_where_it_is_sent(alert: str, agency: Client) -> None:
    _answer(_letter(alert), "resend")
    row = _row(agency)
    assert "queries out" in row
    assert "Send the corrected return" in row
    assert "Check a return" in _leads_somewhere(agency, row)


def test_an_explanation_waits_for_the_steward_and_asks_the_agency_nothing(alert: str, agency: Client) -> None:
    _answer(_letter(alert), "right")
    assert _state_of_alert(alert) == "explained"
    assert "being checked" in _row(agency)
    assert "What we ask about it" in _leads_somewhere(agency, _row(agency))


def test_nobody_can_be_asked_about_a_file_of_no_cluster(steward: Client, home: Path) -> None:
    from console.decisions.models import Alert

    known = Alert.objects.filter(cluster_id=None).first()
    assert known is not None
    answer = steward.post(f"/alerts/{known.pk}/", {"kind": "ask", "explanation": "Whose?", "seen": "0"})
    assert answer.status_code == 422
    assert "there is no lead agency to ask" in answer.content.decode()


def test_what_a_steward_marks_can_be_asked_whoever_would_mend_it(steward: Client, home: Path) -> None:
    found = _query(
        "select alert_id from alerts where mend <> 'submitter' and cluster_id is not null and not is_settled limit 1",
        [],
    )
    assert found
    _decide(found[0]["alert_id"], "ask")
    assert found[0]["alert_id"] in steward.get("/queries/choose/?marked=1").content.decode()


def test_every_state_of_a_return_has_its_day_its_file_or_its_question(agency: Client, home: Path) -> None:
    """Each row of the agency's list leads to a page that has what the row promises."""
    from django.conf import settings

    from console.releases import current_release
    from console.returns import states
    from console.returns.programme import programme

    release = current_release(settings.HOME)
    seen = set()
    for today in (date(2022, 1, 1), date(2026, 5, 1), date(2027, 5, 1), date(2030, 1, 1)):
        for one in states.standings(release, programme(), today=today, cluster_id="walsall"):
            seen.add(one.state)
            if one.state in (states.NOT_DUE, states.DUE, states.LATE):
                assert one.due_on is not None
                assert one.opens_on is not None
                assert one.arrived_on is None
            if one.state == states.NOT_DUE:
                assert today < one.opens_on  # type: ignore[operator]
            if one.state == states.LATE:
                assert today > one.due_on  # type: ignore[operator]
            if one.state == states.BEING_CHECKED:
                assert one.errors > 0
            if one.state == states.ACCEPTED:
                assert one.errors == 0
                assert one.versions > 0
                address = f"/returns/{one.cluster_id}/{one.reporting_year}/figures/"
                assert agency.get(address).status_code == 200
    assert seen >= {states.NOT_DUE, states.DUE, states.LATE, states.BEING_CHECKED, states.ACCEPTED}


@pytest.mark.parametrize("kind", ["acknowledge", "confirm", "correct", "leave-out", "rule-wrong", "reopen"])
def test_every_other_state_of_an_alert_shows_the_decision_behind_it(alert: str, kind: str, steward: Client) -> None:
    from console.alerts.live import STATES
    from console.decisions.kinds import KINDS

    needed = {"confirm": {"reason": "checked"}, "correct": {"new_value": 5.0, "source": "accounts"}}
    more: dict[str, Any] = needed.get(kind, {})
    found = _query(
        "select alert_id from alerts where organisation_id is not null and field = 'total_income_gbp' "
        "and not is_settled order by alert_id limit 1",
        [],
    )
    one = str(found[0]["alert_id"])
    _decide(one, kind, **more)
    page = steward.get(f"/alerts/{one}/").content.decode()
    words, status = KINDS[kind]
    assert STATES[status] in page
    assert page.count("Because.") >= 1
    assert words in page


def test_a_late_letter_has_passed_its_day_and_waits(
    alert: str, steward: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    _letter(alert)
    late: Callable[[], bool] = lambda: ">late</strong>" in steward.get("/queries/").content.decode()  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "localdate", lambda *_: DUE)
        assert not late()
        patched.setattr(timezone, "localdate", lambda *_: DUE + timedelta(days=1))
        assert late()
        _decide(alert, "rule-wrong")
        assert not late()


def test_a_return_that_is_set_aside_by_us_asks_nothing_of_its_agency(
    agency: Client, steward: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.releases import Release

    query, aside = Release.query, "set aside by us"
    reason = "With this return a calculation of the figures stopped. Look first at: Organisations, cell H7."

    def as_if(self: Release, sql: str, params: Any = None) -> list[dict[str, Any]]:
        rows = query(self, sql, params)
        for row in rows:
            if (row.get("cluster_id"), row.get("reporting_year")) == HERE:
                if "reminder_due" in row:
                    row["state"] = aside
                if row.get("state") == "counts":
                    row |= {"state": aside, "set_aside_reason": reason}
        return rows

    monkeypatch.setattr(Release, "query", as_if)
    assert aside in _row(agency)
    assert "Nothing: we are looking into it" in _row(agency)
    page = agency.get("/returns/walsall/2025-26/").content.decode()
    assert "our own program stops at it. There is nothing for the lead agency to do." in page
    assert reason not in page
    assert reason in steward.get("/returns/walsall/2025-26/").content.decode()
