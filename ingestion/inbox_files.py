"""What lies in an inbox: listed and opened so that no link is followed and no pipe is waited for.

Between the moment in which a name is looked at and the one in which it is opened, whoever may write there can put
something else under it. So everything is opened from the open folder in which it was found, never by its path, and
what was opened is looked at again before a byte of it is read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ingestion.names import name_text
from ingestion.refusals import Refusal

_DEEPEST_FOLDER = 4
# What desktops leave lying about; nobody sends these.
_LITTER = ("thumbs.db", "desktop.ini")
_SPREADSHEET_ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe is opened at once, and found out, instead of waiting for somebody who writes into it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# What is answered for a link where none is followed: to a file, to a folder.
_IS_A_LINK = frozenset({errno.ELOOP, errno.EMLINK, errno.ENOTDIR})
_SEND_ITSELF = "Send the file itself."
_SEND_IT = "Send the spreadsheet itself."


@dataclass(frozen=True)
class Entry:
    """Something in the inbox: a file to open, or why it is none."""

    name: str  # the text of its path below the inbox, with "/"
    raw: str  # its name in its folder, as the functions of `os` take it
    folder: int  # the folder, open until the next entry is asked for
    found: os.stat_result | None  # None where even that cannot be told
    problem: Refusal | OSError | None = None
    is_empty: bool = False  # a folder without a file that anybody sends

    def open(self) -> int:
        """A descriptor of the file, to be closed by the caller.

        Raises Refusal where it is a link or no ordinary file by now, and OSError where it cannot be opened.
        """
        try:
            opened = os.open(self.raw, _FILE, dir_fd=self.folder)
        except OSError as error:
            if error.errno in _IS_A_LINK:
                raise _not_a_file(self.name, is_link=True) from None
            raise
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise _not_a_file(self.name, is_link=False)
        return opened


def is_litter(name: str) -> bool:
    """Whether a file of this name is none that anybody sends: hidden, a lock of an office program, or a desktop's."""
    return name.startswith((".", "~$")) or name.lower() in _LITTER


def entries(inbox: Path) -> Iterator[Entry]:
    """Everything in an inbox and in the folders in it, by name. The inbox itself may be a link that its operator made.

    Raises OSError where the inbox itself cannot be opened or listed.
    """
    opened = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield from _entries(opened, "", depth=0)
    finally:
        os.close(opened)


def _entries(folder: int, above: str, depth: int) -> Iterator[Entry]:
    for raw in sorted(os.listdir(folder)):
        if is_litter(raw):
            continue
        name = above + name_text(raw)
        try:
            found = os.stat(raw, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            yield Entry(name, raw, folder, None, error)
            continue
        if stat.S_ISREG(found.st_mode):
            yield Entry(name, raw, folder, found)
        elif stat.S_ISDIR(found.st_mode):
            yield from _folder_entries(Entry(name, raw, folder, found), depth + 1)
        else:
            yield Entry(name, raw, folder, found, _not_a_file(name, is_link=stat.S_ISLNK(found.st_mode)))


def _folder_entries(folder: Entry, depth: int) -> Iterator[Entry]:
    """What is in a folder; the folder itself where it should not be there."""
    name, ask = folder.name, "Take the files out of the folder and send them one by one."
    if depth > _DEEPEST_FOLDER:
        yield _refused(folder, f"“{name}” is a folder inside too many folders, so we did not open it.", ask)
        return
    try:
        opened = os.open(folder.raw, _FOLDER, dir_fd=folder.folder)
    except OSError as error:
        problem = _not_a_file(name, is_link=True) if error.errno in _IS_A_LINK else error
        yield Entry(name, folder.raw, folder.folder, folder.found, problem)
        return
    try:
        inside = _entries(opened, f"{name}/", depth)
        try:
            first = next(inside, None)
        except OSError as error:
            yield Entry(name, folder.raw, folder.folder, folder.found, error)
            return
        if not first:
            yield replace(_refused(folder, f"“{name}” is an empty folder, not a return.", _SEND_IT), is_empty=True)
        elif PurePosixPath(name).suffix.lower() in _SPREADSHEET_ENDINGS:
            kind = "a folder, although its name is that of a spreadsheet"
            yield _refused(folder, f"“{name}” is {kind}, not a return.", _SEND_IT)
        if first:
            yield first
        yield from inside
    finally:
        os.close(opened)


def _refused(entry: Entry, message: str, ask: str) -> Entry:
    return Entry(entry.name, entry.raw, entry.folder, entry.found, Refusal("F01", message, ask))


def _not_a_file(name: str, *, is_link: bool) -> Refusal:
    kind = "a link to another place" if is_link else "not an ordinary file"
    return Refusal("F01", f"“{name}” is {kind}, so we did not open it.", _SEND_ITSELF)
