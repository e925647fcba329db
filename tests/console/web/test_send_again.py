"""A, then B, then A again: each is signed off, each arrives, and what was sent last counts; what counts is not sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.archive import content_of
from orchestration.arrivals import arrivals_table
from orchestration.home import Home
from orchestration.inbox import take_inbox

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
YEAR = "2025-26"
_ALREADY, _SENT, _BEFORE = "We have exactly this file already", "You have sent exactly this file", "this file before"


class Agency:
    """A lead agency that sends, and the runs that receive what it sends, in a home of their own."""

    def __init__(self, home: Path, client: Client) -> None:
        self.home, self._client = home, client
        self.states: dict[str, str] = {}  # of the release, by the SHA-256 of a file

    def check(self, content: bytes, name: str = "Our return.xlsx", year: str = YEAR) -> tuple[str, str]:
        """The address of the findings of a file that a check found nothing in, and its SHA-256."""
        from console.returns.uploads import keep_answer, keep_upload

        uploads = self.home / "uploads"
        upload = keep_upload(
            uploads, [content], name, cluster_id="walsall", by="agency@example.org", at=datetime.now(UTC)
        )
        answer = {"cluster_id": "walsall", "reporting_year": year, "organisation_rows": 1, "alerts": [], "notes": []}
        return f"/returns/check/{keep_answer(uploads, upload, answer).token}/", upload.sha256

    def page(self, content: bytes, **about: str) -> str:
        """What the page of the findings says."""
        return self._client.get(self.check(content, **about)[0]).content.decode()

    def send(self, content: bytes, **about: str) -> Any:
        """The answer to a sign-off."""
        address, _ = self.check(content, **about)
        return self._client.post(f"{address}send/", {"name": "Ada Fields", "agree": "on"})

    def sent(self, content: bytes, **about: str) -> Any:
        """The sign-off to whose receipt sending leads."""
        from console.returns.models import Sent

        answer = self.send(content, **about)
        assert answer.status_code == 302
        assert "/receipts/" in answer["Location"]
        return Sent.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))

    def receipt(self, sent: Any) -> str:
        return self._client.get(f"/returns/receipts/{sent.pk}/").content.decode()

    def run(self) -> list[dict[str, Any]]:
        """The next run looks into the inbox: all arrivals of `landed.arrivals`."""
        from console.returns.programme import programme

        take_inbox(Home(self.home), programme(), now=datetime.now(UTC) + timedelta(seconds=1))
        return self.arrivals()

    def arrivals(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = arrivals_table(Home(self.home)).to_pylist()
        return rows

    def published(self) -> list[dict[str, Any]]:
        """The rows of the mart `receipts` that a release has after the runs so far, the last arrival first."""
        rows: dict[str, dict[str, Any]] = {}
        arrivals = self.arrivals()
        for row in arrivals:
            known = rows.setdefault(row["receipt_id"], {
                "receipt_id": row["receipt_id"], "cluster_id": "walsall", "reporting_year": YEAR,
                "file_name": row["file_name"], "sent_again_as": None,
            })  # fmt: skip
            if "last_arrival" in known:
                known["sent_again_as"] = "; ".join(filter(None, [known["sent_again_as"], row["file_name"]]))
            known["last_arrival"] = row["sequence"]
        found = sorted(rows.values(), key=lambda row: -row["last_arrival"])
        standing = (row for row in found if self.states.get(row["receipt_id"]) != "refused")
        last = next(standing, {"receipt_id": ""})["receipt_id"]
        for row in found:
            row["state"] = self.states.get(row["receipt_id"], "counts" if row["receipt_id"] == last else "replaced")
        return found


@pytest.fixture
def of_walsall(home: Path, agency: Client, taken_back: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agency:
    from django.conf import settings

    from console.returns import send_views

    own = tmp_path / "home"
    (own / "inbox").mkdir(parents=True)
    (own / "releases").symlink_to(home / "releases")
    monkeypatch.setattr(settings, "HOME", own)
    monkeypatch.setattr(send_views, "receipts", lambda _: [])
    return Agency(own, agency)


@pytest.fixture
def publish(of_walsall: Agency, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A run that receives and publishes."""
    from console.returns import send_views

    def run() -> None:
        of_walsall.run()
        found = of_walsall.published()
        monkeypatch.setattr(send_views, "receipts", lambda _: found)

    return run


def _names(tmp_path: Path) -> tuple[bytes, bytes]:
    """Two versions that no other test sends."""
    return f"A {tmp_path}".encode(), f"B {tmp_path}".encode()


