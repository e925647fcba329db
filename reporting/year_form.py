"""The form that a lead agency fills in for a year, with last year's organisations and answers in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ingestion.forms import read_forms
from ingestion.land import require_as_landed
from ingestion.last_year import answers_to_begin_with, newest_own_form
from ingestion.programme import Programme
from ingestion.workbook import write_form
from reporting.figures import Figures, ReportError


def write_year_form(
    programme: Programme,
    cluster_id: str,
    reporting_year: str,
    target: Path,
    *,
    figures: Figures | None,
    landed: Path,
    created_at: datetime,
) -> str | None:
    """Write the form of a cluster for a year to `target`; returns the year whose answers it shows, None for no year.

    These are those of the newest earlier return that counts in the release of `figures`; its rows lie below `landed`.
    Raises ReportError where the programme knows no such cluster or year, or has no form of its own.
    """
    if all(one["cluster_id"] != cluster_id for one in programme.clusters):
        known = ", ".join(one["cluster_id"] for one in programme.clusters)
        raise ReportError(f"There is no cluster {cluster_id}. There are: {known}.")
    if not programme.has_year(reporting_year):
        known = ", ".join(one["reporting_year"] for one in programme.reporting_years)
        raise ReportError(f"There is no reporting year {reporting_year}. There are: {known}.")
    form = newest_own_form(read_forms(programme.forms))
    if form is None:
        raise ReportError("This programme has no form of its own to fill in.")
    earlier = _earlier(figures, cluster_id, reporting_year) if figures else None
    folder = landed / earlier[0] if earlier and (landed / earlier[0]).is_dir() else None
    if folder:
        require_as_landed(folder)
    shown = earlier[1] if earlier and folder else None
    notice = next(one["cluster_name"] for one in programme.clusters if one["cluster_id"] == cluster_id)
    notice += f", {reporting_year}" + (f". “Last year” means {shown}" if shown else "")
    answers = answers_to_begin_with(form, programme, cluster_id, reporting_year, folder)
    write_form(form, target, answers=answers, notice=notice, created_at=created_at)
    return shown


def _earlier(figures: Figures, cluster_id: str, reporting_year: str) -> tuple[str, str] | None:
    """The receipt and the year of the newest return that counts before a year."""
    found = figures.select(
        """
        select receipt_id, reporting_year from returns
        where cluster_id = $cluster_id and reporting_year < $reporting_year and receipt_id is not null
        order by reporting_year desc limit 1
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
    )
    return (str(found[0]["receipt_id"]), str(found[0]["reporting_year"])) if found else None
