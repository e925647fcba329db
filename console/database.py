"""The operational database: SQLite in the home, or what DATABASE_URL names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

FILE = "operations.sqlite3"


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


def open_operations(home: Path) -> str:
    """Make the operational database of a home ready and say under which name Django knows it.

    One process may have several homes open. Tables are made or brought up to date where they are not.
    """
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
    _bring_up_to_date(alias)
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
