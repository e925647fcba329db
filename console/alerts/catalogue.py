"""The rules, read once: they change with the code only."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache

from expectations.catalogue import Rule, read_catalogue


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule of the catalogue by its code."""
    return {rule.code: rule for rule in read_catalogue()}


def read_aside() -> None:
    """Read them now, beside what a process does at its start: reading takes a second, which nobody should wait for."""
    threading.Thread(target=rules, daemon=True).start()
