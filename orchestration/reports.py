"""Reports made from a release, for the command line and for Dagster."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from orchestration.progress import report, report_done

# How often a person who waits hears of the progress.
_EVERY = 10


def make_reports(
    release: Path, kind: str, subject: str | None, reporting_year: str | None, *, to: Path, now: datetime
) -> list[Path]:
    """Make the reports of a kind (programme, public, cluster, organisation or all) and return their folders.

    They are written below `to`/RELEASE/YEAR; the newest year with figures is used where none is named. Raises
    ReportError where the release holds nothing of what was asked.
    """
    from reporting.figures import Figures
    from reporting.make import reports_of, write_report

    figures = Figures(release)
    year = figures.check_year(reporting_year) if reporting_year else figures.latest_year()
    jobs = reports_of(figures, kind, subject, year)
    made: list[Path] = []
    for number, (place, make) in enumerate(jobs):
        if number % _EVERY == 0:
            report(f"Making report {number + 1} of {len(jobs)}")
        document, folder = make(), to / figures.release_id / place
        dictionary = os.path.relpath(release / "data-dictionary.html", folder)
        made.append(write_report(document, folder, dictionary=dictionary, now=now))
    report_done()
    return made
