"""What starts or follows a run of Dagster's daemon: a new file, new decisions, the end of a night, a failed run."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.home import Home
from orchestration.messages import tell_of_night
from orchestration.night import COMMAND_LINE, STARTED_BY, outcome_of
from orchestration.nightlog import night_id
from orchestration.operations import hash_of_decisions
from orchestration.remote_inbox import inbox_address, inbox_state
from orchestration.resources import Night
from orchestration.run_records import NightRecord, keep_record
from orchestration.sensor_tries import Tries, next_try


def make_inbox_sensor(nightly: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that looks into the inbox once a minute."""

    @dg.sensor(job=nightly, minimum_interval_seconds=60)
    def inbox(context: dg.SensorEvaluationContext, night: Night) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Run a night when the inbox holds something that it did not hold before; again, a few times, if it fails."""
        nothing = "Nothing new in the inbox."
        state = state_of_inboxes(night.open_home())
        if not state:
            yield dg.SkipReason(nothing)
            return
        tries, answer = next_try(
            context.instance,
            nightly.name,
            Tries.read(context.cursor or ""),
            state,
            now=night.moment(),
            nothing=nothing,
        )
        context.update_cursor(tries.text())
        yield answer

    return inbox


def make_decisions_sensor(nightly: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that looks every ten minutes whether stewards have decided."""

    @dg.sensor(job=nightly, minimum_interval_seconds=600)
    def decisions(context: dg.SensorEvaluationContext, night: Night) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Run a night for new decisions, once none was added for ten minutes: they come many at a time."""
        state = hash_of_decisions(night.open_home())
        seen, _, done = (context.cursor or "\n").partition("\n")
        before = Tries.read(done)
        if state not in (before.state, seen):
            context.update_cursor(f"{state}\n{done}")
            yield dg.SkipReason("Somebody is deciding. A night starts when there was nothing new for ten minutes.")
            return
        tries, answer = next_try(
            context.instance, nightly.name, before, state, now=night.moment(), nothing="No new decisions."
        )
        context.update_cursor(f"{state}\n{tries.text()}")
        yield answer

    return decisions


def make_end_sensors(
    nights: list[UnresolvedAssetJobDefinition], others: list[UnresolvedAssetJobDefinition]
) -> list[dg.SensorDefinition]:
    """Sensors that write down and tell how runs ended; runs of the command line do so themselves."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=nights,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def finished_night(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        """Write down what a night of the daemon did, and tell people."""
        return _end(context.instance, context.dagster_run, Night().open_home())

    @dg.run_failure_sensor(monitored_jobs=[*nights, *others], default_status=dg.DefaultSensorStatus.RUNNING)
    def failed_run(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        """Write down a run that failed or was ended by run monitoring, and tell people the step and the cause."""
        return _end(context.instance, context.dagster_run, Night().open_home())

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.CANCELED,
        monitored_jobs=[*nights, *others],
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def stopped_run(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        """Write down a run that somebody terminated, as the command line does; nobody is told."""
        return _end(context.instance, context.dagster_run, Night().open_home())

    return [finished_night, failed_run, stopped_run]


def record_of_run(home: Home, instance: dg.DagsterInstance, run: dg.DagsterRun, programme: str) -> NightRecord:
    """The record of a night from the events of its run."""
    found = instance.get_run_record_by_id(run.run_id)
    assert found
    started = found.start_time or found.create_timestamp.timestamp()
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    began = datetime.fromtimestamp(started, UTC)
    return NightRecord(
        started_at=began.isoformat(),
        seconds=round((found.end_time or started) - started, 1),
        programme=programme,
        **outcome_of(home, night_id(began), events),
    )


def state_of_inboxes(home: Home) -> str:
    """A hash that changes when a file in the home's inbox, or in the one elsewhere, comes, goes or changes."""
    elsewhere = inbox_address()
    states = [_state_of(home.inbox), inbox_state(elsewhere) if elsewhere else ""]
    return "-".join(state for state in states if state)


def _state_of(folder: Path) -> str:
    """A hash that changes when a file in a folder comes, goes or changes; empty where there is none."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith((".", "~$")))
    seen = hashlib.sha256()
    for file in files:
        found = file.stat()
        seen.update(
            f"{file.relative_to(folder)}\0{found.st_size}\0{found.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
        )
    return seen.hexdigest() if files else ""


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun, home: Home) -> dg.SkipReason | None:
    if run.tags.get(STARTED_BY) == COMMAND_LINE:
        return dg.SkipReason("The command line has told of it itself.")
    record = record_of_run(home, instance, run, Night().read_programme().name)
    keep_record(home, record)
    problems = tell_of_night(home, record)
    return dg.SkipReason("; ".join(problems)) if problems else None
