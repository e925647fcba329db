"""Which cells are hidden, on tables of numbers alone: rows, columns and their totals."""

from __future__ import annotations

import random

import pytest

from publishing.suppress import Cell, Equation, Need, bounds, hide
from tests.publishing.attack import solve


def cell(row: str, column: str) -> Cell:
    return ("table", (row,), column)


def table(figures: list[list[float]]) -> tuple[dict[Cell, float], list[Equation]]:
    """A table with the totals of its rows and columns, and the grand total."""
    rows, columns = len(figures), len(figures[0])
    values = {cell(str(row), str(column)): figures[row][column] for row in range(rows) for column in range(columns)}
    values |= {cell(str(row), "total"): sum(figures[row]) for row in range(rows)}
    values |= {cell("total", str(column)): sum(line[column] for line in figures) for column in range(columns)}
    values[cell("total", "total")] = sum(map(sum, figures))
    equations: list[Equation] = []
    for row in [*map(str, range(rows)), "total"]:
        equations.append({cell(row, "total"): 1.0} | {cell(row, str(column)): -1.0 for column in range(columns)})
    for column in [*map(str, range(columns)), "total"]:
        equations.append({cell("total", column): 1.0} | {cell(str(row), column): -1.0 for row in range(rows)})
    return values, equations


def test_a_cell_inside_a_table_needs_three_others() -> None:
    """By hand: 3 is hidden; the row gives it away without another, and so does the column; the last closes the square.

    3  20  30 |  53        x  x  30 |  53
    20 40  50 | 110   →    x  x  50 | 110
    23 60  80 | 163       23 60  80 | 163
    """
    values, equations = table([[3, 20, 30], [20, 40, 50]])
    small = cell("0", "0")
    hidden = hide(values, {small: Need(1, 9)}, equations, [], ())
    assert hidden == {cell("0", "0"), cell("0", "1"), cell("1", "0"), cell("1", "1")}
    # The most is what row and column leave: 23. The least is 0.
    assert bounds(small, values, equations, hidden) == (pytest.approx(0), pytest.approx(23))


def test_two_hidden_cells_in_a_row_are_not_enough_where_columns_tell() -> None:
    values, equations = table([[3, 20, 30], [20, 40, 50]])
    assert bounds(cell("0", "0"), values, equations, {cell("0", "0"), cell("0", "1")}) == (
        pytest.approx(3),
        pytest.approx(3),
    )


def test_what_hides_is_large_enough_to_hide_behind() -> None:
    """8 has to be possible up to 40, so a 5 beside it is no cover, and the 35 is taken: the smallest that is."""
    values = {cell("a", "x"): 8.0, cell("b", "x"): 5.0, cell("c", "x"): 35.0, cell("d", "x"): 90.0}
    values[cell("total", "x")] = 138.0
    equation = dict.fromkeys(values, -1.0) | {cell("total", "x"): 1.0}
    hidden = hide(values, {cell("a", "x"): Need(1, 40)}, [equation], [], ())
    assert hidden == {cell("a", "x"), cell("c", "x")}


def test_a_figure_below_nothing_is_hidden_behind_another() -> None:
    """By hand: -25 and 300 make 275. Whoever knows that one is below 0 can tell nothing of two that are hidden."""
    values = {cell("a", "x"): -25.0, cell("b", "x"): 300.0, cell("total", "x"): 275.0}
    equation = {cell("a", "x"): -1.0, cell("b", "x"): -1.0, cell("total", "x"): 1.0}
    need = {cell("a", "x"): Need(-28.75, -21.25)}
    hidden = hide(values, need, [equation], [], ())
    assert cell("a", "x") in hidden
    assert len(hidden) == 2
    assert bounds(cell("a", "x"), values, [equation], hidden) == (-float("inf"), float("inf"))
    # Where whatever says something of it is hidden already, that is all that can be done.
    assert hide(values, {cell("b", "x"): Need(-1e9, 1e9)}, [equation], [], values) == values.keys()


def test_those_that_tell_each_other_go_together() -> None:
    values = {cell("a", name): 10.0 for name in "xyz"}
    hidden = hide(values, {cell("a", "x"): Need(1, 30)}, [], [frozenset({cell("a", "x"), cell("a", "y")})], ())
    assert hidden == {cell("a", "x"), cell("a", "y")}


@pytest.mark.parametrize("seed", range(12))
def test_no_table_gives_a_small_count_away(seed: int) -> None:
    """Random tables of five by four with some small counts; the bounds are found by the attack's own programme."""
    chance = random.Random(seed)
    figures = [[float(chance.choice([0, 2, 5, 12, 40, 75, 300])) for _ in range(4)] for _ in range(5)]
    values, equations = table(figures)
    needs = {one: Need(1, 9) for one, value in values.items() if 0 < value < 10}
    hidden = hide(values, needs, equations, [], ())
    assert needs.keys() <= hidden

    def place(one: Cell) -> tuple[str, str, str]:
        return one[0], one[1][0], one[2]

    found = solve(
        {place(one): value for one, value in values.items() if one not in hidden},
        {place(one): number for number, one in enumerate(sorted(hidden))},
        [{place(one): sign for one, sign in equation.items()} for equation in equations],
    )
    assert needs
    for one in needs:
        assert found[place(one)].low <= 1
        assert found[place(one)].high >= 9
    # Hiding everything would do it too: most tables keep half of their cells.
    assert len(hidden) < len(values)
