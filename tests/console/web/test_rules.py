"""The pages of the rules: the catalogue, each rule's scorecard, and who may read them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


def test_a_rule_shows_how_many_alerts_it_has_raised(steward: Client) -> None:
    from django.conf import settings

    from console.releases import current_release

    (counted,) = current_release(settings.HOME).query("select count(*) as n from alerts where rule_code = 'P02'")
    page = steward.get("/rules/P02/").content.decode()
    assert "P02 Large change" in page
    shown = re.search(r"Alerts ever published</dt><dd[^>]*>(\d+)<", page)
    assert shown is not None
    assert int(shown[1]) == counted["n"] > 0


def test_the_catalogue_links_to_every_rule_over_its_pages(steward: Client) -> None:
    from expectations.catalogue import read_catalogue

    pages = [steward.get(f"/rules/?page={number}").content.decode() for number in (1, 2)]
    linked = re.findall(r'href="/rules/([A-Z]\d+)/"', "".join(pages))
    assert linked == [rule.code for rule in read_catalogue()]


def test_a_rule_that_does_not_exist_is_not_found(steward: Client) -> None:
    assert steward.get("/rules/Z99/").status_code == 404


@pytest.mark.parametrize("address", ["/rules/", "/rules/P02/"])
def test_the_authority_reads_the_rules_and_nobody_posts(sign_in: Callable[[str], Client], address: str) -> None:
    read = {"steward": 200, "analyst": 200, "officer": 200, "administrator": 200, "agency": 403}
    assert {role: sign_in(role).get(address).status_code for role in read} == read
    assert {role: sign_in(role).post(address).status_code for role in read} == dict.fromkeys(read, 403)


def test_the_thresholds_in_force_are_those_of_the_programme(steward: Client, tmp_path: Path) -> None:
    from django.conf import settings
    from django.test import override_settings

    own = tmp_path / "programme"
    shutil.copytree(settings.PROGRAMME, own)
    assert "set by the programme" not in steward.get("/rules/P02/").content.decode()
    (own / "thresholds.yml").write_text("P02: {most_ratio: 9}\n", encoding="utf-8")
    with override_settings(PROGRAMME=own):
        page = steward.get("/rules/P02/").content.decode()
    assert "9 (set by the programme; the catalogue has 2)" in page
    assert page.count("set by the programme") == 1
