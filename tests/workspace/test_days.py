"""Days and times as people meet them, and that nothing counts the days of UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from workspace.days import day_of, time_shown, zone_named

LONDON = zone_named("Europe/London")
# 23:30 UTC: the next day in London in summer, the same day in winter.
SUMMER, WINTER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC), datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


def test_half_past_eleven_in_utc_is_the_next_day_in_a_summer_of_london() -> None:
    assert (day_of(SUMMER, LONDON), day_of(WINTER, LONDON)) == (date(2026, 7, 1), date(2026, 12, 31))
    assert day_of(SUMMER, zone_named("America/New_York")) == date(2026, 6, 30)
    assert day_of(WINTER, zone_named("Pacific/Auckland")) == date(2027, 1, 1)


def test_a_time_is_shown_with_its_zone() -> None:
    assert time_shown(SUMMER, LONDON) == "2026-07-01 00:30 BST"
    assert time_shown("2026-12-31T23:30:00+00:00", LONDON) == "2026-12-31 23:30 GMT"
    assert time_shown("a moment ago", LONDON) == "a moment ago"


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "Europe", "", "../etc/passwd", "/etc/localtime", "BST'", None, 1, ["UTC"]]
)
def test_what_is_no_time_zone_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        zone_named(name)


# The days of UTC, in the ways in which they are written by mistake.
_OF_UTC = re.compile(
    r"now\(UTC\)\.date\(\)|\bdate\.today\(\)|utcnow\(\)|\b(?:now|instant|moment|at|arrived_at|received_at)\.date\(\)"
    r"|cast\((?:\w+\.)?\w+_at as date\)|started_at(?:\"\]|'\])?\[:1?[0-9]\]"
)
# Where `at` is by the programme's clock already, as its docstring says.
_BY_THE_CLOCK = {"console/decisions/decide.py", "console/queries/letters.py"}


def test_no_code_counts_days_of_utc(project: Path) -> None:
    folders = ("cli", "console", "decisions", "dbt_project", "expectations", "ingestion", "orchestration", "publishing")
    folders += ("reporting", "warehouse", "workspace")
    files = [
        file for folder in folders for kind in ("py", "sql", "yml") for file in (project / folder).rglob(f"*.{kind}")
    ]
    assert len(files) > 300
    found = {
        f"{name}: {hit[0]}"
        for file in files
        for name in [file.relative_to(project).as_posix()]
        if name not in _BY_THE_CLOCK
        for hit in _OF_UTC.finditer(file.read_text(encoding="utf-8"))
    }
    assert found == set()
