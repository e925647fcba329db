"""Files and folders that are there whole or not at all, also after a power cut, and that only their owner can read.

A rename is in the folder, and a folder is written to the disk by itself: every function here that renames, links or
makes something has the folder written before it returns.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
# What a file system answers that cannot write a folder by itself, as some network shares do.
_NO_SYNC_OF_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def keep_private() -> None:
    """Let whatever this process and its children make from now on be readable by its owner alone."""
    os.umask(0o077)


def write_atomically(target: Path, content: bytes) -> None:
    """Write a file so that readers see all of it or nothing, also after a crash."""
    make_folder(target.parent)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        move_into_place(unfinished, target)
    except OSError:
        # Where the disk is full, what is left of the attempt would only fill it further.
        unfinished.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there yet."""
    missing = [folder]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    for new in reversed(missing[:-1]):
        new.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync_folder(new.parent)


def move_into_place(source: Path, target: Path) -> None:
    """Rename a file or a folder, and have both folders written. What is in it must have been written before."""
    source.replace(target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def link_into_place(source: Path, target: Path) -> None:
    """Give a file a second name. Raises FileExistsError where there is such a name, which is never written over."""
    os.link(source, target)
    sync_folder(target.parent)


def point(link: Path, target: str) -> None:
    """Let a symbolic link point somewhere, in one step: readers see where it pointed or where it points."""
    unfinished = link.with_name(f".{link.name}-{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.symlink_to(target)
        move_into_place(unfinished, link)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def sync_tree(folder: Path) -> None:
    """Have a folder and all that is in it written to the disk."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            sync_folder(path)
        elif path.is_file():
            _sync(path)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
