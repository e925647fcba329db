"""What `dagster dev` and Dagster's daemon load. The home comes from RETURNS_HOME, else ./var."""

from __future__ import annotations

from orchestration.dbt_build import parse_project
from orchestration.pipeline import make_definitions
from orchestration.resources import Night

_night = Night()
defs = make_definitions(
    parse_project(
        _night.open_home().build / "dbt",
        as_of=_night.day(),
        programme=_night.read_programme(),
        engine=_night.engine(),
    )
)
