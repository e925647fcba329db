"""The menu says in which part of the console one is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/alerts/", "Alerts"), ("/rules/P02/", "Rules"), ("/kpis/employment/", "KPIs"), ("/data/", "Data"),
        ("/data/marts/turnover_by_cluster/", "Data"), ("/data/sql/", "SQL"), ("/data/releases/", "Releases"),
        ("/queries/choose/", "Queries"),
    ],
)  # fmt: skip
def test_one_part_of_the_menu_is_where_one_is(steward: Client, path: str, part: str) -> None:
    page = steward.get(path).content.decode()
    assert re.findall(r'aria-current="true"><strong[^>]*>([^<]+)</strong>', page) == [part]
