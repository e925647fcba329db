"""A Spark cluster on this machine: a master and workers, each a process of its own, from pyspark's own package."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = "org.apache.spark.deploy"
_SECONDS = 120


@dataclass
class Cluster:
    """A running cluster."""

    master: str  # its address, as RETURNS_SPARK_MASTER takes it
    workers: list[subprocess.Popen[bytes]]
    folder: Path

    def executors_of(self, number: int) -> list[Path]:
        """The folders of the executors that a worker has started."""
        return sorted((self.folder / f"worker-{number}").glob("app-*/*"))

    def kill(self, number: int) -> None:
        """End a worker and all that it runs, with no chance to say goodbye."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()


@contextmanager
def cluster(folder: Path, settings: Mapping[str, str], *, workers: int) -> Iterator[Cluster]:
    """Start a master and workers of one core each; end them at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    started = [_start(folder, settings, "master", "master.Master", "--host", "127.0.0.1", "--port", str(port))]
    try:
        _wait_for(folder / "master.log", "I have been elected leader", 1)
        for number in range(workers):
            place = str(folder / f"worker-{number}")
            name = f"worker-{number}"
            words = ("--host", "127.0.0.1", "--cores", "1", "--memory", "2g", "--work-dir", place, address)
            started.append(_start(folder, settings, name, "worker.Worker", *words))
        _wait_for(folder / "master.log", "Registering worker", workers)
        yield Cluster(address, started[1:], folder)
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _start(folder: Path, settings: Mapping[str, str], name: str, kind: str, *words: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"{_PACKAGE}.{kind}", "--webui-port", "0", *words],
            env={**settings, "SPARK_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(log: Path, words: str, times: int) -> None:
    until = time.monotonic() + _SECONDS
    while log.read_text(encoding="utf-8", errors="replace").count(words) < times:
        if time.monotonic() > until:
            raise TimeoutError(f"{log} does not say “{words}”: {log.read_text(encoding='utf-8')[-500:]}")
        time.sleep(0.2)
