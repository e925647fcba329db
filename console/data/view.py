"""What of a mart somebody wants to see: conditions and an order, as the address has them, turned into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from django import forms

from console.data.marts import DAY, NUMBER, TEXT, WHOLE, YES_NO, Mart
from console.releases import Release

_HOW = {
    "is": "is",
    "not": "is not",
    "has": "contains",
    "least": "is at least",
    "most": "is at most",
    "empty": "is empty",
    "filled": "is not empty",
}
# An empty cell is not the value that was asked for, so `is not` finds it.
_SQL = {
    "is": "{column} = ?",
    "not": "{column} is distinct from ?",
    "has": "contains(lower({column}), lower(?))",
    "least": "{column} >= ?",
    "most": "{column} <= ?",
    "empty": "{column} is null",
    "filled": "{column} is not null",
}
_NEEDS_NO_VALUE = {"empty", "filled"}
# What nearly every mart is about gets a list to choose from.
_LISTS = {"cluster_id": "Cluster", "reporting_year": "Reporting year"}
_MOST_CONDITIONS = 20


class View(forms.Form):
    """The form above a mart's rows. Its fields stand in the address, so that a view can be sent to somebody."""

    def __init__(self, release: Release, mart: Mart, asked: Mapping[str, str]) -> None:
        super().__init__(asked)
        self.mart = mart
        names = [("", "Choose a column"), *((one.name, one.name) for one in mart.columns)]
        for name, label in _LISTS.items():
            if name in mart.column:
                self.fields[name] = _choice(label, [("", "All"), *_there(release, mart, name)])
        self.numbers = [n for n in range(1, _MOST_CONDITIONS) if asked.get(f"column-{n}")]
        free = next(n for n in range(1, _MOST_CONDITIONS + 1) if n not in self.numbers)
        for n in (*self.numbers, free):
            self.fields[f"column-{n}"] = _choice("Column", names)
            self.fields[f"how-{n}"] = _choice("Condition", list(_HOW.items()))
            self.fields[f"value-{n}"] = forms.CharField(label="Value", required=False, max_length=1000)
        self.fields["sort"] = _choice("Sort by", [("", "The mart's own order"), *names[1:]])
        self.fields["down"] = forms.BooleanField(label="Largest or latest first", required=False)

    @property
    def lists(self) -> list[forms.BoundField]:
        """The fields with a list to choose from."""
        return [self[name] for name in _LISTS if name in self.fields]

    @property
    def conditions(self) -> list[tuple[forms.BoundField, ...]]:
        """Three fields for each condition, and for one more."""
        rows = [name.removeprefix("column-") for name in self.fields if name.startswith("column-")]
        return [(self[f"column-{n}"], self[f"how-{n}"], self[f"value-{n}"]) for n in rows]

    def clean(self) -> dict[str, Any]:
        """Check that each value is one that its column can have."""
        told = super().clean() or self.cleaned_data
        for n in self.numbers:
            name, how = told.get(f"column-{n}"), told.get(f"how-{n}") or "is"
            if not name or how in _NEEDS_NO_VALUE:
                continue
            try:
                told[f"value-{n}"] = _value(told.get(f"value-{n}") or "", self.mart.column[name].kind, how)
            except ValueError as problem:
                self.add_error(f"value-{n}", f"{name}: {problem}")
        return told

    def sql(self) -> tuple[str, str, list[object]]:
        """The query for all rows of the view, their order, and the query's values. Only after `is_valid`."""
        told, where, values = self.cleaned_data, [], []
        for name in _LISTS:
            if told.get(name):
                where.append(f'"{name}" = ?')
                values.append(told[name])
        for n in self.numbers:
            how = told[f"how-{n}"] or "is"
            where.append(_SQL[how].format(column=f'"{told[f"column-{n}"]}"'))
            values += [] if how in _NEEDS_NO_VALUE else [told[f"value-{n}"]]
        first = [f'"{told["sort"]}"{" desc" if told["down"] else ""} nulls last'] if told["sort"] else []
        order = ", ".join([*first, *(str(place) for place, _ in enumerate(self.mart.columns, start=1))])
        return f'select * from "{self.mart.name}" where {" and ".join(where) or "true"}', order, values


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    wrong = {"invalid_choice": f"{label}: there is no “%(value)s” in this mart. Choose one of the list."}
    return forms.ChoiceField(label=label, choices=choices, required=False, error_messages=wrong)


def _there(release: Release, mart: Mart, column: str) -> list[tuple[str, str]]:
    sql = f'select distinct "{column}" as one from "{mart.name}" where "{column}" is not null order by 1'
    return [(row["one"], row["one"]) for row in release.query(sql)]


def _value(typed: str, kind: str, how: str) -> object:
    """What was typed, as the column holds it. Raises ValueError, in words, where it cannot be."""
    if not typed:
        raise ValueError("write a value, or choose “is empty”.")
    if how == "has" and kind != TEXT:
        raise ValueError(f"“contains” is for texts, and this column holds a {kind}.")
    try:
        return _READ[kind](typed) if kind in _READ else typed
    except ValueError:
        raise ValueError(f"“{typed}” is no {kind}. {_SUCH_AS[kind]}") from None


def _number(typed: str) -> float:
    found = float(typed.replace(",", "").removeprefix("£"))
    if not isfinite(found):
        raise ValueError
    return found


def _whole(typed: str) -> int:
    found = int(typed.replace(",", ""))
    if abs(found) >= 1 << 63:
        raise ValueError
    return found


def _yes_no(typed: str) -> bool:
    if typed.lower() not in {"yes", "true", "no", "false"}:
        raise ValueError
    return typed.lower() in {"yes", "true"}


_READ = {NUMBER: _number, WHOLE: _whole, YES_NO: _yes_no, DAY: date.fromisoformat}
_SUCH_AS = {
    NUMBER: "Write it such as 1250.50.",
    WHOLE: "Write it such as 1250.",
    YES_NO: "Write yes or no.",
    DAY: "Write it such as 2026-03-31.",
}
