"""Thousands of returns taken in, landed and loaded, by one process and by several. `make bench-landing`.

The workbooks are real forms: four small clusters of the demo with four years each, made again and again from other
seeds under other names, in a programme of as many clusters as it takes. Each number of files and of processes is
measured in a process of its own, so that the most memory it ever held is its own.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from shutil import copyfile, rmtree

import click
import duckdb

from demo.organisations import YEARS, make_organisations
from demo.returns import NOTICE, make_returns
from ingestion.forms import form_labels, read_form
from ingestion.programme import Programme, read_programme
from ingestion.workbook import write_form
from orchestration.arrivals import arrivals_table
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from orchestration.inbox import take_inbox
from orchestration.landing import land
from orchestration.operations import no_operations
from orchestration.receipts import receipts_table
from orchestration.text_table import table
from orchestration.warehouse import load_warehouse

_ROWS = 10  # of each sheet
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_SEED = 2022


def programme_of(folder: Path, files: int) -> Programme:
    """A programme with as many clusters as send so many files in the demo's years, written to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SHIPPED_PROGRAMME.iterdir():
        copyfile(file, folder / file.name)
    shipped = read_programme(SHIPPED_PROGRAMME).clusters
    with (folder / "clusters.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(shipped[0]), lineterminator="\n")
        writer.writeheader()
        for number in range(-(-files // len(YEARS))):
            writer.writerow({**shipped[number % len(shipped)], **_names(number)})
    return read_programme(folder)


def _names(number: int) -> dict[str, str]:
    return {"cluster_id": f"place-{number:05d}", "cluster_name": f"Place {number:05d}", "also_named": ""}


def lay_returns(inbox: Path, programme: Programme, files: int, processes: int) -> None:
    """Write so many returns, one for each cluster and year, into an inbox. The same number gives the same files."""
    inbox.mkdir(parents=True)
    whose = len(read_programme(SHIPPED_PROGRAMME).clusters)
    each = whose * len(YEARS)
    parts = [
        (inbox, replace(programme, clusters=programme.clusters[first : first + whose]), first, min(each, files - done))
        for done, first in zip(range(0, files, each), range(0, len(programme.clusters), whose), strict=True)
    ]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(_lay_part, parts, chunksize=1)


def _lay_part(part: tuple[Path, Programme, int, int]) -> None:
    """The returns of a few clusters: the demo's, with few organisations and under other names."""
    inbox, programme, first, files = part
    chance = Random(_SEED + first)  # noqa: S311 - made-up figures, no secrets
    shipped = [cluster["cluster_id"] for cluster in read_programme(SHIPPED_PROGRAMME).clusters]
    others = dict(zip(shipped, [cluster["cluster_id"] for cluster in programme.clusters], strict=False))
    everyone = [replace(one, cluster_id=others.get(one.cluster_id, "")) for one in make_organisations(chance, shipped)]
    form = read_form(programme.forms[0])
    for one in make_returns(chance, programme, everyone)[:files]:
        target = inbox / one.file_name
        few = {name: rows[:_ROWS] for name, rows in one.answers.items()}
        write_form(form, target, answers=few, notice=NOTICE, created_at=one.arrived_at)
        os.utime(target, (one.arrived_at.timestamp(), one.arrived_at.timestamp()))


def night(home: Home, programme: Programme, processes: int) -> dict[str, float]:
    """Seconds of taking in, landing and loading what lies in the inbox; MB that this process and a child held at most.

    `work` is the processors' time of landing, here and in the children: unlike the seconds it hardly depends on what
    else the machine does.

    Raises ClickException where a file was not landed.
    """
    files = len(list(home.inbox.iterdir()))
    began = time.perf_counter()
    take_inbox(home, programme, now=_NOW)
    taken, worked = time.perf_counter(), _worked(resource.RUSAGE_SELF)
    land(home, programme, as_of=_NOW.date(), progress=lambda _: None, processes=processes)
    landed = time.perf_counter()
    worked = _worked(resource.RUSAGE_SELF) - worked
    peak_landing = _peak(resource.RUSAGE_SELF)
    with duckdb.connect(str(home.folder / "warehouse.duckdb")) as connection:
        load_warehouse(
            connection,
            landed=[home.landed],
            receipts=receipts_table(home),
            arrivals=arrivals_table(home),
            labels=form_labels(programme.forms[0]),
            register=home.register,
            programme=programme,
            operations=no_operations(),
        )
        (rows,) = connection.execute("select count(*) from landed.cover").fetchone() or (0,)
    loaded = time.perf_counter()
    if rows != files:
        raise click.ClickException(f"Of {files} files {rows} were landed.")
    return {
        "take": taken - began,
        "land": landed - taken,
        "load": loaded - landed,
        "work": worked,
        "work_of_workers": _worked(resource.RUSAGE_CHILDREN),
        "peak_landing": peak_landing,
        "peak": _peak(resource.RUSAGE_SELF),
        "peak_worker": _peak(resource.RUSAGE_CHILDREN),
    }


def _worked(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def measure(inbox: Path, programme: Programme, files: int, processes: int, scratch: Path) -> dict[str, float]:
    """What the first so many files of an inbox cost, in a new home and a new process."""
    home = scratch / "home"
    rmtree(home, ignore_errors=True)
    (home / "inbox").mkdir(parents=True)
    for file in sorted(inbox.iterdir())[:files]:
        os.link(file, home / "inbox" / file.name)
    command = [sys.executable, "-m", "benchmarks.landing", "--night", str(home), "--programme", str(programme.folder)]
    ran = subprocess.run([*command, "--processes", str(processes)], stdout=subprocess.PIPE, check=False)  # noqa: S603
    if ran.returncode:
        raise click.ClickException(f"Landing {files} files by {processes} processes failed.")
    told: dict[str, float] = json.loads(ran.stdout)
    rmtree(home)
    return told


@click.command()
@click.option("--files", "sizes", type=int, multiple=True, default=(500, 1000, 2500, 5000), help="How many returns.")
@click.option("--processes", "counts", type=int, multiple=True, default=(1, 2), help="How many processes that read.")
@click.option("--laid", type=click.Path(path_type=Path), help="A folder to lay the returns in and to find them again.")
@click.option("--night", "one", type=click.Path(path_type=Path), hidden=True)
@click.option("--programme", "named", type=click.Path(path_type=Path), hidden=True)
def main(sizes: Sequence[int], counts: Sequence[int], laid: Path | None, one: Path | None, named: Path | None) -> None:
    """Print how long it takes to take in, land and load so many returns, and how much memory is held."""
    if one and named:
        click.echo(json.dumps(night(open_home(one), read_programme(named), counts[0])))
        return
    rows = []
    with tempfile.TemporaryDirectory(prefix="returns-landing-") as scratch:
        folder = laid or Path(scratch) / "laid"
        programme = programme_of(folder / "programme", max(sizes))
        if not (folder / "inbox").is_dir():
            click.echo(f"Making {max(sizes):,} returns ...", err=True)
            lay_returns(folder / "inbox", programme, max(sizes), max(counts))
        for processes in sorted(counts):
            for files in sorted(sizes):
                told = measure(folder / "inbox", programme, files, processes, Path(scratch))
                rows.append(_row(files, processes, told))
                click.echo(" ".join(str(cell) for cell in rows[-1]), err=True)
    click.echo("\n".join(table(_HEADS, rows)))


_HEADS = (
    "Files", "Processes", "Take in s", "Land s", "Files/s", "Load s",
    "Parent ms/file", "Workers ms/file", "Parent MB", "With load MB", "Worker MB",
)  # fmt: skip


def _row(files: int, processes: int, told: dict[str, float]) -> tuple[object, ...]:
    seconds = [round(told[name], 1) for name in ("take", "land", "load")]
    work = [round(told[name] / files * 1000, 1) for name in ("work", "work_of_workers")]
    memory = [round(told[name]) for name in ("peak_landing", "peak", "peak_worker")]
    return (f"{files:,}", processes, *seconds[:2], round(files / told["land"], 1), seconds[2], *work, *memory)


if __name__ == "__main__":
    main()
