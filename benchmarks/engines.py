"""DuckDB and Spark side by side on nations of growing size, and from which size on Spark is faster. `make bench-spark`.

Each build has a process of its own, the same memory and the same processors, and makes every model without its tests.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from benchmarks.nation import AS_OF, clusters_of, lay_nation, programme_of
from ingestion.programme import DUCKDB, ENGINES, SPARK
from orchestration.dbt_build import build
from orchestration.text_table import table

_MEMORY = "8GB"


def seconds_of(engine: str, organisation_years: int, memory: str) -> float | None:
    """How long a build of a nation takes in a process of its own; None where it did not end well."""
    with tempfile.TemporaryDirectory(prefix="returns-engines-") as scratch:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "benchmarks.engines", "one", engine, str(organisation_years), scratch],
            env={**os.environ, "RETURNS_MEMORY": memory},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def crossing(measured: Mapping[int, Mapping[str, float | None]]) -> float | None:
    """The size from which on Spark is faster, on the lines through the two largest sizes that both engines did.

    Lines of the logarithms of time over size. None where the lines do not meet beyond those sizes.
    """
    known = [
        (math.log(size), math.log(times[DUCKDB] or 0), math.log(times[SPARK] or 0))
        for size, times in sorted(measured.items())
        if times.get(DUCKDB) and times.get(SPARK)
    ]
    match known:
        case [*_, (at, duck, spark), (then, duck_then, spark_then)]:
            gains = ((duck_then - duck) - (spark_then - spark)) / (then - at)
        case _:
            return None
    return math.exp(then + (spark_then - duck_then) / gains) if gains > 0 else None


@click.group()
def main() -> None:
    """Compare the engines."""


@main.command()
@click.argument("engine", type=click.Choice(ENGINES))
@click.argument("organisation_years", type=int)
@click.argument("scratch", type=click.Path(path_type=Path))
def one(engine: str, organisation_years: int, scratch: Path) -> None:
    """Lay a nation in SCRATCH and build it; prints the seconds of the build."""
    database = scratch / "build" / "warehouse.duckdb"
    database.parent.mkdir()
    lay_nation(scratch, database, organisation_years)
    programme = programme_of(clusters_of(organisation_years))
    began = time.perf_counter()
    outcome = build(
        database, scratch / "target", as_of=AS_OF, programme=programme, with_tests=False, engine=engine, landed=scratch
    )
    took = time.perf_counter() - began
    if not outcome.succeeded:
        raise click.ClickException("; ".join(outcome.failures)[:2000])
    click.echo(f"{took:.1f}")


@main.command()
@click.option("--rows", "sizes", type=int, multiple=True, default=(100_000, 1_000_000), help="Organisation-years.")
@click.option("--engine", "engines", type=click.Choice(ENGINES), multiple=True, default=ENGINES)
@click.option("--memory", default=_MEMORY, show_default=True, help="For each engine.")
@click.option("--to", type=click.Path(path_type=Path), help="Add what was measured to this JSON file.")
def compare(sizes: Sequence[int], engines: Sequence[str], memory: str, to: Path | None) -> None:
    """Print how long each engine takes for each size, and from which size on Spark is faster."""
    known = json.loads(to.read_text(encoding="utf-8")) if to and to.exists() else {}
    measured: dict[int, dict[str, float | None]] = {int(size): times for size, times in known.items()}
    for size in sizes:
        for engine in engines:
            measured.setdefault(size, {})[engine] = seconds_of(engine, size, memory)
            if to:
                to.write_text(json.dumps(measured, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    rows = [
        (f"{size:,}", *(("-" if times.get(engine) is None else f"{times[engine]:,.0f}") for engine in ENGINES))
        for size, times in sorted(measured.items())
    ]
    click.echo("\n".join(table(("Organisation-years", "DuckDB s", "Spark s"), rows)))
    meets = crossing(measured)
    click.echo(f"Spark is faster from about {meets:,.0f} on." if meets else "The lines do not meet.")
    click.echo(f"{os.cpu_count()} processors, {memory} each, {shutil.disk_usage('/tmp').free // 2**30} GB free.")  # noqa: S108


if __name__ == "__main__":
    main()
