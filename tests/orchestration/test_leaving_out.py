"""Fewest receipts, fewest tries: the search over builds that are made up here, each guilty in a way of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.leaving_out import Attempt, LeftOut, Search

NEW = [f"n{number}" for number in range(8)]
OLD = [f"o{number}" for number in range(5)]


class Builds:
    """A build fails while all receipts of one of the `faults` take part; its rows name what `rows` says."""

    def __init__(self, faults: Iterable[Iterable[str]], rows: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self.faults = [frozenset(fault) for fault in faults]
        self.rows = rows or {}
        self.tries: list[frozenset[str]] = []

    def __call__(self, without: frozenset[str]) -> Attempt:
        self.tries.append(without)
        standing = [fault for fault in self.faults if not fault & without]
        named: dict[str, int] = {}
        for fault in standing[:1]:
            for one in fault:
                named |= self.rows.get(one, {})
        return Attempt(not standing, named)

    def search(self, most: int = 100) -> Search:
        first = self(frozenset())
        return Search(first, self, lambda tries: tries < most)


@pytest.mark.parametrize(
    ("faults", "rows", "tries"),
    [
        ([["n3"]], {"n3": {"n3": 3}}, 1),  # the rows name it: one more build, which is the one that is published
        ([["n0"]], {}, 4),  # no row: eight new ones, halved three times
        ([["n3"], ["n5"]], {"n3": {"n3": 3}, "n5": {"n5": 3}}, 3),  # the second comes to light behind the first
        ([["n3"]], {"n3": {"n3": 2, "n4": 2}}, 2),  # the rows cannot tell two apart
        ([["n3"]], {"n3": {"n6": 3}}, 6),  # the rows mislead
    ],
)
def test_a_receipt_is_found_in_few_tries(faults: list[list[str]], rows: dict[str, dict[str, int]], tries: int) -> None:
    builds = Builds(faults, rows)
    found = builds.search().find(NEW)
    assert found == LeftOut(frozenset(one for fault in faults for one in fault), is_certain=True)
    assert len(builds.tries) - 1 == tries


def test_of_one_new_receipt_one_try_is_enough() -> None:
    builds = Builds([["n0"]])
    assert builds.search().find(["n0"], OLD) == LeftOut(frozenset({"n0"}), is_certain=True)
    assert len(builds.tries) == 2


def test_no_receipt_is_to_blame_where_leaving_them_out_does_not_help() -> None:
    builds = Builds([[]])
    assert builds.search().find(NEW) is None
    assert builds.tries[1:] == [frozenset(NEW)]
    search = Builds([["o1"]]).search()
    assert search.find(NEW) is None
    assert not search.gave_up


def test_an_older_receipt_is_found_only_where_they_are_given() -> None:
    found = Builds([["o1"]]).search().find(NEW[:2], OLD)
    assert found == LeftOut(frozenset({"o1"}), is_certain=True)


def test_of_two_that_do_not_agree_one_is_enough() -> None:
    found = Builds([["n2", "n6"]]).search().find(NEW)
    assert found is not None
    assert found.receipts in ({"n2"}, {"n6"})


def test_when_the_tries_are_used_up_more_may_be_left_out_and_that_is_said() -> None:
    builds = Builds([["n0"]])
    found = builds.search(most=3).find(NEW)
    assert found == LeftOut(frozenset(NEW[:4]), is_certain=False)
    assert len(builds.tries) == 3
    search = Builds([["n0"]]).search(most=1)
    assert search.find(NEW) is None
    assert search.gave_up


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.frozensets(st.sampled_from(NEW), min_size=1, max_size=2), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(NEW), st.dictionaries(st.sampled_from(NEW), st.integers(1, 3)), max_size=4),
    st.integers(1, 30),
)
def test_what_is_left_out_was_built_passes_and_is_never_more_than_needed(
    faults: list[frozenset[str]], rows: dict[str, dict[str, int]], most: int
) -> None:
    builds = Builds(faults, rows)
    found = builds.search(most).find(NEW)
    assert len(builds.tries) == len(set(builds.tries)) <= max(most, 1)
    if found is None:
        assert most < 30
        return
    assert found.receipts in builds.tries
    assert all(fault & found.receipts for fault in faults)
    if found.is_certain:
        for one in found.receipts:
            assert not all(fault & (found.receipts - {one}) for fault in faults)
