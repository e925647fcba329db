"""Every page is in the matrix, and nobody gets further than it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, get_resolver, reverse

from console.access.matrix import PAGES
from console.access.roles import ROLES

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
