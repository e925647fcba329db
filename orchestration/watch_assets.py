"""The release as seen from outside its night: is it fresh, did the last night end well."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.local_time import zone_here
from orchestration.resources import Night
from orchestration.watch import what_is_wrong

FRESHNESS = "freshness"
# A night each day, with two hours to spare.
_OLDEST = timedelta(hours=26)


@dg.asset_check(asset="release", name=FRESHNESS, description="The last night ended well, not long ago.")
def freshness(night: Night) -> dg.AssetCheckResult:
    """Look at the home as `returns watch` does."""
    problems = what_is_wrong(night.open_home(), older_than=_OLDEST, now=datetime.now(UTC))
    return dg.AssetCheckResult(
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        description=" ".join(problems) or None,
        metadata={"problems": len(problems)},
    )


look = dg.define_asset_job(
    "look_after",
    selection=dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("release"), FRESHNESS)),
    description="Whether the release is fresh and the last night ended well.",
    executor_def=dg.in_process_executor,
)

every_morning = dg.ScheduleDefinition(
    name="every_morning",
    job=look,
    cron_schedule="0 8 * * *",
    execution_timezone=zone_here().key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
