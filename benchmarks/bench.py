"""How fast it is, as ratios inside one run.

`make bench` prints the table and writes it into the README and benchmarks/results.json. Every figure is a ratio of
two times measured one after the other on the same machine, the median of three where a time is short; packages are
compiled first, because imports that are not would hide everything else.
"""

from __future__ import annotations

import compileall
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import duckdb

from benchmarks.nation import measure
from benchmarks.peers import compare
from demo import lay_demo
from demo.organisations import make_organisations
from demo.returns import make_returns
from ingestion.forms import read_form
from ingestion.programme import Programme, read_programme
from ingestion.workbook import write_form
from ingestion.workers import ParseJob, parse_files, parse_one
from orchestration.home import PROJECT, SHIPPED_PROGRAMME
from orchestration.text_table import table

RESULTS = PROJECT / "benchmarks" / "results.json"
README = PROJECT / "README.md"
_MADE_BY_DBT = ("staging", "intermediate", "alerts", "marts", "reference")
_TIMES = 3


@dataclass(frozen=True)
class Result:
    """One line of the results."""

    name: str
    ratio: float | None  # None where the figure is a time and no ratio
    seconds: float
    peak_mb: float | None
    n: int | None  # files, rows or organisation-years
    at_most: float | None  # the ratio, or the seconds where there is no ratio; None for a peer, which is only told


# What each result is called in the README.
_WHAT = {
    "nightly_vs_dbt_build": "a night of the demo, against plain `dbt build` on the same landed rows",
    "idle_vs_full": "a night with nothing new, against the full night",
    "check_cpu": "CPU of `returns check` on one return with four years of history",
    "xlsx_vs_calamine": "50,000 rows of the form from xlsx into landed rows, against bare calamine",
    "two_processes": "400 workbooks parsed by two processes, against one",
    "nation_vs_bare_sql": "2 million organisation-years through alerts and marts, against the bare SQL in DuckDB",
    "nation_against_linear": "the same, against twenty times what 100,000 take",
    "pandas_vs_duckdb": "a peer: pandas for turnover by cluster of 2 million organisation-years, against the SQL",
}
_BEGINS, _ENDS = "<!-- speed begins: written by make bench -->", "<!-- speed ends -->"


@dataclass(frozen=True)
class _Ran:
    seconds: float
    cpu_seconds: float
    peak_mb: float
    said: str


