"""Which cells are hidden: those that must be, and as many more as it takes that no one can work them out.

Someone who reads all published tables knows the cells that are shown, what adds up to what, and that no figure is
below zero. For each cell that must be hidden, linear programming finds the least and the most that it can be for all
that this reader knows. Where that does not leave enough open, one more cell is hidden, until it does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

# The mart, the keys of the row, the column.
Cell = tuple[str, tuple[str, ...], str]
# Cells with their signs: together they come to zero.
Equation = Mapping[Cell, float]

_ROUNDING = 1e-6
# What linprog says where the presolver cannot tell a figure without bounds from one that cannot be.
_NOT_SAID = 4
_UNBOUNDED = 3


@dataclass(frozen=True)
class Need:
    """What must stay possible of a hidden figure: all from `low` to `high`."""

    low: float
    high: float


def hide(
    values: Mapping[Cell, float],
    needs: Mapping[Cell, Need],
    equations: Sequence[Equation],
    together: Sequence[frozenset[Cell]],
    never_shown: Collection[Cell],
) -> frozenset[Cell]:
    """All cells to hide, those that are never shown among them.

    `values` are all figures; `needs` are those that must be hidden; of a set in `together` all are hidden
    or none; `never_shown` are parts of a total that no table holds.
    """
    hidden = _with_those_that_tell({*needs, *never_shown}, together)
    for cell in sorted(needs):
        # What is hidden for one cell can only help the others, so no cell needs a second look.
        hidden = _cover(cell, needs[cell], values, equations, together, hidden)
    return frozenset(hidden)


def _cover(
    cell: Cell,
    need: Need,
    values: Mapping[Cell, float],
    equations: Sequence[Equation],
    together: Sequence[frozenset[Cell]],
    hidden: set[Cell],
) -> set[Cell]:
    """The hidden cells, and as many more as protect this one."""

    def with_cover(cells: Sequence[Cell]) -> set[Cell]:
        return _with_those_that_tell({*hidden, *cells}, together)

    cover: list[Cell] = []
    while not is_protected(cell, need, values, equations, with_cover(cover)):
        one = _next_to_hide(cell, need, values, equations, with_cover(cover))
        if one is None:
            break  # whatever says something of it is hidden already: more cannot be done
        cover.append(one)
    # A cell may have been taken before it was seen which others it takes: what is not needed is shown again.
    for one in list(cover):
        fewer = [other for other in cover if other != one]
        if is_protected(cell, need, values, equations, with_cover(fewer)):
            cover = fewer
    return with_cover(cover)


def is_protected(
    cell: Cell, need: Need, values: Mapping[Cell, float], equations: Sequence[Equation], hidden: Collection[Cell]
) -> bool:
    """Whether a reader of all that is shown must hold everything from the need's low to its high for possible."""
    low, high = bounds(cell, values, equations, hidden)
    slack = _ROUNDING * max(1.0, need.high)
    return low <= need.low + slack and high >= need.high - slack


def bounds(
    cell: Cell, values: Mapping[Cell, float], equations: Sequence[Equation], hidden: Collection[Cell]
) -> tuple[float, float]:
    """The least and the most that a hidden cell can be for a reader of all cells that are not hidden."""
    linked = _linked(cell, equations, hidden)
    if not linked:
        return 0.0, float("inf")
    import numpy as np
    from scipy.optimize import linprog

    unknown = sorted({one for equation in linked for one in equation if one in hidden})
    matrix = np.array([[equation.get(one, 0.0) for one in unknown] for equation in linked])
    known = np.array([-sum(sign * values[one] for one, sign in eq.items() if one not in hidden) for eq in linked])
    aim = np.array([float(one == cell) for one in unknown])
    # Where one of them is below 0, a reader cannot take for granted that none is.
    least = None if any(values[one] < 0 for one in unknown) else 0
    found = []
    for sign in (1.0, -1.0):
        solved = linprog(sign * aim, A_eq=matrix, b_eq=known, bounds=(least, None))
        if solved.status == _NOT_SAID:
            solved = linprog(sign * aim, A_eq=matrix, b_eq=known, bounds=(least, None), options={"presolve": False})
        endless = -sign * float("inf") if solved.status == _UNBOUNDED else float("inf")
        found.append(endless if solved.fun is None else sign * solved.fun)
    return found[0], found[1]


def _linked(cell: Cell, equations: Sequence[Equation], hidden: Collection[Cell]) -> list[Equation]:
    """The equations that say something of a hidden cell, directly or by way of other hidden cells."""
    reached, linked = {cell}, []
    left = list(equations)
    while more := [equation for equation in left if not reached.isdisjoint(equation)]:
        linked += more
        left = [equation for equation in left if reached.isdisjoint(equation)]
        reached |= {one for equation in more for one in equation if one in hidden}
    return linked


def _next_to_hide(
    cell: Cell, need: Need, values: Mapping[Cell, float], equations: Sequence[Equation], hidden: Collection[Cell]
) -> Cell | None:
    """The smallest shown figure that is large enough to hide behind; else the largest; None where none is shown."""
    wanted = need.high - values[cell]
    shown = {one for equation in _linked(cell, equations, hidden) for one in equation if one not in hidden}
    return min(
        shown,
        key=lambda one: (values[one] < wanted, values[one] if values[one] >= wanted else -values[one], one),
        default=None,
    )


def _with_those_that_tell(hidden: Iterable[Cell], together: Sequence[frozenset[Cell]]) -> set[Cell]:
    """The cells, and all that stand in a set with one of them, however far that goes."""
    found = set(hidden)
    while more := {one for told in together if not found.isdisjoint(told) for one in told} - found:
        found |= more
    return found
