"""Rows that are chained: each holds the hash of the row before it and of what it says itself.

An edit, a deletion or an insertion past the product breaks the chain at that place. What is cut off at its end shows in
the heads: how many rows there were and the hash of the last, as each release writes them into its manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

# The tables that are chained, and what their rows are called.
TABLES = {"decisions_decision": "decision", "access_auditentry": "entry of the audit log"}
COLUMN = "chain"
# A number of our own, so that no other lock of this database is meant.
_LOCK = 0x52455455
_AT_ONCE = 2000


@dataclass(frozen=True)
class Head:
    """The end of a chain as it was at some time."""

    table: str
    rows: int
    sha256: str  # of the last of these rows; empty where there was none
    seen: str  # where this was written down, such as "release 20260701T020000Z"


def link(before: str, row: Mapping[str, tuple[str, Any]]) -> str:
    """The hash of a row: of the one before it and of what it says, as (type of the field, value) by column.

    Empty columns do not count, so that a column that is added later changes no hash. The row's number does not count
    either: it is not known before the row is written, and its place in the chain says as much.
    """
    said = {name: _plain(kind, value) for name, (kind, value) in row.items() if name not in {"id", COLUMN}}
    content = json.dumps({name: value for name, value in said.items() if value not in (None, "")}, sort_keys=True)
    return hashlib.sha256(f"{before}\n{content}".encode()).hexdigest()


def link_of(row: Model, using: str) -> str:
    """The hash of a row that is about to be added, after the last of its table.

    Called within the transaction that adds it: nobody else adds one until it ends, on SQLite because a transaction
    takes the only writer's lock when it begins, on PostgreSQL by a lock for each table.
    """
    from django.db import connections

    connection, table = connections[using], row._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, table])
        cursor.execute(f"select {COLUMN} from {table} where {COLUMN} is not null order by id desc limit 1")
        last = cursor.fetchone()
    values = {
        str(field.column): (field.get_internal_type(), field.to_python(getattr(row, field.attname)))
        if not field.is_relation
        else ("CharField", getattr(row, field.attname))
        for field in row._meta.concrete_fields
    }
    return link(last[0] if last else "", values)


def chain_rows(connection: Any, table: str) -> None:
    """Chain the rows that a table holds already, as a migration does. Its triggers must be off."""
    before = ""
    with connection.cursor() as cursor:
        for number, row in _rows(connection, table):
            before = link(before, row)
            cursor.execute(f"update {table} set {COLUMN} = %s where id = %s", [before, number])


def heads(alias: str) -> list[Head]:
    """The end of each chain, now."""
    from django.db import connections

    connection = connections[alias]
    found = []
    with connection.cursor() as cursor:
        for table in _chained(connection):
            cursor.execute(f"select count(*) from {table}")
            (rows,) = cursor.fetchone()
            cursor.execute(f"select {COLUMN} from {table} order by id desc limit 1")
            last = cursor.fetchone()
            found.append(Head(table, rows, (last and last[0]) or "", "now"))
    return found


def broken_links(alias: str, recorded: Iterable[Head] = ()) -> list[str]:
    """One sentence for each place at which the decisions or the audit log are not as they were written.

    `recorded` are ends of the chains as they were at earlier times: rows that were cut off since are found by them.
    """
    from django.db import connections

    connection = connections[alias]
    problems: list[str] = []
    by_table: dict[str, list[Head]] = {}
    for head in recorded:
        by_table.setdefault(head.table, []).append(head)
    chained = _chained(connection)
    for table in chained:
        problems += _breaks(connection, table, by_table.get(table, ()))
    problems += [f"There is no table {table} any more." for table in by_table if table not in chained]
    return problems


def _breaks(connection: Any, table: str, recorded: Sequence[Head]) -> Iterator[str]:
    what, before, rows = TABLES[table], "", 0
    last_id: int | None = None
    # A head says all of the rows before it, so it is enough that its hash is found.
    missing = {head.sha256: head for head in recorded if head.rows}
    for row_id, row in _rows(connection, table):
        kept = row[COLUMN][1]
        if kept is None:
            yield f"The {what} {row_id} was added past the product: it has no hash."
        elif kept != link(before, row):
            gap = last_id is not None and row_id > last_id + 1
            yield (
                f"The {what} {row_id} is not as it was written, or a row before it was "
                f"{'taken out' if gap else 'changed, taken out or put in'}."
            )
        # From here on what is there counts, so that one edit is told once.
        before, last_id, rows = kept or before, row_id, rows + 1
        missing.pop(before, None)
    if missing:
        head = max(missing.values(), key=lambda one: one.rows)
        if head.rows > rows:
            yield f"{head.rows - rows} of the {head.rows} rows that {table} had in {head.seen} are gone from its end."
        else:
            yield f"The first {head.rows} rows of {table} are not those that were there in {head.seen}."


def _chained(connection: Any) -> list[str]:
    """The chained tables that this database has: the web pages' come with the first start of the console."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        found = [table for table in TABLES if table in there]
        return [
            table
            for table in found
            if COLUMN in {one.name for one in connection.introspection.get_table_description(cursor, table)}
        ]


def _rows(connection: Any, table: str) -> Iterator[tuple[int, Mapping[str, tuple[str, Any]]]]:
    """Every row with its number, in their order, some at a time: (type of the field, value) by column."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        kinds = [(one.name, connection.introspection.get_field_type(one.type_code, one)) for one in described]
        names = ", ".join(f'"{name}"' for name, _ in kinds)
        place, after = [name for name, _ in kinds].index("id"), -1
        while True:
            cursor.execute(f"select {names} from {table} where id > %s order by id limit {_AT_ONCE}", [after])
            found = cursor.fetchall()
            for values in found:
                after = values[place]
                yield after, {name: (kind, value) for (name, kind), value in zip(kinds, values, strict=True)}
            if len(found) < _AT_ONCE:
                return


def _plain(kind: str, value: Any) -> Any:
    """A value as it is hashed: the same from a model and from either database."""
    if value is None:
        return None
    try:
        if kind == "DateTimeField":
            instant = datetime.fromisoformat(value) if isinstance(value, str) else value
            instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            # Finer than this no instant survives a move between databases: see docs/console.md.
            return instant.astimezone(UTC).isoformat(timespec="milliseconds")
        if kind == "FloatField":
            return repr(float(value))
    except (AttributeError, TypeError, ValueError):
        # SQLite keeps whatever an edit puts there; no row of ours says such a thing.
        return str(value)
    if kind == "DateField":
        return value.isoformat() if isinstance(value, date) else str(value)
    return value if isinstance(value, int | bool) else str(value)
