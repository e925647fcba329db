"""Dagster's own databases below the home: what is damaged in them is set aside, and Dagster begins anew."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.damage import Damage, Repairs
from workspace.sqlite import BESIDE, QUICK, damage_of

# Larger ones are looked through only when the last run failed: it takes a quarter of a second for 100 MB.
_MOST_BYTES = 250_000_000
_SENSORS = "schedules/schedules.db"
_LOST = "Dagster begins it anew: its page no longer shows what was in it, and nothing that counts is lost."
_SWITCHED = "Switch the sensors and schedules that were changed on Dagster's page again."


def look_at_dagster(repairs: Repairs, *, thorough: bool) -> Iterator[Damage]:
    """Each database of Dagster that is damaged, set aside with what lies beside it."""
    folder = repairs.home.dagster
    shared = {"history/runs.db", "history/runs/index.db", _SENSORS}
    for file in sorted(folder.rglob("*.db")):
        name = file.relative_to(folder).as_posix()
        look_through = name in shared and (thorough or file.stat().st_size <= _MOST_BYTES)
        found = damage_of(file, check=QUICK if look_through else None)
        if found:
            yield repairs.set_aside(file, found, f"{_LOST} {_SWITCHED}" if name == _SENSORS else _LOST)
            for ending in BESIDE:
                beside = file.with_name(file.name + ending)
                if repairs.acts and beside.exists():
                    repairs.set_aside(beside, "lay beside it")
