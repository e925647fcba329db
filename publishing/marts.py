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
    """A mart to be published: its name, its grain and meaning, its columns, those of them that tell its rows apart."""

    name: str
    means: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ()


def marts_of(manifest: Mapping[str, Any]) -> tuple[Mart, ...]:
    """The marts that the dbt manifest describes, sorted by name: every model of the schema `marts`.

    Their keys are those of the data test `key` that each of them has.
    """
    models = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    keys = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "key"
    }
    return tuple(
        Mart(
            name=model["name"],
            means=" ".join(model["description"].split()),
            columns=tuple(
                Column(name, " ".join(about["description"].split())) for name, about in model["columns"].items()
            ),
            keys=keys.get(model["unique_id"], ()),
        )
        for model in sorted(models, key=lambda model: str(model["name"]))
    )