def test_within_a_day_each_is_signed_off_and_arrives_in_the_order_in_which_they_were_sent(
    of_walsall: Agency, tmp_path: Path
) -> None:
    a, b = _names(tmp_path)
    first = of_walsall.sent(a)
    assert _SENT in of_walsall.page(a)
    second = of_walsall.sent(b)
    page = of_walsall.page(a)
    assert _BEFORE in page
    assert f"receipt {first.pk}" in page
    assert "send/" in page
    third = of_walsall.sent(a)
    assert first.pk < second.pk < third.pk
    assert [(one.sha256, one.arrival) for one in (first, second, third)] == [
        (first.sha256, 1), (second.sha256, 1), (first.sha256, 2),
    ]  # fmt: skip
    assert [(of_walsall.home / "inbox" / one.inbox_name).read_bytes() for one in (first, second, third)] == [a, b, a]
    assert "In the next run your return is read" in of_walsall.receipt(third)
    found = of_walsall.run()
    told = [(row["sequence"], row["receipt_id"], row["file_name"], row["channel"], row["sender"]) for row in found]
    assert told == [
        (number, one.sha256, one.inbox_name, "console", "walsall")
        for number, one in enumerate((first, second, third), start=1)
    ]
    for one in (first, second, third):
        assert "The night has taken up your return" in of_walsall.receipt(one)
    # The run after it sees nothing new.
    assert of_walsall.run() == found


def test_with_a_run_after_each_the_earlier_version_arrives_again(
    of_walsall: Agency, publish: Callable[[], None], tmp_path: Path
) -> None:
    a, b = _names(tmp_path)
    first = of_walsall.sent(a)
    publish()
    assert _SENT in of_walsall.page(a)
    assert of_walsall.sent(a) == first
    second = of_walsall.sent(b)
    publish()
    assert of_walsall.sent(b) == second
    third = of_walsall.sent(a)
    assert third.pk > second.pk
    # Its bytes lie in the archive, and it has not arrived yet all the same.
    assert content_of(of_walsall.home / "archive", third.sha256).exists()
    assert "In the next run your return is read" in of_walsall.receipt(third)
    assert _SENT in of_walsall.page(a)
    assert of_walsall.sent(a) == third
    publish()
    assert [row["receipt_id"] for row in of_walsall.arrivals()] == [first.sha256, second.sha256, first.sha256]
    assert "The night has taken up your return" in of_walsall.receipt(third)
    assert of_walsall.sent(a) == third
    # And so on, for as long as they cannot decide.
    assert of_walsall.sent(b).arrival == 2
    assert of_walsall.sent(a).arrival == 3
    assert of_walsall.sent(b).arrival == 3
    publish()
    assert [row["receipt_id"] for row in of_walsall.arrivals()[3:]] == [second.sha256, first.sha256, second.sha256]


def test_what_came_another_way_counts_until_another_is_sent(
    of_walsall: Agency, publish: Callable[[], None], tmp_path: Path
) -> None:
    a, b = _names(tmp_path)
    first = of_walsall.sent(a)
    publish()
    (of_walsall.home / "inbox" / "by mail.xlsx").write_bytes(b)
    publish()
    page = of_walsall.page(b)
    assert _ALREADY in page
    assert "send/" not in page
    assert "/receipts/" not in of_walsall.send(b)["Location"]
    assert of_walsall.sent(a).arrival == 2
    publish()
    assert [row["receipt_id"] for row in of_walsall.arrivals()][::2] == [first.sha256] * 2
    # What came by mail was never signed off here, so this is its first time.
    assert of_walsall.sent(b).arrival == 1


def test_what_was_received_and_is_in_no_release_yet_is_not_sent(of_walsall: Agency, tmp_path: Path) -> None:
    a, _ = _names(tmp_path)
    (of_walsall.home / "inbox" / "by mail.xlsx").write_bytes(a)
    of_walsall.run()
    assert _ALREADY in of_walsall.page(a)


@pytest.mark.parametrize(("state", "may_send"), [("refused", True), ("set aside by us", False)])
def test_what_was_refused_may_be_sent_again_and_what_we_set_aside_need_not(
    of_walsall: Agency, publish: Callable[[], None], tmp_path: Path, state: str, may_send: bool
) -> None:
    a, b = _names(tmp_path)
    of_walsall.sent(a)
    publish()
    second = of_walsall.sent(b)
    of_walsall.states[second.sha256] = state
    publish()
    assert (of_walsall.sent(b) != second) == may_send
    if not may_send:
        # Whoever wants the version before to stand says so by sending it.
        assert of_walsall.sent(a).arrival == 2


def test_the_same_bytes_for_another_year_are_another_return(
    of_walsall: Agency, publish: Callable[[], None], tmp_path: Path
) -> None:
    """In some layouts the name of a file says of which year it is."""
    a, _ = _names(tmp_path)
    first = of_walsall.sent(a, name="walsall 2025-26.csv")
    publish()
    other = of_walsall.sent(a, name="walsall 2024-25.csv", year="2024-25")
    assert (other.reporting_year, other.arrival) == ("2024-25", 2)
    assert Path(other.inbox_name).name == "walsall 2024-25.csv"
    assert of_walsall.sent(a) == first


