"""Read-only SQL over a release."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from orchestration.release import Release, open_release
from orchestration.summary import table
from publishing.guard import check_query
from workspace.harmless import harmless_row

# More than this is no help on a terminal; the other forms print everything.
_MOST_ROWS_AS_TEXT = 200
FORMS = {".csv": "csv", ".json": "json", ".parquet": "parquet"}


def run_query(release: Release, sql: str, *, form: str) -> str:
    """The rows that the SQL yields, as text, csv or json.

    Raises duckdb.Error where the SQL cannot be run or tries to reach another file, and publishing.guard.QueryError
    where it is not one query that reads.
    """
    columns, rows = _run(release, sql)
    if form == "text":
        lines = table(columns, rows[:_MOST_ROWS_AS_TEXT])
        left = len(rows) - _MOST_ROWS_AS_TEXT
        return "\n".join(lines + ([f"… and {left:,} more rows; see them all with --csv."] if left > 0 else []))
    return _csv(columns, rows) if form == "csv" else _json(columns, rows)


def write_query(release: Release, sql: str, to: Path) -> int:
    """Write the rows that the SQL yields into a file, as its ending says, and give back how many.

    Raises as `run_query`.
    """
    form = FORMS[to.suffix.lower()]
    if form == "parquet":
        import pyarrow.parquet as pq

        with open_release(release) as marts:
            check_query(marts, sql)
            found = marts.execute(sql).to_arrow_table()
        pq.write_table(found, to)
        return int(found.num_rows)
    columns, rows = _run(release, sql)
    to.write_text((_csv(columns, rows) if form == "csv" else _json(columns, rows)) + "\n", encoding="utf-8")
    return len(rows)


def _run(release: Release, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with open_release(release) as marts:
        check_query(marts, sql)
        result = marts.execute(sql)
        return [column[0] for column in result.description], result.fetchall()


def _json(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2, default=str, ensure_ascii=False)


def _csv(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(harmless_row(columns))
    writer.writerows(map(harmless_row, rows))
    return written.getvalue().rstrip("\n")
