"""The operational database: SQLite in the home, or what DATABASE_URL names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

from publishing.reader import release_folders
from workspace.errors import Ending, PlainError
from workspace.offered import offered
from workspace.records import DamagedError
from workspace.sqlite import damage_of, has_table

FILE = "operations.sqlite3"
# The table that each of our databases has from its first moment on.
_EVERY = "django_migrations"


def database_settings(home: Path) -> dict[str, Any]:
    """Django's settings of the operational database of a home."""
    url = os.environ.get("DATABASE_URL")
    if url:
        return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(home / FILE),
        "OPTIONS": {
            # A writer takes its lock when it begins and others wait for it; nobody who reads is ever kept waiting.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


class NoOperationsError(PlainError):
    """A home has releases and no operational database: what was decided, and who may sign in, is missing."""

    ending = Ending.DAMAGED

    def __init__(self, home: Path, what: str) -> None:
        super().__init__(
            f"The home {home} has releases, and {what}: everything that was decided is missing.",
            "Restore the last backup (returns restore), or set DATABASE_URL where it belongs. To begin as if nothing "
            f"had ever been decided: {offered('start-without-decisions', home=home)}",
        )


def problem_of_operations(home: Path, *, check: str | None = None) -> PlainError | None:
    """Why the operational database of a home cannot be used; None where it can, or where the home has no release yet.

    Nothing is made or changed. `check` has a SQLite file looked through, as `workspace.sqlite.damage_of` says.
    """
    if os.environ.get("DATABASE_URL"):
        # Whether PostgreSQL can be reached at all it says itself.
        there = _has_tables(_registered(home))
        return NoOperationsError(home, "DATABASE_URL names a database that is empty") if _is_due(home, there) else None
    file = home / FILE
    if not file.exists() or (file.is_file() and file.stat().st_size == 0):
        return NoOperationsError(home, f"its {FILE} is missing") if _is_due(home, there=False) else None
    found = damage_of(file, check=check)
    if found:
        return DamagedError(
            file,
            found,
            "Restore the last backup into a new home (returns restore). Where there is none, this sets the file aside "
            f"and begins as if nothing had ever been decided: {offered('start-without-decisions', home=home)}",
        )
    return NoOperationsError(home, f"its {FILE} has no tables") if _is_due(home, has_table(file, _EVERY)) else None


def _is_due(home: Path, there: bool) -> bool:
    """Whether a database that is not there should be: the first run makes it before it makes a release."""
    return not there and bool(release_folders(home / "releases"))


def _has_tables(alias: str) -> bool:
    from django.db import connections

    return _EVERY in connections[alias].introspection.table_names()


def open_operations(home: Path, *, anew: bool = False) -> str:
    """Make the operational database of a home ready and say under which name Django knows it.

    One process may have several homes open. Tables are made or brought up to date where they are not. Raises
    NoOperationsError where the home has releases and no such database, unless it is to be begun `anew`, and
    DamagedError where the file is no database.
    """
    problem = None if anew else problem_of_operations(home)
    if problem:
        raise problem
    alias = _registered(home)
    _bring_up_to_date(alias)
    return alias


def _registered(home: Path) -> str:
    """The name under which Django knows the operational database of a home; nothing is opened yet."""
    import django
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.pipeline_settings")
    django.setup()
    wanted = connections.configure_settings({"default": database_settings(home)})["default"]
    if os.environ.get("DATABASE_URL") or settings.DATABASES["default"]["NAME"] == wanted["NAME"]:
        alias = "default"
    else:
        alias = str(home)
        if alias not in connections.databases:
            connections.databases[alias] = wanted
    return alias


def close_operations(alias: str) -> None:
    """Close this thread's connection, so that no file stays open."""
    from django.db import connections

    connections[alias].close()


def _bring_up_to_date(alias: str) -> None:
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[alias])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", database=alias, verbosity=0, interactive=False)