def test_a_sign_off_whose_file_is_not_in_the_inbox_any_more_is_delivered_and_not_signed_off_again(
    of_walsall: Agency, tmp_path: Path
) -> None:
    a, b = _names(tmp_path)
    of_walsall.sent(a)
    of_walsall.sent(b)
    third = of_walsall.sent(a)
    (of_walsall.home / "inbox" / third.inbox_name).unlink()
    assert of_walsall.sent(a, name="with another name.xlsx") == third
    assert (of_walsall.home / "inbox" / third.inbox_name).read_bytes() == a


def test_of_two_who_send_it_again_at_the_same_moment_one_signs_off(
    of_walsall: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.returns import send_views
    from console.returns.models import Sent

    a, b = _names(tmp_path)
    of_walsall.sent(a)
    of_walsall.sent(b)
    looked = []
    before = send_views.before

    def at_the_same_moment(*told: Any, **more: Any) -> Any:
        looked.append(before(*told, **more))
        return looked[0]

    monkeypatch.setattr(send_views, "before", at_the_same_moment)
    third = of_walsall.sent(a, name="one.xlsx")
    assert of_walsall.sent(a, name="other.xlsx") == third
    assert [one.is_last for one in looked] == [False, True]
    assert Sent.objects.filter(sha256=third.sha256).count() == 2
    assert [row["file_name"] for row in of_walsall.run()][-1] == third.inbox_name
    assert len(of_walsall.arrivals()) == 3


def test_the_page_of_a_return_shows_each_sign_off(
    of_walsall: Agency, publish: Callable[[], None], agency: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.returns import list_views, states

    a, b = _names(tmp_path)
    first = of_walsall.sent(a)
    publish()
    second = of_walsall.sent(b)
    publish()
    third = of_walsall.sent(a)
    for run_since in (False, True):
        if run_since:
            publish()
        found = of_walsall.published()
        full = [
            dict.fromkeys(
                (
                    "version", "arrived_on", "received_on", "organisation_rows", "signed_off_by_role", "days_late",
                    "figures_changed", "set_aside_reason", "refusal_message",
                )
            ) | row
            for row in found
        ]  # fmt: skip
        for module in (list_views, states):
            monkeypatch.setattr(module, "receipts", lambda release, cluster_id=None, full=full: full)
        page = agency.get(f"/returns/walsall/{YEAR}/").content.decode()
        waits = f'The next run reads and counts it. <a class="govuk-link" href="/returns/receipts/{third.pk}/"'
        assert (waits in page) != run_since
        for one in (first, second, *((third,) if run_since else ())):
            assert f'(<a class="govuk-link" href="/returns/receipts/{one.pk}/"' in page
        assert ("It has come in. The next run reads and counts it." in page) != run_since


def test_a_database_of_the_version_before_keeps_its_rows_and_its_triggers(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.management import call_command
    from django.db import connections

    from console.database import database_settings

    alias = str(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    connections.databases[alias] = connections.configure_settings({"default": database_settings(tmp_path)})["default"]
    call_command("migrate", "returns", "0002", database=alias, verbosity=0)
    names = "cluster_id, reporting_year, file_name, inbox_name, sha256, size_bytes, organisations, to_put_right, "
    names += "to_look_at, sent_at, sent_by, signed_by, statement"
    row = "'walsall', '2025-26', 'a', '{}', 'abc', 1, 1, 0, 0, '2026-01-01', 'me', 'I', 'I do'"
    insert = f"insert into returns_sent ({names}) values ({row})"
    with closing(sqlite3.connect(tmp_path / "operations.sqlite3", isolation_level=None)) as database:
        database.execute(insert.format("first"))
        before = database.execute(f"select id, {names} from returns_sent").fetchall()
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(insert.format("again"))
        triggers = "select name from sqlite_master where type = 'trigger' and tbl_name = 'returns_sent' order by 1"
        kept = database.execute(triggers).fetchall()
        assert len(kept) == 3
    call_command("migrate", "returns", database=alias, verbosity=0)
    connections[alias].close()
    del connections.databases[alias]
    with closing(sqlite3.connect(tmp_path / "operations.sqlite3", isolation_level=None)) as database:
        assert database.execute(f"select id, {names} from returns_sent").fetchall() == before
        assert database.execute("select arrival from returns_sent").fetchall() == [(1,)]
        assert database.execute(triggers).fetchall() == kept
        again = insert.format("again").replace("(cluster_id", "(arrival, cluster_id").replace("('wals", "(2, 'wals")
        database.execute(again)
        for statement in (
            "update returns_sent set statement = ''",
            "delete from returns_sent",
            insert.format("x").replace("insert", "replace", 1),
            again.replace("insert", "replace", 1),
            f"replace into returns_sent (id, {names}) values (2, {row.format('x')})",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                database.execute(statement)
        assert database.execute("select id, arrival from returns_sent order by id").fetchall() == [(1, 1), (2, 2)]
