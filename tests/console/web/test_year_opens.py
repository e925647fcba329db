"""From which day a year may be sent is said before anything else, and what would be sent earlier is refused with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
YEAR = "2026-27"


@pytest.fixture
def opens_on() -> date:
    return read_programme(SHIPPED_PROGRAMME).opens_on(YEAR)


def _on(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int, hour: int = 12) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: datetime(year, month, day, hour, 30, tzinfo=UTC))


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def test_the_pages_say_the_day_first(
    monkeypatch: pytest.MonkeyPatch, sign_in: object, home: Path, opens_on: date
) -> None:
    _on(monkeypatch, 2026, 12, 1)
    agency: Client = sign_in("agency")  # type: ignore[operator]
    page = agency.get("/returns/check/").content.decode()
    assert "You can send: 2025-26, 2024-25, 2023-24, 2022-23." in page
    assert f"{YEAR} opens on <strong>{_words(opens_on)}</strong>" in page
    assert page.index("opens on") < page.index('type="file"')
    assert f"From {_words(opens_on)} you can send it" in agency.get("/returns/").content.decode()
    one = agency.get(f"/returns/walsall/{YEAR}/").content.decode()
    assert one.index(_words(opens_on)) < one.index("Download the form")


@pytest.mark.parametrize(("day", "status"), [(30, 422), (31, 302)])
def test_what_is_sent_before_the_day_is_refused_with_it(
    monkeypatch: pytest.MonkeyPatch, sign_in: object, home: Path, opens_on: date, day: int, status: int
) -> None:
    """23:30 UTC on the 31st of March is the first of April in London: from then on it is taken."""
    from console.returns.uploads import keep_answer, keep_upload

    assert opens_on == date(2027, 4, 1)
    _on(monkeypatch, 2027, 3, day, 23)
    agency: Client = sign_in("agency")  # type: ignore[operator]
    answer = {"cluster_id": "walsall", "reporting_year": YEAR, "organisation_rows": 1, "alerts": [], "notes": []}
    upload = keep_upload(
        home / "uploads", [b"early %d" % day], "r.xlsx", cluster_id="walsall", by="agency@example.org",
        at=datetime.now(UTC),
    )  # fmt: skip
    address = f"/returns/check/{keep_answer(home / 'uploads', upload, answer).token}/send/"
    refused = agency.post(address, {"name": "Ada Fields", "agree": "on"})
    assert refused.status_code == status
    if status == 422:
        assert f"{YEAR} opens on 1 April 2027" in refused.content.decode()
        assert not list((home / "inbox").rglob(f"{upload.sha256[:16]}/*"))
