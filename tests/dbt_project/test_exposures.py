"""Who uses which mart: each exposure names exactly the marts that its code reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

MODELS = Path("dbt_project") / "models"


def exposures(project: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = yaml.safe_load((project / MODELS / "exposures.yml").read_text())["exposures"]
    return found


def read_by(project: Path, files: list[str]) -> set[str]:
    """Marts that stand in these files after `from`, `join` or `mart:`, or alone between quotes."""
    marts = {file.stem for file in (project / MODELS / "marts").glob("*.sql")}
    text = "\n".join((project / file).read_text(encoding="utf-8") for file in files)
    named = re.findall(r"(?:\bfrom|\bjoin|\bmart:)\s+([a-z_]+)\b|[\"'`]([a-z_]+)[\"'`]", text)
    return {name for pair in named for name in pair if name in marts}


@pytest.mark.parametrize(
    "name",
    [
        "annual_and_cluster_reports",
        "console",
        "benchmark_sheets",
        "analysts",
        "notebook",
        "messages",
        "stewards",
        "trace",
    ],
)
def test_an_exposure_names_what_its_code_reads(project: Path, name: str) -> None:
    (exposure,) = [one for one in exposures(project) if one["name"] == name]
    told = {re.fullmatch(r"ref\('(\w+)'\)", one)[1] for one in exposure["depends_on"]}  # type: ignore[index]
    assert told == read_by(project, exposure["config"]["meta"]["code"])
    assert told


def test_every_exposure_is_held_against_code(project: Path) -> None:
    assert len(exposures(project)) == 8
    for one in exposures(project):
        assert one["description"] and one["owner"]["name"] and one["type"] in {"application", "analysis", "notebook"}
