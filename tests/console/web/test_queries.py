"""Letters: chosen from the alerts, one for each lead agency, as a page, an e-mail and a workbook."""

from __future__ import annotations

import email
import io
import re
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import load_workbook

if TYPE_CHECKING:
    from django.test import Client

    from console.queries.models import Letter

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]


def _query(sql: str, *params: object) -> list[dict[str, Any]]:
    from django.conf import settings

    from console.releases import current_release

    return current_release(settings.HOME).query(sql, params)


def _alerts(cluster: str) -> list[str]:
    """The errors of a cluster about which no other test has decided."""
    from console.decisions.models import Decision

    sql = "select alert_id from alerts where cluster_id = ? and mend = 'submitter' and severity = 'error' order by 1"
    decided = set(Decision.objects.values_list("alert_id", flat=True))
    return [row["alert_id"] for row in _query(sql, cluster) if row["alert_id"] not in decided]


def _make(steward: Client, *alert_ids: str, **more: str) -> list[Letter]:
    from console.queries.models import Letter

    before = set(Letter.objects.values_list("pk", flat=True))
    told = {"alerts": " ".join(alert_ids), "answer_by": "9/12/2099", "note": "", **more}
    assert steward.post("/queries/make/", told).status_code == 302
    return list(Letter.objects.exclude(pk__in=before).order_by("cluster_id"))


def test_alerts_without_a_cluster_cannot_be_asked_about_and_the_page_says_so(steward: Client) -> None:
    page = steward.get("/queries/choose/").content.decode()
    # the demo's two files that no cluster is known of, and the three alerts that the authority mends itself
    assert "2 alerts cannot be asked about" in page
    assert "3 alerts are not for a lead agency to mend" in page
    (without,) = {
        row["alert_id"] for row in _query("select min(alert_id) as alert_id from alerts where cluster_id is null")
    }
    assert without not in page
    refused = steward.post("/queries/make/", {"alerts": without, "answer_by": "9/12/2099"})
    assert refused.status_code == 422
    assert "no lead agency that could be asked" in refused.content.decode()


def test_filters_hold_for_the_page_and_for_asking_about_all(steward: Client) -> None:
    page = steward.get("/queries/choose/?cluster_name=Walsall&severity=error").content.decode()
    assert sorted(re.findall(r'name="alert" value="(\w+)"', page)) == _alerts("walsall")
    shown = steward.post("/queries/make/", {"all": "1", "cluster_name": "Walsall", "severity": "error"})
    assert f"{len(_alerts('walsall'))} questions" in shown.content.decode()
    assert "Make 1 letter" in shown.content.decode()


def test_each_lead_agency_gets_one_letter_and_sees_no_other(steward: Client, agency: Client, analyst: Client) -> None:
    from console.decisions.decide import history

    walsall, smethwick = _alerts("walsall"), _alerts("smethwick")
    letters = _make(steward, *smethwick, *walsall, note="Thank you for the return.")
    assert [(one.cluster_id, one.questions.count()) for one in letters] == [
        ("smethwick", len(smethwick)),
        ("walsall", len(walsall)),
    ]
    assert {history("default", alert)[-1].kind for alert in (*walsall, *smethwick)} == {"ask"}
    theirs, own = (one.get_absolute_url() for one in letters)
    for part in ("", "workbook/", "1/", "upload/"):
        assert [agency.get(f"{own}{part}").status_code, agency.get(f"{theirs}{part}").status_code] == [200, 404]
    assert agency.post(f"{theirs}1/", {"kind": "resend"}).status_code == 404
    listed = agency.get("/queries/").content.decode()
    assert (str(letters[1]) in listed, str(letters[0]) in listed) == (True, False)
    assert "Thank you for the return." in agency.get(own).content.decode()
    assert analyst.get(theirs).status_code == 200
    assert [analyst.post(own).status_code, agency.post(own).status_code] == [403, 403]
    assert analyst.get("/queries/choose/").status_code == 403


