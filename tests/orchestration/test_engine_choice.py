"""Which engine counts is chosen by the programme, the environment or the command line; what lacks is said in a line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ingestion.programme import DUCKDB, SPARK, ProgrammeError, read_programme
from orchestration import spark_engine
from orchestration.home import SHIPPED_PROGRAMME
from orchestration.resources import engine_of
from orchestration.spark_engine import EngineError, needs
from tests.orchestration.conftest import Returns


def _programme(folder: Path, engine: str) -> Path:
    shutil.copytree(SHIPPED_PROGRAMME, folder)
    with (folder / "programme.yml").open("a", encoding="utf-8") as described:
        described.write(f"\nengine: {engine}\n")
    return folder


def test_the_programme_says_which_engine_and_the_environment_overrules_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETURNS_ENGINE", raising=False)
    on_spark = read_programme(_programme(tmp_path / "nation", "spark"))
    assert (engine_of(on_spark), engine_of(read_programme(SHIPPED_PROGRAMME))) == (SPARK, DUCKDB)
    monkeypatch.setenv("RETURNS_ENGINE", "duckdb")
    assert engine_of(on_spark) == DUCKDB


def test_an_engine_that_there_is_not_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProgrammeError, match=r"names the engine flink\. Write duckdb or spark"):
        read_programme(_programme(tmp_path / "nation", "flink"))
    monkeypatch.setenv("RETURNS_ENGINE", "flink")
    with pytest.raises(ProgrammeError, match="RETURNS_ENGINE is flink"):
        engine_of(read_programme(SHIPPED_PROGRAMME))


def test_what_lacks_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark_engine, "find_spec", lambda _: None)
    assert "Install it with: make spark" in (needs() or "")
    monkeypatch.setattr(spark_engine, "find_spec", lambda _: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "Install it with: apt-get install openjdk-17-jre-headless" in (needs() or "")
    (tmp_path / "java").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "java").chmod(0o755)
    assert needs() is None
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert "Java 17" in (needs() or "")


def test_a_night_without_java_ends_with_one_line(returns: Returns, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)}
    night = returns("nightly", "--engine", "spark", "--home", tmp_path, env=environment)
    assert night.returncode == 2
    told = [line for line in night.stderr.splitlines() if line.startswith("returns: ")]
    assert len(told) == 1
    assert told[0].startswith("returns: The engine Spark needs ")
    assert told[0].endswith("Or count on this machine alone: returns nightly --engine duckdb")
    assert "Traceback" not in night.stderr


@pytest.mark.parametrize(("written", "taken"), [("2500MB", "2500m"), ("4 GB", "4g"), ("8GiB", "8g")])
def test_memory_is_written_as_java_takes_it(written: str, taken: str) -> None:
    assert spark_engine.java_memory(written) == taken


def test_memory_that_cannot_be_read_is_told() -> None:
    with pytest.raises(EngineError, match="RETURNS_MEMORY is lots"):
        spark_engine.java_memory("lots")
