"""Stands for dbt's `adapter` while SQL is linted."""

from __future__ import annotations

from collections.abc import Callable


def dispatch(macro: str) -> Callable[..., str]:
    """A macro that each engine spells in its own way, as a plain call on its first argument."""

    def spelt(expression: str, *_rest: str) -> str:
        return f"{macro}({expression})"

    return spelt
