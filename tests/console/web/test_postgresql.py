"""The pages and the history hold on PostgreSQL as they do on SQLite: the same tests, on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import move_from_sqlite, open_postgresql

pytestmark = pytest.mark.xdist_group("console")
# Those in which the database matters most: only ever added to, one of two at the same time, locks, moved rows.
CHOSEN = (
    "test_audit.py",
    "test_alerts.py",
    "test_queries_waiting.py",
    "test_queries_at_once.py",
    "test_hostile_input.py",
    "test_send_again.py",
    "test_chain.py",  # last: its decisions stay
    "test_health_and_errors.py",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with open_postgresql() as address:
        yield address


def test_the_same_tests_hold_on_postgresql(night: Path, project: Path, server: str) -> None:
    env = os.environ | {"RETURNS_TEST_DATABASE_URL": server, "RETURNS_TEST_HOME": str(night)}
    command = [sys.executable, "-m", "pytest", "-n", "0", *(str(Path(__file__).with_name(name)) for name in CHOSEN)]
    done = subprocess.run(command, env=env, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    with psycopg.connect(server) as connection:
        # They did run there.
        assert _count(connection, "access_auditentry") > 0
        assert _count(connection, "decisions_decision") > 0


def test_a_home_moves_from_sqlite_and_its_history_stays_as_it_is(home: Path, server: str) -> None:
    from django.db import connection as before

    from console.access.audit import record

    record(None, "download", "before the move")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database moved")
    address = server.rpartition("/")[0] + "/moved"
    move_from_sqlite(home, address)
    # The chain moves with the rows: what was written on SQLite is whole on PostgreSQL.
    code = (
        "import django; django.setup(); from console.decisions.chain import broken_links, heads;"
        "print(sum(one.rows for one in heads('default')), broken_links('default'))"
    )
    env = os.environ | {"DATABASE_URL": address, "RETURNS_HOME": str(home)}
    env["DJANGO_SETTINGS_MODULE"] = "console.settings"
    moved = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    rows, _, problems = moved.stdout.strip().partition(" ")
    assert int(rows) > 0
    assert problems == "[]"
    with psycopg.connect(address) as after:
        for table in ("access_user", "access_auditentry", "decisions_alert", "decisions_spell", "decisions_decision"):
            with before.cursor() as cursor:
                cursor.execute(f"select count(*) from {table}")
                assert _count(after, table) == cursor.fetchone()[0]
        last = after.execute("select about from access_auditentry order by id desc").fetchone()
        assert last == ("before the move",)
        # The next entry gets a number of its own.
        after.execute("insert into access_auditentry (at, who, role, what, about) values (now(), '', '', 'query', '')")
    for change in (
        "update access_auditentry set about = ''",
        "delete from access_auditentry",
        "truncate access_auditentry",
    ):
        with psycopg.connect(address) as after, pytest.raises(psycopg.errors.RaiseException, match="only ever added"):
            after.execute(change)


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row
    return int(row[0])
