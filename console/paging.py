"""Rows of a release, cut to pages by DuckDB rather than fetched and counted here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator

from console.releases import Release

A_PAGE = 50


class _Found:
    """What a query finds, as the sequence that Paginator wants: it asks for a count and for slices."""

    def __init__(self, release: Release, sql: str, values: Sequence[object]) -> None:
        self._release, self._sql, self._values = release, sql, values

    def count(self) -> int:
        return int(self._release.query(f"select count(*) as n from ({self._sql})", self._values)[0]["n"])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[dict[str, Any]]:
        return self._release.query(f"{self._sql} limit {cut.stop - cut.start} offset {cut.start}", self._values)


def page_of(release: Release, sql: str, values: Sequence[object], number: str | None) -> Page[dict[str, Any]]:
    """One page of the rows of a query that sorts them. A number that is none gives the first page or the last."""
    found: Any = _Found(release, sql, values)
    return Paginator(found, A_PAGE).get_page(number)
