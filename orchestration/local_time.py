"""Days and times as the command line and Dagster show them: in the time zone of the programme of this machine."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingestion.programme import ProgrammeError, time_zone_of
from orchestration.home import SHIPPED_PROGRAMME
from workspace.days import USUAL_ZONE, day_of, time_shown, zone_named


def zone_here() -> ZoneInfo:
    """The time zone of the programme that RETURNS_PROGRAMME names, else of the one shipped.

    Where that programme cannot be read, the usual one: the state of a home is shown all the same.
    """
    try:
        return zone_named(time_zone_of(Path(os.environ.get("RETURNS_PROGRAMME") or SHIPPED_PROGRAMME)))
    except ProgrammeError:
        return zone_named(USUAL_ZONE)


def shown_here(instant: datetime | str) -> str:
    """An instant with its zone: `2026-07-01 00:30 BST`."""
    return time_shown(instant, zone_here())


def day_here(instant: str) -> date:
    """The day of an instant in ISO 8601."""
    return day_of(datetime.fromisoformat(instant), zone_here())
