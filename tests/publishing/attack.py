"""What an attacker can work out of the public edition: bounds of every hidden cell by linear programming.

Written apart from the code that hides: it reads the published files as they are, takes what adds up to what from the
declaration, and asks for the least and the most that each hidden cell can be.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import linprog

from publishing.declaration import DECLARATION

Place = tuple[str, str, str]  # mart, keys joined, column


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def attack(csv_folder: Path) -> Mapping[Place, Interval]:
    """The interval of each hidden count or amount that the CSV files of an edition leave open."""
    told_of = declared()
    tables = {file.stem: read(file) for file in sorted(csv_folder.glob("*.csv"))}
    known: dict[Place, float] = {}
    hidden: dict[Place, int] = {}
    sums: list[dict[Place, float]] = []

    def place(mart: str, row: Mapping[str, str], column: str) -> Place:
        found = (mart, "|".join(row[key] for key in told_of[mart]["keys"]), column)
        if row[column] == "[c]":
            hidden.setdefault(found, len(hidden))
        elif row[column]:
            known[found] = float(row[column])
        return found

    for mart, rows in tables.items():
        about = told_of[mart]
        for row in rows:
            for column in (*about.get("people", []), *about.get("money", {})):
                place(mart, row, column)
            for told in about.get("adds_up", []):
                total = place(mart, row, told["total"])
                parts = [place(mart, row, part) for part in told["parts"]]
                if not all(one in hidden or one in known for one in (total, *parts)):
                    continue
                rest = (mart, total[1], f"what else is in {told['total']}")
                if told.get("rest"):
                    hidden.setdefault(rest, len(hidden))
                    parts.append(rest)
                sums.append({total: 1.0} | dict.fromkeys(parts, -1.0))
    for told in totals():
        (mart, column), (parts_mart, parts_column) = told["total"].split("."), told["parts"].split(".")
        if mart not in tables or parts_mart not in tables:
            continue
        for row in tables[mart]:
            of = [one for one in tables[parts_mart] if all(one[key] == row[key] for key in told["by"])]
            sums.append(
                {place(mart, row, column): 1.0}
                | {place(parts_mart, one, parts_column): -1.0 for one in of if one[parts_column]}
            )
    return solve(known, hidden, sums)


def solve(
    known: Mapping[Place, float], hidden: Mapping[Place, int], sums: list[dict[Place, float]]
) -> Mapping[Place, Interval]:
    matrix, right = np.zeros((len(sums), len(hidden))), np.zeros(len(sums))
    for number, parts in enumerate(sums):
        for one, sign in parts.items():
            if one in hidden:
                matrix[number, hidden[one]] += sign
            else:
                right[number] -= sign * known[one]
    told = matrix.any(axis=1)
    matrix, right = matrix[told], right[told]
    found = {}
    for one, number in hidden.items():
        if not matrix[:, number].any():
            found[one] = Interval(0.0, np.inf)
            continue
        aim = np.zeros(len(hidden))
        aim[number] = 1.0
        # Published sums are rounded to the penny, hence the narrow band instead of equality.
        upper, both = np.vstack([matrix, -matrix]), np.concatenate([right + 0.02, -right + 0.02])
        least = linprog(aim, A_ub=upper, b_ub=both, bounds=(0, None))
        most = linprog(-aim, A_ub=upper, b_ub=both, bounds=(0, None), options={"presolve": False})
        assert least.status == 0, (one, least.message)
        assert most.status in {0, 3}, (one, most.message)
        found[one] = Interval(least.fun, np.inf if most.status == 3 else -most.fun)
    return found


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def declared() -> dict[str, Any]:
    marts: dict[str, Any] = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))["marts"]
    return marts


def truth(release: Path, place: Place) -> float:
    """The hidden figure, from the internal edition."""
    mart, keys, column = place
    told = declared()[mart]
    table = pd.read_csv(release / "csv" / f"{mart}.csv", dtype=dict.fromkeys(told["keys"], str))
    (row,) = table[table[told["keys"]].agg("|".join, axis=1) == keys].to_dict("records")
    if not column.startswith("what else is in "):
        return float(row[column])
    total = column.removeprefix("what else is in ")
    (parts,) = (one["parts"] for one in told["adds_up"] if one["total"] == total)
    return float(row[total] - sum(row[part] for part in parts))


def totals() -> list[dict[str, Any]]:
    """What adds up across marts."""
    told: list[dict[str, Any]] = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))["totals"]
    return told
