"""The whole pipeline as Dagster definitions: assets, checks, jobs, schedules, sensors."""

import warnings
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.dagster_home import WRITES_TAG
from orchestration.dbt_assets import make_dbt_assets
from orchestration.intake_assets import build_database, landed_returns, receipts
from orchestration.local_time import zone_here
from orchestration.night import LONGEST_NIGHT_SECONDS
from orchestration.release_assets import make_gate, make_release_asset, make_rule_checks, reports
from orchestration.resources import Night, Writer
from orchestration.sensors import make_decisions_sensor, make_end_sensors, make_inbox_sensor
from orchestration.watch_assets import FRESHNESS, every_morning, freshness, look

NIGHTLY = "nightly"

# Run monitoring ends a run that takes longer; one run that writes at a time, the others wait in the queue.
_WRITES = {"dagster/max_runtime": str(LONGEST_NIGHT_SECONDS), WRITES_TAG: "yes"}
_A_NIGHT = (
    dg.AssetSelection.all()
    - dg.AssetSelection.assets("reports")
    - dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("release"), FRESHNESS))
)

nightly = dg.define_asset_job(
    NIGHTLY,
    selection=_A_NIGHT,
    description="One night: receive, land, build, judge, audit, publish.",
    executor_def=dg.in_process_executor,
    tags=_WRITES,
)

rebuild = dg.define_asset_job(
    "rebuild",
    selection=_A_NIGHT - dg.AssetSelection.assets("receipts"),
    config={"ops": {"landed_returns": {"config": {"afresh": True}}}},
    description="Everything again from the archive: every receipt is read anew, the inbox is not looked at.",
    executor_def=dg.in_process_executor,
    tags=_WRITES,
)

land_one = dg.define_asset_job(
    "land_one",
    selection=dg.AssetSelection.assets("landed_returns"),
    description="One receipt again: give the first letters of its id as `receipt`. The next night counts it.",
    executor_def=dg.in_process_executor,
    tags=_WRITES,
)


# Ids are hashes, so their first letters cut any number of receipts into parts of one size.
@dg.static_partitioned_config(partition_keys=list("0123456789abcdef"))
def part_of_receipts(first_letter: str) -> dict[str, Any]:
    """A sixteenth of all receipts, by the first letter of their ids."""
    return {"ops": {"landed_returns": {"config": {"only": first_letter}}}}


land_part = dg.define_asset_job(
    "land_part",
    selection=dg.AssetSelection.assets("landed_returns"),
    config=part_of_receipts,
    description="A sixteenth of the receipts that wait: to land very many part by part. The next night counts them.",
    executor_def=dg.in_process_executor,
    tags=_WRITES,
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
    execution_timezone=zone_here().key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


def make_definitions(manifest_file: Path) -> dg.Definitions:
    """Everything that Dagster knows of this project, for the dbt project that the manifest describes."""
    in_python = [receipts, landed_returns, build_database, make_release_asset(manifest_file), reports]
    with warnings.catch_warnings():
        # Links to the source are marked as beta in Dagster; nobody at a terminal needs to know.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = [*dg.with_source_code_references(in_python), make_dbt_assets(manifest_file)]
    return dg.Definitions(
        assets=assets,
        asset_checks=[make_gate(manifest_file), make_rule_checks(manifest_file), freshness],
        jobs=[nightly, rebuild, land_one, land_part, make_all_reports, look],
        schedules=[every_night, every_morning],
        sensors=[
            make_inbox_sensor(nightly),
            make_decisions_sensor(nightly),
            *make_end_sensors([nightly, rebuild], [land_one, land_part, make_all_reports]),
        ],
        resources={"night": Night(), "writer": Writer()},
    )
