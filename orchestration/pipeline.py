"""The whole pipeline as Dagster definitions: assets, checks, the nightly job, its schedule and the inbox sensor."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from orchestration.dbt_assets import make_dbt_assets
from orchestration.intake_assets import build_database, landed_returns, receipts
from orchestration.night import LONGEST_NIGHT_SECONDS
from orchestration.release_assets import make_gate, make_release_asset, make_rule_checks, reports
from orchestration.resources import Night, Writer

NIGHTLY = "nightly"

nightly = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("reports"),
    description="One night: receive, land, build, judge, audit, publish.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": str(LONGEST_NIGHT_SECONDS)},
)

# Not part of a night: reports are wanted when a year is settled, and a night should be short.
make_all_reports = dg.define_asset_job(
    "make_reports",
    selection=dg.AssetSelection.assets("reports"),
    description="Every report of the current release.",
    executor_def=dg.in_process_executor,
)

# 02:00 happens once on the nights on which the clocks change; 01:30 does not.
every_night = dg.ScheduleDefinition(
    name="every_night",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Europe/London",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.sensor(job=nightly, minimum_interval_seconds=60)
def inbox(context: dg.SensorEvaluationContext, night: Night) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Run a night when the inbox holds something that it did not hold before."""
    folder = night.open_home().inbox
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith((".", "~$")))
    seen = hashlib.sha256()
    for file in files:
        found = file.stat()
        seen.update(
            f"{file.relative_to(folder)}\0{found.st_size}\0{found.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
        )
    state = seen.hexdigest()
    if not files or state == context.cursor:
        yield dg.SkipReason("Nothing new in the inbox.")
        return
    context.update_cursor(state)
    yield dg.RunRequest(run_key=state)


def make_definitions(manifest_file: Path) -> dg.Definitions:
    """Everything that Dagster knows of this project, for the dbt project that the manifest describes."""
    return dg.Definitions(
        assets=[
            receipts,
            landed_returns,
            build_database,
            make_dbt_assets(manifest_file),
            make_release_asset(manifest_file),
            reports,
        ],
        asset_checks=[make_gate(manifest_file), make_rule_checks(manifest_file)],
        jobs=[nightly, make_all_reports],
        schedules=[every_night],
        sensors=[inbox],
        resources={"night": Night(), "writer": Writer()},
    )
