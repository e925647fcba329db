"""The marts of a release as its data dictionary describes them, and what of each leaves the house."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from console.releases import open_release
from expectations.catalogue import read_catalogue
from publishing.declaration import Declaration, read_declaration
from publishing.workbook import title_of

TEXT, NUMBER, WHOLE, YES_NO, DAY = "text", "number", "whole number", "yes or no", "date"
_TYPES = {
    "VARCHAR": TEXT, "DOUBLE": NUMBER, "BIGINT": WHOLE, "INTEGER": WHOLE, "HUGEINT": WHOLE, "BOOLEAN": YES_NO,
    "DATE": DAY,
}  # fmt: skip
# The rule that looks for details of people in what was typed.
_PERSONAL = "V10"


@dataclass(frozen=True)
class Column:
    """A column of a mart: DuckDB's type and the same in words, its unit, what it means.

    `public` is how the public edition has it; empty where that has nothing of the mart.
    """

    name: str
    type: str
    kind: str
    unit: str
    means: str
    public: str


@dataclass(frozen=True)
class Mart:
    """A mart of a release."""

    name: str
    title: str
    means: str
    rows: int
    columns: tuple[Column, ...]
    public: str  # how the public edition has it

    @property
    def column(self) -> Mapping[str, Column]:
        """Its columns by name."""
        return {one.name: one for one in self.columns}


@lru_cache(maxsize=4)
def marts_of(folder: Path) -> Mapping[str, Mart]:
    """The marts of the release in a folder, by name, in the order of the alphabet."""
    public = {mart["mart"]: {one["column"] for one in mart["columns"]} for mart in _dictionary(folder / "public")}
    found = [_mart(told, public.get(told["mart"], set()), read_declaration()) for told in _dictionary(folder)]
    return {mart.name: mart for mart in sorted(found, key=lambda mart: mart.name)}


@lru_cache(maxsize=512)
def personal_texts(folder: Path, name: str) -> Mapping[str, int]:
    """How many texts of each column look like an e-mail address, a telephone number or another detail of a person.

    `name` is a mart of the release in the folder.
    """
    columns = marts_of(folder)[name].columns
    texts = [one.name for one in columns if one.kind == TEXT and not one.name.endswith("_id")]
    if not texts:
        return {}
    counts = ", ".join(f"""count(*) filter (where regexp_matches("{one}", $looks)) as "{one}\"""" for one in texts)
    found = open_release(folder).query(f'select {counts} from "{name}"', {"looks": _looks_personal()})[0]
    return {column: n for column, n in found.items() if n}


@lru_cache(maxsize=1)
def _looks_personal() -> str:
    (case,) = next(rule.cases for rule in read_catalogue() if rule.code == _PERSONAL)
    return str(case.pattern)


def _dictionary(folder: Path) -> list[dict[str, Any]]:
    read: dict[str, Any] = json.loads((folder / "data-dictionary.json").read_text(encoding="utf-8"))
    return list(read["marts"])


def _mart(told: Mapping[str, Any], public: set[str], declaration: Declaration) -> Mart:
    name = told["mart"]
    declared = declaration.marts.get(name)
    columns = []
    for one in told["columns"]:
        column = one["column"]
        if column not in public:
            why = declared.left_out.get(column) if declared else None
            shown = (f"left out: {why}" if why else "left out") if public else ""
        else:
            shown = "shown, small figures hidden" if declared and declared.may_hide(column) else "shown"
        kind = _TYPES.get(one["type"], one["type"].lower())
        unit = one["unit"] if one["unit"] != kind else None
        columns.append(Column(column, one["type"], kind, unit or "", one["description"], shown))
    because = declaration.left_out.get(name)
    whole = "in the public edition too" if public else f"not in the public edition{f': {because}' if because else ''}"
    return Mart(name, title_of(name), told["description"], told["rows"], tuple(columns), whole)
