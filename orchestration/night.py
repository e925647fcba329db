"""One night from the command line: the same Dagster job, run in this process, with a record of what it did."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ingestion.programme import Programme
from orchestration.endings import End, end_of, needs_details, stopped
from orchestration.home import Home
from orchestration.idle import NothingNew, nothing_new
from orchestration.inbox import take_inbox
from orchestration.night_events import details_of, failed_step, failure_of, told_by_assets, was_stopped
from orchestration.nightlog import log, log_file, night_id, night_log
from orchestration.one_writer import only_one_writer
from orchestration.repair import repaired
from orchestration.run_records import NightRecord, keep_record, record_killed
from workspace.errors import Ending
from workspace.files import write_atomically
from workspace.stopping import if_stopped, stop_asked

# A night that takes longer hangs; run monitoring ends it, and nobody waits longer for it.
LONGEST_NIGHT_SECONDS = 6 * 60 * 60
# The tag of a run that says who started it: runs of the command line record and tell of themselves.
STARTED_BY, COMMAND_LINE = "returns/started_by", "command line"
_NOTHING_DONE: dict[str, Any] = {
    "succeeded": False,
    "release_id": None,
    "landed_now": 0,
    "refused_now": 0,
    "waiting": (),
}


def run_night(
    home: Home,
    programme: Programme,
    *,
    as_of: date | None,
    now: datetime,
    force: bool = False,
    wait: bool = False,
    fewer_files: bool = False,
) -> NightRecord:
    """Run the job `nightly` on a home, unless nothing is new; `force` builds in any case.

    `fewer_files` says that files were taken out of the inbox on purpose, so that far fewer are there than before.
    A night that fails leaves the current release as it is. Raises AnotherNightError where another night is running
    and it is not to be waited for.
    """
    from orchestration.clock import clock_warning
    from orchestration.progress import report

    patience = LONGEST_NIGHT_SECONDS if wait else 0
    with only_one_writer(home, what="night", now=now, wait_seconds=patience, waiting=report) as interrupted:
        if interrupted:
            record_killed(home, interrupted)
        name = night_id(now)
        started = time.monotonic()
        clock = clock_warning(home, now)
        if clock:
            report(clock)
        damage: list[str] = []
        with (
            night_log(home, name, run="command line") as log_path,
            if_stopped(lambda: _keep_stopped(home, programme, now=now, seconds=time.monotonic() - started)),
        ):
            try:
                damage += repaired(home, now=now)
                if fewer_files:
                    take_inbox(home, programme, now=now, fewer_files=True)
                idle = None if force else nothing_new(home, programme, as_of=as_of or programme.day_of(now), now=now)
                outcome = _idle(idle) if idle else _run_job(home, programme, as_of=as_of, now=now)
            except BaseException as error:
                outcome = _NOTHING_DONE | {"failure": _failure(home, name, end_of(error), _text_of(error))}
                raise
            finally:
                if not outcome["succeeded"] and stop_asked(soon=True):
                    # What broke now broke because of that; the record is written in the end, also where this hangs.
                    raise KeyboardInterrupt
                outcome["notices"] = tuple(dict.fromkeys([*damage, *outcome.get("notices", ())]))
                record = NightRecord(
                    started_at=now.isoformat(),
                    seconds=round(time.monotonic() - started, 1),
                    programme=programme.name,
                    log=str(log_path.relative_to(home.folder)),
                    **outcome,
                )
                _keep_if_possible(home, record)
    return record


def stopped_night(home: Home, programme: Programme, error: BaseException, *, now: datetime) -> NightRecord:
    """The record of a night that an error stopped, also where the disk took no record of it."""
    return NightRecord(
        started_at=now.isoformat(),
        seconds=0.0,
        programme=programme.name,
        log=str(log_file(home, night_id(now)).relative_to(home.folder)),
        **_NOTHING_DONE | {"failure": str(end_of(error))},
    )


def _run_job(home: Home, programme: Programme, *, as_of: date | None, now: datetime) -> dict[str, Any]:
    from orchestration.dagster_home import open_instance
    from orchestration.dbt_build import parse_project
    from orchestration.pipeline import NIGHTLY, make_definitions
    from orchestration.progress import report, report_done
    from orchestration.resources import engine_of, settings

    report("Starting")
    day = as_of or programme.day_of(now)
    manifest = parse_project(home.build / "dbt", as_of=day, programme=programme, engine=engine_of(programme))
    job = make_definitions(manifest).resolve_job_def(NIGHTLY)
    config = {
        "resources": {
            "night": {"config": settings(home=home.folder, programme=programme.folder, as_of=day, now=now)},
            "writer": {"config": {"held": True}},
        },
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with open_instance(home) as instance:
        result = job.execute_in_process(
            run_config=config, instance=instance, raise_on_error=False, tags={STARTED_BY: COMMAND_LINE}
        )
    report_done()
    return outcome_of(home, night_id(now), result.all_events)


def outcome_of(home: Home, night: str, events: Sequence[Any]) -> dict[str, Any]:
    """The fields of a record that come from the events of a run; `night` is how the run is called."""
    told = told_by_assets(events)
    end = stopped(Ending.TERMINATED) if was_stopped(events) else failure_of(events)
    return {
        "succeeded": end is None,
        "failure": _failure(home, night, end, details_of(events)) if end else None,
        "stopped": was_stopped(events),
        "step": failed_step(events),
        "release_id": told.get("release_id"),
        "landed_now": told.get("landed_now", 0),
        "refused_now": told.get("refused_now", 0) + told.get("unopened", 0),
        "waiting": tuple(told.get("waiting", ())),
        "notices": tuple(
            sentence
            for kind in ("damage", "damage_of_bytes", "damage_at_load", "notices")
            for sentence in told.get(kind, ())
        ),
        "incomplete": (*told.get("inbox_incomplete", ()), *told.get("landing_incomplete", ())),
        "set_aside": tuple(told.get("set_aside", ())),
    }


def _idle(found: NothingNew) -> dict[str, Any]:
    return _NOTHING_DONE | {
        "succeeded": True,
        "failure": None,
        "idle": True,
        "release_id": found.release.release_id,
        "waiting": found.waiting,
        "incomplete": found.incomplete,
        "notices": found.damage,
    }


def _keep_if_possible(home: Home, record: NightRecord) -> None:
    """Write the record; where a night failed because the disk is full, that is what is told, and not this."""
    try:
        keep_record(home, record)
        log("night", "ended", succeeded=record.succeeded, seconds=record.seconds, release=record.release_id)
    except OSError:
        if record.succeeded:
            raise


def _keep_stopped(home: Home, programme: Programme, *, now: datetime, seconds: float) -> None:
    """Write down that a run was stopped, unless it had come to its end before it heard of that."""
    name = night_id(now)
    if (home.nights / f"{name}.json").exists():
        return
    record = NightRecord(
        started_at=now.isoformat(),
        seconds=round(seconds, 1),
        programme=programme.name,
        log=str(log_file(home, name).relative_to(home.folder)),
        stopped=True,
        **_NOTHING_DONE | {"failure": str(stopped(stop_asked() or Ending.INTERRUPTED))},
    )
    keep_record(home, record)


def _failure(home: Home, night: str, end: End, details: str) -> str:
    """Why a run failed, in words for people; what is not for people goes into a file beside the run's log."""
    if not details or not needs_details(end):
        return str(end)
    file = log_file(home, night).with_suffix(".details.txt")
    try:
        write_atomically(file, details.encode("utf-8", "replace"))
    except OSError:
        return str(end)
    return str(End(end.ending, end.sentence, end.what_to_do, str(file)))


def _text_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
