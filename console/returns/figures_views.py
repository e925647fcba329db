"""What a lead agency gets back once its return is accepted: its cluster beside the programme, its organisations."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from console.access.audit import recorded
from console.charts import svg_response
from console.downloads import csv_response, xlsx_response
from console.kpis.tables import columns_and_rows
from console.releases import release_of
from console.returns.states import ACCEPTED, standing_of
from reporting.benchmark import name_of
from reporting.document import Chart, Document
from reporting.figures import ReportError
from reporting.places import agency_page, own_benchmark, own_organisations


def cluster_figures(request: HttpRequest, cluster_id: str, year: str) -> HttpResponse:
    """The KPIs of a cluster beside the programme's, and each organisation's place among its peers."""
    standing = standing_of(release_of(request), cluster_id, year)
    if standing.state != ACCEPTED:
        return render(request, "returns/not_accepted.html", {"standing": standing})
    figures = release_of(request).figures()
    place = {"cluster_id": cluster_id, "year": year}
    links = {
        name_of(row): reverse("returns:organisation", kwargs=place | {"organisation_id": one})
        for row in own_organisations(figures, cluster_id, year)
        if (one := str(row["organisation_id"])).find("/") < 0
    }
    document = _document(request, cluster_id, year)
    about = {
        "standing": standing,
        "document": document,
        "files": reverse("returns:figures", kwargs=place),
        "row_links": links,
    }
    return render(request, "returns/figures.html", about)


def organisation(request: HttpRequest, cluster_id: str, year: str, organisation_id: str) -> HttpResponse:
    """The benchmark of one organisation that the cluster's own return has."""
    place = {"cluster_id": cluster_id, "year": year}
    about = {
        "standing": standing_of(release_of(request), cluster_id, year),
        "document": _document(request, cluster_id, year, organisation_id),
        "files": reverse("returns:organisation", kwargs=place | {"organisation_id": organisation_id}),
    }
    return render(request, "returns/organisation.html", about)


def organisation_chart(
    request: HttpRequest, cluster_id: str, year: str, organisation_id: str, table: str
) -> HttpResponse:
    """The chart above a table of an organisation's benchmark."""
    document = _document(request, cluster_id, year, organisation_id)
    drawn = [block for block in document.blocks if isinstance(block, Chart) and block.table.name == table]
    if not drawn:
        raise Http404
    return svg_response(drawn[0].spec)


@recorded("download")
def figures_file(
    request: HttpRequest, cluster_id: str, year: str, table: str, form: str, organisation_id: str = ""
) -> HttpResponseBase:
    """A table of either page, as CSV or as a workbook."""
    found = [one for one in _document(request, cluster_id, year, organisation_id).tables() if one.name == table]
    if not found:
        raise Http404
    columns, rows = columns_and_rows(found[0])
    called = f"{cluster_id}-{year}-{table}"
    return csv_response(called, columns, rows) if form == "csv" else xlsx_response(called, columns, rows)


def _document(request: HttpRequest, cluster_id: str, year: str, organisation_id: str = "") -> Document:
    """Either page as blocks, of the current release; not found where the return is not accepted or lacks it."""
    if standing_of(release_of(request), cluster_id, year).state != ACCEPTED:
        raise Http404
    figures = release_of(request).figures()
    try:
        if organisation_id:
            return own_benchmark(figures, cluster_id, organisation_id, year)
        return agency_page(figures, cluster_id, year)
    except ReportError as nothing:
        raise Http404 from nothing
