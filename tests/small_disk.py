"""A real disk of a few megabytes for tests, where this machine lets us make one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk in memory, mounted for the time of a test. Skips the test where it cannot be mounted."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("A small disk can only be made by root on Linux.")
    with tempfile.TemporaryDirectory() as folder:
        made = _run(mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
        if made.returncode != 0:
            pytest.skip(f"A small disk cannot be made here: {made.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            _run("umount", "--lazy", folder)


def disk_of(disk: Path, *, megabytes: int, read_only: bool = False) -> None:
    """Give the disk another size, or make it read-only."""
    options = f"remount,size={megabytes}m,{'ro' if read_only else 'rw'}"
    changed = _run("mount", "-o", options, str(disk))
    assert changed.returncode == 0, changed.stderr


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
