"""In whatever order returns arrive, the marts are the same where the last accepted versions are."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.orders import Read, differing, marts_after, orders, read_night
from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, open_home

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def read(demo_home: Path) -> Read:
    return read_night(open_home(demo_home), read_programme(SHIPPED_PROGRAMME))


def test_every_order_gives_the_same_marts_and_another_last_version_does_not(read: Read, tmp_path: Path) -> None:
    """Among the files: one sent twice, late ones, one replaced, and refused ones, each received on another night."""
    assert read.newest_last == [("Walsall return 2024-25.xlsx", "Walsall return 2024-25 corrected.xlsx")]
    assert len(read.refused) == 2
    one, other = islice(orders(read, random.Random(11)), 2)
    assert sorted(one) == sorted(other) != one != other
    first, second = (one.index(name) for name in read.newest_last[0])
    older_last = list(one)
    older_last[first], older_last[second] = one[second], one[first]
    found = []
    for order in (one, other, older_last):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        found.append(marts_after(read, order, folder))
    assert len(found[0]) > 40
    assert differing(found[0], found[1]) == []
    assert {"returns", "turnover_by_organisation"} <= set(differing(found[0], found[2]))
