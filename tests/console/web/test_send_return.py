"""A lead agency checks a return as often as it likes, and sends exactly what was checked; hostile files are told so."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.console.web.conftest import CLUSTER

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

ADDRESS = "/returns/check/"


def _named(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def _workbook(home: Path, name: str, remark: str) -> bytes:
    """A return of the demo with other bytes and the same content."""
    file = io.BytesIO((home / "inbox" / name).read_bytes())
    with zipfile.ZipFile(file, "a") as package:
        package.comment = remark.encode()
    return file.getvalue()


def _check(client: Client, name: str, content: bytes) -> Any:
    return client.post(ADDRESS, {"file": _named(name, content)})


def _as_if_checked(home: Path, name: str, content: bytes, year: str = "2025-26") -> str:
    """The address of the findings of a file that a check found nothing in."""
    from console.returns.uploads import keep_answer, keep_upload

    upload = keep_upload(
        home / "uploads", [content], name, cluster_id=CLUSTER, by="agency@example.org", at=datetime.now(UTC)
    )
    answer = {"cluster_id": CLUSTER, "reporting_year": year, "organisation_rows": 1, "alerts": [], "notes": []}
    return f"{ADDRESS}{keep_answer(home / 'uploads', upload, answer).token}/"


def _kept(home: Path) -> list[Path]:
    return sorted((home / "uploads").glob("*"))


@pytest.fixture(scope="module")
def checked(home: Path) -> tuple[str, bytes]:
    """The address of the findings of a file that was checked, and its bytes."""
    from django.test import Client

    from console.access.models import User

    client = Client()
    client.force_login(User.objects.get(email="agency@example.org"), "django.contrib.auth.backends.ModelBackend")
    content = _workbook(home, "Walsall return 2025-26.xlsx", "to be sent")
    answer = _check(client, "../../etc/Our return <b>2025-26</b>.xlsx", content)
    assert answer.status_code == 302
    return str(answer["Location"]), content


def test_the_findings_are_those_of_the_night_worst_first_with_their_cells(
    agency: Client, checked: tuple[str, bytes]
) -> None:
    page = agency.get(checked[0]).content.decode()
    # Planted in the demo, as the command line tells them too.
    told = [
        "Please put right",
        "<strong>Organisations, cell R7</strong> (Bramblestead Wood Recyclers)",
        "Turnover of £297 is 811 times less than the £240,957 of 2024-25.",
        "<strong>Organisations, cell S28</strong>",
        "Please look again",
        "645,000 kWh is very much for an organisation of this size.",
        "For your information",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert "<b>2025-26" not in page
    assert "Walsall, 2025-26, 51 organisations" in page


def test_a_checked_file_is_private_and_is_not_sent(home: Path, checked: tuple[str, bytes]) -> None:
    folder = home / "uploads" / checked[0].split("/")[-2]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o077 for file in folder.iterdir() if file.suffix == ".xlsx"] == [0]
    assert not list((home / "inbox").rglob(hashlib.sha256(checked[1]).hexdigest()[:16]))


def test_nobody_else_sees_it(checked: tuple[str, bytes], sign_in: Callable[[str], Client], agency: Client) -> None:
    from django.test import Client

    from console.access.models import User

    assert [sign_in(role).get(checked[0]).status_code for role in ("steward", "analyst", "")] == [403, 403, 302]
    other = User.objects.create_user("other@example.org", None, name="Other", role="agency", cluster_id="smethwick")
    stranger = Client()
    stranger.force_login(other, "django.contrib.auth.backends.ModelBackend")
    assert [stranger.get(address).status_code for address in (checked[0], checked[0] + "send/")] == [404, 404]
    assert stranger.post(checked[0] + "send/", {"name": "Me", "agree": "on"}).status_code == 404
    assert agency.get(ADDRESS + "0" * 32 + "/").status_code == 404
    assert agency.get(ADDRESS + "..%2f" + "0" * 29 + "/").status_code == 404


def test_what_was_checked_is_sent_with_sign_off_and_once(
    home: Path, agency: Client, sign_in: Callable[[str], Client], checked: tuple[str, bytes]
) -> None:
    from console.access.models import AuditEntry
    from console.decisions.models import AppendOnlyError
    from console.returns.models import Sent

    address, content = checked
    unsigned = agency.post(address + "send/", {"name": " ", "agree": ""})
    assert unsigned.status_code == 422
    assert "Tick the statement" in unsigned.content.decode()
    sha256 = hashlib.sha256(content).hexdigest()
    assert not Sent.objects.filter(sha256=sha256).exists()
    answer = agency.post(address + "send/", {"name": "Ada Example", "agree": "on"})
    assert answer.status_code == 302
    sent = Sent.objects.get(sha256=sha256)
    # What a browser calls the file may hold "<", ">" and "/"; nothing of it leaves the folder.
    (landed,) = (home / "inbox" / "console" / CLUSTER / sha256[:16]).iterdir()
    assert landed == home / "inbox" / sent.inbox_name
    assert landed.read_bytes() == content
    assert (sent.signed_by, sent.sent_by, sent.sha256) == ("Ada Example", "agency@example.org", sha256)
    assert (sent.organisations, sent.to_put_right, sent.to_look_at) == (51, 8, 4)
    assert "on behalf of the lead agency" in sent.statement
    receipt = sign_in("steward").get(answer["Location"]).content.decode()
    assert sha256 in receipt
    assert "In the next run your return is read" in receipt
    assert AuditEntry.objects.filter(what="return", about__contains=sha256[:16]).count() == 1
    # A second click finds the upload gone, and the same bytes are not sent twice.
    assert agency.post(address + "send/", {"name": "Ada Example", "agree": "on"}).status_code == 404
    again = _as_if_checked(home, "another name.xlsx", content)
    assert "You have sent exactly this file" in agency.get(again).content.decode()
    assert agency.post(again + "send/", {"name": "Ada", "agree": "on"})["Location"] == answer["Location"]
    assert Sent.objects.filter(sha256=sha256).count() == 1
    with pytest.raises(AppendOnlyError):
        sent.save()
    with pytest.raises(AppendOnlyError):
        sent.delete()


def test_the_night_takes_up_what_was_sent(home: Path, agency: Client) -> None:
    """It sends a file of its own: whatever ran before it, or ran elsewhere, has no say in it."""
    from console.returns.delivery import is_received
    from console.returns.models import Sent
    from ingestion.archive import archived_receipts
    from ingestion.receive import receive

    address = _as_if_checked(home, "To be taken up.xlsx", b"a return that the next run takes up")
    assert agency.post(address + "send/", {"name": "Ada Example", "agree": "on"}).status_code == 302
    sent = Sent.objects.get(sha256=hashlib.sha256(b"a return that the next run takes up").hexdigest())
    assert not is_received(home, sent.inbox_name, sent.sha256)
    receive(home / "inbox", home / "archive", now=datetime.now(UTC) + timedelta(minutes=1))
    assert sent.inbox_name in {one.file_name for one in archived_receipts(home / "archive")}
    assert "The night has taken up your return" in agency.get(f"/returns/receipts/{sent.pk}/").content.decode()


def test_a_file_that_counts_is_not_sent_again(home: Path, agency: Client) -> None:
    """The demo corrects the return of 2024-25: the corrected one counts."""
    content = (home / "inbox" / "Walsall return 2024-25 corrected.xlsx").read_bytes()
    address = _as_if_checked(home, "Walsall return 2024-25.xlsx", content, "2024-25")
    page = agency.get(address).content.decode()
    assert "We have exactly this file already" in page
    assert "send/" not in page
    assert agency.post(address + "send/", {"name": "Ada", "agree": "on"})["Location"] == address


def test_the_version_before_the_one_that_counts_may_be_sent_again(home: Path, agency: Client) -> None:
    from console.returns.models import Sent

    content = (home / "inbox" / "Walsall return 2024-25.xlsx").read_bytes()
    address = _as_if_checked(home, "Walsall return 2024-25.xlsx", content, "2024-25")
    page = agency.get(address).content.decode()
    assert "We had exactly this file before. If you send it again, it takes the place of what counts" in page
    assert "it takes the place of what counts" in agency.get(address + "send/").content.decode()
    answer = agency.post(address + "send/", {"name": "Ada", "agree": "on"})
    sent = Sent.objects.get(sha256=hashlib.sha256(content).hexdigest())
    assert answer["Location"] == f"/returns/receipts/{sent.pk}/"
    # It lies in the archive from an earlier arrival, and waits for the next run all the same.
    assert "In the next run your return is read" in agency.get(answer["Location"]).content.decode()
    assert (home / "inbox" / sent.inbox_name).read_bytes() == content


def test_a_release_that_cannot_be_read_keeps_nobody_from_sending(
    home: Path, agency: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from console.returns import send_views

    def damaged(_: object) -> None:
        raise duckdb.IOException("not a database")

    monkeypatch.setattr(send_views, "release_of", damaged)
    address = _as_if_checked(home, "readable.xlsx", b"sent while the release is damaged")
    assert agency.post(address + "send/", {"name": "Ada", "agree": "on"}).status_code == 302
    again = _as_if_checked(home, "readable.xlsx", b"sent while the release is damaged")
    assert "You have sent exactly this file" in agency.get(again).content.decode()


def test_bytes_that_changed_since_the_check_are_not_sent(home: Path, agency: Client) -> None:
    from console.returns.models import Sent

    before = Sent.objects.count()
    address = _as_if_checked(home, "a.xlsx", b"as it was checked")
    (file,) = (home / "uploads" / address.split("/")[-2]).glob("*.xlsx")
    file.write_bytes(b"something else")
    answer = agency.post(address + "send/", {"name": "Ada", "agree": "on"})
    assert answer.status_code == 422
    assert "changed since it was checked" in answer.content.decode()
    assert Sent.objects.count() == before
    assert not list((home / "inbox").rglob("a.xlsx")) + list((home / "inbox").rglob(".sending-*"))


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", b"\0" * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("empty.xlsx", b"", 422, "This file is empty"),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 422, "it looks like a picture (PNG)"),
        ("bomb.xlsx", _bomb, 422, "The file unpacks to 300 MB; the limit is 200 MB."),
        ("öther.csv", "Fruit,Colour\nApple,red\n".encode("utf-16"), 422, "its sheets (“öther”) do not have"),
    ],
)
def test_a_file_that_is_no_return_is_refused_in_plain_words(
    home: Path, agency: Client, name: str, content: bytes | Callable[[], bytes], status: int, words: str
) -> None:
    before = _kept(home)
    answer = _check(agency, name, content if isinstance(content, bytes) else content())
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "There is a problem" in page
    for secret in ("Traceback", str(home), "uploads/", "orchestration"):
        assert secret not in page
    assert _kept(home) == before


def test_a_file_that_is_too_large_is_dropped_while_it_comes_in(
    home: Path, agency: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.returns import upload_limit

    monkeypatch.setattr(upload_limit, "MOST_BYTES", 100_000)
    answer = _check(agency, "large.xlsx", b"x" * 100_001)
    assert answer.status_code == 413
    assert "larger than 50 MB" in answer.content.decode()
    assert _check(agency, "not too large.csv", b"x" * 100_000).status_code == 422


def test_the_return_of_another_cluster_is_not_shown(home: Path, agency: Client) -> None:
    before = _kept(home)
    answer = _check(agency, "x.xlsx", (home / "inbox" / "Smethwick return 2025-26.xlsx").read_bytes())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This return is not for Walsall" in page
    assert "turnover" not in page.lower()
    assert _kept(home) == before


def test_no_file_is_told_in_words(agency: Client) -> None:
    answer = agency.post(ADDRESS, {})
    assert answer.status_code == 422
    assert '<a href="#id_file">Choose the workbook' in answer.content.decode()


def test_a_check_that_takes_too_long_is_stopped_with_its_children(home: Path, tmp_path: Path) -> None:
    from django.conf import settings

    from console.returns.checking import CheckError, check

    with pytest.raises(CheckError, match="took too long"):
        check(tmp_path / "none.xlsx", "none.xlsx", home=home, programme=settings.PROGRAMME, seconds=0.05)


def test_who_comes_when_many_are_checked_is_asked_to_come_again(home: Path, tmp_path: Path) -> None:
    from django.conf import settings

    from console.returns import checking

    def check() -> None:
        checking.check(tmp_path / "none.csv", "none.csv", home=home, programme=settings.PROGRAMME, seconds=0.05)

    with checking._turn, checking._turn, pytest.raises(checking.CheckError, match="Many files are being checked"):
        check()
    # Turns that ended are given back, also those that were stopped.
    for _ in range(3):
        with pytest.raises(checking.CheckError, match="took too long"):
            check()


def test_a_check_that_breaks_is_told_without_its_innards(home: Path, tmp_path: Path) -> None:
    from console.returns.checking import CheckError, check

    with pytest.raises(CheckError, match="not the file's fault"):
        check(tmp_path / "none.xlsx", "none.xlsx", home=home, programme=tmp_path)


def test_what_is_not_sent_is_deleted_after_a_day_and_a_cluster_has_few(tmp_path: Path) -> None:
    import os
    import time

    from console.returns.delivery import inbox_name
    from console.returns.uploads import find_upload, keep_answer, keep_upload

    def upload(name: str, minute: int) -> str:
        at = datetime(2026, 8, 1, 12, minute, tzinfo=UTC)
        kept = keep_upload(tmp_path / "uploads", [b"a", b"b"], name, cluster_id="walsall", by="a@b.org", at=at)
        return keep_answer(tmp_path / "uploads", kept, {"alerts": []}).token

    old = upload("old.xlsx", 0)
    yesterday = time.time() - 25 * 60 * 60
    os.utime(tmp_path / "uploads" / old, (yesterday, yesterday))
    tokens = [upload("..\\..\\.~$x/y.xlsx", minute) for minute in range(1, 13)]
    found = [find_upload(tmp_path / "uploads", token) for token in (old, *tokens)]
    assert [one is not None for one in found] == [False] * 3 + [True] * 10
    last = found[-1]
    assert last
    # SHA-256 of "ab"
    assert (last.file_name, last.shown_name) == ("y.xlsx", "y.xlsx")
    assert inbox_name(last) == "console/walsall/fb8e20fc2e4c3f24/y.xlsx"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"token": 7}', None])
def test_an_upload_whose_record_is_damaged_is_asked_for_again(
    agency: Client, home: Path, content: bytes | None
) -> None:
    address = _as_if_checked(home, "Walsall return 2025-26.xlsx", b"bytes of a return")
    folder = home / "uploads" / address.rstrip("/").rsplit("/", 1)[-1]
    record = folder / ".upload.json"
    # None: another cluster's, by a few flipped bits.
    record.write_bytes(record.read_bytes().replace(b"walsall", b"wulsull") if content is None else content)
    try:
        for answer in (agency.get(address), agency.post(f"{address}send/", {"name": "A", "agree": "on"})):
            assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
        assert "was damaged here, so nothing of it was sent" in agency.get(ADDRESS).content.decode()
        # It is in the way of no other upload.
        assert agency.get(_as_if_checked(home, "another.xlsx", b"other bytes")).status_code == 200
    finally:
        for folder in _kept(home):
            shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        # In some layouts the name says whose a file is and for which year.
        ("walsall 2024-25.csv", "walsall 2024-25.csv"),
        ("C:\\Users\\ada\\Return (final) £.xlsx", "Return _final_ _.xlsx"),
        # What the inbox would pass by, or what would hide.
        ("Desktop.ini", "return Desktop.ini"),
        ("~$return.xlsx", "_return.xlsx"),
        (".upload.json", "upload.json"),
        ("...", "return"),
        ("x" * 300 + ".xlsx", "x" * 75 + ".xlsx"),
    ],
)
def test_a_file_keeps_a_name_that_the_inbox_takes(tmp_path: Path, called: str, kept: str) -> None:
    from console.returns.delivery import finish, inbox_name, prepare
    from console.returns.uploads import file_of, find_upload, keep_answer, keep_upload
    from ingestion.archive import archived_receipts
    from ingestion.receive import receive

    at = datetime(2026, 8, 1, tzinfo=UTC)
    upload = keep_upload(tmp_path / "uploads", [b"x,y\n"], called, cluster_id="walsall", by="a@b.org", at=at)
    checked = keep_answer(tmp_path / "uploads", upload, {"alerts": []})
    assert checked.file_name == kept
    assert find_upload(tmp_path / "uploads", checked.token) == checked
    prepare(tmp_path, file_of(tmp_path / "uploads", checked), inbox_name(checked), checked.sha256)
    finish(tmp_path, inbox_name(checked), checked.sha256)
    received = receive(tmp_path / "inbox", tmp_path / "archive", now=datetime.now(UTC) + timedelta(minutes=1))
    assert [one.file_name for one in archived_receipts(tmp_path / "archive")] == [inbox_name(checked)]
    assert received.unopened == ()


def test_the_page_of_returns_forgets_what_nobody_sent_for_a_day(home: Path, agency: Client) -> None:
    import os
    import time

    address = _as_if_checked(home, "forgotten.xlsx", b"nobody came back for this")
    folder = home / "uploads" / address.split("/")[-2]
    agency.get("/returns/")
    assert folder.is_dir()
    yesterday = time.time() - 25 * 60 * 60
    os.utime(folder, (yesterday, yesterday))
    agency.get("/returns/")
    assert not folder.exists()
    assert agency.get(address).status_code == 404


def test_the_pages_and_the_nights_follow_the_same_programme() -> None:
    from django.conf import settings

    from orchestration.home import SHIPPED_PROGRAMME

    assert settings.PROGRAMME == SHIPPED_PROGRAMME


def test_the_same_question_about_many_cells_is_put_once_with_all_its_cells() -> None:
    from console.returns.checking import in_parts

    def alert(cell: str, label: str, severity: str = "error") -> dict[str, str]:
        told = {"rule_code": "V01", "rule_title": "Blank", "organisation_name": "Ada's", "sheet": "Organisations"}
        return told | {"severity": severity, "label": label, "cell": cell, "message": f"{label}?", "ask": "Fill it in."}

    alerts = [alert(f"B{row}", "Staff") for row in range(4, 7)] + [alert(f"C{row}", "Hours") for row in range(4, 6)]
    first, second = in_parts({"alerts": [alert("A1", "Name", "info"), *alerts]})
    assert (first.heading, first.count, second.count) == ("Please put right", 5, 1)
    assert [group.label for group in first.groups] == ["Hours", "Staff"]
    assert [[one["place"] for one in group.found] for group in first.groups] == [
        ["Organisations, cell C4", "Organisations, cell C5"], ["Organisations, cell B4"],
    ]  # fmt: skip
    assert [one["place"] for one in first.groups[1].same] == ["Organisations, cell B5", "Organisations, cell B6"]


def test_a_name_that_no_text_has_signs_nothing_off(home: Path, agency: Client) -> None:
    from console.returns.models import Sent

    before = Sent.objects.count()
    address = _as_if_checked(home, "\0../.~$\u202ename.xlsx", b"signed by nobody")
    for name in ("Ada\0Example", "A" * 151):
        assert agency.post(address + "send/", {"name": name, "agree": "on"}).status_code in {400, 422}
    assert Sent.objects.count() == before
    assert "name.xlsx" in agency.get(address).content.decode()
    assert agency.get("/returns/receipts/99999999999999999999/").status_code == 404


def test_a_full_disk_and_a_closed_inbox_are_told_in_words(
    home: Path, agency: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from console.returns import delivery, send_views
    from console.returns.models import Sent

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = Sent.objects.count()
    address = _as_if_checked(home, "full.xlsx", b"there is no room for this")
    with monkeypatch.context() as patched:
        patched.setattr(delivery.os, "fsync", full)
        refused = agency.post(address + "send/", {"name": "Ada", "agree": "on"})
    assert refused.status_code == 422
    assert "could not be put into the inbox just now" in refused.content.decode()
    assert Sent.objects.count() == before
    assert not list((home / "inbox").rglob(".sending-*"))
    # Once there is room the same page sends it.
    assert agency.post(address + "send/", {"name": "Ada", "agree": "on"}).status_code == 302
    monkeypatch.setattr(send_views, "keep_upload", full)
    answer = _check(agency, "full.csv", b"1")
    assert answer.status_code == 503
    assert "We could not take your file just now" in answer.content.decode()
