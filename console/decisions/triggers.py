"""The database itself keeps the history of decisions from being changed, whoever asks."""

from __future__ import annotations

from typing import Any

_SQLITE = """
create trigger decisions_are_never_{what}d before {what} on decisions_decision
begin select raise(abort, 'decisions are only ever added'); end
"""
_POSTGRESQL = (
    """
    create or replace function decisions_are_only_added() returns trigger language plpgsql as $$
    begin raise exception 'decisions are only ever added'; end $$
    """,
    """
    create trigger decisions_are_only_added before update or delete or truncate on decisions_decision
    for each statement execute function decisions_are_only_added()
    """,
)


def keep_history(_: Any, editor: Any) -> None:
    """Make the triggers; run by a migration."""
    if editor.connection.vendor == "sqlite":
        for what in ("update", "delete"):
            editor.execute(_SQLITE.format(what=what))
    elif editor.connection.vendor == "postgresql":
        for statement in _POSTGRESQL:
            editor.execute(statement)


def forget_history(_: Any, editor: Any) -> None:
    """Take the triggers away again; only for undoing the migration."""
    if editor.connection.vendor == "sqlite":
        for what in ("update", "delete"):
            editor.execute(f"drop trigger decisions_are_never_{what}d")
    elif editor.connection.vendor == "postgresql":
        editor.execute("drop trigger decisions_are_only_added on decisions_decision")
        editor.execute("drop function decisions_are_only_added()")
