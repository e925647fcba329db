"""Put a report into its folder without writing over what a person has changed in it, or put there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from workspace.errors import WrongCallError
from workspace.files import make_folder, move_into_place

# One line for each file that was made below a folder: its SHA-256 and its name, as `sha256sum` writes them.
MADE = ".made.sha256"


def put(report: Callable[[Path], object], folder: Path, *, below: Path) -> Path:
    """Have a report written by `report`, which is given a folder, and move its files into `folder`, somewhere `below`.

    What was made is written down before it is there, so that a stop in between is no change by a person. Raises
    WrongCallError where a file of it is there that was not made here as it is now.
    """
    make_folder(below)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=below) as scratch:
        report(Path(scratch))
        files = sorted(file.relative_to(scratch) for file in Path(scratch).rglob("*") if file.is_file())
        made = _made(below)
        for file in files:
            there = folder / file
            if there.is_file() and _line(there, below) not in made:
                raise WrongCallError(
                    f"{there} was not made by this command as it is now, and is not overwritten.",
                    "Move it, or name another folder with --to.",
                )
        with (below / MADE).open("a", encoding="utf-8", errors="surrogateescape") as log:
            log.writelines(f"{_hash(Path(scratch) / file)}  {_name(folder / file, below)}\n" for file in files)
        for file in files:
            make_folder((folder / file).parent)
            move_into_place(Path(scratch) / file, folder / file)
    return folder


def tidy(below: Path) -> None:
    """Remove what a report left that was cut short by the end of the process."""
    for left in below.glob(".report-*"):
        shutil.rmtree(left, ignore_errors=True)


def _made(below: Path) -> frozenset[str]:
    try:
        return frozenset((below / MADE).read_text(encoding="utf-8", errors="surrogateescape").splitlines())
    except FileNotFoundError:
        return frozenset()


def _line(file: Path, below: Path) -> str:
    return f"{_hash(file)}  {_name(file, below)}"


def _name(file: Path, below: Path) -> str:
    return file.relative_to(below).as_posix()


def _hash(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
