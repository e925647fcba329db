"""A run in a process of its own, in which the n-th change to the home fails: `python -m tests.faults.failing_writes`.

Counted are the calls by which Python changes a file system below the home: opening to write, renaming, linking, making
a folder, syncing. What DuckDB and SQLite write by themselves is not; a full disk of that kind is tried in
tests/orchestration. Prints one JSON object: how many changes there were, which one failed, and how the run ended.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tests.older_homes.make_home import PROGRAMME

_WRITES = os.O_WRONLY | os.O_RDWR


class FailingDisk:
    """Counts the changes below a folder, and lets the n-th fail (0: none)."""

    def __init__(self, folder: Path, fail_at: int, number: int) -> None:
        self._folder, self._fail_at, self._errno = str(folder), fail_at, number
        self.changes = 0
        self.failed: str | None = None

    def install(self) -> None:
        """From now on in this process."""
        for name in ("replace", "rename", "link", "symlink", "mkdir"):
            setattr(os, name, self._counted(getattr(os, name), lambda *words, **_: words[-1] if words else None))
        os.open = self._counted(os.open, lambda path, flags=0, *_, **__: path if flags & _WRITES else None)  # type: ignore[assignment]
        os.fsync = self._counted(os.fsync, self._name_of)  # type: ignore[assignment]
        opening = self._counted(io.open, self._if_written)
        builtins.open = io.open = opening  # type: ignore[assignment]

    def _if_written(self, file: Any, mode: str = "r", *_: Any, **__: Any) -> Any:
        return file if set(mode) & set("wax+") and not isinstance(file, int) else None

    def _name_of(self, handle: int) -> str | None:
        try:
            return str(Path(f"/proc/self/fd/{handle}").readlink())
        except OSError:
            return None

    def _counted(self, call: Callable[..., Any], path_of: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*words: Any, **named: Any) -> Any:
            path = path_of(*words, **named)
            if isinstance(path, str | Path) and str(path).startswith(self._folder):
                self.changes += 1
                if self.changes == self._fail_at:
                    self.failed = f"{getattr(call, '__name__', 'open')} {path}"
                    raise OSError(self._errno, os.strerror(self._errno), str(path))
            return call(*words, **named)

        return counted


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.option("--now", required=True)
@click.option("--fail-at", type=int, default=0)
@click.option("--error", default="ENOSPC")
def main(home: Path, now: str, fail_at: int, error: str) -> None:
    """Run, with the n-th change failing."""
    from ingestion.programme import read_programme
    from orchestration.endings import end_of
    from orchestration.home import open_home
    from orchestration.night import run_night

    programme, where = read_programme(PROGRAMME), open_home(home)
    disk = FailingDisk(home.resolve(), fail_at, getattr(errno, error))
    disk.install()
    try:
        record = run_night(where, programme, as_of=None, now=datetime.fromisoformat(now), force=True)
        succeeded, said = record.succeeded, record.failure
    except Exception as problem:
        succeeded, said = False, str(end_of(problem))
    click.echo(json.dumps({"changes": disk.changes, "failed": disk.failed, "succeeded": succeeded, "said": said}))


if __name__ == "__main__":
    main()
