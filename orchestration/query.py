"""Read-only SQL over a release."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from orchestration.release import Release, open_release
from orchestration.text_table import table
from publishing.guard import check_query
from workspace.errors import WrongCallError
from workspace.files import write_atomically
from workspace.harmless import harmless_row
from workspace.offered import offered
from workspace.suggestions import what_there_is

# More than this is no help on a terminal; the other forms print everything.
_MOST_ROWS_AS_TEXT = 200
# What DuckDB says of a table that is not there, and how it begins with the kind of its error.
_NO_TABLE = re.compile(r"Table with name (?P<name>\S+) does not exist")
_KIND = re.compile(r"^(?:[A-Z]\w+ )+Error: ")
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
        import pyarrow as pa
        import pyarrow.parquet as pq

        with open_release(release) as marts:
            check_query(marts, sql)
            found = marts.execute(sql).to_arrow_table()
        written = pa.BufferOutputStream()
        pq.write_table(found, written)
        write_atomically(to, written.getvalue().to_pybytes())
        return int(found.num_rows)
    columns, rows = _run(release, sql)
    write_atomically(to, ((_csv(columns, rows) if form == "csv" else _json(columns, rows)) + "\n").encode())
    return len(rows)


def why_not(release: Release, error: Exception, *, home: Path) -> WrongCallError:
    """Why a query cannot be run, in plain words; where it names a table that is not there, which there are."""
    said = " ".join(str(error).split())
    if missing := _NO_TABLE.search(said):
        name = missing["name"].strip('"')
        return WrongCallError(f"There is no table {name} in the release.", what_there_is(name, sorted(release.rows)))
    # What comes before is the kind of error, and what comes after repeats the query.
    said = _KIND.sub("", said).split(" LINE ")[0].rstrip(".")
    see = f"See the tables with: {offered('query', 'show tables', home=home)}"
    return WrongCallError(f"The query cannot be run: {said}.", see)


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
