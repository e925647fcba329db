"""The pages and the history hold on PostgreSQL as they do on SQLite: the same tests, on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import open_postgresql

pytestmark = pytest.mark.xdist_group("console")
# Those in which the database matters most: only ever added to, one of two at the same time, locks, moved rows.
CHOSEN = ("test_audit.py", "test_users.py", "test_alerts.py", "test_queries_waiting.py", "test_hostile_input.py")


def test_the_same_tests_hold_on_postgresql(home: Path, project: Path) -> None:
    import psycopg

    with open_postgresql() as address:
        env = os.environ | {"RETURNS_TEST_DATABASE_URL": address, "RETURNS_TEST_HOME": str(home)}
        env.pop("PYTEST_XDIST_WORKER", None)
        files = [str(Path(__file__).with_name(name)) for name in CHOSEN]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *files],
            env=env,
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        with psycopg.connect(address) as connection:
            # They did run there, and what the nights had seen was moved there.
            assert _count(connection, "access_auditentry") > 0
            assert _count(connection, "decisions_alert") > 0
            assert _count(connection, "decisions_decision") > 0
            with pytest.raises(psycopg.errors.RaiseException, match="only ever added"):
                connection.execute("truncate decisions_decision cascade")


def _count(connection: object, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])  # type: ignore[attr-defined]
