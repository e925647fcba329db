"""Half past eleven in UTC on the last of June is the first of July on every page: the programme is in London."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
MIDNIGHT = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)


@pytest.fixture
def at_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: MIDNIGHT)


def test_a_time_is_shown_with_its_zone(agency: Client) -> None:
    from console.returns.models import Sent

    sent = Sent.objects.create(
        cluster_id="walsall", reporting_year="2025-26", file_name="a.xlsx", inbox_name="console/a.xlsx", sha256="0",
        size_bytes=1, organisations=1, to_put_right=0, to_look_at=0, sent_at=MIDNIGHT, sent_by="agency@example.org",
        signed_by="Some agency", statement="I send it.",
    )  # fmt: skip
    assert "1 July 2027, 00:30 BST" in agency.get(f"/returns/receipts/{sent.pk}/").content.decode()


@pytest.mark.usefixtures("at_midnight")
def test_the_last_day_of_june_has_passed_for_letters_and_decisions(steward: Client, home: Path) -> None:
    from console.releases import current_release

    (found,) = current_release(home).query(
        "select alert_id from alerts where not is_settled and mend = 'submitter' order by alert_id limit 1"
    )
    alert = found["alert_id"]
    told = {"alerts": alert, "answer_by": "30/6/2027", "note": ""}
    assert "30 June 2027 has passed" in steward.post("/queries/make/", told).content.decode()
    decided = {"kind": "acknowledge", "explanation": "x", "until": "2027-06-30", "seen": "0"}
    assert "2027-06-30 has passed" in steward.post(f"/alerts/{alert}/", decided).content.decode()
    decided["until"] = "2027-07-01"
    assert steward.post(f"/alerts/{alert}/", decided).status_code == 302


@pytest.mark.usefixtures("at_midnight")
def test_a_return_due_on_the_last_of_june_is_late(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from console.releases import current_release
    from console.returns import states

    years = [{"reporting_year": "2026-27", "opens_on": "2027-04-01", "due_on": "2027-06-30"}]
    now = replace(states.programme(), reporting_years=tuple(years))
    monkeypatch.setattr(states, "programme", lambda: now)
    assert states.standing_of(current_release(home), "walsall", "2026-27").state == states.LATE
    assert states.standing_of(current_release(home), "walsall", "2026-27").due_on == date(2027, 6, 30)


def test_the_pages_are_in_the_zone_of_the_programme(tmp_path: Path) -> None:
    (tmp_path / "programme.yml").write_text("time_zone: Pacific/Auckland\n")
    env = os.environ | {"RETURNS_PROGRAMME": str(tmp_path), "RETURNS_HOME": str(tmp_path)}
    said = "from console.settings import TIME_ZONE; print(TIME_ZONE)"
    done = subprocess.run([sys.executable, "-c", said], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Pacific/Auckland"
