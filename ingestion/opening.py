"""A reporting year opens on a day: who sends its return earlier is told that day, before anything else."""

from __future__ import annotations

from datetime import date

from ingestion.programme import Programme
from ingestion.refusals import Refusal


def too_early(programme: Programme, reporting_year: str, *, on: date) -> Refusal | None:
    """The refusal (F05) of a return that is sent on a day before its reporting year opens; None from that day on.

    A year that is not over has no figures yet. Raises KeyError where the year is not one of the programme.
    """
    opens_on = programme.opens_on(reporting_year)
    if on >= opens_on:
        return None
    day = f"{opens_on.day} {opens_on:%B %Y}"
    return Refusal(
        "F05",
        f"{reporting_year} opens on {day}. This return was sent before.",
        "Check the year at the top of the form (for older layouts: in the name of the file). If it is right, send the "
        f"return from {day} on; a file that was sent to us already is read again on that day.",
        not_before=opens_on,
    )
