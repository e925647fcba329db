"""A check by the SQL that the night kept says what a check by dbt says, and no plan is used that does not fit."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.programme import read_programme
from orchestration.check import check_file
from orchestration.check_plan import LAST, empty_warehouse, keep_plan, kept_plan, run_plan
from orchestration.dbt_build import BuiltNode
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.progress import report_to

DAY = date(2026, 11, 25)


@pytest.mark.xdist_group("demo")
def test_both_ways_say_the_same(demo_home: Path, tmp_path: Path) -> None:
    report_to(None)  # a command that another test ran in this process has left its terminal behind
    home = Home(tmp_path / "home")
    shutil.copytree(demo_home, home.folder, symlinks=True)
    programme = read_programme(SHIPPED_PROGRAMME)
    file = home.inbox / "Smethwick return 2025-26.xlsx"
    (steps,) = (home.build / "check").glob("*/steps.json")
    now = datetime.fromtimestamp(steps.stat().st_mtime, UTC)
    assert kept_plan(home.build / "check", as_of=now.date(), programme=programme)
    by_plan = check_file(file, programme, home, as_of=now.date(), now=now)
    shutil.rmtree(home.build / "check")
    by_dbt = check_file(file, programme, home, as_of=now.date(), now=now)
    assert by_plan == by_dbt
    assert len(by_plan.alerts) > 1
    # The check by dbt has kept its plan for the next.
    assert kept_plan(home.build / "check", as_of=now.date(), programme=programme)


def test_a_home_may_have_an_apostrophe_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "O'Brien").mkdir()
    kept = kept_plan(_keep(tmp_path / "O'Brien", DAY), as_of=DAY, programme=read_programme(SHIPPED_PROGRAMME))
    assert kept
    with empty_warehouse() as connection:
        run_plan(connection, *kept)
        assert connection.execute(f"select figure from intermediate.{LAST}").fetchall() == [(42,)]


def _keep(folder: Path, as_of: date) -> Path:
    """A seed, a view on it and the last table on the view, named so that the alphabet would put them wrong."""
    database = folder / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists reference")
        connection.execute("create or replace table reference.z_seed as select 20 as figure")
    seed, view, last, other = "seed.z_seed", "model.m_view", f"model.{LAST}", "model.a_other"
    on_seed = 'select figure + 1 as figure from "warehouse"."reference"."z_seed"'
    on_view = 'select figure * 2 as figure from "warehouse"."staging"."m_view"'
    built = [
        BuiltNode(seed, "z_seed", '"warehouse"."reference"."z_seed"', "seed", "", ()),
        BuiltNode(last, LAST, f'"warehouse"."intermediate"."{LAST}"', "table", on_view, (view, "source.x")),
        BuiltNode(view, "m_view", '"warehouse"."staging"."m_view"', "view", on_seed, (seed,)),
        BuiltNode(other, "a_other", '"warehouse"."marts"."a_other"', "table", "select no_such_column", (seed,)),
    ]
    keep_plan(folder / "check", database, built, as_of=as_of, programme=read_programme(SHIPPED_PROGRAMME))
    return folder / "check"


def test_a_plan_makes_what_the_last_model_needs_and_nothing_else(tmp_path: Path) -> None:
    kept = kept_plan(_keep(tmp_path, DAY), as_of=DAY, programme=read_programme(SHIPPED_PROGRAMME))
    assert kept
    assert [step.kind for step in kept[1]] == ["seed", "view", "table"]
    with empty_warehouse() as connection:
        run_plan(connection, *kept)
        assert connection.execute(f"select figure from intermediate.{LAST}").fetchall() == [(42,)]


def test_a_plan_of_another_day_or_other_thresholds_is_not_used(tmp_path: Path) -> None:
    plans, programme = _keep(tmp_path, DAY), read_programme(SHIPPED_PROGRAMME)
    assert kept_plan(plans, as_of=DAY + timedelta(days=1), programme=programme) is None
    other = dataclasses.replace(programme, thresholds={"P02": {"most": 1}})
    assert kept_plan(plans, as_of=DAY, programme=other) is None


def test_the_last_two_plans_are_kept_and_nothing_unfinished(tmp_path: Path) -> None:
    for days in range(4):
        plans = _keep(tmp_path, DAY + timedelta(days=days))
    assert len(list(plans.iterdir())) == 2
    _keep(tmp_path, DAY + timedelta(days=3))
    assert len(list(plans.iterdir())) == 2


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _as_before_plans_were_sealed(file: Path) -> None:
    file.write_text("[]")


@pytest.mark.parametrize("name", ["steps.json", "z_seed.parquet"])
@pytest.mark.parametrize(
    "spoil", [_flip, Path.unlink, lambda file: file.write_bytes(b""), _as_before_plans_were_sealed]
)
def test_a_plan_that_is_damaged_is_none_and_makes_room(
    tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    plans, programme = _keep(tmp_path, DAY), read_programme(SHIPPED_PROGRAMME)
    (file,) = plans.glob(f"*/{name}")
    spoil(file)
    assert kept_plan(plans, as_of=DAY, programme=programme) is None
    kept = kept_plan(_keep(tmp_path, DAY), as_of=DAY, programme=programme)
    assert kept
    with empty_warehouse() as connection:
        run_plan(connection, *kept)
        assert connection.execute(f"select figure from intermediate.{LAST}").fetchall() == [(42,)]
