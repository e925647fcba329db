"""Dagster's own folder under the home: where its runs are recorded, with its telemetry switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.receive import write_atomically
from orchestration.home import Home

if TYPE_CHECKING:
    import dagster as dg

_SETTINGS = b"""# Written by Cluster Returns; what you change here stays.
telemetry:
  enabled: false
"""


def prepare_dagster_home(home: Home) -> None:
    """Make Dagster's folder with its settings, unless it is there."""
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        write_atomically(settings, _SETTINGS)


def open_instance(home: Home) -> dg.DagsterInstance:
    """Dagster's records of the home, the same that its web page shows."""
    import dagster as dg

    prepare_dagster_home(home)
    return dg.DagsterInstance.from_config(str(home.dagster))
