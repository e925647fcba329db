"""Every page is in the matrix, and nobody gets further than it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, get_resolver, reverse

from console.access.matrix import PAGES
from console.access.roles import AGENCY, ROLES
from tests.console.web.examples import Example, address, examples

if TYPE_CHECKING:
    from django.test import Client
    from django.urls import URLResolver

pytestmark = pytest.mark.xdist_group("console")


def _names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}"
        else:
            yield from _names(one, f"{one.namespace}:" if one.namespace else space)


def test_the_matrix_has_every_page_and_no_other() -> None:
    assert sorted(_names(get_resolver())) == sorted(PAGES)


@pytest.fixture(scope="module")
def known(home: Path) -> Iterator[dict[str, Example]]:
    from django.db import transaction

    with transaction.atomic():
        yield examples(home)
        transaction.set_rollback(True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_role_gets_as_far_as_the_matrix_says(
    name: str, method: str, known: dict[str, Example], sign_in: Callable[[str], Client]
) -> None:
    page, where, sent = PAGES[name], address(name, known), known.get(name, Example()).sent
    expected, found = {}, {}
    for role in ("", *ROLES):
        if known.get(name, Example()).only_where_set_up:
            expected[role] = "404"
        elif page.anybody:
            expected[role] = "in"
        elif not role:
            expected[role] = "to sign-in"
        else:
            expected[role] = "in" if role in (page.get if method == "GET" else page.post) else "refused"
        found[role] = _how_far(sign_in(role), method, where, dict(sent))
    assert found == expected


def _how_far(client: Client, method: str, where: str, sent: dict[str, object]) -> str:
    from django.db import transaction

    with transaction.atomic():
        answer = client.post(where, sent) if method == "POST" else client.get(where)
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    if answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next="):
        return "to sign-in"
    # A form without its answers is refused by the page itself, in words.
    well = {"in": (200, 302, 400, 422) if method == "POST" else (200, 302), "refused": (403,)}
    return next((told for told, statuses in well.items() if answer.status_code in statuses), str(answer.status_code))


@pytest.mark.parametrize("name", sorted(name for name, page in PAGES.items() if AGENCY in page.get | page.post))
def test_a_lead_agency_finds_nothing_of_another_cluster(
    name: str, known: dict[str, Example], sign_in: Callable[[str], Client]
) -> None:
    if not known.get(name, Example()).own:
        return  # One page for everybody; what it shows of whom is tested beside it.
    where, page, agency = address(name, known, others=True), PAGES[name], sign_in(AGENCY)
    for method, roles in ((agency.get, page.get), (agency.post, page.post)):
        if AGENCY in roles:
            assert method(where).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_page_is_asked_otherwise(method: str, known: dict[str, Example], sign_in: Callable[[str], Client]) -> None:
    administrator, steward = sign_in("administrator"), sign_in("steward")
    asked = [name for name, page in PAGES.items() if not page.anybody]
    found = {
        getattr(one, method)(address(name, known)).status_code for name in asked for one in (administrator, steward)
    }
    assert found == {403}


def test_a_page_without_an_example_is_named(known: dict[str, Example]) -> None:
    with pytest.raises(AssertionError, match=r"Add an example of alerts:one to tests/console/web/examples\.py"):
        address("alerts:one", {})
    with pytest.raises(AssertionError, match="of another cluster of alerts:one"):
        address("alerts:one", known, others=True)


def test_a_stranger_is_shown_the_sign_in_page(sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("").get(reverse("access:home"))
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/"


def test_a_page_that_is_not_in_the_matrix_is_refused_to_everybody(
    sign_in: Callable[[str], Client],
) -> None:
    kept = PAGES.pop("access:home")
    try:
        assert {role: sign_in(role).get("/").status_code for role in ROLES} == dict.fromkeys(ROLES, 403)
    finally:
        PAGES["access:home"] = kept


def test_one_signs_in_with_the_password_and_not_with_another(sign_in: Callable[[str], Client]) -> None:
    from tests.console.web.conftest import PASSWORD

    client = sign_in("")
    wrong = client.post("/sign-in/", {"username": "steward@example.org", "password": "no"})
    assert wrong.status_code == 200
    assert "do not belong together" in wrong.content.decode()
    right = client.post("/sign-in/", {"username": "Steward@Example.org", "password": PASSWORD})
    assert right.status_code == 302
    assert "Some steward" in client.get("/accessibility/").content.decode()


def test_the_policy_allows_no_script_or_style_in_the_page(steward: Client) -> None:
    answer = steward.get("/accessibility/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert "<style" not in answer.content.decode()
    assert " style=" not in answer.content.decode()


@pytest.mark.parametrize(
    ("where", "section"),
    [
        ("/audit/", "Audit log"),
        ("/users/", "Users"),
        ("/data/", "Data"),
        ("/data/marts/turnover_by_cluster/", "Data"),
        ("/data/releases/", "Releases"),
        ("/password/", None),
    ],
)
def test_the_menu_says_which_section_one_is_in(administrator: Client, where: str, section: str | None) -> None:
    page = administrator.get(where).content.decode()
    assert re.findall(r'aria-current="true"><strong[^>]*>([^<]+)<', page) == ([section] if section else [])
