"""Every cell of every mart and alert is the same, whichever engine counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.orchestration.conftest import Returns
from tests.spark.conftest import StartNight, databases, finish
from tests.spark.same_figures import cells, differences

# Of the build: seeds, alerts of each family, marts. Editions hold their marts in the schema main.
SCHEMAS = {"build": ("reference", "alerts", "marts"), "release": ("main",), "public": ("main",)}


@pytest.fixture(scope="session")
def demo_on_spark(start_night: StartNight, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("spark") / "O'Brien's demo"
    finish(start_night(demo_home, home))
    return home


def _assert_same(one: Path, other: Path) -> int:
    compared = 0
    for name, schemas in SCHEMAS.items():
        assert differences(databases(one)[name], databases(other)[name], schemas) == [], name
        compared += cells(databases(one)[name], schemas)
    return compared


def test_the_demo(demo_on_spark: Path, demo_home: Path) -> None:
    assert _assert_same(demo_home, demo_on_spark) > 50_000


def test_the_real_returns(start_night: StartNight, real_home: Path, boroughs: Path, tmp_path: Path) -> None:
    finish(start_night(real_home, tmp_path / "real", "--programme", boroughs))
    assert _assert_same(real_home, tmp_path / "real") > 20_000


def test_a_release_says_which_engine_counted(demo_on_spark: Path, demo_home: Path) -> None:
    engines = [
        json.loads((home / "releases" / "current" / "manifest.json").read_text(encoding="utf-8"))["versions"]["engines"]
        for home in (demo_home, demo_on_spark)
    ]
    assert "pyspark" not in engines[0]
    assert engines[1]["pyspark"].startswith("4.")


def test_a_check_says_the_same_after_a_night_on_spark(demo_on_spark: Path, demo_home: Path, returns: Returns) -> None:
    file = demo_home / "inbox" / "Smethwick return 2025-26.xlsx"
    assert not (demo_on_spark / "build" / "check").exists()
    told = [returns("check", file, "--home", home, "--json") for home in (demo_home, demo_on_spark)]
    assert told[0].returncode == told[1].returncode == 1, told[1].stderr
    assert json.loads(told[0].stdout) == json.loads(told[1].stdout)
