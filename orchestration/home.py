"""The home: the one folder under which everything that a night reads, keeps and publishes lies."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import Ending, PlainError
from workspace.offered import offered
from workspace.permissions import keep_to_owner, owner_of

PROJECT = Path(__file__).parents[1]
# The lock of whoever writes, and the operational database where DATABASE_URL names no other.
LOCK = "night.lock"
OPERATIONS = "operations.sqlite3"
# What a backup leaves out of a home. All else is kept by people or came from outside, and nothing makes it again.
MADE_AGAIN = {
    "build": "a run builds from nothing",
    "console": "keys and counts of requests of one machine: another makes its own",
    "dagster": "Dagster's records of runs; the records of ours are kept",
    "landed": "a run reads the archive again",
    "logs": "what single steps of a run did, for whoever looks for a fault",
    "reports": "made from a release at any time",
    "waiting": "a run tries again to read what our machine could not",
    "uploads": "checked on the console and not sent; such files are deleted after a day",
}
SHIPPED_PROGRAMME = PROJECT / "programmes" / "west-midlands-2022"


class HomeError(PlainError):
    """The home is missing or cannot be used; the message says what to do, in one line."""

    ending = Ending.HOME


@dataclass(frozen=True)
class Home:
    """Where things lie under one home."""

    folder: Path

    @property
    def inbox(self) -> Path:
        """Where lead agencies' files arrive. Only read by a night, never changed."""
        return self.folder / "inbox"

    @property
    def archive(self) -> Path:
        """The bytes of every file that was taken, unchanged, by their hash."""
        return self.folder / "archive"

    @property
    def refused(self) -> Path:
        """One folder for each refused file: the file and its reason."""
        return self.folder / "refused"

    @property
    def waiting(self) -> Path:
        """One small file for each receipt that our machine could not read."""
        return self.folder / "waiting"

    @property
    def landed(self) -> Path:
        """One folder of Parquet files for each receipt that was read."""
        return self.folder / "landed"

    @property
    def set_aside(self) -> Path:
        """One small file for each return that a run set aside, because its build stopped at it."""
        return self.folder / "set_aside"

    @property
    def register(self) -> Path:
        """What WMCA holds of its own: enrolments and an extract of the public registers."""
        return self.folder / "register"

    @property
    def build(self) -> Path:
        """What a night makes on its way. Can be deleted at any time."""
        return self.folder / "build"

    @property
    def releases(self) -> Path:
        """The published releases; `current` points at one."""
        return self.folder / "releases"

    @property
    def reports(self) -> Path:
        """Reports made from a release, a folder for each release."""
        return self.folder / "reports"

    @property
    def nights(self) -> Path:
        """One small file for each night that ran, with what it did."""
        return self.folder / "nights"

    @property
    def dated_wrongly(self) -> Path:
        """What a run with a wrong clock left and `returns fix-dates` moved aside, a folder for each time."""
        return self.folder / "dated_wrongly"

    @property
    def logs(self) -> Path:
        """One file of JSON lines for each night."""
        return self.folder / "logs"

    @property
    def damaged(self) -> Path:
        """What was found damaged and cannot be made again, set aside by a run. Nothing of ours reads or deletes it."""
        return self.folder / "damaged"

    @property
    def dagster(self) -> Path:
        """Dagster's own records of runs."""
        return self.folder / "dagster"


def open_home(folder: Path, *, releases_only: bool = False) -> Home:
    """A home that exists; what others can read in it, and should not, is closed to them.

    `releases_only` is for what reads nothing but releases, which may be open to a group. Raises HomeError where there
    is no home, and where it belongs to another user.
    """
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
        wanted = os.X_OK if releases_only else os.R_OK | os.X_OK
        may_read = is_folder and os.access(folder, wanted, effective_ids=os.access in os.supports_effective_ids)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = may_read = False
    except PermissionError as error:
        raise HomeError(
            f"The home {folder} cannot be reached: a folder above it belongs to another user.",
            "Run the command as the user who owns the home.",
        ) from error
    if not is_folder:
        raise HomeError(
            f"There is no home at {folder}.",
            f"Make one with: {offered('demo', home=folder)}, or {shlex.join(['mkdir', '-p', f'{folder}/inbox'])}",
        )
    if not may_read:
        raise of_another_user(folder)
    keep_to_owner(folder)
    return Home(folder.resolve())


def of_another_user(folder: Path) -> HomeError:
    """What is said of a home, or of a part of it, that this user may not use."""
    owner = owner_of(folder)
    return HomeError(
        f"The home {folder} belongs to {owner} and is closed to you.",
        f"Run the command as {owner}: sudo -u {owner} returns …",
    )
