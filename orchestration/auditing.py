"""The audit of a run: begun while dbt builds, asked once the marts are there."""

from __future__ import annotations

from pathlib import Path

from expectations.suites.beside import AuditBeside
from expectations.suites.gate import GateOutcome

_begun: dict[str, AuditBeside] = {}  # by run


def get_ready(run_id: str) -> None:
    """Let the audit of a run import what it needs beside the build."""
    _begun[run_id] = AuditBeside()


def call_off(run_id: str) -> None:
    """There will be nothing to audit."""
    if run_id in _begun:
        _begun.pop(run_id).close()


def audit_of(run_id: str, database: Path) -> GateOutcome:
    """The outcome of the audit of the build database of a run, whether it was got ready or not."""
    return (_begun.pop(run_id, None) or AuditBeside()).of(database)
