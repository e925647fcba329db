"""Writes reports into a folder: web page, PDF and the tables as CSV, all from one document."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from reporting.benchmark import benchmark, organisations_that_answered
from reporting.document import Document
from reporting.figures import Figures
from reporting.html import as_html
from reporting.peers import PeerGroup, peer_groups
from reporting.year_report import cluster_report, programme_report
from workspace.harmless import harmless_row

# Of the id of an organisation or cluster, so that its folder has a name that every file system takes.
_LONGEST = 100


def write_report(document: Document, folder: Path, *, dictionary: str | None, now: datetime) -> Path:
    """Write one document as `report.html`, `report.pdf` and `tables/*.csv` into a folder, and return the folder.

    `dictionary` is the address of the release's data dictionary as seen from the folder, if it can be reached
    from there; a report that leaves the authority explains its figures itself and does not link to it.
    """
    from reporting.pdf import as_pdf

    linked = dictionary if document.stays else None

    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(as_html(document, dictionary=linked), encoding="utf-8")
    (folder / "report.pdf").write_bytes(as_pdf(document, dictionary=linked, now=now))
    for number, table in enumerate(document.tables(), start=1):
        (folder / "tables" / f"{number:02d}-{table.name}.csv").write_text(
            as_csv(table.columns, table.rows), encoding="utf-8", newline=""
        )
    return folder


def as_csv(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """A table as CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(harmless_row(columns))
    writer.writerows(map(harmless_row, rows))
    return out.getvalue()


def reports_of(
    figures: Figures, kind: str, subject: str | None, reporting_year: str
) -> list[tuple[str, Callable[[], Document]]]:
    """The reports of a kind: for each its place below the folder of reports, and how to make it.

    `kind` is programme, public (the programme's, for anyone), cluster, organisation or all; `subject` is the id of the
    cluster or organisation.
    """
    programme = (f"{reporting_year}/programme", partial(programme_report, figures, reporting_year))
    for_anyone = (
        f"{reporting_year}/programme-public",
        partial(programme_report, figures, reporting_year, public=True),
    )
    if kind == "programme":
        return [programme]
    if kind == "public":
        return [for_anyone]
    if kind == "cluster":
        return [_of_cluster(figures, str(subject), reporting_year)]
    groups = peer_groups(figures, reporting_year)
    if kind == "organisation":
        return [_of_organisation(figures, str(subject), reporting_year, groups)]
    clusters = figures.mart("turnover_by_cluster", "cluster_id", reporting_year=reporting_year)
    return [
        programme,
        for_anyone,
        *(_of_cluster(figures, str(row["cluster_id"]), reporting_year) for row in clusters),
        *(
            _of_organisation(figures, str(row["organisation_id"]), reporting_year, groups)
            for row in organisations_that_answered(figures, reporting_year)
        ),
    ]


def _folder(name: str) -> str:
    """An id as the name of a folder: what a file system may not take is replaced, and then a short hash is added."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".")[:_LONGEST]
    return safe if safe and safe == name else f"{safe or '_'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _of_cluster(figures: Figures, cluster_id: str, reporting_year: str) -> tuple[str, Callable[[], Document]]:
    return f"{reporting_year}/clusters/{_folder(cluster_id)}", partial(
        cluster_report, figures, cluster_id, reporting_year
    )


def _of_organisation(
    figures: Figures, organisation_id: str, reporting_year: str, groups: Mapping[tuple[str, str], PeerGroup]
) -> tuple[str, Callable[[], Document]]:
    return (
        f"{reporting_year}/organisations/{_folder(organisation_id)}",
        partial(benchmark, figures, organisation_id, reporting_year, groups),
    )
