"""The versions that a release was made with: of code, engines, programme, forms, rules and methods."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ingestion.forms import read_forms
from ingestion.programme import SPARK, Programme

# Of the engine Spark, where it counted.
_OF_SPARK = ("dbt-spark", "pyspark")
ENGINES = ("dbt-core", "dbt-duckdb", "duckdb", "pyarrow", "great-expectations")


def versions_of(programme: Programme, database: Path, *, code: str, engine: str) -> dict[str, Any]:
    """What goes into the manifest of a release built in this database by this engine; `code` is the hash of the code.

    Rules, methods and reference editions are those that the mart `methods` says were in force: kind, name, version.
    """
    with duckdb.connect(str(database), read_only=True) as build:
        in_force = build.execute("select kind, method, version from marts.methods order by all").fetchall()
    engines = (*ENGINES, *_OF_SPARK) if engine == SPARK else ENGINES
    kinds = sorted({kind for kind, _, _ in in_force})
    return {
        "code": {"version": version("cluster-returns"), "sha256": code},
        "engines": {"python": sys.version.split()[0]} | {name: version(name) for name in engines},
        "programme": programme.name,
        "forms": {form.name: form.version for form in read_forms(programme.forms)},
        "methods": {
            kind: [f"{method}, {edition}" for of_kind, method, edition in in_force if of_kind == kind] for kind in kinds
        },
    }
