"""A return lies in the inbox if and only if its sign-off is kept, wherever the machine stopped in between."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
_CRASHED = 9
_MOST_STEPS = 60


def _checked(home: Path, content: bytes) -> tuple[str, str]:
    """The address of an upload as the check leaves it, and its SHA-256."""
    from console.returns.uploads import keep_answer, keep_upload

    answer = {"cluster_id": "walsall", "reporting_year": "2025-26", "organisation_rows": 1, "alerts": [], "notes": []}
    upload = keep_upload(
        home / "uploads", [content], "r.xlsx", cluster_id="walsall", by="agency@example.org", at=datetime.now(UTC)
    )
    return f"/returns/check/{keep_answer(home / 'uploads', upload, answer).token}/send/", upload.sha256


def _send_and_stop_at(step: int, address: str, client: Client) -> None:
    """Send, and end this process without a word before the step with this number: a call to the disk or a commit."""
    from django.db import connection

    taken = 0

    def stopping(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == step:
                os._exit(_CRASHED)
            return call(*args, **kwargs)

        return counted

    for name in ("fsync", "link", "replace", "unlink", "mkdir", "rmdir", "open"):
        setattr(os, name, stopping(getattr(os, name)))
    connection.ensure_connection()
    connection._commit = stopping(connection._commit)  # type: ignore[attr-defined]
    connection._rollback = stopping(connection._rollback)  # type: ignore[attr-defined]
    client.post(address, {"name": "Ada Fields", "agree": "on"})
    connection.close()
    os._exit(0)


def _state(home: Path, sha256: str, arrival: int = 1) -> tuple[bool, bool]:
    """Whether the inbox shows the file of an arrival, and whether its sign-off is kept."""
    from console.returns.models import Sent

    folder = sha256[:16] + (f"-{arrival}" if arrival > 1 else "")
    shown = [file for file in (home / "inbox" / "console").glob(f"*/{folder}/*") if not file.name.startswith(".")]
    return bool(shown), Sent.objects.filter(sha256=sha256, arrival=arrival).exists()


@pytest.mark.parametrize("arrival", [1, 2])
def test_wherever_it_stops_neither_is_there_without_the_other(home: Path, agency: Client, arrival: int) -> None:
    """The first time that a file is sent, and when it is sent again after another."""
    from django.db import connections

    from console.returns.delivery import finish_deliveries, signed_off, unfinished_deliveries

    seen = set()
    for step in range(1, _MOST_STEPS):
        content = b"stopped at step %d of arrival %d" % (step, arrival)
        for earlier in (content, b"another than " + content) if arrival > 1 else ():
            agency.post(_checked(home, earlier)[0], {"name": "Ada Fields", "agree": "on"})
        address, sha256 = _checked(home, content)
        connections.close_all()
        worker = multiprocessing.get_context("fork").Process(target=_send_and_stop_at, args=(step, address, agency))
        worker.start()
        worker.join(60)
        shown, kept = _state(home, sha256, arrival)
        # A run that begins at this very moment takes nothing that nobody signed off.
        assert kept or not shown, step
        seen.add((worker.exitcode == _CRASHED, shown, kept))
        finish_deliveries(home, signed_off("default"))
        after = _state(home, sha256, arrival)
        assert after == (kept, kept), step
        assert not kept or f".sending-{sha256}" not in {file.name for file in unfinished_deliveries(home)}, step
        assert arrival == 1 or _state(home, sha256) == (True, True), step
        # Whoever sends it again is through, and has one receipt.
        agency.post(address, {"name": "Ada Fields", "agree": "on"})
        assert _state(home, sha256, arrival) == (True, True), step
        if worker.exitcode == 0:
            break
    else:
        pytest.fail("The sending never came to its end.")
    # It was stopped before the sign-off, between the sign-off and the inbox, after both, and not at all.
    assert seen == {(True, False, False), (True, False, True), (True, True, True), (False, True, True)}


def test_what_was_never_signed_off_is_removed_after_a_day_and_not_before(tmp_path: Path) -> None:
    from console.returns.delivery import finish_deliveries, unfinished_deliveries

    folder = tmp_path / "inbox" / "console" / "walsall" / "0123456789abcdef"
    folder.mkdir(parents=True)
    for name in (f".sending-{'0' * 64}", ".sending-0123456789abcdef"):
        (folder / name).write_bytes(b"x")
    finish_deliveries(tmp_path, frozenset())
    assert len(unfinished_deliveries(tmp_path)) == 2
    for file in unfinished_deliveries(tmp_path):
        os.utime(file, (0, 0))
    finish_deliveries(tmp_path, frozenset())
    assert unfinished_deliveries(tmp_path) == []


def test_a_run_finishes_what_was_signed_off_before_it_looks(home: Path, agency: Client) -> None:
    """The pipeline knows no web pages: it finds the sign-off in the operational database all the same."""
    from console.returns import delivery
    from orchestration.home import Home
    from orchestration.operations import finish_deliveries

    address, sha256 = _checked(home, b"signed off and not delivered")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(delivery, "link_into_place", _full)
        answer = agency.post(address, {"name": "Ada Fields", "agree": "on"}, follow=True)
    assert "the file is still being put into the inbox" in answer.content.decode()
    assert _state(home, sha256) == (False, True)
    finish_deliveries(Home(home))
    assert _state(home, sha256) == (True, True)
    assert "still being put" not in agency.get(answer.request["PATH_INFO"]).content.decode()


def test_what_waits_and_is_not_what_was_signed_off_is_not_put_into_the_inbox(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from console.returns.delivery import finish

    folder = tmp_path / "inbox" / "console" / "walsall" / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / f".sending-{'0' * 64}").write_bytes(b"half of wh")
    finish(tmp_path, "console/walsall/0123456789abcdef/r.xlsx", "0" * 64)
    assert not (folder / "r.xlsx").exists()
    assert "is not what was signed off" in caplog.text


def test_a_run_takes_nothing_that_is_still_being_sent(tmp_path: Path) -> None:
    from ingestion.receive import INBOX, receive
    from orchestration.arrivals import source_in

    (tmp_path / "inbox" / "console" / "walsall" / "made for what was never sent").mkdir(parents=True)
    folder = tmp_path / "inbox" / "console" / "walsall" / "0123456789abcdef"
    folder.mkdir(parents=True)
    for name in (f".sending-{'0' * 64}", ".sending-0123456789abcdef"):
        (folder / name).write_bytes(b"half of it")
    (tmp_path / "inbox" / "of somebody else").mkdir()
    (tmp_path / "inbox" / "by mail.xlsx").write_bytes(b"a return")
    found = receive(tmp_path / "inbox", tmp_path / "archive", now=datetime.now(UTC), source_of=source_in(INBOX, None))
    assert found.seen is not None
    # Nor is the lead agency told that its folder, which the console made, is empty.
    assert found.seen["file_name"].to_pylist() == ["by mail.xlsx", "of somebody else"]
    assert [receipt.file_name for receipt, _ in found.unopened] == ["of somebody else"]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_answers_in_a_workbook_are_kept_with_their_entry_in_the_audit_log_or_not_at_all(
    home: Path, agency: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from console.queries import upload_views
    from console.queries.answers import Given
    from console.queries.models import Answer
    from tests.console.web.examples import _letter

    letter = _letter("walsall")
    monkeypatch.setattr(upload_views, "read_upload", lambda *_: None)
    monkeypatch.setattr(upload_views, "answers_of", lambda *_: {1: Given("resend", explanation="We will.")})
    before = Answer.objects.count()

    def stops(_request: object, what: str, *_: object) -> None:
        raise KeyboardInterrupt(what)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(upload_views, "record", stops)
        agency.post(f"/queries/{letter.pk}/upload/", {"file": SimpleUploadedFile("a.xlsx", b"x")})
    assert Answer.objects.count() == before
    agency.post(f"/queries/{letter.pk}/upload/", {"file": SimpleUploadedFile("a.xlsx", b"x")})
    assert Answer.objects.count() == before + 1
