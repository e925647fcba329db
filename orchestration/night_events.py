"""What the events of a Dagster run say: what each asset told of itself, and why a run failed, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestration.endings import End, end_of
from orchestration.stored_errors import revived
from workspace.errors import Ending


def told_by_assets(events: Iterable[Any]) -> dict[str, Any]:
    """What the assets of a run said of themselves, in one mapping."""
    return {
        name: value.value
        for event in events
        if event.is_step_materialization
        for name, value in event.step_materialization_data.materialization.metadata.items()
    }


def was_stopped(events: Sequence[Any]) -> bool:
    """Whether somebody ended the run before its end: on Dagster's page, or with a signal to its process.

    A run that Dagster itself ends because it takes too long is a failure.
    """
    ends = {"PIPELINE_CANCELED", "PIPELINE_FAILURE"}
    last = next((event for event in reversed(events) if event.event_type_value in ends), None)
    if last is None or last.event_type_value == "PIPELINE_CANCELED":
        return last is not None
    reason = last.job_failure_data.failure_reason
    return reason is not None and reason.value == "UNEXPECTED_TERMINATION"


def failure_of(events: Sequence[Any]) -> End | None:
    """How a run failed: the failed expectation, test or step; None where it did not."""
    if any(event.event_type_value == "PIPELINE_SUCCESS" for event in events):
        return None
    broken = [
        f"{event.asset_check_evaluation_data.asset_key.path[-1]}: {event.asset_check_evaluation_data.description}"
        for event in events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
        and not event.asset_check_evaluation_data.passed
        and event.asset_check_evaluation_data.severity.value == "ERROR"
        and event.asset_check_evaluation_data.description
    ]
    reasons = [event.step_failure_data.user_failure_data for event in events if event.is_step_failure]
    # What a step of ours says in words for people goes before the names of checks.
    worded = [reason.description for reason in reasons if reason and reason.description]
    if worded:
        return End(Ending.FAILED_RUN, " ".join(worded[0].split()), "")
    if broken:
        return End(Ending.FAILED_RUN, "The gate did not open: " + "; ".join(broken), "")
    errors = _errors(events)
    if errors:
        return end_of(revived(errors[0]))
    if any("maximum runtime" in (event.message or "") for event in events):
        return End(Ending.FAILED_RUN, "The run took too long and was ended.", "Look at its log, then run it again.")
    # Nothing is written down of a process that was killed, or that never started.
    return End(Ending.FAILED_RUN, "The process of the run ended unexpectedly.", "Run it again; it repairs itself.")


def details_of(events: Iterable[Any]) -> str:
    """What Dagster keeps of the errors of a run, for whoever knows the program; empty where there was none."""
    return "\n".join(error.to_string() for error in _errors(events))


def _errors(events: Iterable[Any]) -> list[Any]:
    """The errors of the steps that failed, then that of the run, as Dagster stores them."""
    events = list(events)
    errors = [event.step_failure_data.error for event in events if event.is_step_failure]
    errors += [event.job_failure_data.error for event in events if event.event_type_value == "PIPELINE_FAILURE"]
    return [error for error in errors if error]


def failed_step(events: Iterable[Any]) -> str | None:
    """The step that failed first, by its name; None where no step did."""
    return next((event.step_key for event in events if event.is_step_failure), None)
