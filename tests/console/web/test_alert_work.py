"""What stewards do with the list and with one alert: assign, keep views, decide about many, download, and look."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest
from python_calamine import load_workbook

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

_CONFIRM = {"kind": "confirm", "reason": "growth", "explanation": "All of them are new branches.", "seen": 0}


def _alerts(rule: str) -> list[str]:
    from django.conf import settings

    from console.releases import current_release

    sql = "select alert_id from alerts where rule_code = ? order by alert_id"
    return [row["alert_id"] for row in current_release(settings.HOME).query(sql, [rule])]


def _many(client: Client, query: str) -> int:
    found = re.search(r"(\d+) alerts?, worst first", client.get(f"/alerts/{query}").content.decode())
    assert found is not None
    return int(found[1])


def test_an_alert_is_given_to_somebody_and_then_to_nobody(steward: Client) -> None:
    alert, before = _alerts("R02")[0], _many(steward, "?assigned=me")
    steward.post(f"/alerts/{alert}/assign/", {"assigned_to": "steward@example.org"})
    assert _many(steward, "?assigned=me") == before + 1
    assert "Looked after by Some steward" in steward.get(f"/alerts/{alert}/").content.decode()
    steward.post(f"/alerts/{alert}/assign/", {"assigned_to": ""})
    assert _many(steward, "?assigned=me") == before
    page = steward.get(f"/alerts/{alert}/").content.decode()
    assert "Looked after by nobody" in page
    assert page.count("said steward@example.org") == 2  # both are kept


def test_an_alert_is_given_to_stewards_only(steward: Client, officer: Client) -> None:
    alert = _alerts("R03")[0]
    said = steward.post(f"/alerts/{alert}/assign/", {"assigned_to": "officer@example.org"}, follow=True)
    assert "can be given to a steward" in said.content.decode()
    assert officer.post(f"/alerts/{alert}/assign/", {"assigned_to": "steward@example.org"}).status_code == 403
    assert "Looked after by nobody" in steward.get(f"/alerts/{alert}/").content.decode()


def test_an_alert_that_is_not_there_is_not_found(steward: Client) -> None:
    gone = "0" * 32
    assert steward.get(f"/alerts/{gone}/").status_code == 404
    assert steward.post(f"/alerts/{gone}/assign/", {"assigned_to": ""}).status_code == 404
    assert steward.get(f"/alerts/{gone}/years.svg").status_code == 404


def test_many_are_decided_at_once_all_or_none(steward: Client) -> None:
    chosen = _alerts("V08")
    assert len(chosen) >= 2
    bare = steward.post("/alerts/several/", {"alert": chosen, "decide": "1", **_CONFIRM, "explanation": " "})
    assert bare.status_code == 422
    assert "Say why" in bare.content.decode()
    nothing = steward.post("/alerts/several/", {"alert": chosen, "decide": "1"})
    assert nothing.status_code == 422
    assert "Say what you decide." in nothing.content.decode()
    unknown = steward.post("/alerts/several/", {"alert": [*chosen, "0" * 32], "decide": "1", **_CONFIRM})
    assert unknown.status_code == 422
    assert "confirmed" not in steward.get(f"/alerts/{chosen[0]}/").content.decode()
    assert steward.post("/alerts/several/", {"alert": chosen, "decide": "1", **_CONFIRM}).status_code == 302
    for one in chosen:
        assert "resolved: confirmed</strong>" in steward.get(f"/alerts/{one}/").content.decode()
    late = steward.post("/alerts/several/", {"alert": chosen, "decide": "1", **_CONFIRM})
    assert late.status_code == 422
    assert "has decided in the meantime" in late.content.decode()


def test_many_are_assigned_at_once(steward: Client) -> None:
    chosen, before = _alerts("X10"), _many(steward, "?assigned=steward@example.org")
    steward.post("/alerts/several/", {"alert": chosen, "assign": "1", "assigned_to": "steward@example.org"})
    assert _many(steward, "?assigned=steward@example.org") == before + len(chosen)


def test_choosing_nothing_is_told_so(steward: Client) -> None:
    assert "tick the boxes" in steward.get("/alerts/several/", follow=True).content.decode()


def test_choose_all_takes_what_the_filters_let_through(steward: Client) -> None:
    page = steward.get("/alerts/several/?rule_code=P03&all=1").content.decode()
    assert page.count('type="hidden" name="alert"') == 2 * len(_alerts("P03"))  # in both forms of the page


def test_a_view_is_kept_for_oneself_with_known_filters_only(steward: Client, analyst: Client) -> None:
    kept = {"name": "Walsall's worst", "filters": "cluster_id=walsall&severity=reject&page=3&evil=1"}
    assert steward.post("/alerts/views/", kept).status_code == 302
    page = steward.get("/alerts/").content.decode()
    assert 'href="/alerts/?cluster_id=walsall&amp;severity=reject">Walsall&#x27;s worst</a>' in page
    assert "Walsall&#x27;s worst" not in analyst.get("/alerts/").content.decode()
    number = re.search(r"/alerts/views/(\d+)/", page)
    assert number is not None
    analyst.post(f"/alerts/views/{number[1]}/")  # not theirs: nothing happens
    assert "Walsall&#x27;s worst" in steward.get("/alerts/").content.decode()
    steward.post(f"/alerts/views/{number[1]}/")
    assert "Walsall&#x27;s worst" not in steward.get("/alerts/").content.decode()
    unnamed = steward.post("/alerts/views/", {"name": " ", "filters": ""}, follow=True)
    assert "Give the view a name" in unnamed.content.decode()


def test_the_files_hold_what_the_filters_let_through(analyst: Client) -> None:
    text = analyst.get("/alerts/alerts.csv?rule_code=P01").getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["alert_id"] for row in rows) == _alerts("P01")
    book = load_workbook(io.BytesIO(analyst.get("/alerts/alerts.xlsx?rule_code=P01").content))
    sheet = book.get_sheet_by_index(0).to_python()
    assert [dict(zip(sheet[0], row, strict=True))["observed"] for row in sheet[1:]] == [row["observed"] for row in rows]


def test_the_filters_of_state_and_age_divide_the_list(steward: Client) -> None:
    everything = _many(steward, "")
    states = [
        "new",
        "acknowledged",
        "to be asked",
        "waiting for the agency",
        "explained",
        "confirmed",
        "corrected",
        "left out",
    ]
    states += ["rule wrong", "reopened"]
    assert sum(_many(steward, f"?status={state}") for state in states) == everything
    assert _many(steward, "?age=tonight") == everything  # the demo is one night old
    assert _many(steward, "?age=7") == 0
    assert _many(steward, "?status=nonsense") == 0


def _headcounts() -> list[tuple[str, float, float]]:
    """Organisation, this year's and last year's headcount in 2025-26, from the mart and not from the returns."""
    from django.conf import settings

    from console.releases import current_release

    rows = current_release(settings.HOME).query(
        "select organisation_id, reporting_year, headcount from employment_by_organisation where headcount > 0"
    )
    by_year = {(row["organisation_id"], row["reporting_year"]): float(row["headcount"]) for row in rows}
    return [
        (organisation, figure, by_year[organisation, "2024-25"])
        for (organisation, year), figure in sorted(by_year.items())
        if year == "2025-26" and (organisation, "2024-25") in by_year
    ]


def test_one_alert_shows_the_years_the_row_and_the_peers(steward: Client) -> None:
    from django.conf import settings

    from console.releases import current_release

    (alert,) = current_release(settings.HOME).query(
        "select * from alerts where organisation_name = 'Ottermantle Advice Desk' and rule_code = 'P02'"
    )
    page = steward.get(f"/alerts/{alert['alert_id']}/").content.decode()
    assert "2022-23: 6; 2023-24: 6; 2024-25: 7; 2025-26: 1. Expected: around 7." in page
    assert "Typed into Y32: <strong>1</strong>" in page
    assert "Other alerts on the same row" in page
    changes = [this / last for _, this, last in _headcounts()]
    assert f"Half of the {len(changes)} organisations" in page
    assert "fell to less than half (this one)" in page
    doubled = re.search(r"doubled or more</th><td[^>]*>(\d+)<", page)
    assert doubled is not None
    assert int(doubled[1]) == sum(change >= 2 for change in changes)
    for chart in ("years", "peers"):
        drawn = steward.get(f"/alerts/{alert['alert_id']}/{chart}.svg")
        assert drawn["Content-Type"] == "image/svg+xml"
        assert drawn.content.startswith(b"<svg")
