"""A real PostgreSQL for tests: a server of its own in a folder of its own, on a free port of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def open_postgresql() -> Iterator[str]:
    """The address of an empty database; the test is skipped where PostgreSQL is not installed, but not in CI."""
    programs = _programs()
    if programs is None:
        if os.environ.get("RETURNS_CI"):
            pytest.fail("PostgreSQL is not installed, and CI must not leave out its tests.")
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    # The server refuses to be started by root.
    user = "postgres" if os.getuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *told: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *told]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)

    try:
        run("initdb", "--username=returns", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run("pg_ctl", "--wait", "--log", str(folder / "log"), "--options", options, "start")
        yield f"postgres://returns@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "--mode=immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def move_from_sqlite(home: Path, address: str) -> None:
    """Move what the home's SQLite holds into a database of PostgreSQL, with the commands that docs/console.md gives."""
    kept = home / "moved.json"
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"RETURNS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "console.settings"}

    def run(*told: str, **more: str) -> None:
        subprocess.run([sys.executable, "-m", "django", *told], env=env | more, check=True, stderr=subprocess.DEVNULL)

    run("migrate", "--verbosity=0")
    left_out = [f"--exclude={name}" for name in ("contenttypes", "auth", "sessions", "axes")]
    run("dumpdata", *left_out, f"--output={kept}")
    run("migrate", "--verbosity=0", DATABASE_URL=address)
    run("loaddata", "--verbosity=0", str(kept), DATABASE_URL=address)
    kept.unlink()


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps it out of the PATH, one for each version."""
    found = [Path(on_path).resolve().parent] if (on_path := shutil.which("initdb")) else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)
