"""Stands for dbt's own macros, as far as the models call them, while SQL is linted."""

from __future__ import annotations


def type_string() -> str:
    """The type of text."""
    return "varchar"


def type_int() -> str:
    """The type of whole numbers."""
    return "integer"


def datediff(first: str, second: str, part: str) -> str:
    """The time from the first to the second, in whole parts."""
    return f"datediff('{part}', {first}, {second})"


def listagg(measure: str, between: str, order_by: str) -> str:
    """The texts of a group in one, in order."""
    return f"listagg({measure}, {between} {order_by})"


def date_spine(part: str, first: str, last: str) -> str:
    """One row for each day from the first up to, but not with, the last."""
    return f"select {first} as date_{part}"
