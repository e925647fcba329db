"""What an operator can put right is told apart from what nobody foresaw."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db.utils import OperationalError

from console import error_pages
from console.error_pages import (
    BUSY,
    DAMAGED,
    FULL_DISK,
    MISSING,
    UNFORESEEN,
    UNREACHABLE,
    Failure,
    failure_of,
)


def _sqlite(name: str, text: str = "x") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OSError(28, "No space left on device"), FULL_DISK),
        (OSError(122, "Disk quota exceeded"), FULL_DISK),
        (_sqlite("SQLITE_FULL", "database or disk is full"), FULL_DISK),
        (psycopg.errors.DiskFull("could not extend file"), FULL_DISK),
        (_sqlite("SQLITE_CORRUPT", "database disk image is malformed"), DAMAGED),
        (_sqlite("SQLITE_NOTADB", "file is not a database"), DAMAGED),
        (_sqlite("SQLITE_ERROR", "no such table: access_user"), MISSING),
        (_sqlite("SQLITE_CANTOPEN", "unable to open database file"), UNREACHABLE),
        (_sqlite("SQLITE_IOERR_SHMSIZE", "disk I/O error"), UNREACHABLE),
        (_sqlite("SQLITE_BUSY", "database is locked"), BUSY),
        (psycopg.OperationalError("connection refused"), UNREACHABLE),
        (_sqlite("SQLITE_ERROR", "near x: syntax error"), UNFORESEEN),
        (psycopg.errors.UndefinedColumn("no such column"), UNFORESEEN),
        (OSError(2, "No such file"), UNFORESEEN),
        (ZeroDivisionError(), UNFORESEEN),
        (None, UNFORESEEN),
    ],
)
def test_each_error_has_its_page(error: BaseException | None, failure: Failure, tmp_path: Path) -> None:
    assert failure_of(error, tmp_path) is failure
    if error is None:
        return
    try:  # as Django raises what a database says
        raise OperationalError("wrapped") from error
    except OperationalError as wrapped:
        assert failure_of(wrapped, tmp_path) is failure


def test_sqlite_that_cannot_write_beside_its_file_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_pages, "_free_bytes", lambda _: 0)
    for name in ("SQLITE_IOERR_SHMSIZE", "SQLITE_CANTOPEN", "SQLITE_IOERR_WRITE"):
        assert failure_of(_sqlite(name), tmp_path) is FULL_DISK


_ASK = """
import os, sys
from pathlib import Path
home = Path(os.environ["RETURNS_HOME"])
import django
django.setup()
from django.core.management import call_command
from django.db import connections
from django.test import Client
call_command("migrate", verbosity=0, interactive=False)
file = home / "operations.sqlite3"
client = Client(raise_request_exception=False, SERVER_NAME="localhost")
def page():
    connections.close_all()
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/")
    print(answer.status_code, answer.get("Retry-After"), answer.content.decode().replace(chr(10), " "))
def health():
    connections.close_all()
    answer = client.get("/health/")
    print(answer.status_code, answer.json()["database"])
connections.close_all()
for beside in home.glob("operations.sqlite3-*"):
    beside.unlink()
file.write_bytes(b"no database at all" * 4000)
page(); health()
file.unlink()
page(); health()
file.unlink(); file.mkdir()
page(); health()
"""


def test_a_damaged_a_missing_and_an_unreadable_database_are_told_on_every_page(tmp_path: Path) -> None:
    env = os.environ | {
        "RETURNS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "console.settings", "RETURNS_CONSOLE_PLAIN_HTTP": "1",
    }  # fmt: skip
    env.pop("DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    for line, failure in zip(lines[::2], (DAMAGED, MISSING, UNREACHABLE), strict=True):
        assert line.startswith("503 300 ")
        assert failure.title in line
        assert failure.operator.split(":")[0] in line
        assert str(tmp_path) not in line
        assert "Traceback" not in line
    assert lines[1::2] == ["503 unusable"] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no database" * 999, "is not a database"), (b"", "has releases, and its operations.sqlite3 is")],
)
def test_the_console_does_not_start_on_a_database_that_it_cannot_read(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "releases" / "20260701T020000Z").mkdir(parents=True)
    (tmp_path / "operations.sqlite3").write_bytes(content)
    command = [sys.executable, "-m", "console", "serve", "--home", str(tmp_path), "--bind", "127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert said in done.stderr
    assert "returns restore" in done.stderr
    assert "Traceback" not in done.stderr
