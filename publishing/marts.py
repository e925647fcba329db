"""The marts as dbt describes them: names, meanings, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column of a mart and what it means."""

    name: str
    means: str


@dataclass(frozen=True)
class Mart:
    """A mart to be published: its name, its grain and meaning, its columns."""

    name: str
    means: str
    columns: tuple[Column, ...]


def marts_of(manifest: Mapping[str, Any]) -> tuple[Mart, ...]:
    """The marts that the dbt manifest describes, sorted by name: every model of the schema `marts`."""
    models = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    return tuple(
        Mart(
            name=model["name"],
            means=" ".join(model["description"].split()),
            columns=tuple(
                Column(name, " ".join(about["description"].split())) for name, about in model["columns"].items()
            ),
        )
        for model in sorted(models, key=lambda model: str(model["name"]))
    )
