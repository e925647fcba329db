"""The child process in which SQL of a user runs: `python -m console.data.sql_child`.

It reads what is asked as JSON from its input and answers in JSON lines: columns, then rows, then how it ended.
Before the SQL is looked at, the process gives up all that could harm: the network, other programs, memory and time
without end, and every file that it does not have open already.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb

from ingestion.confinement import give_up_network_and_programs, limit_memory, limit_processor_seconds
from publishing.guard import QueryError, check_query
from publishing.reader import open_marts

# What DuckDB and Python load when they first meet such a value: afterwards no file can be opened.
_WARM = "select now(), 1.5::decimal(4, 2), uuid(), 'x'::blob, [1], {'a': 1}, interval 1 day, '{}'::json"
# Beside what DuckDB may hold: Python, and the rows on their way out.
_MEMORY_FOR_PYTHON = 512 << 20
_AT_ONCE = 500
# Pages go first where there is more work than processors.
_AFTER_THE_PAGES = 10


def main() -> None:
    """Answer one question. Keys: database, sql, rows, columns, cell, characters, processor_seconds, memory_mib."""
    os.nice(_AFTER_THE_PAGES)
    asked = json.load(sys.stdin)
    memory = f"{asked['memory_mib']}MiB"
    with open_marts(Path(asked["database"]), memory_limit=memory, threads=2) as marts:
        marts.execute(_WARM).fetchall()
        limit_memory((asked["memory_mib"] << 20) + _MEMORY_FOR_PYTHON)
        limit_processor_seconds(asked["processor_seconds"])
        for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
            resource.setrlimit(what, (0, 0))
        give_up_network_and_programs()
        try:
            _say(_answer(marts, asked))
        except (duckdb.Error, QueryError) as error:
            _say({"error": type(error).__name__, "message": str(error)})
        except MemoryError:
            _say({"error": "MemoryError", "message": ""})


def _answer(marts: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> dict[str, Any]:
    """Say the columns and the rows; how it ended is given back."""
    check_query(marts, asked["sql"])
    # rows are worked out as they are fetched, so that a query without end gives its first ones
    found = marts.execute(asked["sql"])
    names = [column[0] for column in found.description]
    if len(names) > asked["columns"]:
        raise QueryError(f"The query yields {len(names):,} columns. At most {asked['columns']} can be shown.")
    _say({"columns": _apart(names), "types": [str(column[1]) for column in found.description]})
    left, room = asked["rows"], asked["characters"]
    while some := found.fetchmany(_AT_ONCE):
        for row in some:
            line = json.dumps([_plain(value, asked["cell"]) for value in row])
            room -= len(line)
            if left == 0 or room < 0:
                return {"more": True}
            sys.stdout.write(line + "\n")
            left -= 1
    return {"more": False}


def _apart(names: list[str]) -> list[str]:
    """Names of columns of which no two are the same."""
    found: list[str] = []
    for name in names:
        number, one = 2, name
        while one in found:
            one, number = f"{name}_{number}", number + 1
        found.append(one)
    return found


def _plain(value: Any, longest: int) -> Any:
    """A value as JSON has it: a number, yes or no, nothing, or a text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and value - value == 0):
        return value
    if isinstance(value, date | datetime | time):
        value = value.isoformat()
    elif isinstance(value, list | dict | tuple):
        value = json.dumps(value, default=str, ensure_ascii=False)
    elif isinstance(value, bytes | bytearray):
        value = value.hex()
    text = str(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
