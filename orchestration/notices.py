"""What the operator should look at although a run published: sums that do not add up, values of registers left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.loaded_bounds import beyond_in_registers

_MOST = 20  # sentences; what is beyond is counted


def notices_of(database: Path) -> tuple[str, ...]:
    """One sentence for each thing to look at in a build database, the same for the same build."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return _shortened([*_not_adding_up(connection), *beyond_in_registers(connection)])


def notice_lines(notices: Sequence[str]) -> list[str]:
    """The same for a terminal, with a blank line before; no line where there is nothing to look at."""
    return ["", "Please look at:", *(f"  {notice}" for notice in notices)] if notices else []


def incomplete_lines(incomplete: Sequence[str]) -> list[str]:
    """What a run could not receive or read, for a terminal, with a blank line before; no line where it was complete."""
    return ["", "INCOMPLETE:", *(f"  {one}" for one in incomplete)] if incomplete else []


def _not_adding_up(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One sentence for each row of `reconciliations` that does not add up."""
    found = connection.execute(
        """
        select coalesce(cluster_name, cluster_id, 'The programme'), reporting_year, reason
        from marts.reconciliations where not adds_up order by all
        """
    ).fetchall()
    return [
        f"{cluster}{f', {year}' if year else ''}: {reason} What rests on it is marked or left out of this release. "
        "Tell those who maintain the product."
        for cluster, year, reason in found
    ]


def _shortened(sentences: Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - _MOST
    return tuple(sentences) if more <= 0 else (*sentences[:_MOST], f"And {more} more like these.")
