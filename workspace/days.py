"""Days and times as people meet them: those of their programme's time zone, never of UTC.

Instants are kept and compared in UTC. Whoever shows one, or asks on which day it was, asks here.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

USUAL_ZONE = "Europe/London"
_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def zone_named(name: object) -> ZoneInfo:
    """The time zone of this name, such as Europe/London. Raises ValueError where there is none."""
    if isinstance(name, str) and _NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # OSError: a name that is a folder of zones, such as Europe
            pass
    raise ValueError(f"there is no time zone “{name}”")


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day on which an instant is in a zone: 23:30 UTC on 30 June is 1 July in London."""
    return instant.astimezone(zone).date()


def time_shown(instant: datetime | str, zone: ZoneInfo) -> str:
    """An instant for a person, with the zone: `2026-07-01 00:30 BST`. A text that is no instant stays as it is."""
    try:
        found = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    except ValueError:
        return str(instant)
    return f"{found.astimezone(zone):%Y-%m-%d %H:%M %Z}"
