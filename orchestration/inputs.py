"""What a night is made from, as hashes: where all are as the current release says, there is nothing to build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256

import pyarrow.compute as pc

from ingestion.land import read_landing
from ingestion.programme import Programme, year_bounds
from orchestration.arrivals import arrivals_in_order, arrivals_table
from orchestration.hashes import hash_of_code, hash_of_files_below, hash_of_texts
from orchestration.home import PROJECT, Home
from orchestration.operations import hash_of_decisions
from orchestration.receipts import landed_folders
from orchestration.release import Release, open_release
from orchestration.set_aside import hash_of_set_aside

# Also without news a release is built anew after so many days: what the hashes do not see cannot last.
OLDEST_DAYS = 7
# Rows that are read together.
_BATCH = 200
_HOLDS_FROM = re.compile(r"holds_from: *['\"]?(\d{4}-\d\d-\d\d)")


def inputs_of(home: Home, programme: Programme, *, as_of: date) -> dict[str, str]:
    """SHA-256 by kind of input: returns, refusals, register, programme, decisions, what is set aside, code, day.

    Not the day itself counts but what it changes: see `_what_the_day_changes`.
    """
    return {
        "returns": hash_of_texts(
            f"{row['sequence']} {row['content_id']} {row['file_name']} {row['file_at']} {row['seen_at']}"
            for batch in arrivals_in_order(home).to_batches(max_chunksize=_BATCH)
            for row in batch.to_pylist()
        ),
        "landed": hash_of_texts(
            f"{folder.name} {sha256((folder / 'landing.json').read_bytes()).hexdigest()}"
            for folder in landed_folders(home)
        ),
        "refusals": hash_of_files_below(home.refused, ("refusal.json",)),
        "register": hash_of_files_below(home.register, ("*.csv",)),
        "programme": hash_of_files_below(programme.folder, ("*",)),
        "decisions": hash_of_decisions(home),
        "set_aside": hash_of_set_aside(home, programme),
        "code": hash_of_code(),
        "day": hash_of_texts(_what_the_day_changes(home, programme, as_of)),
    }


def would_change(release: Release, as_of: date) -> bool:
    """Whether a build of this day would say something else although all inputs are the same.

    So it is on another day while there are alerts, which say on how many nights they were seen, and when the release
    has become old.
    """
    if as_of < release.as_of or as_of - release.as_of >= timedelta(days=OLDEST_DAYS):
        return True
    if as_of == release.as_of:
        return False
    with open_release(release) as marts:
        # Alerts count the nights, and a correction may end on its day.
        return bool(marts.execute("select 1 from alerts union all select 1 from corrections limit 1").fetchall())


def _what_the_day_changes(home: Home, programme: Programme, as_of: date) -> list[str]:
    """All that the models take from the day: years open, over or due, and returns not yet there.

    While a return is overdue the day itself is in it, since a mart and an alert count the days. A new use of the day
    in a model belongs here; a test holds the list of models that know it.
    """
    years = programme.reporting_years
    opened = [f"open {year['reporting_year']}" for year in years if date.fromisoformat(year["opens_on"]) <= as_of]
    due = [year["reporting_year"] for year in years if date.fromisoformat(year["due_on"]) < as_of]
    over = [f"over {year['reporting_year']}" for year in years if year_bounds(year["reporting_year"])[1] < as_of]
    later = _not_there_yet(home, programme, as_of)
    sent = {
        (landing.cluster_id, landing.reporting_year)
        for folder in landed_folders(home)
        if folder.name not in later
        for landing in [read_landing(folder)]
    }
    overdue = {
        (cluster["cluster_id"], year) for cluster in programme.clusters for year in due if _takes_part(cluster, year)
    } - sent
    rules = sorted((PROJECT / "expectations" / "rules").rglob("*.yml"))
    held = sorted({day for file in rules for day in _HOLDS_FROM.findall(file.read_text(encoding="utf-8"))})
    return [
        *opened,
        *over,
        *(f"due {year}" for year in due),
        *(f"not there yet {receipt_id}" for receipt_id in sorted(later)),
        *(f"rules hold from {day}" for day in held if day <= as_of.isoformat()),
        *([f"overdue on {as_of}"] if overdue else []),
    ]


def _not_there_yet(home: Home, programme: Programme, as_of: date) -> set[str]:
    """Receipts of which no arrival was there by a day. A clock that was once ahead keeps none from counting."""
    arrivals = arrivals_table(home)
    later: set[str] = set()
    there: set[str] = set()
    if not arrivals.num_rows or programme.day_of(pc.max(arrivals["known_at"]).as_py()) <= as_of:
        return later
    for batch in arrivals.to_batches(max_chunksize=_BATCH):
        for row in batch.to_pylist():
            (later if programme.day_of(row["known_at"]) > as_of else there).add(row["receipt_id"])
    return later - there


def _takes_part(cluster: Mapping[str, str], year: str) -> bool:
    """Whether a cluster had begun and not ended in a reporting year."""
    first, last = year_bounds(year)
    started, ended = cluster["started_on"], cluster["ended_on"]
    return bool(started) and date.fromisoformat(started) <= last and (not ended or date.fromisoformat(ended) >= first)
