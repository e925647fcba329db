"""In which order releases were made: by a number that only grows, whatever the clock said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publishing.reader import release_folders
from publishing.seal import read_manifest

SEQUENCE = "sequence"


def order_of(about: Mapping[str, Any]) -> tuple[int, str, str]:
    """Where a release stands among others, by its manifest.

    Earlier versions gave no number; what they made comes before all that has one, as the clock said then.
    """
    return int(about.get(SEQUENCE, 0)), str(about.get("created_at", "")), str(about.get("release_id", ""))


def next_sequence(releases: Path) -> int:
    """The number of the next release: above that of every release that is there, and above how many there are."""
    folders = release_folders(releases)
    numbers = [len(folders)]
    for folder in folders:
        try:
            numbers.append(order_of(read_manifest(folder))[0])
        except (OSError, KeyError, TypeError, ValueError):
            continue  # counted above; whoever reads it says that it is damaged
    return max(numbers) + 1
