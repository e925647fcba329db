"""What SQL of a reader may be: one query that reads. What it could reach is closed off by `publishing.reader`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Functions that write files of DuckDB's own, and break the connection where it may not.
_WRITES_FILES = re.compile(r"\b(?:en|dis)able_(?:logging|profil\w*)", re.IGNORECASE)
# Functions that run a text as SQL, in which any name can be hidden, and those that take an address in memory, with
# which DuckDB 1.5 ends the whole process.
_HIDES_OR_ENDS = re.compile(
    r"\b(?P<name>json_execute_serialized_sql|arrow_scan\w*|pandas_scan|python_map_function"
    r"|query(?=\"?(?:\s|/\*.*?\*/|--[^\n]*\n)*\())",
    re.IGNORECASE | re.DOTALL,
)
_READS = {"SELECT", "EXPLAIN"}


class QueryError(Exception):
    """The query asks for what no reader may do; the message says so in one line."""


def check_query(marts: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError where the SQL is not one query that reads, duckdb.ParserException where it is no SQL."""
    if _WRITES_FILES.search(sql):
        raise QueryError("Logs and profiles cannot be switched on here: they write files.")
    if found := _HIDES_OR_ENDS.search(sql):
        raise QueryError(f"The function {found['name'].lower()} cannot be used here.")
    # pivot becomes two statements: one that looks for the values, with no text of its own, and the query
    kinds = [one.type.name for one in marts.extract_statements(sql) if one.query or one.type.name != "CREATE"]
    if not kinds:
        raise QueryError("There is no query. Write one, such as: select * from turnover_by_cluster")
    if len(kinds) > 1:
        raise QueryError(f"These are {len(kinds)} statements. Write one query at a time.")
    if kinds[0] not in _READS:
        raise QueryError(f"Only queries that read can be run here, such as select. This one is: {kinds[0].lower()}.")
