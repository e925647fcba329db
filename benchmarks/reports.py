"""How long two hundred benchmarks of organisations take, with their web page, PDF and tables.

`make bench-reports`. Reads the current release of a home; organisations come round again where fewer than two hundred
answered. Prints the seconds, and those of the processor.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.progress import report, report_done, report_to, to_terminal
from orchestration.release import whole_release
from reporting.benchmark import benchmark, organisations_that_answered
from reporting.figures import Figures
from reporting.make import write_report
from reporting.pdf import pages_of
from reporting.peers import peer_groups

_WANTED = 200
_EVERY = 20


@click.command()
@click.option("--home", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
def main(home: Path) -> None:
    """Make two hundred benchmarks of the current release of HOME and say how long it took."""
    report_to(to_terminal())
    figures = Figures(whole_release(open_home(home)).folder)
    year = figures.default_year()
    answered = [str(row["organisation_id"]) for row in organisations_that_answered(figures, year)]
    if not answered:
        sys.exit(f"Nobody answered for {year}, so there is nothing to make.")
    with tempfile.TemporaryDirectory(prefix="returns-bench-") as scratch:
        started, processor = time.monotonic(), time.process_time()
        groups = peer_groups(figures, year)
        for number, organisation_id in zip(range(_WANTED), itertools.cycle(answered), strict=False):
            if number % _EVERY == 0:
                report(f"Making benchmark {number + 1} of {_WANTED}")
            made = benchmark(figures, organisation_id, year, groups)
            write_report(made, Path(scratch) / str(number), dictionary=None, now=datetime.now(UTC))
        report_done()
        seconds, of_processor = time.monotonic() - started, time.process_time() - processor
        pages = {pages_of(file.read_bytes()) for file in Path(scratch).glob("*/report.pdf")}
    click.echo(f"{_WANTED} benchmarks in {seconds:.1f} s ({of_processor:.1f} s of the processor), pages each: {pages}")


if __name__ == "__main__":
    main()
