"""What nobody types by hand is refused in plain words and never an error of ours, whatever the database is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


@pytest.mark.parametrize("address", ["/audit/?who=%00", "/audit/?what=a&what=%00", "/users/?%78=%00"])
def test_a_character_that_no_text_has_is_refused(administrator: Client, address: str) -> None:
    answer = administrator.get(address)
    assert answer.status_code == 400
    assert "Nothing was done" in answer.content.decode()


@pytest.mark.parametrize("name", ["nobody\0@example.org", "x" * 5000, "\ufffd\u202e@example.org"])
def test_a_sign_in_with_strange_words_is_refused(sign_in: Callable[[str], Client], name: str) -> None:
    told = {"username": name, "password": "p" * 9000}
    headers = {"User-Agent": "u" * 5000, "Accept": "a" * 5000}
    answer = sign_in("").post("/sign-in/", told, REMOTE_ADDR="192.0.2.40", headers=headers)
    assert answer.status_code in {200, 400}
    assert "Sign in" in answer.content.decode() or "Nothing was done" in answer.content.decode()


@pytest.mark.parametrize("address", ["/users/99999999999999999999/", "/users/99999999999999999999/unlock/", "/%00"])
def test_a_number_that_no_row_has_is_not_found(administrator: Client, address: str) -> None:
    method = administrator.post if address.endswith("unlock/") else administrator.get
    assert method(address).status_code == 404
