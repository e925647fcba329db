"""The audit of a run, kept from the step that builds the marts for the step that reports it."""

from __future__ import annotations

from pathlib import Path

from expectations.suites.beside import AuditBeside
from expectations.suites.gate import GateOutcome

_done: dict[str, GateOutcome] = {}  # by run


def keep_audit(run_id: str, outcome: GateOutcome) -> None:
    """Keep the outcome of the audit of a run's build database."""
    _done[run_id] = outcome


def audit_of(run_id: str, database: Path) -> GateOutcome:
    """The outcome that was kept; where a step builds only some models, none was, and the database is audited now."""
    return _done.pop(run_id, None) or AuditBeside().of(database)
