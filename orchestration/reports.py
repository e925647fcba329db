"""Reports made from a release, for the command line and for Dagster."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from orchestration.progress import report, report_done
from orchestration.report_files import put, tidy
from workspace.errors import PlainError

# How often a person who waits hears of the progress.
_EVERY = 10
ERRORS = "not-made.log"


@dataclass(frozen=True)
class Reports:
    """The folders of the reports that were made, and those that could not be made: the place of each, and why."""

    made: tuple[Path, ...]
    not_made: tuple[tuple[str, str], ...]


def make_reports(
    release: Path, kind: str, subject: str | None, reporting_year: str | None, *, to: Path, now: datetime
) -> Reports:
    """Make the reports of a kind (programme, public, cluster, organisation or all).

    They are written below `to`/RELEASE/YEAR; the default year of the release is used where none is named. Where several
    are asked for, one that cannot be made stops none of the others; what went wrong is written to `to`/RELEASE/ERRORS.
    Raises ReportError where the release holds nothing of what was asked, and OSError where nothing can be written.
    """
    from reporting.figures import Figures
    from reporting.make import reports_of, write_report

    figures = Figures(release)
    year = figures.check_year(reporting_year) if reporting_year else figures.default_year()
    jobs = reports_of(figures, kind, subject, year)
    made: list[Path] = []
    not_made: list[tuple[str, str]] = []
    below = to / figures.release_id
    errors = below / ERRORS
    tidy(below)
    errors.unlink(missing_ok=True)
    for number, (place, make) in enumerate(jobs):
        if number % _EVERY == 0:
            report(f"Making report {number + 1} of {len(jobs)}")
        folder = to / figures.release_id / place
        dictionary = os.path.relpath(release / "data-dictionary.html", folder)
        try:
            document = make()
            made.append(put(partial(write_report, document, dictionary=dictionary, now=now), folder, below=below))
        except OSError:
            # the disk, which is the same for all
            raise
        except Exception as error:
            if len(jobs) == 1:
                raise
            errors.parent.mkdir(parents=True, exist_ok=True)
            with errors.open("a", encoding="utf-8") as log:
                log.write(f"{place}\n{''.join(traceback.format_exception(error))}\n")
            why = str(error) if isinstance(error, PlainError) else f"unexpected error; {errors} has the details"
            not_made.append((place, why))
    report_done()
    return Reports(tuple(made), tuple(not_made))
