"""What a night takes from the operational database, and what it writes down there. Only this module knows `console`."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from console.database import FILE, NoOperationsError, close_operations, open_operations, problem_of_operations
from ingestion.programme import Programme
from orchestration.damage import Damage, Repairs
from orchestration.home import Home
from orchestration.one_writer import only_one_writer
from orchestration.release import Release, ReleaseError, current_release, open_release
from publishing.reader import release_folders
from publishing.seal import read_manifest
from workspace.days import zone_named
from workspace.errors import Ending, PlainError
from workspace.sqlite import BESIDE, FULL, QUICK

if TYPE_CHECKING:
    import pyarrow as pa


class OperationsError(PlainError):
    """The operational database is not to be begun anew."""

    ending = Ending.UNUSABLE


TABLES = ("alerts", "nights", "spells", "decisions")


def require_operations(home: Home) -> None:
    """Raise what is wrong with the operational database, looked through, where a run could not rest on it."""
    problem = problem_of_operations(home.folder, check=QUICK)
    if problem:
        raise problem


def require_decisions(home: Home) -> None:
    """Raise NoOperationsError where the home should have a database of its own and has none.

    PostgreSQL is not asked.
    """
    problem = None if os.environ.get("DATABASE_URL") else problem_of_operations(home.folder)
    if isinstance(problem, NoOperationsError):
        raise problem


def broken_keys(home: Home) -> list[str]:
    """One sentence for each table of the operational database with a row that belongs to none of another table."""
    from django.db import connections

    database = open_operations(home.folder)
    problems = []
    with connections[database].cursor() as cursor:
        if connections[database].vendor == "sqlite":
            broken = {str(row[0]) for row in cursor.execute("pragma foreign_key_check").fetchall()}
            problems = [f"rows of {table} belong to rows that are missing" for table in sorted(broken)]
        else:
            cursor.execute("select count(*) from django_migrations")
    close_operations(database)
    return problems


def start_without_decisions(home: Home, *, now: datetime) -> list[Damage]:
    """Begin a new operational database for a home whose own is missing or damaged; what was set aside of that.

    Raises OperationsError where there is one that can be used, and AnotherNightError while a run is going on.
    """
    with only_one_writer(home, what="start without decisions", now=now):
        problem = problem_of_operations(home.folder, check=FULL)
        if problem is None:
            raise OperationsError(
                f"The operational database of {home.folder} is there and whole, so nothing was changed.",
                "Its decisions are taken back one by one: returns decide --help",
            )
        aside = []
        for name in (FILE, *(f"{FILE}{ending}" for ending in BESIDE)):
            file = home.folder / name
            if not os.environ.get("DATABASE_URL") and file.exists():
                aside.append(Repairs(home, now).set_aside(file, "could not be used"))
        close_operations(open_operations(home.folder, anew=True))
    return aside


def read_operations(home: Home, programme: Programme, *, today: date) -> dict[str, pa.Table]:
    """The register of alerts and the decisions, as tables for the build database, their days those of the programme.

    `today` is the day by the clock, whatever the day is as of which is built.
    """
    from console.decisions.register import read_tables

    database = open_operations(home.folder)
    tables = read_tables(database, programme.zone, today=today)
    close_operations(database)
    return tables


def no_operations() -> dict[str, pa.Table]:
    """The same tables, empty: nothing was ever seen or decided."""
    from console.decisions.register import table_schemas

    return {name: schema.empty_table() for name, schema in table_schemas().items()}


def hash_of_decisions(home: Home) -> str:
    """SHA-256 of every decision, in the order in which they were made; empty where none was made."""
    from console.decisions.register import read_tables

    database = open_operations(home.folder)
    decisions = read_tables(database, zone_named("UTC"))["decisions"]
    close_operations(database)
    made = decisions.to_pylist()
    return hashlib.sha256(json.dumps(made, default=str).encode()).hexdigest() if made else ""


def chain_heads(home: Home) -> list[dict[str, Any]]:
    """The ends of the chains of decisions and of the audit log now, for the manifest of a release.

    Keys table, rows, sha256.
    """
    from console.decisions.chain import heads

    database = open_operations(home.folder)
    found = heads(database)
    close_operations(database)
    return [{"table": one.table, "rows": one.rows, "sha256": one.sha256} for one in found]


def broken_history(home: Home) -> list[str]:
    """One sentence for each place at which decisions or the audit log are not as they were written.

    They are held against their hashes and against what each release that is kept wrote down of them.
    """
    from console.decisions.chain import Head, broken_links

    recorded = []
    for folder in release_folders(home.releases):
        try:
            about = read_manifest(folder)
            recorded += [Head(**one, seen=f"release {folder.name}") for one in about.get("chains", ())]
        except (OSError, KeyError, TypeError, ValueError):
            continue  # a damaged release is told of by whoever verifies releases
    database = open_operations(home.folder)
    problems = broken_links(database, recorded)
    close_operations(database)
    return problems


def finish_deliveries(home: Home) -> None:
    """Put into the inbox what was signed off on the console when something stopped in between."""
    from console.returns import delivery

    if not delivery.unfinished_deliveries(home.folder):
        return
    database = open_operations(home.folder)
    delivery.finish_deliveries(home.folder, delivery.signed_off(database))
    close_operations(database)


def nights_after(home: Home, today: date) -> tuple[list[date], int]:
    """The days after this one on which the register says that alerts were seen, and how many days it has in all."""
    from console.decisions.register import nights_seen

    database = open_operations(home.folder)
    days = nights_seen(database)
    close_operations(database)
    return [day for day in days if day > today], len(days)


def take_out_nights(home: Home, today: date) -> None:
    """Take out of the register that alerts were seen on days after this one."""
    from console.decisions.register import forget_nights_after

    database = open_operations(home.folder)
    forget_nights_after(database, today)
    close_operations(database)


def record_current(home: Home) -> None:
    """Write the alerts of the current release into the register, if they are not there yet.

    So a night that was stopped between publishing and writing down what it published is made good by the next.
    """
    from console.decisions.register import is_recorded

    try:
        release = current_release(home)
    except ReleaseError:
        return
    database = open_operations(home.folder)
    if not is_recorded(database, release.release_id):
        record_release(home, release)
    close_operations(database)


def record_release(home: Home, release: Release) -> None:
    """Write the alerts of a release into the register, as seen on the day as of which it counts."""
    from console.decisions.register import KEPT, record_night

    with open_release(release) as marts:
        found = marts.execute(f"select {', '.join(KEPT)} from alerts order by alert_id")
        alerts = [dict(zip(KEPT, row, strict=True)) for row in found.fetchall()]
    database = open_operations(home.folder)
    record_night(database, release.release_id, release.as_of, alerts, made_on=release.created_at.date())
    close_operations(database)
