"""A home of a few files, made in milliseconds, in which every kind of record lies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ingestion.archive import archived_receipts
from ingestion.land import LANDING, LandingRecord
from ingestion.receive import receive
from ingestion.refusals import Refusal
from orchestration.home import Home
from orchestration.refused import keep_refusal
from orchestration.run_records import NightRecord, keep_record
from workspace.records import write_record

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
LANDED = LandingRecord("west-midlands-return", 1, "walsall", "2025-26", named=False, rows={"organisations": 1})


def make_small_home(folder: Path) -> Home:
    """A home with two returns, one landed and one refused, one run, and Dagster's databases."""
    home = Home(folder)
    home.inbox.mkdir(parents=True)
    for name in ("good.csv", "refused.csv"):
        (home.inbox / name).write_text(name)
    receive(home.inbox, home.archive, now=NOW)
    good, refused = sorted(archived_receipts(home.archive), key=lambda one: one.file_name)
    write_record(home.landed / good.receipt_id / LANDING, LANDED)
    keep_refusal(home, refused, Refusal("F01", "It is not a return.", "Send the form."), "reader")
    keep_record(home, NightRecord(started_at=NOW.isoformat(), succeeded=True))
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        file = home.dagster / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file)) as database:
            database.execute("create table runs (name text)")
            database.executemany("insert into runs values (?)", [("x" * 3000,)] * 9)
            database.commit()
    return home
