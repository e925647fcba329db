"""The programme on one screen."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.releases import release_of
from reporting.document import DataTable, Document, Notice, Paragraph
from reporting.figures import Figures, ReportError
from reporting.kpi_pages import programme_page


def programme(request: HttpRequest) -> HttpResponse:
    """Every KPI and output with its target and its years."""
    release = release_of(request)
    figures = release.figures()
    try:
        year = _year(request, figures)
    except ReportError as nothing:
        return _no_figures(request, figures, nothing)
    document = _document(release.folder, year)
    context = {
        "document": document,
        "year": year,
        "years": figures.years[::-1],
        "said": [block for block in document.blocks if isinstance(block, Paragraph)],
        "sure": [block for block in document.blocks if isinstance(block, Notice)],
        "tables": [block for block in document.blocks if isinstance(block, DataTable)],
    }
    return render(request, "kpis/programme.html", context)


def _year(request: HttpRequest, figures: Figures) -> str:
    """The year in the address, else the newest. Raises ReportError where the release has no figures for it."""
    asked = request.GET.get("year", "")
    return figures.check_year(asked) if asked else figures.latest_year()


def _no_figures(request: HttpRequest, figures: Figures, why: ReportError) -> HttpResponse:
    """A page that says so: not found where a year was asked for, else there is nothing to show yet."""
    status = 404 if request.GET.get("year") else 200
    return render(request, "kpis/no_figures.html", {"why": why, "years": figures.years[::-1]}, status=status)


@lru_cache(maxsize=64)
def _document(folder: Path, year: str) -> Document:
    """The page as blocks; kept, because a release never changes."""
    return programme_page(Figures(folder), year)
