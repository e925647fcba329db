"""What every asset of a night shares: the home, the programme, the day as of which it counts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from ingestion.programme import Programme, read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home

OWNERS = ["team:cluster-returns"]


@dataclass(frozen=True)
class Build:
    """Where the database of one run is built."""

    folder: Path

    @property
    def database(self) -> Path:
        """The warehouse of the run: a new file, never one that was used before."""
        return self.folder / "warehouse.duckdb"


class Night(dg.ConfigurableResource[None]):
    """The settings of a night. Empty texts mean: from the environment, today."""

    home: str = ""
    programme: str = ""
    as_of: str = ""
    now: str = ""

    def open_home(self) -> Home:
        """The home that the night works on."""
        return open_home(Path(self.home or os.environ.get("RETURNS_HOME") or "var"))

    def read_programme(self) -> Programme:
        """The programme that the night counts for."""
        return read_programme(Path(self.programme or os.environ.get("RETURNS_PROGRAMME") or SHIPPED_PROGRAMME))

    def moment(self) -> datetime:
        """The moment that the night calls now."""
        return datetime.fromisoformat(self.now) if self.now else datetime.now(UTC)

    def day(self) -> date:
        """The day as of which the night counts: what is due by then is due."""
        return date.fromisoformat(self.as_of) if self.as_of else self.moment().date()

    def build(self, run_id: str) -> Build:
        """Where this run builds."""
        return Build(self.open_home().build / run_id)


def settings(*, home: Path, programme: Path, as_of: date, now: datetime) -> Mapping[str, str]:
    """The settings of a night as texts, for a run's configuration."""
    return {
        "home": str(home),
        "programme": str(programme.resolve()),
        "as_of": as_of.isoformat(),
        "now": now.isoformat(),
    }
