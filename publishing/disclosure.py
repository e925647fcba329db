"""Disclosure control over the marts of a release: from the declaration and the figures to the cells to hide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from publishing.declaration import Contributions, Declaration, PublicMart, Total
from publishing.suppress import Cell, Equation, Need, hide

# How far from a hidden sum of money one must stay in doubt, on either side.
_DOUBT = 0.15
# Sums in the marts are rounded to pennies, and to a millionth of a tonne.
_SAME = 0.02

Row = Mapping[str, object]
_NOBODY = (0, 0, 0.0, 0.0, 0.0)


@dataclass
class Figures:
    """The figures that may be hidden, what must be, and what a reader knows of them."""

    values: dict[Cell, float] = field(default_factory=dict)
    needs: dict[Cell, Need] = field(default_factory=dict)
    alone: set[Cell] = field(default_factory=set)  # to be hidden too; no figure can be worked out from them
    equations: list[Equation] = field(default_factory=list)
    together: list[frozenset[Cell]] = field(default_factory=list)
    never_shown: set[Cell] = field(default_factory=set)


def cells_to_hide(marts: duckdb.DuckDBPyConnection, declaration: Declaration, names: Sequence[str]) -> frozenset[Cell]:
    """The cells of the marts of these names that the public edition must not show.

    `marts` is a connection to all marts of a release, those by organisation among them.
    """
    found = collect(marts, declaration, names)
    hidden = hide(found.values, found.needs, found.equations, found.together, found.never_shown)
    return frozenset(hidden - found.never_shown) | found.alone


def collect(marts: duckdb.DuckDBPyConnection, declaration: Declaration, names: Sequence[str]) -> Figures:
    """What is to be hidden in any case, and all equations between the figures that hold to the penny."""
    found = Figures()
    rows = {name: _rows(marts, declaration.marts[name]) for name in names}
    for name in names:
        mart = declaration.marts[name]
        for row in rows[name]:
            for column in (*sorted(mart.people), *sorted(mart.money)):
                value = row[column]
                if isinstance(value, int | float):
                    found.values[_cell(mart, row, column)] = float(value)
        found.needs |= _small_counts(mart, rows[name], found.values, declaration)
        for column, of in mart.money.items():
            found.needs |= _few_or_dominated(marts, mart, column, of, rows[name], found.values, declaration)
        for column, of in mart.ratio.items():
            base = {_cell(mart, row, column): 0.0 for row in rows[name] if row[column] is not None}
            found.alone |= set(_few_or_dominated(marts, mart, column, of, rows[name], base, declaration))
        found.alone |= {_cell(mart, row, column) for row in rows[name] for column in mart.unless_zero if row[column]}
        _within_rows(mart, rows[name], found, declaration)
        cells = ({_cell(mart, row, column) for column in told} for told in mart.together for row in rows[name])
        found.together += [frozenset(told & found.values.keys()) for told in cells]
    for total in declaration.totals:
        if total.mart in rows and total.parts_mart in rows:
            found.equations += _over_rows(total, declaration, rows, found.values)
    return found


def _rows(marts: duckdb.DuckDBPyConnection, mart: PublicMart) -> list[Row]:
    by = {key for of in (*mart.money.values(), *mart.ratio.values()) for key in of.by}
    columns = {*mart.people, *mart.money, *mart.ratio, *mart.unless_zero, *by}
    wanted = [*mart.keys, *sorted(columns - {*mart.keys})]
    result = marts.execute(f"select {', '.join(wanted)} from {mart.name} order by all")
    return [dict(zip(wanted, row, strict=True)) for row in result.fetchall()]


def _cell(mart: PublicMart, row: Row, column: str) -> Cell:
    return mart.name, tuple(str(row[key]) for key in mart.keys), column


def _small_counts(
    mart: PublicMart, rows: Sequence[Row], values: Mapping[Cell, float], declaration: Declaration
) -> dict[Cell, Need]:
    cells = (_cell(mart, row, column) for row in rows for column in sorted(mart.people))
    return {cell: _small(declaration) for cell in cells if 0 < values.get(cell, 0) < declaration.least_people}


def _small(declaration: Declaration) -> Need:
    return Need(1, declaration.least_people - 1)


def _few_or_dominated(
    marts: duckdb.DuckDBPyConnection,
    mart: PublicMart,
    column: str,
    of: Contributions,
    rows: Sequence[Row],
    values: Mapping[Cell, float],
    declaration: Declaration,
) -> dict[Cell, Need]:
    """The sums that rest on too few organisations, or of which one or two make too much."""
    keys = _keys_of(mart, of, marts)
    behind = _contributors(marts, keys, of)
    found = {}
    for row in rows:
        cell = _cell(mart, row, column)
        if cell not in values:
            continue
        answers, contributors, total, one, two = behind.get(tuple(str(row[key]) for key in keys), _NOBODY)
        if not answers and not values[cell] and column not in mart.ratio:
            continue  # nothing, of nobody
        few = answers < declaration.least_organisations or 0 < contributors < declaration.least_organisations
        high = max(one / declaration.most_share_of_one, (one + two) / declaration.most_share_of_two)
        if few or high > total:
            value = values[cell]
            doubt = abs(value) * _DOUBT
            found[cell] = Need(value - doubt, max(value + doubt, high))
    return found


def _contributors(
    marts: duckdb.DuckDBPyConnection, keys: Sequence[str], of: Contributions
) -> dict[tuple[str, ...], tuple[int, int, float, float, float]]:
    """By the keys of the sum: organisations with a figure, those with one above 0, their sum, the two largest."""
    grouped = "".join(f"{key}, " for key in keys)
    found = marts.execute(
        f"""
        with organisations as (
            select {grouped} organisation_id, sum(abs({of.column})) as figure
            from {of.mart}
            where ({of.where}) and {of.column} is not null
            group by all
        )
        select
            {grouped}
            count(*), count(*) filter (where figure > 0), sum(figure),
            coalesce(max(figure, 2)[1], 0), coalesce(max(figure, 2)[2], 0)
        from organisations
        group by all
        """
    ).fetchall()
    return {tuple(str(key) for key in row[:-5]): row[-5:] for row in found}


def _keys_of(mart: PublicMart, of: Contributions, marts: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    if of.by:
        return of.by
    told = marts.execute("select column_name from duckdb_columns() where table_name = ?", [of.mart]).fetchall()
    return tuple(key for key in mart.keys if (key,) in told)


def _within_rows(mart: PublicMart, rows: Sequence[Row], found: Figures, declaration: Declaration) -> None:
    """Totals within each row; the part that no column holds is a figure too, never shown, and may need protection."""
    for row in rows:
        for told in mart.adds_up:
            total = _cell(mart, row, told.total)
            parts = [cell for part in told.parts if (cell := _cell(mart, row, part)) in found.values]
            if total not in found.values or not parts:
                continue
            left = found.values[total] - sum(found.values[part] for part in parts)
            equation = {total: 1.0} | dict.fromkeys(parts, -1.0)
            if told.rest and left > -_SAME:
                rest = (mart.name, total[1], f"rest of {told.total}")
                found.values[rest] = max(left, 0.0)
                found.never_shown.add(rest)
                if told.rest == "people" and _SAME < left < declaration.least_people:
                    found.needs[rest] = _small(declaration)
                found.equations.append(equation | {rest: -1.0})
            elif abs(left) <= _SAME:
                found.equations.append(equation)


def _over_rows(
    total: Total, declaration: Declaration, rows: Mapping[str, Sequence[Row]], values: Mapping[Cell, float]
) -> Iterator[Equation]:
    """A column that is the sum of another's rows."""
    whole, part = declaration.marts[total.mart], declaration.marts[total.parts_mart]
    for row in rows[total.mart]:
        cell = _cell(whole, row, total.column)
        parts = [
            found
            for other in rows[total.parts_mart]
            if all(other[key] == row[key] for key in total.by)
            and (found := _cell(part, other, total.parts_column)) in values
        ]
        if cell in values and parts and abs(values[cell] - sum(values[one] for one in parts)) <= _SAME:
            yield {cell: 1.0} | dict.fromkeys(parts, -1.0)
