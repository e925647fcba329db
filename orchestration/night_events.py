"""What the events of a Dagster run say: what each asset told of itself, and why a run failed, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def told_by_assets(events: Iterable[Any]) -> dict[str, Any]:
    """What the assets of a run said of themselves, in one mapping."""
    return {
        name: value.value
        for event in events
        if event.is_step_materialization
        for name, value in event.step_materialization_data.materialization.metadata.items()
    }


def failure_of(events: Sequence[Any]) -> str | None:
    """Why a run failed: the failed expectation, test or step; None where it did not."""
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
    if broken:
        return "The gate did not open: " + "; ".join(broken)
    for event in events:
        if event.is_step_failure:
            reason = event.step_failure_data.user_failure_data
            return _one_line(
                reason.description if reason and reason.description else _first_cause(event.step_failure_data.error)
            )
    for event in events:
        if event.event_type_value == "PIPELINE_FAILURE":
            error = event.job_failure_data.error
            return _one_line(_first_cause(error) if error else event.message)
    return "The night ended without a reason; see Dagster's page."


def failed_step(events: Iterable[Any]) -> str | None:
    """The step that failed first, by its name; None where no step did."""
    return next((event.step_key for event in events if event.is_step_failure), None)


def _first_cause(error: Any) -> str:
    """What went wrong in our own words: the first error below those that Dagster wraps around it."""
    while error.cause is not None and str(error.cls_name).startswith("Dagster"):
        error = error.cause
    return str(error.message)


def _one_line(words: str) -> str:
    return " ".join(words.split())
