"""What people do is written into the audit log, and nothing there is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from console.access.audit import record, recorded
from console.access.models import AuditEntry, User
from console.decisions.models import AppendOnlyError
from tests.console.web.conftest import PASSWORD

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


def _since(last: int) -> list[tuple[str, str, str, str]]:
    entries = AuditEntry.objects.filter(pk__gt=last).order_by("pk")
    return [(one.who, one.role, one.what, one.about) for one in entries]


@pytest.fixture
def last(home: Path) -> int:
    newest = AuditEntry.objects.first()
    return newest.pk if newest else 0


def test_signing_in_and_out_and_a_wrong_password_are_written_down(sign_in: Callable[[str], Client], last: int) -> None:
    client = sign_in("")
    client.post("/sign-in/", {"username": "officer@example.org", "password": "no"})
    client.post("/sign-in/", {"username": "Officer@Example.org", "password": PASSWORD})
    client.post("/sign-out/")
    assert _since(last) == [
        ("officer@example.org", "officer", "sign-in-refused", ""),
        ("officer@example.org", "officer", "sign-in", ""),
        ("officer@example.org", "officer", "sign-out", ""),
    ]


def test_what_a_stranger_types_as_an_address_is_not_written_down(sign_in: Callable[[str], Client], last: int) -> None:
    sign_in("").post("/sign-in/", {"username": "my secret password", "password": ""})
    sign_in("").post("/sign-in/", {"username": "my secret password", "password": "oops"})
    assert _since(last) == [("", "", "sign-in-refused", "an address that is no user's")]


def test_a_view_is_written_down_where_it_answers_well_and_only_there(home: Path, last: int) -> None:
    request = RequestFactory().get("/data/marts.csv", {"cluster": "walsall"})
    request.user = User.objects.get(email="analyst@example.org")
    recorded("download")(lambda _: HttpResponse(status=200))(request)
    recorded("download")(lambda _: HttpResponse(status=404))(request)
    assert _since(last) == [("analyst@example.org", "analyst", "download", "/data/marts.csv?cluster=walsall")]


def test_an_unknown_kind_is_a_mistake_of_the_program(home: Path) -> None:
    with pytest.raises(ValueError, match="knows nothing of 'dowload'"):
        record(None, "dowload")


def test_nothing_in_it_is_ever_changed(home: Path) -> None:
    record(None, "download", "first")
    entry = AuditEntry.objects.first()
    assert entry is not None
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        entry.delete()
    for statement in ("update access_auditentry set about = 'x'", "delete from access_auditentry"):
        with (
            pytest.raises(DatabaseError, match="only ever added"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    entry.refresh_from_db()
    assert entry.about == "first"
