"""Restore a backup into a new home, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.backup_file import BackupError, Contents, read_contents
from workspace.files import make_folder, move_into_place, point, sync_tree
from workspace.permissions import keep_to_owner


def restore_backup(file: Path, folder: Path) -> Contents:
    """Lay a backup into a new home.

    Every byte is compared with the manifest before anything appears in the home. Raises BackupError where the backup
    is damaged, where there is no room for it, and where the home holds anything already.
    """
    if not file.is_file():
        raise BackupError(f"There is no backup {file}.", "Check the name.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty, and a restore never overwrites.", "Name a new folder with --home.")
    make_folder(folder.parent)
    try:
        with _staging(folder) as staging:
            contents = read_contents(file, staging)
            for name, saved_as in contents.same.items():
                make_folder((staging / name).parent)
                shutil.copy2(staging / saved_as, staging / name)
            (staging / "inbox").mkdir(exist_ok=True)
            if contents.current_release:
                point(staging / "releases" / "current", contents.current_release)
            if folder.exists():
                folder.rmdir()
            keep_to_owner(staging)
            sync_tree(staging)
            move_into_place(staging, folder)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BackupError(
                f"There is no room for the backup in {folder.parent}. Nothing was restored.",
                "Free some, or name another disk.",
            ) from error
        raise
    return contents


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside the new home, gone at the end; what an earlier restore that was killed left goes now."""
    prefix = f".{folder.name}.restoring-"
    for left in folder.parent.glob(f"{prefix}*"):
        with _held(left) as is_ours:
            if is_ours:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent) as scratch, _held(Path(scratch)):
        staging = Path(scratch) / "home"
        staging.mkdir()
        yield staging


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Whether this process holds the folder: false where another one that is still restoring does."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)
