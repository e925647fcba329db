"""Samples of every kind of report, from the demo, for the documentation.

`make samples`. Lays the demo and runs one night in a folder of its own, unless one is named that holds it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.release import whole_release
from reporting.benchmark import benchmark
from reporting.document import Document
from reporting.figures import Figures
from reporting.make import write_report
from reporting.year_report import cluster_report, programme_report

_YEAR = "2025-26"
_CLUSTER = "walsall"
# Made up, as the whole demo is: it grew, named its sector, gave hours and energy, and was asked about a figure.
_ORGANISATION = "GB-CHC-9791589"


def samples(figures: Figures) -> dict[str, Document]:
    """One report of every kind, by the folder that it goes to."""
    return {
        "programme": programme_report(figures, _YEAR),
        "programme-public": programme_report(figures, _YEAR, public=True),
        "cluster": cluster_report(figures, _CLUSTER, _YEAR),
        "organisation": benchmark(figures, _ORGANISATION, _YEAR),
    }


@click.command()
@click.option("--demo", type=click.Path(path_type=Path), help="A home that holds the demo after its night.")
@click.option("--to", type=click.Path(path_type=Path), default=Path("docs/samples"), show_default=True)
def main(demo: Path | None, to: Path) -> None:
    """Write the samples anew."""
    with tempfile.TemporaryDirectory(prefix="returns-samples-") as scratch:
        home = demo or Path(scratch) / "home"
        if demo is None:
            for words in (("demo",), ("nightly",)):
                command = [sys.executable, "-m", "orchestration.cli", *words, "--home", str(home)]
                subprocess.run(command, check=True)  # noqa: S603
        release = whole_release(open_home(home))
        for name, document in samples(Figures(release.folder)).items():
            shutil.rmtree(to / name, ignore_errors=True)
            click.echo(f"Made {write_report(document, to / name, dictionary=None, now=release.created_at)}")


if __name__ == "__main__":
    main()
