"""Who may read a home: its owner alone. Releases may be opened to a group; the inbox stays as the operator set it."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from workspace.errors import Ending, PlainError
from workspace.files import PRIVATE_FILE, PRIVATE_FOLDER, keep_private

GROUP = "RETURNS_RELEASES_GROUP"
_INBOX, _RELEASES = "inbox", "releases"
_OTHERS = 0o077
_ENTER_BY_GROUP, _ENTER_BY_ALL = 0o010, 0o011
_GROUP_FOLDER, _GROUP_FILE = 0o750, 0o640
_WRITE_BY_OTHERS = 0o022


class GroupError(PlainError):
    """Releases cannot be opened to the group that is named."""

    ending = Ending.HOME


def keep_to_owner(home: Path) -> tuple[Path, ...]:
    """Close a home to everybody but its owner, whatever made it; what this process makes from now on is closed too.

    Folders get 0700 and files 0600, or less where they had less. Two things may be open: releases to the group that
    RETURNS_RELEASES_GROUP names (folders 0750, files 0640), which they stay where it is not set later; and an inbox
    into which the operator lets others write, which is left as it is. Whoever may use one of these may enter the home
    itself, but not list it.

    What is in closed folders is only looked at where the home or the folder was open: a home of thousands of receipts
    costs nothing. Gives back what could not be closed, such as files of another user. Raises GroupError where there is
    no such group, or releases cannot be given to it.
    """
    keep_private()
    found = home.stat()
    if os.geteuid() not in {found.st_uid, 0}:
        return ()
    was_open = bool(found.st_mode & (_OTHERS & ~_ENTER_BY_ALL))
    releases, inbox = _mode(home / _RELEASES), _mode(home / _INBOX)
    group = _group_id()
    opened = group is not None or (
        not was_open and bool(found.st_mode & _ENTER_BY_GROUP) and (releases & _GROUP_FOLDER) == _GROUP_FOLDER
    )
    failed: list[Path] = []
    for entry in sorted(os.scandir(home), key=lambda one: one.name):
        if entry.name == _INBOX or (entry.name == _RELEASES and opened):
            continue
        if was_open or _mode(Path(entry.path)) & _OTHERS:
            failed += _close(Path(entry.path))
    shared = bool(inbox & _WRITE_BY_OTHERS)
    enter = _ENTER_BY_ALL if shared else _ENTER_BY_GROUP if opened else 0
    failed += _set_mode(home, found.st_mode & PRIVATE_FOLDER | enter)
    if group is not None:
        _open_to(group, home, shared=shared)
    return tuple(failed)


def open_as_parent(folder: Path) -> None:
    """Open a folder that is to be put beside others, such as a new release, to the group that those are open to."""
    parent = folder.parent.stat()
    if parent.st_mode & _GROUP_FOLDER == _GROUP_FOLDER and parent.st_mode & stat.S_IROTH == 0:
        _give(folder, parent.st_gid)


def open_to_others(home: Path) -> Iterator[Path]:
    """What in a home others may read or write although they should not; all of it is looked at."""
    found = home.stat()
    enter = found.st_mode & _ENTER_BY_ALL
    if found.st_mode & _OTHERS != enter:
        yield home
    opened = bool(enter) and _mode(home / _RELEASES) & _GROUP_FOLDER == _GROUP_FOLDER
    for entry in sorted(os.scandir(home), key=lambda one: one.name):
        if entry.name == _INBOX:
            continue
        allowed = 0o050 if entry.name == _RELEASES and opened else 0
        for path in _tree(Path(entry.path)):
            if _mode(path) & _OTHERS & ~allowed:
                yield path


def close_to_others(path: Path) -> bool:
    """Take from others what they should not have; whether that was allowed."""
    return not _set_mode(path, _mode(path) & PRIVATE_FOLDER)


def owner_of(path: Path) -> str:
    """The name of the user to whom something belongs, or its number."""
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _close(tree: Path) -> list[Path]:
    failed: list[Path] = []
    for path in _tree(tree):
        mode = _mode(path)
        failed += _set_mode(path, mode & (PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)) if mode & _OTHERS else []
    return failed


def _tree(top: Path) -> Iterator[Path]:
    """A file or folder, and all that is in it; links in it are not followed."""
    yield top
    if top.is_dir():
        for folder, folders, names in os.walk(top):
            yield from (
                Path(folder, name) for name in sorted([*folders, *names]) if not Path(folder, name).is_symlink()
            )


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:  # not there, or no longer
        return 0


def _set_mode(path: Path, mode: int) -> list[Path]:
    """Set the mode of a file or folder; the path itself where that is not allowed."""
    try:
        if _mode(path) != mode:
            path.chmod(mode)
    except FileNotFoundError:
        return []
    except OSError as error:
        # What cannot be written on a disk that is read-only cannot be closed either, and is said where it is written.
        return [] if error.errno == errno.EROFS else [path]
    return []


def _group_id() -> int | None:
    named = os.environ.get(GROUP, "")
    if not named:
        return None
    try:
        return int(named) if named.isdigit() else grp.getgrnam(named).gr_gid
    except KeyError:
        raise GroupError(
            f"{GROUP} names the group {named}, and there is none.", "Make it (groupadd), or set another."
        ) from None


def _open_to(group: int, home: Path, *, shared: bool) -> None:
    releases = home / _RELEASES
    _give_one(home, group, home.stat().st_mode & PRIVATE_FOLDER | (_ENTER_BY_ALL if shared else _ENTER_BY_GROUP))
    if releases.is_dir() and (releases.stat().st_gid, _mode(releases)) != (group, _GROUP_FOLDER):
        _give(releases, group)


def _give(tree: Path, group: int) -> None:
    for path in sorted(_tree(tree), reverse=True):  # the top is the last, so that a half is found and done again
        _give_one(path, group, _GROUP_FOLDER if path.is_dir() else _GROUP_FILE)


def _give_one(path: Path, group: int, mode: int) -> None:
    try:
        if path.stat().st_gid != group:
            os.chown(path, -1, group)
        path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno == errno.EROFS:
            return
        raise GroupError(
            f"{path} cannot be given to the group {group} that {GROUP} names: {error.strerror}.",
            f"Make {owner_of(path)} a member of that group, or leave {GROUP} out.",
        ) from error
