"""The rules, read once: they change with the code only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from expectations.catalogue import Rule, read_catalogue


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule of the catalogue by its code."""
    return {rule.code: rule for rule in read_catalogue()}
