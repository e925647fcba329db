"""Rows of a release, cut to pages by DuckDB rather than fetched and counted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator

from console.releases import Release

A_PAGE = 50


class _Found:
    """What a query finds, as the sequence that Paginator wants: it asks for a count and for slices."""

    def __init__(self, release: Release, sql: str, values: Sequence[object] | Mapping[str, object], order: str) -> None:
        self._release, self._sql, self._values = release, sql, values
        self._order = f"order by {order}" if order else ""

    def count(self) -> int:
        return int(self._release.query(f"select count(*) as n from ({self._sql})", self._values)[0]["n"])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[dict[str, Any]]:
        only = f"limit {cut.stop - cut.start} offset {cut.start}"
        return self._release.query(f"{self._sql} {self._order} {only}", self._values)


def page_of(
    release: Release,
    sql: str,
    values: Sequence[object] | Mapping[str, object],
    number: str | None,
    *,
    order: str = "",
) -> Page[dict[str, Any]]:
    """One page of the rows of a query. A number that is none gives the first page or the last.

    The order stands in the query, or apart in `order`: then the rows are not sorted to be counted.
    """
    found: Any = _Found(release, sql, values, order)
    return Paginator(found, A_PAGE).get_page(number)
