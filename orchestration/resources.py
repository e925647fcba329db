"""What every asset of a night shares: the home, the programme, the day as of which it counts."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ingestion.programme import ENGINES, Programme, ProgrammeError, read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from orchestration.nightlog import night_id, night_log
from orchestration.one_writer import only_one_writer

OWNERS = ["team:cluster-returns"]


@dataclass(frozen=True)
class Build:
    """Where the database of one run is built."""

    folder: Path

    @property
    def database(self) -> Path:
        """The warehouse of the run: a new file, never one that was used before."""
        return self.folder / "warehouse.duckdb"

    @property
    def inputs(self) -> Path:
        """The hashes of what this run builds from, as JSON."""
        return self.folder / "inputs.json"

    @property
    def audit(self) -> Path:
        """What the gate expected of the marts of this run and found, as JSON."""
        return self.folder / "audit.json"


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

    def engine(self) -> str:
        """The engine that counts."""
        return engine_of(self.read_programme())

    def moment(self) -> datetime:
        """The moment that the night calls now."""
        return datetime.fromisoformat(self.now) if self.now else datetime.now(UTC)

    def day(self) -> date:
        """The day as of which the night counts: what is due by then is due."""
        return date.fromisoformat(self.as_of) if self.as_of else self.read_programme().day_of(self.moment())

    def build(self, run_id: str) -> Build:
        """Where this run builds."""
        return Build(self.open_home().build / run_id)


class Writer(dg.ConfigurableResource[Any]):
    """The right to change the home, held from the first step of a run to its last.

    Whatever writes asks for it, so that a run of Dagster's daemon and one of the command line never write at once.
    """

    held: bool = False  # whether whoever started the run in this process holds it already
    home: str = ""
    wait_seconds: float = 3600.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Any]:
        """Hold the home while the run lasts.

        Raises AnotherNightError where another run holds it for too long.
        """
        if self.held:
            yield self
            return
        from orchestration.run_records import record_killed

        home, now = Night(home=self.home).open_home(), datetime.now(UTC)
        with only_one_writer(
            home, what="run of Dagster", now=now, wait_seconds=self.wait_seconds, waiting=_say(context)
        ) as interrupted:
            if interrupted:
                record_killed(home, interrupted)
            with night_log(home, night_id(now), run=context.run.run_id if context.run else ""):
                yield self


def engine_of(programme: Programme) -> str:
    """The engine that counts: what RETURNS_ENGINE says, else what the programme says.

    Raises ProgrammeError where there is no such engine.
    """
    engine = os.environ.get("RETURNS_ENGINE") or programme.engine
    if engine not in ENGINES:
        raise ProgrammeError(f"RETURNS_ENGINE is {engine}. Set it to duckdb or spark, or leave it out.")
    return engine


def _say(context: dg.InitResourceContext) -> Callable[[str], None]:
    def say(words: str) -> None:
        if context.log:
            context.log.warning(words)

    return say


def settings(*, home: Path, programme: Path, as_of: date, now: datetime) -> Mapping[str, str]:
    """The settings of a night as texts, for a run's configuration."""
    return {
        "home": str(home),
        "programme": str(programme.resolve()),
        "as_of": as_of.isoformat(),
        "now": now.isoformat(),
    }
