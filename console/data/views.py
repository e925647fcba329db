"""Every mart with its dictionary, its rows, and files of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from console.access.audit import recorded
from console.access.clusters import user_of
from console.access.matrix import PAGES
from console.data.marts import NUMBER, WHOLE, Mart, marts_of, personal_texts
from console.data.view import View
from console.downloads import csv_response, parquet_response, xlsx_response
from console.paging import page_of
from console.releases import Release, open_release, release_of
from publishing.public import WORKBOOK
from publishing.reader import release_folders

# A workbook is made in memory: more than this takes as much of it and as long as nobody should wait for.
_MOST_CELLS_IN_A_WORKBOOK = 500_000
_AT_ONCE = 10_000
_FORMS = (("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"))


def marts(request: HttpRequest, release_id: str | None = None) -> HttpResponse:
    """Every mart of a release: what a row of it is, how many there are, and whether the public has it."""
    release = _release(request, release_id)
    told = {"release": release, "marts": marts_of(release.folder).values(), "release_id": release_id}
    return render(request, "data/marts.html", told)


def mart(request: HttpRequest, name: str, release_id: str | None = None) -> HttpResponse:
    """One mart: what it means, the rows that the address asks for, page by page, and every column."""
    release = _release(request, release_id)
    found, view, told = _asked(request, release, name, release_id)
    told["personal"] = personal_texts(release.folder, found.name).items()
    if not view.is_valid():
        return render(request, "data/mart.html", told, status=422)
    query = request.GET.copy()
    query.pop("page", None)
    sql, order, values = view.sql()
    page = page_of(release, sql, values, request.GET.get("page"), order=order)
    told |= {"page": page, "query": query.urlencode(), "rows": [readable(row) for row in page]}
    told["heads"] = [
        (one.name, one.name, *(["numeric"] if one.kind in {NUMBER, WHOLE} else [])) for one in found.columns
    ]
    return render(request, "data/mart.html", told)


@recorded("download")
def mart_file(request: HttpRequest, name: str, form: str, release_id: str | None = None) -> HttpResponseBase:
    """All rows that the address asks for, as CSV, an Excel workbook, or Parquet."""
    release = _release(request, release_id)
    found, view, told = _asked(request, release, name, release_id)
    if not view.is_valid():
        return render(request, "data/mart.html", told, status=422)
    rows, order, values = view.sql()
    sql = f"{rows} order by {order}"
    called, columns = f"{name}-{release.release_id}", [one.name for one in found.columns]
    if form == "parquet":
        with release.cursor() as cursor:
            return parquet_response(called, cursor.execute(sql, values).to_arrow_table())
    if form == "csv":
        return csv_response(called, columns, _rows(release, sql, values))
    most = _MOST_CELLS_IN_A_WORKBOOK // len(columns)
    if found.rows > most and page_of(release, rows, values, "1").paginator.count > most:
        view.add_error(None, f"An Excel file holds {most:,} rows of this mart. Choose fewer, or take CSV or Parquet.")
        return render(request, "data/mart.html", told, status=422)
    return xlsx_response(called, columns, _rows(release, sql, values))


@recorded("download")
def public_tables(request: HttpRequest) -> FileResponse:
    """The workbook of the public edition of the release."""
    release = release_of(request)
    file = release.folder / "public" / WORKBOOK
    if not file.is_file():
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename=f"public-{release.release_id}.xlsx")


def _release(request: HttpRequest, release_id: str | None) -> Release:
    """The current release, or the one with this id."""
    if release_id is None:
        return release_of(request)
    folder = next((one for one in release_folders(settings.HOME / "releases") if one.name == release_id), None)
    if folder is None:
        raise Http404
    try:
        return open_release(folder)
    except duckdb.Error:
        raise Http404 from None  # its own page says that it is damaged


def _asked(
    request: HttpRequest, release: Release, name: str, release_id: str | None
) -> tuple[Mart, View, dict[str, Any]]:
    """The mart, what of it the address asks for, and what every page of it shows."""
    found = marts_of(release.folder).get(name)
    if found is None:
        raise Http404
    view = View(release, found, request.GET)
    of = [release_id] if release_id else []
    there = "release-mart" if release_id else "mart"
    told = {
        "release": release,
        "mart": found,
        "view": view,
        "may_ask": not release_id and PAGES["data:sql"].admits("GET", user_of(request).role),
        "here": reverse(f"data:{there}", args=[*of, name]),
        "all_marts": reverse(f"data:{there}s", args=of),
        "files": [(words, reverse(f"data:{there}-file", args=[*of, name, form])) for form, words in _FORMS],
    }
    return found, view, told


def readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as a page shows it: numbers as exact as somebody can read, days as the filters take them."""
    return {name: _readable(value) for name, value in row.items()}


def _readable(value: Any) -> Any:
    if isinstance(value, float):
        return f"{round(value, 6):,}".removesuffix(".0")
    return value.isoformat() if isinstance(value, date) else value


def _rows(release: Release, sql: str, values: list[object]) -> Iterator[dict[str, Any]]:
    """The rows, read while they are sent."""
    with release.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column[0] for column in cursor.description]
        while some := cursor.fetchmany(_AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in some)
