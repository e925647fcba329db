"""The programme on one screen, a page for each KPI, and their charts and tables as files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from console.access.audit import recorded
from console.charts import svg_response
from console.downloads import csv_response, xlsx_response
from console.kpis.tables import columns_and_rows
from console.releases import release_of
from publishing.reader import release_folders
from reporting.document import Chart, DataTable, Document, Notice, Paragraph
from reporting.figures import Figures, ReportError
from reporting.kpi_pages import kpi_page, kpi_pages, page_of_measure, programme_page
from reporting.years import label_of

_PROGRAMME = "programme"


def programme(request: HttpRequest) -> HttpResponse:
    """Every KPI and output with its target and its years."""
    return _page(request, _PROGRAMME)


def every_kpi(request: HttpRequest) -> HttpResponse:
    """What each KPI is, with its page."""
    return render(request, "kpis/list.html", {"pages": kpi_pages().values()})


def one_kpi(request: HttpRequest, name: str) -> HttpResponse:
    """All that the release says of one KPI."""
    if name not in kpi_pages():
        raise Http404
    return _page(request, name)


def chart(request: HttpRequest, name: str, table: str) -> HttpResponse:
    """The chart above a table of a page."""
    document = _asked(request, name)
    drawn = [block for block in document.blocks if isinstance(block, Chart) and block.table.name == table]
    if not drawn:
        raise Http404
    return svg_response(drawn[0].spec)


@recorded("download")
def table_file(request: HttpRequest, name: str, table: str, form: str) -> HttpResponseBase:
    """A table of a page, as CSV or as a workbook."""
    found = [one for one in _asked(request, name).tables() if one.name == table]
    if not found:
        raise Http404
    called = f"{name}-{table}-{request.GET['year']}-{_folder(request).name}"
    columns, rows = columns_and_rows(found[0])
    return csv_response(called, columns, rows) if form == "csv" else xlsx_response(called, columns, rows)


def _asked(request: HttpRequest, name: str) -> Document:
    """The page that a chart or table is of: of the release and year that its address names."""
    try:
        return _document(_folder(request), name, request.GET.get("year", ""))
    except (KeyError, ReportError):
        raise Http404 from None


def _folder(request: HttpRequest) -> Path:
    """The folder of the release in the address: a page stays one, also where a night published another since."""
    asked = request.GET.get("release")
    for folder in release_folders(settings.HOME / "releases"):
        if folder.name == asked:
            return folder
    raise Http404


def _page(request: HttpRequest, name: str) -> HttpResponse:
    release = release_of(request)
    figures = release.figures()
    years = figures.years[::-1]
    try:
        # the year in the address, else the one that the release shows
        year = request.GET.get("year") or figures.default_year()
        document = _document(release.folder, name, year)
    except ReportError as nothing:
        # not found where a year was asked for; else there is nothing to show yet
        status = 404 if request.GET.get("year") else 200
        return render(
            request, "kpis/no_figures.html", {"why": nothing, "years": _labelled(figures, years)}, status=status
        )
    asked = {"year": year}
    context = {
        "document": document,
        "year": year,
        "year_label": label_of(year, figures.returns.get(year)),
        "years": _labelled(figures, years),
        "page": kpi_pages().get(name),
        "query": urlencode(asked | {"release": release.release_id}),
        "files": reverse("kpis:one", args=[name]),
        "row_links": {
            measure: f"{reverse('kpis:one', args=[page])}?{urlencode(asked)}"
            for measure, page in page_of_measure().items()
            if page != name
        },
        **_parts_of_screen(document),
    }
    return render(request, f"kpis/{'programme' if name == _PROGRAMME else 'one'}.html", context)


def _labelled(figures: Figures, years: Sequence[str]) -> list[tuple[str, str]]:
    """Each year with what it is shown as."""
    return [(year, label_of(year, figures.returns.get(year))) for year in years]


def _parts_of_screen(document: Document) -> dict[str, list[object]]:
    kinds = {"said": Paragraph, "sure": Notice, "tables": DataTable}
    return {part: [block for block in document.blocks if isinstance(block, kind)] for part, kind in kinds.items()}


@lru_cache(maxsize=128)
def _document(folder: Path, name: str, year: str) -> Document:
    """A page as blocks; kept, because a release never changes and the charts of a page are asked for one by one."""
    figures = Figures(folder)
    return programme_page(figures, year) if name == _PROGRAMME else kpi_page(figures, name, year)
