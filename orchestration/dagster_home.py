"""Dagster's own folder under the home: where its runs are recorded, with its telemetry switched off."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import SingletonThreadPool

from orchestration.home import Home, open_home
from workspace.files import write_atomically

if TYPE_CHECKING:
    import dagster as dg
    from sqlalchemy.engine import Connection

# Runs with this tag change the home.
WRITES_TAG = "returns/writes"
_SETTINGS = """# Written by Cluster Returns, anew when the home has moved or the product has changed it.
telemetry:
  enabled: false
# A night whose process was killed, that never started or never ends is noticed and ended.
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  cancel_timeout_seconds: 180
  max_runtime_seconds: 21600
  poll_interval_seconds: 60
# One run that writes at a time; the others wait in the queue.
concurrency:
  runs:
    tag_concurrency_limits:
      - key: {writes}
        limit: 1
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 90
      success: 90
event_log_storage:
  module: orchestration.dagster_home
  class: KeptOpenEventLog
  config:
    base_dir: {runs}
"""


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, with connections that are kept.

    Dagster opens and closes a database for each of the thousand events of a night, which took a third of its time.
    """

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> KeptOpenEventLog:
        """Make one as dagster.yaml says."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engines: dict[str, Engine] = self.__dict__.setdefault("_engines", {})
            if shard not in engines:
                engines[shard] = _engine(self.conn_string_for_shard(shard))
            engine = engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close what was kept open."""
        for engine in self.__dict__.get("_engines", {}).values():
            engine.dispose()
        super().dispose()


def prepare_dagster_home(home: Home) -> None:
    """Make Dagster's folder with its settings, unless they are there."""
    settings = home.dagster / "dagster.yaml"
    wanted = _SETTINGS.format(writes=WRITES_TAG, runs=json.dumps(str(home.dagster / "history" / "runs"))).encode()
    if not settings.exists() or settings.read_bytes() != wanted:
        write_atomically(settings, wanted)


def open_instance(home: Home) -> dg.DagsterInstance:
    """Dagster's records of the home, the same that its web page shows.

    What a step prints is not diverted into files: for that Dagster would start four processes, which hear a Ctrl-C.
    """
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    prepare_dagster_home(home)
    quiet = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home.dagster), overrides={"compute_logs": quiet}))


def _engine(address: str) -> Engine:
    engine = create_engine(address, poolclass=SingletonThreadPool, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
        # A record of a run can be lost in a power cut; nothing that counts lies in it.
        connection.execute("pragma synchronous = off")

    return engine


if __name__ == "__main__":
    prepare_dagster_home(open_home(Path(os.environ.get("RETURNS_HOME") or "var")))
