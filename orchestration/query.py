"""Read-only SQL over a release."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from orchestration.release import Release, open_release
from orchestration.summary import table

# More than this is no help on a terminal; --csv and --json print everything.
_MOST_ROWS_AS_TEXT = 200


def run_query(release: Release, sql: str, *, form: str) -> str:
    """The rows that the SQL yields, as text, csv or json.

    Raises duckdb.Error where the SQL cannot be run, tries to write or to reach another file.
    """
    with open_release(release) as marts:
        result = marts.execute(sql)
        columns = [column[0] for column in result.description]
        rows = result.fetchall()
    if form == "json":
        return json.dumps(
            [dict(zip(columns, row, strict=True)) for row in rows], indent=2, default=str, ensure_ascii=False
        )
    if form == "csv":
        return _csv(columns, rows)
    lines = table(columns, rows[:_MOST_ROWS_AS_TEXT])
    left = len(rows) - _MOST_ROWS_AS_TEXT
    return "\n".join(lines + ([f"… and {left:,} more rows; see them all with --csv."] if left > 0 else []))


def _csv(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_harmless(value) for value in row] for row in rows])
    return written.getvalue().rstrip("\n")


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet program would run as a formula gets a quote in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
