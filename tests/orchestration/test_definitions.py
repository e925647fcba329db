"""What Dagster is told: assets, checks, job, schedule, sensor."""

import os
import shutil
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
    assert ("release", "freshness") in names
    assert ("landed_returns", "inbox_schema") in names
    assert any(name.startswith("key_") for _, name in names)


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


def test_every_asset_says_what_it_is_and_links_to_its_source(defs: dg.Definitions, project: Path) -> None:
    for spec in specs(defs):
        assert spec.description, spec.key
        if spec.group_name == "build":
            continue
        (reference, *_) = spec.metadata["dagster/code_references"].code_references
        file = Path(reference.file_path)
        assert file.is_relative_to(project), spec.key
        assert file.is_file(), spec.key


def test_columns_of_models_and_of_what_they_stand_on_are_known(defs: dg.Definitions) -> None:
    schemas = {spec.key.to_user_string(): spec.metadata.get("dagster/column_schema") for spec in specs(defs)}
    turnover = {column.name: column for column in schemas["marts/turnover_by_cluster"].columns}
    assert turnover["turnover_gbp"].description
    assert {"receipt_id", "file_name"} <= {column.name for column in schemas["landed/receipts"].columns}
    assert "charity_number" in {column.name for column in schemas["register/enrolments"].columns}


def test_the_jobs_do_what_their_names_say(defs: dg.Definitions) -> None:
    def steps(job: str) -> set[str]:
        return {node.name for node in defs.resolve_job_def(job).nodes}

    night = steps("nightly")
    assert {"receipts", "landed_returns", "build_database", "warehouse", "release"} <= night
    assert "reports" not in night
    assert not any("freshness" in step for step in night)
    assert steps("rebuild") == night - {"receipts"}
    assert steps("land_one") == steps("land_part") == {"landed_returns"}
    for job in ("nightly", "rebuild", "land_one", "land_part"):
        tags = defs.resolve_job_def(job).tags
        assert tags["dagster/max_runtime"] == "21600"
        assert tags["returns/writes"] == "yes"


def test_new_decisions_start_a_night_when_nobody_has_decided_for_ten_minutes(
    defs: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.database import close_operations, open_operations
    from console.decisions.decide import Verdict, decide
    from console.decisions.register import KEPT, record_night

    (tmp_path / "inbox").mkdir()
    monkeypatch.setenv("RETURNS_HOME", str(tmp_path))
    instance = dg.DagsterInstance.ephemeral()
    sensor = defs.resolve_sensor_def("decisions")
    assert sensor.job_name == "nightly"
    cursor: str | None = None

    def tick() -> list[str | None]:
        nonlocal cursor
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"night": Night()})
        asked = [one.run_key for one in sensor.evaluate_tick(context).run_requests or ()]
        cursor = context.cursor
        return asked

    def decide_once(kind: str, hour: int) -> None:
        database, verdict = open_operations(tmp_path), Verdict(kind=kind, explanation="Seen.")
        decide(database, ["aa11"], verdict, by="sam", at=datetime(2026, 8, 2, hour, tzinfo=UTC))
        close_operations(database)

    assert tick() == []
    database = open_operations(tmp_path)
    told = {"alert_id": "aa11", "rule_code": "P02", "severity": "warning", "cluster_id": "walsall", "message": "Look."}
    record_night(database, "r1", date(2026, 8, 1), [dict.fromkeys(KEPT) | told])
    close_operations(database)
    assert tick() == []
    decide_once("acknowledge", 9)
    assert tick() == []
    decide_once("ask", 10)
    assert tick() == []
    (first,) = tick()
    assert tick() == []
    decide_once("acknowledge", 11)
    assert tick() == []
    (second,) = tick()
    assert first != second
    assert tick() == []


def test_one_receipt_is_landed_again_and_no_other(tmp_path: Path) -> None:
    from demo import lay_demo
    from ingestion.archive import archived_receipts
    from orchestration.home import SHIPPED_PROGRAMME
    from orchestration.intake_assets import landed_returns, receipts
    from orchestration.resources import Writer

    now = datetime(2026, 8, 1, 2, tzinfo=UTC)
    laid = lay_demo(tmp_path, seed=2022, now=now, programme=read_programme(SHIPPED_PROGRAMME))
    assert laid.files > 3
    for file in sorted((tmp_path / "inbox").iterdir())[3:]:
        file.unlink()
    resources = {"night": Night(home=str(tmp_path), now=now.isoformat()), "writer": Writer(home=str(tmp_path))}

    def run(**config: object) -> dict[str, int]:
        chosen = {"ops": {"landed_returns": {"config": config}}}
        result = dg.materialize([receipts, landed_returns], resources=resources, run_config=chosen)
        times = {folder.name: folder.stat().st_mtime_ns for folder in (tmp_path / "landed").iterdir()}
        (event,) = result.asset_materializations_for_node("landed_returns")
        return times | {"landed_now": event.metadata["landed_now"].value}

    first = run()
    one = next(one for one in archived_receipts(tmp_path / "archive") if one.receipt_id in first).receipt_id
    assert run()["landed_now"] == 0
    second = run(receipt=one[:10])
    assert second["landed_now"] == 1
    assert {name for name in second if second[name] != first[name]} == {one, "landed_now"} - (
        {"landed_now"} if first["landed_now"] == 1 else set()
    )
    third = run(afresh=True)
    assert third["landed_now"] == first["landed_now"]
    assert set(third) == set(first)
    ids, landed = set(first) - {"landed_now"}, set[str]()
    shutil.rmtree(tmp_path / "landed")
    (tmp_path / "landed").mkdir()
    for letter in sorted({name[0] for name in ids}):
        landed |= {name for name in ids if name.startswith(letter)}
        assert set(run(only=letter)) - {"landed_now"} == landed
    assert landed == ids