def test_nothing_is_made_where_one_of_the_alerts_is_asked_about_already(steward: Client) -> None:
    from console.queries.models import Letter

    first, second = _alerts("walsall")[:2]
    assert first in steward.get("/queries/choose/?cluster_name=Walsall&severity=error").content.decode()
    _make(steward, first)
    assert first not in steward.get("/queries/choose/").content.decode()
    count = Letter.objects.count()
    refused = steward.post("/queries/make/", {"alerts": f"{first} {second}", "answer_by": "9/12/2099"})
    assert refused.status_code == 422
    assert "1 of these alerts are asked about already" in refused.content.decode()
    assert Letter.objects.count() == count


@pytest.mark.parametrize(
    ("day", "words"), [("yesterday", "like 9/12/2026"), ("1/1/2020", "has passed"), ("", "which day")]
)
def test_a_day_that_is_none_or_has_passed_is_refused(steward: Client, day: str, words: str) -> None:
    refused = steward.post("/queries/make/", {"alerts": _alerts("walsall")[0], "answer_by": day})
    assert refused.status_code == 422
    assert words in refused.content.decode()


def test_choosing_nothing_is_said_in_words(steward: Client) -> None:
    for told in ({}, {"alerts": ""}, {"alert": "no-such-alert"}):
        answer = steward.post("/queries/make/", told, follow=True)
        assert "Choose at least one alert." in answer.content.decode()


def test_the_workbook_has_each_question_beside_its_figure_and_lists_to_choose_from(steward: Client) -> None:
    alerts = _query(
        "select * from alerts where alert_id in (select unnest(?)) "
        "order by organisation_name nulls first, reporting_year desc, rule_code, label, alert_id",
        _alerts("walsall"),
    )
    (letter,) = _make(steward, *_alerts("walsall"))
    content = steward.get(f"{letter.get_absolute_url()}workbook/").content
    assert content == steward.get(f"{letter.get_absolute_url()}workbook/").content
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_name("Questions").to_python()
    assert rows[3] == [
        "Question", "Organisation", "Reporting year", "About", "What you sent", "Where it stands", "What we ask",
        "Your answer", "Explanation",
    ]  # fmt: skip
    assert [row[:2] for row in rows[4:]] == [
        [f"Q{letter.pk}-{number}", alert["organisation_name"] or ""] for number, alert in enumerate(alerts, start=1)
    ]
    assert [row[6] for row in rows[4:]] == [f"{alert['message']} {alert['ask']}" for alert in alerts]
    assert all(row[7:] == ["", ""] for row in rows[4:])
    choices = load_workbook(io.BytesIO(content)).get_sheet_by_name("Answers to choose from").to_python()
    assert len(choices) == 13  # ten reasons, and three answers beside them


def test_the_email_names_the_day_the_page_and_every_question(steward: Client) -> None:
    (letter,) = _make(steward, *_alerts("walsall"), note="Thank you.")
    text = steward.get(f"{letter.get_absolute_url()}email/").content.decode()
    draft = steward.get(f"{letter.get_absolute_url()}eml/").content
    assert draft == steward.get(f"{letter.get_absolute_url()}eml/").content
    message = email.message_from_bytes(draft, policy=default)
    assert message["To"] == "agency@example.org"
    body = message.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    count = letter.questions.count()
    address = f"http://testserver/queries/{letter.pk}/"
    for part in ("Wednesday, 9 December 2099", address, "Thank you.", f"{count} questions"):
        assert part in words
        assert part in text
    assert re.findall(r"^(\d+)\. ", words, re.M) == [str(number) for number in range(1, count + 1)]
    (attached,) = message.iter_attachments()
    assert attached.get_content() == steward.get(f"{letter.get_absolute_url()}workbook/").content


def test_making_and_downloading_are_in_the_audit_log(steward: Client) -> None:
    from console.access.models import AuditEntry

    (letter,) = _make(steward, *_alerts("walsall"))
    steward.get(f"{letter.get_absolute_url()}workbook/")
    found = list(AuditEntry.objects.filter(who="steward@example.org").order_by("-pk").values_list("what", "about")[:2])
    assert found == [
        ("download", f"/queries/{letter.pk}/workbook/"),
        ("letter", f"Letter {letter.pk} to Walsall: {letter.questions.count()} questions"),
    ]
