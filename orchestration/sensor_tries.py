"""How often a sensor starts a run for one state of what it watches: again after a failure, but not for ever."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import dagster as dg

# After a run that failed the next try waits so long; after the last of them the sensor gives up.
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
_ENDED = frozenset({dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED})


@dataclass(frozen=True)
class Tries:
    """What a sensor started runs for, how often, and when last."""

    state: str = ""  # a hash of what it watches
    tries: int = 0
    at: str = ""  # instant of the last try, ISO 8601
    done: bool = False  # whether a run has succeeded since

    @classmethod
    def read(cls, text: str) -> Tries:
        """The tries of a cursor; of one that only names a state, a state that is done with."""
        try:
            return cls(**json.loads(text or "{}"))
        except (ValueError, TypeError):
            return cls(state=text, tries=1, done=True)

    def text(self) -> str:
        """The same as a cursor."""
        return json.dumps(asdict(self), sort_keys=True)


def next_try(
    instance: dg.DagsterInstance, job: str, before: Tries, state: str, *, now: datetime, nothing: str
) -> tuple[Tries, dg.RunRequest | dg.SkipReason]:
    """The tries after a look at a state, and the run to start or the reason why there is none.

    A state that is new gets a run at once; one whose run failed, or never came to be, gets up to `len(PAUSES)` more.
    Any run of the job that succeeds after the last try settles the state: every run looks at everything. `nothing` is
    the reason where the state is settled.
    """
    if state != before.state:
        return _start(before, Tries(state, 1, now.isoformat()))
    if before.done or not before.at:
        return before, dg.SkipReason(nothing)
    since = datetime.fromisoformat(before.at)
    runs = instance.get_runs(dg.RunsFilter(job_name=job, created_after=since))
    if any(run.status == dg.DagsterRunStatus.SUCCESS for run in runs):
        return replace(before, done=True), dg.SkipReason(nothing)
    if any(run.status not in _ENDED for run in runs):
        return before, dg.SkipReason("A run is going on.")
    waits = _why_it_waits(before, since, now)
    if waits:
        return before, dg.SkipReason(waits)
    return _start(before, Tries(state, before.tries + 1, now.isoformat()))


def _why_it_waits(before: Tries, since: datetime, now: datetime) -> str | None:
    """Why no further run is started now, where none is."""
    if before.tries > len(PAUSES):
        return (
            f"{before.tries} runs for this state failed, so no further one is started before something changes. "
            "See why: returns status"
        )
    due = since + PAUSES[before.tries - 1]
    if now < due:
        return f"The run failed (try {before.tries}). The next try is due at {due.isoformat(timespec='minutes')}."
    return None


def _start(before: Tries, after: Tries) -> tuple[Tries, dg.RunRequest]:
    """A run whose key is new for each try, also when an earlier state has come back."""
    key = sha256(f"{before.text()} {after.state} {after.tries}".encode()).hexdigest()
    return after, dg.RunRequest(run_key=key)
