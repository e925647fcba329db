"""Rows of a release that an earlier version made, with the columns that reports read today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What a column was called before, by its name of today.
_RENAMED = {"quality_rating": "confidence", "quality_reason": "confidence_reason"}


def earlier_name(column: str) -> str:
    """The name that a column had before it was given its name of today; the same where it had none."""
    return _RENAMED.get(column, column)


def with_names_of_today(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same row, with what is called otherwise today under its name of today too."""
    missing = {now: row[before] for now, before in _RENAMED.items() if now not in row and before in row}
    return {**row, **missing} if missing else row