def _run(*command: str, **environment: str) -> _Ran:
    """Run a command to its end; raises ClickException where it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603
            command, cwd=PROJECT, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        _, status, used = os.wait4(child.pid, 0)
        took = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if child.returncode not in (0, 1):
        raise click.ClickException(f"{' '.join(command)} failed: {text[-2000:]}")
    return _Ran(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def _returns(*words: str) -> _Ran:
    return _run(sys.executable, "-m", "orchestration.cli", *words)


def nights(folder: Path, programme: Programme) -> list[Result]:
    """A night of the demo against plain `dbt build` of the same rows, and a night with nothing new against it."""
    full, idle, plain = [], [], []
    for number in range(_TIMES):
        home = folder / f"night-{number}"
        lay_demo(home, seed=2022, now=datetime.now(UTC), programme=programme)
        full.append(_returns("nightly", "--home", str(home)))
        idle.append(_returns("nightly", "--home", str(home)))
        if "Nothing is new" not in idle[-1].said:
            raise click.ClickException(f"The second night found something new: {idle[-1].said[:500]}")
        plain.append(_dbt_build(next((home / "build").glob("*/warehouse.duckdb")), folder / f"dbt-{number}"))
    files = len(list((home / "inbox").iterdir()))
    middle = {name: _median(ran) for name, ran in (("full", full), ("idle", idle), ("plain", plain))}
    peak = max(ran.peak_mb for ran in full)
    return [
        Result("nightly_vs_dbt_build", middle["full"] / middle["plain"], middle["full"], peak, files, 2.0),
        Result("idle_vs_full", middle["idle"] / middle["full"], middle["idle"], None, files, 0.4),
        _check(home),
    ]


def _dbt_build(database: Path, folder: Path) -> _Ran:
    """Plain `dbt build` on the rows that the night loaded, with everything that dbt made of them taken out."""
    folder.mkdir()
    shutil.copy(database, folder / "warehouse.duckdb")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for schema in _MADE_BY_DBT:
            connection.execute(f"drop schema if exists {schema} cascade")
    places = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project", "--target-path", str(folder / "target")]
    as_of = ["--vars", json.dumps({"as_of": datetime.now(UTC).date().isoformat()})]
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type", "unit_test"]
    return _run(
        *command, *places, *as_of, "--log-path", str(folder), RETURNS_WAREHOUSE=str(folder / "warehouse.duckdb")
    )


def _check(home: Path) -> Result:
    """Seconds of CPU of `returns check` on one return with years of history."""
    file = next(iter(sorted((home / "inbox").glob("*2025-26.xlsx"))))
    ran = [_returns("check", str(file), "--home", str(home)) for _ in range(_TIMES)]
    timed = _run(sys.executable, "-X", "importtime", "-m", "orchestration.cli", "check", str(file), "--home", str(home))
    imports = sum(int(own) for own in re.findall(r"import time:\s+(\d+) \|", timed.said)) / 1e6
    click.echo(f"  of returns check, imports of its own process: {imports:.2f} s", err=True)
    cpu = statistics.median(one.cpu_seconds for one in ran)
    return Result("check_cpu", None, cpu, max(one.peak_mb for one in ran), 1, 3.0)


def reading(folder: Path, programme: Programme) -> Result:
    """50,000 rows of the form from xlsx into typed landed rows, against calamine reading the same file."""
    from python_calamine import CalamineWorkbook

    file = folder / "large.xlsx"
    _write_large(file, programme, 50_000)

    def bare() -> None:
        with CalamineWorkbook.from_path(file) as book:
            for name in book.sheet_names:
                book.get_sheet_by_name(name).to_python()

    def ours() -> None:
        target = folder / "landed-large"
        refusal = parse_one(ParseJob("0" * 64, file.name, file, target), programme)
        if refusal:
            raise click.ClickException(refusal.message)
        shutil.rmtree(target)

    ours()  # imports
    first, second = _both(ours, bare)
    return Result("xlsx_vs_calamine", first / second, first, None, 50_000, 2.5)


def _write_large(file: Path, programme: Programme, rows: int) -> None:
    """One return with so many rows: a clean return of the demo, again and again under other names."""
    chance = random.Random(1)  # noqa: S311 - made-up figures, no secrets
    organisations = make_organisations(chance, [cluster["cluster_id"] for cluster in programme.clusters])
    (one, *_) = make_returns(chance, programme, organisations)
    many = [
        one.organisations[at % len(one.organisations)] | {"organisation_name": f"Organisation {at}"}
        for at in range(rows)
    ]
    answers = {**one.answers, "organisations": many}
    write_form(read_form(programme.forms[0]), file, answers=answers, created_at=one.arrived_at)


def two_processes(folder: Path, programme: Programme) -> Result:
    """400 workbooks parsed by two processes against one."""
    home = folder / "many"
    lay_demo(home, seed=2022, now=datetime.now(UTC), programme=programme)
    files = [file for file in sorted((home / "inbox").glob("*.xlsx")) if "scan" not in file.name]

    def parsed(processes: int) -> Callable[[], None]:
        def run() -> None:
            target = folder / "landed-many"
            jobs = [
                ParseJob(f"{at:064}", f"{at} {file.name}", file, target / str(at))
                for at, file in ((at, files[at % len(files)]) for at in range(400))
            ]
            for _ in parse_files(jobs, programme, processes=processes):
                pass
            shutil.rmtree(target)

        return run

    two, one = _both(parsed(2), parsed(1), times=1)
    return Result("two_processes", two / one, two, None, 400, 0.6)


def nation() -> list[Result]:
    """Two million organisation-years against bare SQL, and twenty times as many against 100,000."""
    small, large = measure(100_000, None, 0), measure(2_000_000, None, 8)
    growth = (large["seconds"] / small["seconds"]) / (large["n"] / small["n"])
    return [
        Result("nation_vs_bare_sql", large["ratio"], large["seconds"], large["peak_mb"], large["n"], 1.6),
        Result("nation_against_linear", growth, large["seconds"], large["peak_mb"], large["n"], 1.0),
    ]


def peers() -> list[Result]:
    """What else could have worked out the same figures."""
    pandas_seconds, duckdb_seconds = compare(2_000_000)
    return [Result("pandas_vs_duckdb", pandas_seconds / duckdb_seconds, pandas_seconds, None, 2_000_000, None)]


def _both(first: Callable[[], None], second: Callable[[], None], times: int = _TIMES) -> tuple[float, float]:
    """Median seconds of both, run by turns."""
    took: Mapping[int, list[float]] = {0: [], 1: []}
    for _ in range(times):
        for which, run in enumerate((first, second)):
            began = time.perf_counter()
            run()
            took[which].append(time.perf_counter() - began)
    return statistics.median(took[0]), statistics.median(took[1])


def _median(ran: Sequence[_Ran]) -> float:
    return statistics.median(one.seconds for one in ran)


def shown(results: Sequence[Result]) -> str:
    """The results as a table of text."""
    rows = [
        (
            one.name,
            "" if one.ratio is None else f"{one.ratio:.2f}",
            f"{one.seconds:.1f}",
            "" if one.peak_mb is None else f"{one.peak_mb:,.0f}",
            "" if one.n is None else f"{one.n:,}",
            _limit(one),
        )
        for one in results
    ]
    return "\n".join(table(("What", "Ratio", "Seconds", "Peak MB", "n", "At most"), rows))


def _limit(one: Result) -> str:
    return "" if one.at_most is None else f"{one.at_most:g}" + (" s" if one.ratio is None else "")


def readme_table(results: Sequence[Result]) -> str:
    """The results as the table of the README."""
    lines = ["| what | measured | at most | seconds | peak MB |", "|---|---|---|---|---|"]
    for one in results:
        found = f"{one.seconds:.1f} s" if one.ratio is None else f"{one.ratio:.2f} ×"
        most = _limit(one) + (" ×" if one.ratio is not None and one.at_most is not None else "")
        peak = "" if one.peak_mb is None else f"{one.peak_mb:,.0f}"
        lines.append(f"| {_WHAT[one.name]} | {found} | {most} | {one.seconds:.1f} | {peak} |")
    return "\n".join(lines)


def read_results(file: Path) -> list[Result]:
    """The results of the last run; none where nothing was measured yet."""
    return [Result(**one) for one in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def _write(results: Sequence[Result]) -> None:
    """Results into the file and the README, beside those of the last run that were not measured again."""
    found = {one.name: one for one in [*read_results(RESULTS), *results]}
    every = [_rounded(found[name]) for name in _WHAT if name in found]
    RESULTS.write_text(json.dumps([asdict(one) for one in every], indent=1) + "\n", encoding="utf-8")
    before, rest = README.read_text(encoding="utf-8").split(_BEGINS)
    README.write_text(f"{before}{_BEGINS}\n{readme_table(every)}\n{_ENDS}{rest.split(_ENDS)[1]}", encoding="utf-8")


def _rounded(one: Result) -> Result:
    return replace(
        one,
        ratio=None if one.ratio is None else round(one.ratio, 3),
        seconds=round(one.seconds, 3),
        peak_mb=None if one.peak_mb is None else round(one.peak_mb, 1),
    )


_PARTS: Mapping[str, Callable[[Path, Programme], list[Result]]] = {
    "nights": nights,
    "reading": lambda folder, programme: [reading(folder, programme)],
    "processes": lambda folder, programme: [two_processes(folder, programme)],
    "nation": lambda *_: nation(),
    "peers": lambda *_: peers(),
}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(_PARTS)), help="Measure only this; several may be given.")
def main(only: tuple[str, ...]) -> None:
    """Measure, print the table, and write it into benchmarks/results.json and the README.

    Exit 1 where something is too slow.
    """
    for package in (
        "ingestion",
        "expectations",
        "console",
        "orchestration",
        "publishing",
        "reporting",
        "demo",
        "workspace",
    ):
        compileall.compile_dir(PROJECT / package, quiet=2)
    programme = read_programme(SHIPPED_PROGRAMME)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="returns-bench-") as scratch:
        for name in only or _PARTS:
            click.echo(f"{name} ...", err=True)
            folder = Path(scratch) / name
            folder.mkdir()
            results += _PARTS[name](folder, programme)
            _write(results)
    click.echo(shown(results))
    slow = [
        one.name
        for one in results
        if one.at_most is not None and (one.seconds if one.ratio is None else one.ratio) > one.at_most
    ]
    if slow:
        click.echo(f"Slower than it may be: {', '.join(slow)}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
