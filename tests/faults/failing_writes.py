"""A file system on which the n-th change fails, or an inbox that goes away while it is read.

Counted are the calls by which Python changes a file system below the home: opening to write, renaming, linking, making
a folder, syncing. What DuckDB and SQLite write by themselves is not; a full disk of that kind is tried in
tests/orchestration.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR
_CHANGES = ("replace", "rename", "link", "symlink", "mkdir")


class FailingDisk:
    """Counts the changes below a folder, and lets the n-th fail (0: none)."""

    def __init__(self, folder: Path, fail_at: int, number: int) -> None:
        self._folder, self._fail_at, self._errno = str(folder), fail_at, number
        self.changes = 0
        self.failed: str | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While this lasts, in this process."""
        before = {name: getattr(os, name) for name in (*_CHANGES, "open", "fsync")}
        opened = io.open
        for name in _CHANGES:
            setattr(os, name, self._counted(before[name], lambda *words, **_: words[-1] if words else None))
        os.open = self._counted(os.open, lambda path, flags=0, *_, **__: path if flags & _WRITES else None)  # type: ignore[assignment]
        os.fsync = self._counted(os.fsync, self._name_of)  # type: ignore[assignment]
        builtins.open = io.open = self._counted(opened, self._if_written)  # type: ignore[assignment]
        try:
            yield
        finally:
            for name, call in before.items():
                setattr(os, name, call)
            builtins.open = io.open = opened

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


@contextmanager
def vanishing_inbox(after: int) -> Iterator[None]:
    """From this file on no file of an inbox can be opened any more, as on a share that the network has lost."""
    from ingestion.inbox_files import Entry

    opened, number = Entry.open, 0

    def failing(entry: Entry) -> int:
        nonlocal number
        number += 1
        if number > after:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), entry.name)
        return opened(entry)

    Entry.open = failing  # type: ignore[method-assign]
    try:
        yield
    finally:
        Entry.open = opened  # type: ignore[method-assign]
