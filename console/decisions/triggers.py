"""The database itself keeps a table from being changed, whoever asks: rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython

_SQLITE = """
create trigger {what}_are_never_{verb}d before {verb} on {table}
begin select raise(abort, '{what} are only ever added'); end
"""
# REPLACE takes a row out without a word to the trigger above. What stands before an insert is asked in any case.
_NO_SECOND = """
create trigger {what}_are_never_replaced before insert on {table} when {known}
begin select raise(abort, '{what} are only ever added'); end
"""
_POSTGRESQL = (
    """
    create or replace function {what}_are_only_added() returns trigger language plpgsql as $$
    begin raise exception '{what} are only ever added'; end $$
    """,
    """
    create trigger {what}_are_only_added before update or delete on {table}
    for each row execute function {what}_are_only_added()
    """,
    """
    create trigger {what}_are_never_emptied before truncate on {table}
    for each statement execute function {what}_are_only_added()
    """,
)


def only_added(table: str, what: str) -> RunPython:
    """The step of a migration that makes the triggers; `what` names the rows, in the plural, as one word."""

    def keep(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                editor.execute(_SQLITE.format(table=table, what=what, verb=verb))
        elif editor.connection.vendor == "postgresql":
            for statement in _POSTGRESQL:
                editor.execute(statement.format(table=table, what=what))

    def forget(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                editor.execute(f"drop trigger {what}_are_never_{verb}d")
        elif editor.connection.vendor == "postgresql":
            for trigger in ("only_added", "never_emptied"):
                editor.execute(f"drop trigger {what}_are_{trigger} on {table}")
            editor.execute(f"drop function {what}_are_only_added()")

    return RunPython(keep, forget)


def never_replaced(table: str, what: str) -> RunPython:
    """The step of a migration that makes REPLACE fail on SQLite, where a row of the same key is there already.

    PostgreSQL has no such statement: what it does on a conflict is an update, and refused as one.
    """

    def keep(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            known = " or ".join(
                f"exists (select 1 from {table} where {' and '.join(f'{name} = new.{name}' for name in key)})"
                for key in _keys(editor.connection, table)
            )
            editor.execute(_NO_SECOND.format(table=table, what=what, known=known))

    def forget(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"drop trigger {what}_are_never_replaced")

    return RunPython(keep, forget)


def kept_when_rebuilt(table: str, what: str) -> RunPython:
    """The last step of a migration that changes the columns or keys of a table that is only added to.

    SQLite makes such a table anew and drops the old one with its triggers; PostgreSQL changes it where it stands. There
    is no way back: it would lose the triggers, and may lose rows.
    """

    def keep(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            for step in (only_added(table, what), never_replaced(table, what)):
                step.code(apps, editor)

    return RunPython(keep)


def chained(table: str, what: str) -> RunPython:
    """The step of a migration that chains the rows which a table holds already; its column must be there."""
    from console.decisions.chain import chain_rows

    def chain(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"drop trigger {what}_are_never_updated")
            chain_rows(editor.connection, table)
            editor.execute(_SQLITE.format(table=table, what=what, verb="update"))
        elif editor.connection.vendor == "postgresql":
            editor.execute(f"alter table {table} disable trigger {what}_are_only_added")
            chain_rows(editor.connection, table)
            editor.execute(f"alter table {table} enable trigger {what}_are_only_added")

    return RunPython(chain, RunPython.noop)


def _keys(connection: Any, table: str) -> list[list[str]]:
    """The columns of each key of a table: its number and every unique index."""
    with connection.cursor() as cursor:
        cursor.execute(f"select name from pragma_index_list('{table}') where \"unique\" order by name")
        indexes = [name for (name,) in cursor.fetchall()]
        keys = [["id"]]
        for index in indexes:
            cursor.execute(f"select name from pragma_index_info('{index}') order by seqno")
            keys.append([name for (name,) in cursor.fetchall()])
    return keys
