"""A night on a cluster of two workers, one of which is killed in the middle, ends well with the same figures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tests.spark.cluster import cluster
from tests.spark.conftest import StartNight, databases, finish
from tests.spark.same_figures import differences
from tests.spark.test_same_figures import SCHEMAS

_TABLES_BEFORE = 30  # of some hundred: the night is well under way, and most is still to be counted


def test_a_night_outlives_a_worker(
    demo_home: Path, start_night: StartNight, spark_settings: Mapping[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with cluster(tmp_path / "cluster", spark_settings, workers=2) as two:
        night = start_night(demo_home, home, settings={"RETURNS_SPARK_MASTER": two.master})
        while night.poll() is None and _tables(home) < _TABLES_BEFORE:
            time.sleep(0.2)
        assert night.poll() is None, night.communicate()
        assert two.executors_of(0), "the worker took no part in the night"
        assert two.executors_of(1)
        two.kill(0)
        finish(night)
    for name, schemas in SCHEMAS.items():
        assert differences(databases(demo_home)[name], databases(home)[name], schemas) == [], name


def _tables(home: Path) -> int:
    return sum(1 for _ in home.glob("build/*/spark/warehouse/*/*"))


def test_a_cluster_that_does_not_answer_is_told(demo_home: Path, start_night: StartNight, tmp_path: Path) -> None:
    night = start_night(demo_home, tmp_path / "home", settings={"RETURNS_SPARK_MASTER": "spark://127.0.0.1:1"})
    _, problems = night.communicate(timeout=600)
    assert night.returncode == 1
    assert "the cluster at spark://127.0.0.1:1 does not answer" in problems
    assert "Traceback" not in problems
