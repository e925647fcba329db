"""In which order runs began: by the number in their records, which only grows, whatever the clock said."""

from __future__ import annotations

import json
from pathlib import Path


def newest_first(records: Path) -> list[Path]:
    """The files of the records in a folder. Those of earlier versions have no number and come last, by their names."""
    return sorted(records.glob("*.json"), key=lambda file: (sequence_of(file), file.name), reverse=True)


def next_sequence(records: Path) -> int:
    """The number of the next run: above that of every run that is there, and above how many there are."""
    files = list(records.glob("*.json"))
    return max([len(files), *map(sequence_of, files)]) + 1


def sequence_of(file: Path) -> int:
    """The number of a run, by its record; 0 where it has none, is not there or cannot be read."""
    try:
        number = json.loads(file.read_bytes()).get("sequence", 0)
    except (OSError, ValueError, AttributeError, RecursionError):
        return 0
    return number if isinstance(number, int) else 0
