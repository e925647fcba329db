"""What may be shown in the public edition, as declared in disclosure.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from publishing.marts import Mart

DECLARATION = Path(__file__).with_name("disclosure.yml")


@dataclass(frozen=True)
class Contributions:
    """Where the figures of the organisations behind a sum are: a mart by organisation, its column, which rows."""

    mart: str
    column: str
    where: str
    by: tuple[str, ...]  # the keys of the sum that these rows have too; empty: all keys that they have


@dataclass(frozen=True)
class Sum:
    """Within a row, `total` is the sum of `parts`, and of a part that no column holds where `rest` says its kind."""

    total: str
    parts: tuple[str, ...]
    rest: str | None


@dataclass(frozen=True)
class PublicMart:
    """What of one mart the public edition shows."""

    name: str
    keys: tuple[str, ...]
    safe: frozenset[str]  # shown as they are, what is printed elsewhere too
    people: frozenset[str]
    money: Mapping[str, Contributions]
    ratio: Mapping[str, Contributions]
    unless_zero: frozenset[str]  # hidden unless it is nothing
    left_out: Mapping[str, str]  # why, by column
    adds_up: tuple[Sum, ...]
    together: tuple[frozenset[str], ...]

    def shows(self, column: str) -> bool:
        """Whether the public edition has the column."""
        return column in self.keys or column in self.safe or self.may_hide(column)

    def may_hide(self, column: str) -> bool:
        """Whether a cell of the column may be hidden."""
        return column in self.people or column in self.money or column in self.ratio or column in self.unless_zero


@dataclass(frozen=True)
class Total:
    """A column of one mart that is the sum of a column of another over the rows of the same `by`."""

    mart: str
    column: str
    parts_mart: str
    parts_column: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Declaration:
    """The limits, the marts that are shown and those that are not, and what adds up across marts."""

    least_organisations: int
    most_share_of_one: float
    most_share_of_two: float
    least_people: int
    marts: Mapping[str, PublicMart]
    left_out: Mapping[str, str]  # why, by mart
    totals: tuple[Total, ...]

    def undeclared(self, marts: Iterable[Mart]) -> tuple[str, ...]:
        """Marts and columns (`mart.column`) of which the declaration says nothing. They are not published."""
        missing = []
        for mart in marts:
            if mart.name in self.left_out:
                continue
            declared = self.marts.get(mart.name)
            if declared is None:
                missing.append(mart.name)
                continue
            missing += [
                f"{mart.name}.{column.name}"
                for column in mart.columns
                if not declared.shows(column.name) and column.name not in declared.left_out
            ]
        return tuple(missing)


@cache
def read_declaration(file: Path = DECLARATION) -> Declaration:
    """The declaration that ships with the project, or another one."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Declaration(
        least_organisations=told["least_organisations"],
        most_share_of_one=told["most_share_of_one"],
        most_share_of_two=told["most_share_of_two"],
        least_people=told["least_people"],
        marts={name: _mart(name, mart) for name, mart in told["marts"].items()},
        left_out=told["left_out"],
        totals=tuple(
            Total(mart, column, parts_mart, parts_column, tuple(total["by"]))
            for total in told["totals"]
            for mart, column in [total["total"].split(".")]
            for parts_mart, parts_column in [total["parts"].split(".")]
        ),
    )


def _mart(name: str, told: Mapping[str, Any]) -> PublicMart:
    return PublicMart(
        name=name,
        keys=tuple(told["keys"]),
        safe=frozenset(told.get("safe", [])) | frozenset(told.get("printed", [])),
        people=frozenset(told.get("people", [])),
        money={column: _contributions(where) for column, where in told.get("money", {}).items()},
        ratio={column: _contributions(where) for column, where in told.get("ratio", {}).items()},
        unless_zero=frozenset(told.get("unless_zero", [])),
        left_out={column: one["because"] for one in told.get("left_out", []) for column in one["columns"]},
        adds_up=tuple(Sum(one["total"], tuple(one["parts"]), one.get("rest")) for one in told.get("adds_up", [])),
        together=tuple(frozenset(one) for one in told.get("together", [])),
    )


def _contributions(told: Mapping[str, Any]) -> Contributions:
    mart, column = told["of"].split(".")
    return Contributions(mart, column, told.get("where", "true"), tuple(told.get("by", [])))
