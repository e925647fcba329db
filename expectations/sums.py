"""By how much a sum may differ from its parts: said once, in dbt_project.yml, for SQL and for Python."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

_PROJECT_FILE = Path(__file__).parents[1] / "dbt_project" / "dbt_project.yml"


@cache
def tolerance_ratio() -> float:
    """The share of what was added up by which a sum may differ: a double holds 15 digits."""
    declared = yaml.safe_load(_PROJECT_FILE.read_text(encoding="utf-8"))
    return float(declared["vars"]["sum_tolerance_ratio"])


def adds_up(total: float, parts: Iterable[float], *, unit: float = 0.01) -> bool:
    """Whether a total is the sum of its parts, each rounded to a unit; as the macro `sum_tolerance` has it."""
    found = list(parts)
    tolerance = unit / 2 * (len(found) + 1) + tolerance_ratio() * sum(map(abs, found))
    return abs(total - sum(found)) <= tolerance
