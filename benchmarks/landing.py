"""Thousands of workbooks landed by one process and by several: seconds, and the memory of the process that lands.

`make bench-landing`. The workbooks are the demo's, each copy with a remark of its own, so that each is a receipt.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import click

from demo import lay_demo
from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, open_home
from orchestration.inbox import take_inbox
from orchestration.landing import land
from orchestration.summary import table

_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def lay_copies(folder: Path, workbooks: int) -> None:
    """A home whose archive has that many workbooks, none of them landed."""
    home, programme = open_home(folder), read_programme(SHIPPED_PROGRAMME)
    with tempfile.TemporaryDirectory(prefix="returns-demo-") as laid:
        lay_demo(Path(laid), seed=2022, now=_NOW, programme=programme)
        # The same returns all over: those of one layout that are not refused.
        originals = sorted((Path(laid) / "inbox").glob("*return 202[2-5]-2?.xlsx"))
        for number in range(workbooks):
            original = originals[number % len(originals)]
            copy = home.inbox / f"{number:05d}" / original.name
            copy.parent.mkdir(parents=True)
            shutil.copy(original, copy)
            with zipfile.ZipFile(copy, "a") as package:
                package.comment = str(number).encode()
    take_inbox(home, programme, now=datetime.now(UTC))


@click.group()
def main() -> None:
    """Measure landing."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("processes", type=int)
def one(folder: Path, processes: int) -> None:
    """Land what the home in FOLDER has; prints the seconds, the peak of memory in MB, and how many were landed."""
    began = time.perf_counter()
    landing = land(open_home(folder), read_programme(SHIPPED_PROGRAMME), progress=lambda _: None, processes=processes)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    click.echo(f"{took:.1f} {peak} {len(landing.landed)}")


@main.command()
@click.option("--workbooks", "sizes", type=int, multiple=True, default=(500, 5000), show_default=True)
@click.option("--processes", type=int, multiple=True, default=(1, 2), show_default=True)
def compare(sizes: tuple[int, ...], processes: tuple[int, ...]) -> None:
    """Print a line for each number of workbooks and processes."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="returns-landing-") as scratch:
            folder = Path(scratch) / "home"
            folder.mkdir()
            lay_copies(folder, size)
            for number in processes:
                for done in ("landed", "refused"):
                    shutil.rmtree(folder / done, ignore_errors=True)
                words = [sys.executable, "-m", "benchmarks.landing", "one", str(folder), str(number)]
                told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603
                rows.append((f"{size:,}", number, told[0], f"{size / float(told[0]):.1f}", told[1], told[2]))
                click.echo(" ".join(map(str, rows[-1])), err=True)
    heads = ("Workbooks", "Processes", "Seconds", "A second", "Peak MB", "Landed")
    click.echo("\n".join(table(heads, rows)))
    click.echo(f"{os.cpu_count()} processors.")


if __name__ == "__main__":
    main()
