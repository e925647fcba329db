"""What Dagster is told: assets, checks, job, schedule, sensor."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from ingestion.programme import read_programme
from orchestration.resources import Night

pytestmark = pytest.mark.xdist_group("real")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    from orchestration.dbt_build import parse_project
    from orchestration.home import SHIPPED_PROGRAMME
    from orchestration.pipeline import make_definitions

    programme = read_programme(SHIPPED_PROGRAMME)
    target = tmp_path_factory.mktemp("dbt")
    return make_definitions(parse_project(target, as_of=date(2026, 7, 1), programme=programme))


def specs(defs: dg.Definitions) -> Iterator[dg.AssetSpec]:
    return iter(defs.resolve_all_asset_specs())


def test_every_asset_has_a_group_an_owner_and_a_kind(defs: dg.Definitions) -> None:
    for spec in specs(defs):
        assert spec.group_name in {
            "ingestion",
            "build",
            "reference",
            "staging",
            "intermediate",
            "alerts",
            "marts",
            "release",
        }
        assert spec.owners == ["team:cluster-returns"], spec.key
        assert spec.kinds, spec.key


def test_the_way_of_a_return_is_one_lineage(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(dg.AssetKey("release"))
    for key in (
        ["receipts"],
        ["landed_returns"],
        ["landed", "organisations"],
        ["marts", "turnover_by_cluster"],
        ["marts", "alerts"],
    ):
        assert dg.AssetKey(key) in upstream


def test_contract_suites_rules_and_dbt_tests_are_checks(defs: dg.Definitions) -> None:
    names = {(key.asset_key.path[-1], key.name) for key in defs.resolve_asset_graph().asset_check_keys}
    assert ("landed_returns", "pandera_contract") in names
    assert ("turnover_by_cluster", "great_expectations") in names
    assert ("alerts_organisations", "rules") in names
    assert any(name.startswith("not_null_") for _, name in names)


def test_the_schedule_runs_once_on_each_night_also_when_the_clocks_change(defs: dg.Definitions) -> None:
    from dagster._utils.schedules import schedule_execution_time_iterator

    schedule = defs.resolve_schedule_def("every_night")
    # 2026: summer time begins on 29 March and ends on 25 October.
    for start, utc_hours in (
        (datetime(2026, 3, 27, 12, tzinfo=UTC), [2, 1, 1]),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), [1, 2, 2]),
    ):
        times = schedule_execution_time_iterator(start.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
        nights = [next(times).astimezone(UTC) for _ in range(3)]
        assert [night.date() for night in nights] == [start.date() + timedelta(days=days) for days in (1, 2, 3)]
        assert [night.hour for night in nights] == utc_hours


def test_the_sensor_asks_for_a_night_only_when_the_inbox_changed(
    defs: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURNS_HOME", str(tmp_path))
    (tmp_path / "inbox").mkdir()
    sensor = defs.resolve_sensor_def("inbox")
    instance = dg.DagsterInstance.ephemeral()

    def look(cursor: str | None) -> tuple[int, str | None]:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"night": Night()})
        data = sensor.evaluate_tick(context)
        return len(data.run_requests or ()), data.cursor

    assert look(None)[0] == 0
    (tmp_path / "inbox" / "return.csv").write_text("a,b\n", encoding="utf-8")
    asked, cursor = look(None)
    assert (asked, look(cursor)[0]) == (1, 0)
    os.utime(tmp_path / "inbox" / "return.csv", (1, 1))
    assert look(cursor)[0] == 1
