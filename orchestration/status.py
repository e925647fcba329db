"""What the operator asks: did last night work, what is published, what was refused, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingestion.archive import archived_receipts
from ingestion.inbox_files import entries
from orchestration.arrivals import arrivals_of
from orchestration.going_on import run_going_on
from orchestration.home import Home
from orchestration.local_time import shown_here
from orchestration.notices import incomplete_lines, notice_lines
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from orchestration.release import Release, ReleaseError, current_release, verify
from orchestration.repair import damage_of_home
from orchestration.run_records import last_nights
from orchestration.set_aside import SetAside, records
from orchestration.summary import set_aside_lines
from orchestration.waiting import waiting_receipts
from workspace.offered import offered
from workspace.records import pass_by


def read_status(home: Home) -> dict[str, Any]:
    """The state of a home, ready for JSON.

    Keys: home, release (or null), release_problem (null when the release is whole), going_on (who writes in the home
    now, since when, at which step; or null), nights (newest first), landed,
    refused (file, received_at, rule, message, ask, folder), set_aside (as its records say),
    waiting (files in the inbox that no night has seen),
    our_machine_could_not (file, reason, since, tries of each receipt that waits since our machine could not read it),
    damage (path, found, outcome, what_to_do of each piece that is not whole). Whatever is damaged, it answers.
    """
    release, problem = _release(home)
    refused = refusals(home, damaged=pass_by)
    return {
        "home": str(home.folder),
        "release": {
            "release_id": release.release_id,
            "as_of": release.as_of.isoformat(),
            "created_at": release.created_at.isoformat(),
            "folder": str(release.folder),
            "rows": dict(release.rows),
        }
        if release
        else None,
        "release_problem": problem,
        "going_on": run_going_on(home),
        "nights": [asdict(night) for night in last_nights(home)],
        "landed": landed_count(home),
        "refused": [
            {
                "file": one.receipt.file_name,
                "received_at": one.receipt.received_at.isoformat(),
                "rule": one.refusal.rule,
                "message": one.refusal.message,
                "ask": one.refusal.ask,
            }
            for one in refused
        ],
        "set_aside": [asdict(one) for one in records(home)],
        "waiting": waiting_files(home),
        "our_machine_could_not": [
            {"file": one.file_name, "reason": one.reason, "since": one.since.isoformat(), "tries": one.tries}
            for one in waiting_receipts(home, damaged=pass_by)
        ],
        "damage": [asdict(one) for one in damage_of_home(home)],
    }


def status_text(status: dict[str, Any]) -> str:
    """The same for a person."""
    release = status["release"]
    lines = [f"Home      {status['home']}"]
    if release:
        lines.append(
            f"Release   {release['release_id']}, as of {release['as_of']}, {sum(release['rows'].values()):,} rows"
        )
    lines.append(f"          {status['release_problem'] or 'whole: every file is as it was published'}")
    lines.append(
        f"Returns   {status['landed']} landed{_set_aside(status)}, {len(status['refused'])} refused, "
        f"{len(status['waiting'])} waiting"
    )
    if status["going_on"]:
        lines.append(f"Now       {status['going_on']}")
    first = offered("nightly", home=Path(status["home"]))
    nothing_yet = "No night has run to its end yet." if status["going_on"] else f"No night has run yet: {first}"
    lines += ["", "Last nights (newest first):" if status["nights"] else nothing_yet]
    for night in status["nights"]:
        outcome = _outcome(night)
        counts = f"{night['landed_now']} landed, {night['refused_now']} refused"
        lines.append(f"  {shown_here(night['started_at'])}  {night['seconds']:>5.0f} s  {counts}; {outcome}")
    published = next((night for night in status["nights"] if night["succeeded"] and not night["idle"]), None)
    lines += notice_lines(published["notices"] if published else ())
    lines += incomplete_lines(status["nights"][0]["incomplete"] if status["nights"] else ())
    lines += damage_lines(status["damage"])
    aside = [SetAside(**{**one, "places": tuple(one["places"])}) for one in status["set_aside"]]
    lines += set_aside_lines(Path(status["home"]), aside)
    if status["refused"]:
        lines += ["", "Refused (each lies in refused/ with its reason):"]
        for one in status["refused"]:
            lines += [f"  {one['file']}", f"      {one['message']}", f"      What to do: {one['ask']}"]
    if status["waiting"]:
        lines += ["", "Waiting in the inbox for the next night:", *(f"  {name}" for name in status["waiting"])]
    return "\n".join(lines)


def damage_lines(damage: Sequence[Mapping[str, str]]) -> list[str]:
    """What is damaged, for a terminal: two lines for each piece, after a heading; none where all is whole."""
    if not damage:
        return []
    told = [line for one in damage for line in (f"  {one['path']} {one['found']}.", f"      {one['what_to_do']}")]
    return ["", "Damaged:", *told]


def _set_aside(status: dict[str, Any]) -> str:
    """How many of the landed returns are set aside by us, where any is."""
    return f" ({len(status['set_aside'])} of them set aside by us)" if status["set_aside"] else ""


def _outcome(night: dict[str, Any]) -> str:
    if night["stopped"]:
        return "stopped; what was done is safe"
    if not night["succeeded"]:
        return f"FAILED: {night['failure']}"
    if night["idle"]:
        done = f"nothing new, {night['release_id']} stays"
    else:
        aside = len(night.get("set_aside", ()))
        done = f"published {night['release_id']}" + (f", {aside} set aside by us" if aside else "")
    return f"{done}, INCOMPLETE" if night["incomplete"] else done


def _release(home: Home) -> tuple[Release | None, str | None]:
    try:
        release = current_release(home)
    except ReleaseError as error:
        return None, str(error)
    try:
        verify(release)
    except ReleaseError as error:
        return release, str(error)
    return release, None


def waiting_files(home: Home) -> list[str]:
    """Names of files in the inbox that the last listing has not, under that name and with that size."""
    sizes = {receipt.content_id: receipt.size_bytes for receipt in archived_receipts(home.archive, damaged=pass_by)}
    sizes |= {one.receipt.content_id: one.receipt.size_bytes for one in refusals(home, damaged=pass_by)}
    known = {(one.file_name, sizes.get(one.content_id)) for one in arrivals_of(home, damaged=pass_by).listing.values()}
    try:
        return [
            entry.name
            for entry in entries(home.inbox)
            if entry.found and not entry.problem and (entry.name, entry.found.st_size) not in known
        ]
    except OSError:  # there is no inbox yet, or it cannot be read: then nothing in it is known to wait
        return []
