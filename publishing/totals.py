"""The two parts of a total: what of it is accepted, and what is excluded until an error about it is settled.

A total as sent has a plain name, such as `turnover_gbp`; its parts are `turnover_accepted_gbp` and
`turnover_excluded_gbp`. The macro `part_of_total` of the dbt project says the same for SQL.
"""

from __future__ import annotations

_UNIT = "_gbp"
_PARTS = ("accepted", "excluded")


def accepted(column: str) -> str:
    """The name of the accepted part of a total."""
    return _part(column, "accepted")


def excluded(column: str) -> str:
    """The name of the excluded part of a total."""
    return _part(column, "excluded")


def split(column: str) -> tuple[str, str] | None:
    """The total that a column is a part of, and which part: accepted or excluded. None where it is no part."""
    unit = _UNIT if column.endswith(_UNIT) else ""
    stem, _, last = column.removesuffix(unit).rpartition("_")
    return (stem + unit, last) if stem and last in _PARTS else None


def is_excluded(mart: str, column: str) -> str:
    """The column of a mart by organisation that says whether its figure is in the excluded part of the total."""
    of_jobs = mart == "employment_by_organisation" and column.startswith("jobs_")
    return "jobs_are_held_back" if of_jobs else "is_held_back"


def _part(column: str, part: str) -> str:
    unit = _UNIT if column.endswith(_UNIT) else ""
    return f"{column.removesuffix(unit)}_{part}{unit}"
