"""The database itself keeps a table from being changed, whoever asks: rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython

_SQLITE = """
create trigger {what}_are_never_{verb}d before {verb} on {table}
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
