"""A piece of a home that is not as it was written: which, what was found, and what was or is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.home import Home
from workspace.files import make_folder, move_into_place

MADE_AGAIN, SET_ASIDE, NOT_WHOLE = "made again", "set aside", "not whole"


@dataclass(frozen=True)
class Damage:
    """One piece that is not whole, or was not."""

    path: str  # below the home
    found: str  # such as “is empty”
    outcome: str  # MADE_AGAIN, SET_ASIDE, or NOT_WHOLE where a person has to do something
    what_to_do: str  # or what was done, in a sentence

    def __str__(self) -> str:
        """In two sentences."""
        return f"{self.path} {self.found}. {self.what_to_do}"


class Repairs:
    """How damage is dealt with: repaired by whoever holds the home, or only named."""

    def __init__(self, home: Home, now: datetime | None) -> None:
        """`now` names the folder of what is set aside; without it nothing is touched."""
        self.home = home
        self._folder = home.damaged / now.strftime("%Y%m%dT%H%M%SZ") if now else None

    @property
    def acts(self) -> bool:
        """Whether what can be repaired is repaired."""
        return self._folder is not None

    def made_again(self, path: Path, found: str, how: str, otherwise: str) -> Damage:
        """Something that the caller has made again where it acts; `how`, or `otherwise` what the next run will do."""
        return Damage(self._below(path), found, MADE_AGAIN if self.acts else NOT_WHOLE, how if self.acts else otherwise)

    def set_aside(self, path: Path, found: str, then: str = "") -> Damage:
        """Move a piece that cannot be made again into `damaged/`, where nothing is ever deleted."""
        if self._folder is None:
            return Damage(self._below(path), found, NOT_WHOLE, f"The next run sets it aside. {then}".strip())
        target = _free(self._folder / self._below(path))
        make_folder(target.parent)
        move_into_place(path, target)
        return Damage(self._below(path), found, SET_ASIDE, f"It lies in {self._below(target)} now. {then}".strip())

    def not_whole(self, path: Path, found: str, what_to_do: str) -> Damage:
        """Something that a person has to do something about."""
        return Damage(self._below(path), found, NOT_WHOLE, what_to_do)

    def _below(self, path: Path) -> str:
        return path.relative_to(self.home.folder).as_posix()


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists() or free.is_symlink():
        number += 1
        free = target.with_name(f"{target.name}.{number}")
    return free
