"""One night from the command line: the same Dagster job, run in this process, with a record of what it did."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from ingestion.programme import Programme
from ingestion.receive import write_atomically
from orchestration.home import Home, only_one_night

# How many nights `returns status` looks back on.
_LAST = 5


@dataclass(frozen=True)
class NightRecord:
    """What one night did; kept in the home."""

    started_at: str
    seconds: float
    programme: str
    succeeded: bool
    failure: str | None  # in one sentence
    release_id: str | None
    landed_now: int
    refused_now: int
    waiting: tuple[str, ...]  # files still being written


def run_night(home: Home, programme: Programme, *, as_of: date | None, now: datetime) -> NightRecord:
    """Run the job `nightly` on a home.

    A night that fails leaves the current release as it is. Raises HomeError where another night is running.
    """
    with only_one_night(home):
        started = time.monotonic()
        outcome = _run_job(home, programme, as_of=as_of, now=now)
        record = NightRecord(
            started_at=now.isoformat(),
            seconds=round(time.monotonic() - started, 1),
            programme=programme.name,
            **outcome,
        )
        name = now.strftime("%Y%m%dT%H%M%S%fZ")
        write_atomically(home.nights / f"{name}.json", (json.dumps(asdict(record), indent=2) + "\n").encode())
    return record


def last_nights(home: Home) -> tuple[NightRecord, ...]:
    """The last nights, newest first."""
    files = sorted(home.nights.glob("*.json"), reverse=True)[:_LAST]
    return tuple(NightRecord(**json.loads(file.read_text(encoding="utf-8"))) for file in files)


def _run_job(home: Home, programme: Programme, *, as_of: date | None, now: datetime) -> dict[str, Any]:
    from orchestration.dagster_home import open_instance
    from orchestration.dbt_build import parse_project
    from orchestration.pipeline import NIGHTLY, make_definitions
    from orchestration.progress import report, report_done
    from orchestration.resources import settings

    report("Starting")
    day = as_of or now.date()
    manifest = parse_project(home.build / "dbt", as_of=day, programme=programme)
    job = make_definitions(manifest).resolve_job_def(NIGHTLY)
    config = {
        "resources": {"night": {"config": settings(home=home.folder, programme=programme.folder, as_of=day, now=now)}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with open_instance(home) as instance:
        result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    report_done()
    told = _metadata(result)
    return {
        "succeeded": result.success,
        "failure": None if result.success else _failure(result),
        "release_id": told.get("release_id"),
        "landed_now": told.get("landed_now", 0),
        "refused_now": told.get("refused_now", 0) + told.get("unopened", 0),
        "waiting": tuple(told.get("waiting", ())),
    }


def _metadata(result: Any) -> dict[str, Any]:
    """What the assets of a run said of themselves, in one mapping."""
    return {
        name: value.value
        for event in result.all_events
        if event.is_step_materialization
        for name, value in event.step_materialization_data.materialization.metadata.items()
    }


def _failure(result: Any) -> str:
    """Why a run failed, in one sentence: the failed expectation, test or step."""
    broken = [
        f"{event.asset_check_evaluation_data.asset_key.path[-1]}: {event.asset_check_evaluation_data.description}"
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
        and not event.asset_check_evaluation_data.passed
        and event.asset_check_evaluation_data.severity.value == "ERROR"
        and event.asset_check_evaluation_data.description
    ]
    if broken:
        return "The gate did not open: " + "; ".join(broken)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause is not None:
                error = error.cause
            reason = event.step_failure_data.user_failure_data
            words = reason.description if reason and reason.description else error.message.strip()
            return " ".join(str(words).split())
    return "The night ended without a reason; see Dagster's page."
