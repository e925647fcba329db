"""What people are told of a night: a summary, or on failure the step, the cause in one sentence and the log's place."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.home import Home
from orchestration.local_time import day_here
from orchestration.notify import Channels, Message, channels_from, tell
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from orchestration.release import Release, current_release, open_release
from orchestration.run_records import NightRecord
from orchestration.set_aside import records
from workspace.offered import offered


def tell_of_night(home: Home, record: NightRecord) -> tuple[str, ...]:
    """Tell people of a night every way that the environment names; one sentence for each way that failed.

    Of a night on which nothing was new nobody is told, unless something is to be looked at; nor of one that somebody
    stopped. `returns watch` speaks up where nights stop coming.
    """
    channels = channels_from()
    if (record.idle and not record.notices and not record.incomplete) or record.stopped or channels == Channels():
        return ()
    return tell(message_of(home, record, current_release(home) if record.succeeded else None), channels)


def message_of(home: Home, record: NightRecord, release: Release | None) -> Message:
    """The message about a night. It names no file, no organisation and no person."""
    return _failed(home, record) if release is None or not record.succeeded else _published(home, record, release)


def _failed(home: Home, record: NightRecord) -> Message:
    kept = (home.releases / "current").exists()
    lines = [
        f"Step: {record.step or 'before the first step'}",
        f"Cause: {record.failure or 'not known'}",
        f"Log: {home.folder / record.log if record.log else 'none was written'}",
        "The last release stays as it was." if kept else "There is no release yet.",
    ]
    return Message(f"Cluster Returns: the night of {day_here(record.started_at)} FAILED", "\n".join(lines) + "\n")


def _published(home: Home, record: NightRecord, release: Release) -> Message:
    with open_release(release) as marts:
        alerts = dict(marts.execute("select severity, count(*) from alerts group by all").fetchall())
    counts = ", ".join(f"{alerts.get(severity, 0)} {severity}" for severity in ("reject", "error", "warning", "info"))
    lines = [
        f"Returns: {landed_count(home)} landed ({record.landed_now} new), "
        f"{len(refusals(home))} refused ({record.refused_now} new)",
        f"Alerts: {counts}",
        f"Release: {release.release_id}, {sum(release.rows.values()):,} rows, in {release.folder}",
    ]
    if record.notices:
        lines.append(f"Please look at: {len(record.notices)} things that returns status names.")
    if record.incomplete:
        lines.append(
            f"INCOMPLETE: {len(record.incomplete)} things could not be received or read, by no fault of those who sent "
            "them; returns status names each."
        )
    new_ones = {one["receipt_id"] for one in record.set_aside}
    for one in records(home):
        new = "new" if one.receipt_id in new_ones else "as before"
        lines.append(
            f"Set aside by us ({new}): the return of {one.cluster_id} for {one.reporting_year}, receipt "
            f"{one.receipt_id[:12]}. {one.reason} Look first at: {_without_values(one.places)}. "
            f"The file and what stands there: {offered('set-aside', home=home.folder)}"
        )
    if record.waiting:
        lines.append(f"Still being written when we looked: {len(record.waiting)} files; the next night takes them.")
    loud = f", {len(record.set_aside)} SET ASIDE BY US" if record.set_aside else ""
    how = ("published, INCOMPLETE" if record.incomplete else "published") + loud
    return Message(f"Cluster Returns: night of {day_here(record.started_at)} {how}", "\n".join(lines) + "\n")


def _without_values(places: Sequence[str]) -> str:
    """Sheets and cells, without what stands in them: a message quotes no figure."""
    return "; ".join(place.partition(" (")[0] for place in places) or "no cell could be told"
