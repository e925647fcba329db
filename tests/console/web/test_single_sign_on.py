"""Single sign-on with a real provider over loopback: whom it lets in, and in which words it refuses everybody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.console.web.provider import CLIENT, SECRET, Provider, open_provider

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
NOT_TRUSTED = "not one that we can trust"
NOT_VERIFIED = "does not say that it has checked your e-mail address"


@pytest.fixture
def provider(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    from django.conf import settings

    with open_provider() as opened:
        monkeypatch.setattr(settings, "OIDC_ISSUER", opened.address)
        monkeypatch.setattr(settings, "OIDC_RP_CLIENT_ID", CLIENT)
        monkeypatch.setattr(settings, "OIDC_RP_CLIENT_SECRET", SECRET)
        monkeypatch.setattr(settings, "AUTHENTICATION_BACKENDS", [*settings.AUTHENTICATION_BACKENDS, BACKEND])
        yield opened


BACKEND = "console.access.sign_on_provider.SingleSignOn"


def _to_provider(client: Client, **asked: str) -> str:
    """The address at which the provider sends the person back, as their browser would get it."""
    start = client.get("/single-sign-on/", asked)
    assert start.status_code == 302
    back = requests.get(start["Location"], allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith("http://testserver/single-sign-on/back/?code=")
    return back


def _signed_in(client: Client) -> bool:
    return "Signed in as" in client.get("/accessibility/").content.decode()


def _refused(client: Client, back: str) -> str:
    """What is said to the person, who is not signed in."""
    from console.access.models import AuditEntry

    answer = client.get(back)
    assert answer.status_code == 403
    assert not _signed_in(client)
    newest = AuditEntry.objects.first()
    assert newest is not None
    assert newest.what == "sign-in-refused"
    assert newest.about.startswith("single sign-on: ")
    return " ".join(answer.content.decode().split())


def test_a_known_person_is_signed_in_and_comes_to_the_page_they_wanted(
    sign_in: Callable[[str], Client], provider: Provider
) -> None:
    from console.access.models import AuditEntry

    client = sign_in("")
    page = client.get("/sign-in/?next=/data/").content.decode()
    assert '<a class="govuk-button" href="/single-sign-on/?next=/data/"' in page
    answer = client.get(_to_provider(client, next="/data/"))
    assert (answer.status_code, answer["Location"]) == (302, "/data/")
    assert "Signed in as Some analyst" in client.get("/accessibility/").content.decode()
    newest = AuditEntry.objects.first()
    assert newest is not None
    assert (newest.who, newest.what, newest.about) == ("analyst@example.org", "sign-in", "by single sign-on")


def test_nobody_is_sent_on_to_another_site(sign_in: Callable[[str], Client], provider: Provider) -> None:
    client = sign_in("")
    assert client.get(_to_provider(client, next="https://example.com/"))["Location"] == "/"


def test_an_address_only_in_the_userinfo_counts_where_it_is_of_the_same_person(
    sign_in: Callable[[str], Client], provider: Provider
) -> None:
    provider.in_token = False
    provider.person["email"] = "Analyst@Example.org"
    client = sign_in("")
    assert client.get(_to_provider(client)).status_code == 302
    assert _signed_in(client)
    provider.userinfo = {"sub": "8"}
    other = sign_in("")
    assert NOT_TRUSTED in _refused(other, _to_provider(other))


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"aud": "another-service"}, NOT_TRUSTED),
        ({"aud": ["another-service"]}, NOT_TRUSTED),
        ({"aud": [CLIENT, "another-service"]}, NOT_TRUSTED),
        ({"aud": None}, NOT_TRUSTED),
        ({"azp": "another-service"}, NOT_TRUSTED),
        ({"iss": "https://login.example.com"}, NOT_TRUSTED),
        ({"iss": None}, NOT_TRUSTED),
        ({"nonce": "of another question"}, NOT_TRUSTED),
        ({"nonce": None}, NOT_TRUSTED),
        ({"sub": None}, NOT_TRUSTED),
        ({"exp": None}, NOT_TRUSTED),
        ({"exp": int(time.time()) - 600}, "came too late. Start again."),
        ({"iat": int(time.time()) + 6000}, NOT_TRUSTED),
        ({"email_verified": False}, NOT_VERIFIED),
        ({"email_verified": None}, NOT_VERIFIED),
        ({"email_verified": []}, NOT_VERIFIED),
        ({"email": ""}, NOT_VERIFIED),
        ({"email": "stranger@example.org"}, "signed on as stranger@example.org, and nobody with this address"),
    ],
)
def test_what_is_not_right_is_refused_in_words(
    sign_in: Callable[[str], Client], provider: Provider, claims: dict[str, Any], told: str
) -> None:
    from console.access.models import User

    before = User.objects.count()
    provider.token = claims
    client = sign_in("")
    assert told in _refused(client, _to_provider(client))
    assert User.objects.count() == before


def test_a_provider_of_ones_own_may_leave_the_check_of_addresses_unsaid_but_not_deny_it(
    sign_in: Callable[[str], Client], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "OIDC_TRUSTS_EMAIL", True)
    provider.token = {"email_verified": None}
    client = sign_in("")
    assert client.get(_to_provider(client)).status_code == 302
    provider.token = {"email_verified": False}
    other = sign_in("")
    assert NOT_VERIFIED in _refused(other, _to_provider(other))


def test_a_token_that_another_key_signed_is_refused(sign_in: Callable[[str], Client], provider: Provider) -> None:
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client = sign_in("")
    assert NOT_TRUSTED in _refused(client, _to_provider(client))


def test_an_answer_serves_once_and_only_in_the_browser_that_asked(
    sign_in: Callable[[str], Client], provider: Provider
) -> None:
    mine, anothers = sign_in(""), sign_in("")
    back = _to_provider(mine)
    assert "begun in another browser" in _refused(anothers, back)
    _to_provider(anothers)
    assert "begun in another browser" in _refused(anothers, back)
    assert mine.get(back).status_code == 302
    mine.post("/sign-out/")
    assert "used already" in _refused(mine, back)
    # A code for a state that was never answered gets nobody in by way of the sign-in page either.
    fresh = _to_provider(mine)
    query = fresh.partition("?")[2]
    mine.post(f"/sign-in/?{query}", {"username": "analyst@example.org", "password": "no"}, REMOTE_ADDR="192.0.2.50")
    assert not _signed_in(mine)


def test_whoever_is_closed_is_refused_and_out_with_the_next_click(
    sign_in: Callable[[str], Client], provider: Provider
) -> None:
    from console.access.models import User

    client, late = sign_in(""), sign_in("")
    assert client.get(_to_provider(client)).status_code == 302
    assert _signed_in(client)
    User.objects.filter(email="analyst@example.org").update(is_active=False)
    try:
        assert not _signed_in(client)
        assert "This account is closed" in _refused(late, _to_provider(late))
    finally:
        User.objects.filter(email="analyst@example.org").update(is_active=True)


def test_somebody_who_signs_on_need_not_choose_a_password(sign_in: Callable[[str], Client], provider: Provider) -> None:
    from console.access.models import User

    User.objects.filter(email="analyst@example.org").update(must_change_password=True)
    try:
        client = sign_in("")
        client.get(_to_provider(client))
        assert client.get("/")["Location"] != "/password/"
        assert sign_in("analyst").get("/")["Location"] == "/password/"
    finally:
        User.objects.filter(email="analyst@example.org").update(must_change_password=False)


def test_a_provider_that_is_away_or_is_another_is_said_so(
    sign_in: Callable[[str], Client], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.access import sign_on_provider

    client = sign_in("")
    back = _to_provider(client)
    provider.off = True
    assert "cannot be reached at the moment" in _refused(client, back)
    monkeypatch.setattr(sign_on_provider, "_found", {})
    assert "cannot be reached at the moment" in _refused(client, "/single-sign-on/")
    provider.off = False
    provider.document = {"issuer": "https://login.example.com"}
    assert NOT_TRUSTED in _refused(client, "/single-sign-on/")
    assert "not signed on by your organisation" in _refused(client, "/single-sign-on/back/?error=access_denied&state=x")
    assert "Start again" in _refused(client, "/single-sign-on/back/")


def test_the_provider_is_reached_by_https_wherever_the_pages_are(
    sign_in: Callable[[str], Client], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "SESSION_COOKIE_SECURE", True)
    answer = sign_in("").get("/single-sign-on/")
    assert answer.status_code == 403
    assert NOT_TRUSTED in " ".join(answer.content.decode().split())


def test_ten_that_were_refused_keep_nobody_out(sign_in: Callable[[str], Client], provider: Provider) -> None:
    client = sign_in("")
    provider.token = {"aud": "another-service"}
    for _ in range(11):
        _refused(client, _to_provider(client))
    provider.token = {}
    assert client.get(_to_provider(client)).status_code == 302


def test_where_it_is_not_set_up_there_is_no_trace_of_it(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("")
    assert "single-sign-on" not in client.get("/sign-in/").content.decode()
    assert client.get("/single-sign-on/").status_code == 404
    assert client.get("/single-sign-on/back/?code=a&state=b").status_code == 404
