"""An administrator adds, changes and closes users; everybody changes their own password; all of it is written down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

NEW = {"name": "Ada Fields", "email": "Ada@Example.org ", "role": "analyst", "cluster_id": "", "is_active": "on"}
OWN = "seven slow tall barges"


@pytest.fixture
def ada(administrator: Client) -> Iterator[dict[str, Any]]:
    """Somebody who was just added: the user and the one-time password that was shown."""
    from console.access.models import User

    answer = administrator.post("/users/", NEW)
    assert answer.status_code == 200
    shown = re.search(r'<code id="one-time-password">([^<]+)</code>', answer.content.decode())
    assert shown
    assert "no-store" in answer["Cache-Control"]
    user = User.objects.get(email="ada@example.org")
    yield {"user": user, "password": shown[1], "address": f"/users/{user.pk}/"}
    user.delete()


def _signed_in(client: Client, password: str) -> bool:
    told = {"username": "ada@example.org", "password": password}
    return client.post("/sign-in/", told, REMOTE_ADDR="192.0.2.20").status_code == 302


def test_the_first_password_opens_nothing_but_the_page_to_change_it(
    sign_in: Callable[[str], Client], ada: dict[str, Any]
) -> None:
    client = sign_in("")
    assert _signed_in(client, ada["password"])
    assert client.get("/alerts/")["Location"] == "/password/"
    weak = {"old_password": ada["password"], "new_password1": "password", "new_password2": "password"}
    refused = client.post("/password/", weak)
    assert refused.status_code == 422
    assert "at least 12 characters" in refused.content.decode()
    chosen = {"old_password": ada["password"], "new_password1": OWN, "new_password2": OWN}
    assert client.post("/password/", chosen)["Location"] == "/"
    assert client.get("/alerts/").status_code == 200
    assert not _signed_in(sign_in(""), ada["password"])
    assert _signed_in(sign_in(""), OWN)


def test_whoever_is_closed_is_out_with_the_next_click(
    sign_in: Callable[[str], Client], administrator: Client, ada: dict[str, Any]
) -> None:
    client = sign_in("")
    assert _signed_in(client, ada["password"])
    closed = {name: value for name, value in NEW.items() if name != "is_active"}
    assert administrator.post(ada["address"], closed).status_code == 302
    assert client.get("/password/")["Location"].startswith("/sign-in/")
    assert not _signed_in(sign_in(""), ada["password"])


def test_a_new_one_time_password_ends_the_old_one_and_its_sessions(
    sign_in: Callable[[str], Client], administrator: Client, ada: dict[str, Any]
) -> None:
    client = sign_in("")
    assert _signed_in(client, ada["password"])
    assert administrator.post(f"{ada['address']}password/").status_code == 200
    assert client.get("/password/")["Location"].startswith("/sign-in/")
    assert not _signed_in(sign_in(""), ada["password"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"role": "agency"}, "A lead agency needs a cluster"),
        ({"cluster_id": "walsall"}, "nobody else has one"),
        ({"email": "steward@example.org"}, "already exists"),
        ({"email": "nobody"}, "valid email address"),
        ({"role": "emperor"}, "not one of the available choices"),
        ({"role": "agency", "cluster_id": "atlantis"}, "atlantis is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_in_words(administrator: Client, change: dict[str, str], told: str) -> None:
    from console.access.models import User

    before = User.objects.count()
    answer = administrator.post("/users/", NEW | change)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert User.objects.count() == before


def test_the_last_administrator_stays(administrator: Client) -> None:
    from console.access.models import User

    one = User.objects.get(role="administrator")
    kept = {"name": one.name, "email": one.email, "cluster_id": "", "is_active": "on"}
    demoted = administrator.post(f"/users/{one.pk}/", kept | {"role": "steward"})
    assert demoted.status_code == 422
    assert "last administrator" in demoted.content.decode()
    one.refresh_from_db()
    assert (one.role, one.is_active) == ("administrator", True)


def test_the_audit_log_shows_it_and_can_be_narrowed(administrator: Client, ada: dict[str, Any]) -> None:
    page = administrator.get("/audit/", {"what": "user", "who": "ADMINISTRATOR@"}).content.decode()
    assert "ada@example.org: added" in page
    assert "ada@example.org: added" not in administrator.get("/audit/", {"what": "decision"}).content.decode()
    assert "ada@example.org: added" not in administrator.get("/audit/", {"since": "2999-01-01"}).content.decode()
    wrong = administrator.get("/audit/", {"since": "yesterday"})
    assert wrong.status_code == 422
    assert "yesterday is not a day" in wrong.content.decode()
    file = b"".join(administrator.get("/audit.csv", {"what": "user"}).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(file)))
    assert (rows[0]["who"], rows[0]["what"], rows[0]["about"]) == (
        "administrator@example.org",
        "user",
        "ada@example.org: added",
    )
    assert "Downloaded" in administrator.get("/audit/", {"what": "download"}).content.decode()


def test_a_steward_adds_nobody(steward: Client) -> None:
    from console.access.models import User

    assert steward.post("/users/", NEW | {"role": "administrator"}).status_code == 403
    assert not User.objects.filter(email="ada@example.org").exists()