def test_receipts_can_be_landed_part_by_part(defs: dg.Definitions) -> None:
    parts = defs.resolve_job_def("land_part").partitioned_config
    assert parts is not None
    letters = parts.get_partition_keys()
    chosen = [parts.get_run_config_for_partition_key(letter)["ops"]["landed_returns"]["config"] for letter in letters]
    # Every SHA-256, written in hexadecimal, starts with one of them.
    assert chosen == [{"only": f"{digit:x}"} for digit in range(16)]


def test_a_run_of_the_daemon_that_fails_is_written_down_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.dagster_home import open_instance
    from orchestration.home import Home
    from orchestration.night import COMMAND_LINE, STARTED_BY
    from orchestration.run_records import last_nights
    from orchestration.sensors import make_end_sensors
    from tests.orchestration.test_notify import web_server

    monkeypatch.setenv("RETURNS_HOME", str(tmp_path))

    @dg.op
    def landed_returns() -> None:
        raise OSError("No space left on device")

    @dg.job
    def nightly() -> None:
        landed_returns()

    _, failed_run, _ = make_end_sensors([nightly], [])  # type: ignore[list-item]
    with open_instance(Home(tmp_path)) as instance, web_server([]) as (url, received):
        monkeypatch.setenv("RETURNS_WEBHOOK_URL", url)
        for tags in ({STARTED_BY: COMMAND_LINE}, {}):
            result = nightly.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
            (failure,) = [event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE"]
            context = dg.build_run_status_sensor_context(
                sensor_name="failed_run",
                dagster_event=failure,
                dagster_instance=instance,
                dagster_run=result.dagster_run,
            ).for_run_failure()
            failed_run(context)
    (told,) = received
    assert "Step: landed_returns" in told["text"]
    assert "Cause: The disk is full or failing. What was there before is safe" in told["text"]
    (record,) = last_nights(Home(tmp_path))
    assert (record.succeeded, record.step) == (False, "landed_returns")


def test_a_run_of_the_daemon_that_is_terminated_is_written_down_as_stopped_and_nobody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.dagster_home import open_instance
    from orchestration.home import Home
    from orchestration.run_records import last_nights
    from orchestration.sensors import make_end_sensors
    from tests.orchestration.test_notify import web_server

    monkeypatch.setenv("RETURNS_HOME", str(tmp_path))

    @dg.op
    def landed_returns() -> None:
        raise KeyboardInterrupt

    @dg.job
    def nightly() -> None:
        landed_returns()

    _, failed_run, stopped_run = make_end_sensors([nightly], [])  # type: ignore[list-item]
    with open_instance(Home(tmp_path)) as instance, web_server([]) as (url, received):
        monkeypatch.setenv("RETURNS_WEBHOOK_URL", url)
        # A signal to the process of the run: Dagster calls that a failure.
        ended = nightly.execute_in_process(instance=instance, raise_on_error=False)
        failed_run(_end_of(instance, ended.dagster_run, "PIPELINE_FAILURE").for_run_failure())
        (by_signal,) = last_nights(Home(tmp_path))
        # Somebody ends it on Dagster's page.
        run = instance.create_run_for_job(nightly)
        instance.report_run_canceling(run)
        instance.report_run_canceled(run)
        stopped_run(_end_of(instance, run, "PIPELINE_CANCELED"))
        on_the_page = last_nights(Home(tmp_path))[0]
    assert received == []
    assert by_signal.started_at != on_the_page.started_at
    for record in (by_signal, on_the_page):
        assert (record.succeeded, record.stopped) == (False, True)
        assert record.failure == "Stopped. What was done so far is safe; run the same command again."


def _end_of(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: str) -> dg.RunStatusSensorContext:
    (ended,) = [
        entry.dagster_event
        for entry in instance.all_logs(run.run_id)
        if entry.dagster_event and entry.dagster_event.event_type_value == kind
    ]
    return dg.build_run_status_sensor_context(
        sensor_name="ended", dagster_event=ended, dagster_instance=instance, dagster_run=run
    )


def test_dagster_is_told_to_notice_nights_that_hang_and_to_send_nothing_home(tmp_path: Path) -> None:
    from dagster._core.run_coordinator import QueuedRunCoordinator

    from orchestration.dagster_home import open_instance
    from orchestration.home import Home

    with open_instance(Home(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 6 * 60 * 60
        coordinator = instance.run_coordinator
        assert isinstance(coordinator, QueuedRunCoordinator)
        assert instance.get_concurrency_config().run_queue_config.tag_concurrency_limits == [
            {"key": "returns/writes", "limit": 1}
        ]
