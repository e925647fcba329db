"""Text that a spreadsheet program would run as a formula, made harmless wherever rows leave as a file.

A cell is run where it begins with =, +, - or @, also in their wide forms, and programs pass over blanks, line breaks
and characters that nobody sees in front of them. In CSV such a text gets an apostrophe in front; in a workbook its cell
is marked as text, so that the text itself stays as it was sent. Numbers are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# First and last of each range: blanks, breaks, controls, and what has no width or no ink.
_UNSEEN = (
    (0x00, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x1680, 0x1680),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800),
    (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# = + - @, and the same full-width and small.
_SIGNS = tuple((ord(one), ord(one)) for one in "=+-@＝＋－＠﹦﹢﹣﹫")
_BREAKS = ((0x09, 0x0A), (0x0D, 0x0D))
_NUMBER = "-£?[0-9][0-9,]*(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?%?"


def _pattern(character: str) -> str:
    """What begins as a formula does. `character` is how an engine writes a character by its number."""
    unseen, signs, breaks = (
        "[" + "".join(f"{character.format(first)}-{character.format(last)}" for first, last in ranges) + "]"
        for ranges in (_UNSEEN, _SIGNS, _BREAKS)
    )
    return f"^(?:{breaks}|{unseen}*{signs})"


_RUNS = re.compile(_pattern("\\U{:08x}"))
_IS_NUMBER = re.compile(_NUMBER)
_RUNS_IN_SQL = _pattern("\\x{{{:x}}}")


def would_run(text: str) -> bool:
    """Whether a spreadsheet program would take a text for a formula, which a number such as -5 is not."""
    return _RUNS.match(text) is not None and _IS_NUMBER.fullmatch(text) is None


def harmless(value: Any) -> Any:
    """A value for a cell of a CSV: a text that would run gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and would_run(value) else value


def harmless_row(values: Iterable[Any]) -> list[Any]:
    """A row of a CSV, or its headings."""
    return [harmless(value) for value in values]


def harmless_sql(column: str) -> str:
    """The same as SQL of DuckDB, for a column of texts."""
    runs = f"""regexp_matches("{column}", '{_RUNS_IN_SQL}') and not regexp_full_match("{column}", '{_NUMBER}')"""
    return f"""case when {runs} then '''' || "{column}" else "{column}" end as "{column}\""""
