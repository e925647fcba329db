"""The release that a request reads: resolved once, so that a page never shows two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from publishing.reader import open_marts
from reporting.figures import Figures
from reporting.years import label_of

if TYPE_CHECKING:
    import duckdb

_KEPT_OPEN = 3


class NoReleaseError(Exception):
    """The home has no release yet."""


class Release:
    """One release, opened once for all threads of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connection = open_marts(folder / "marts.duckdb")
        self._kept: dict[str, Any] = {}

    @property
    def release_id(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """Its manifest."""
        return Figures(self.folder).about

    @property
    def as_of(self) -> str:
        """The day up to which returns count."""
        return str(self.about["as_of"])

    def figures(self, *, public: bool = False) -> Figures:
        """The same release as reports and charts read it; for one request only, since it has its own connection."""
        return Figures(self.folder, public=public)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own to the marts, read-only, cheap to make."""
        return self._connection.cursor()

    def query(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a query over the marts. Values go through `params`, `?` or `$name`, never into the text."""
        with self.cursor() as cursor:
            found = cursor.execute(sql, params)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def year_shown(self, year: str) -> str:
        """A reporting year, with how many of its returns are in where these are not all: 2026-27 (1 of 4 returns)."""
        returns = self.keep("returns by year", lambda: self.figures().returns)
        return label_of(year, returns.get(year))

    def keep(self, name: str, find: Callable[[], Any]) -> Any:
        """What `find` gave when this name was first asked for: good for ever, since a release never changes."""
        if name not in self._kept:
            self._kept[name] = find()
        return self._kept[name]


_open: dict[Path, Release] = {}
_lock = threading.Lock()


def current_release(home: Path) -> Release:
    """The current release of a home, resolved now. Raises NoReleaseError where there is none."""
    try:
        folder = (home / "releases" / "current").resolve(strict=True)
    except FileNotFoundError as missing:
        raise NoReleaseError from missing
    return open_release(folder)


def open_release(folder: Path) -> Release:
    """The release in a folder, as it was opened before or now. Raises duckdb.Error where its marts are damaged."""
    with _lock:
        found = _open.get(folder)
        if found is None:
            found = _open[folder] = Release(folder)
            # an older one closes when the last request that reads it is done with it
            for old in list(_open)[:-_KEPT_OPEN]:
                del _open[old]
        return found


def release_of(request: HttpRequest) -> Release:
    """The release that this request reads: the one that was current when it first asked."""
    kept: Release | None = getattr(request, "_release", None)
    if kept is None:
        kept = current_release(settings.HOME)
        setattr(request, "_release", kept)  # noqa: B010
    return kept


class NoReleasePage:
    """Middleware that says in plain words that there is nothing to show yet."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page with status 503 where there is no release; None for any other error."""
        from django.shortcuts import render

        return render(request, "no_release.html", status=503) if isinstance(error, NoReleaseError) else None
