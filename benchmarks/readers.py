"""Readers in a loop while releases are published: no error, no mix, never an older one after a newer.

`make bench-readers`. Four processes live through all of it: two read as our own commands do, two as any DuckDB client
that resolves `current` before it opens. Each figure of a release is its number, in every mart and in the CSV, so that
a mix of two releases shows. Every release is a day younger than the last, so that old ones are removed meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import duckdb

from orchestration.home import Home
from orchestration.release import current_release, open_release, publish, verify
from orchestration.retention import remove_old
from publishing.marts import Column, Mart

READERS = ("own", "own", "plain", "plain")
_ROWS = 500
_MARTS = tuple(Mart(name, "One row per row.", (Column("number", "The release."),)) for name in ("first", "second"))
_START = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """What one reader saw."""

    reads: int
    releases: int  # different ones
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How it went."""

    published: int
    removed: int
    seconds: float
    readers: tuple[Seen, ...]


def run(folder: Path, releases: int, *, pause_seconds: float = 0.0) -> Ended:
    """Publish so many releases below a folder while the readers read, with a pause after each time."""
    home = Home(folder)
    _build(folder / "build.duckdb", 1)
    _publish(home, 1)
    started = time.monotonic()
    removed = 0
    # An executor ends its processes by asking them: a pool that terminates them can leave one waiting for ever.
    with ProcessPoolExecutor(len(READERS), mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(read, folder, kind, pause_seconds) for kind in READERS]
        try:
            _wait_for(folder, len(READERS))
            for number in range(2, releases + 1):
                _build(folder / "build.duckdb", number)
                _publish(home, number)
                removed += len(remove_old(home, now=_START + timedelta(days=number)))
        finally:
            (folder / "enough").touch()
        readers = tuple(one.result(timeout=60) for one in waiting)
    return Ended(releases, removed, time.monotonic() - started, readers)


def read(folder: Path, kind: str, pause_seconds: float) -> Seen:
    """Read until it is enough, and once more then."""
    problems: list[str] = []
    seen: list[int] = []
    last = False
    while not last:
        last = (folder / "enough").exists()
        least = int((folder / "published").read_text(encoding="ascii"))
        try:
            numbers = _through_ours(folder) if kind == "own" else _through_duckdb(folder)
        except Exception as error:
            problems.append(f"{kind}: {type(error).__name__} {error}")
            continue
        if len(numbers) != 1:
            problems.append(f"{kind}: a mix of {sorted(numbers)}")
            continue
        (number,) = numbers
        if number < max(least, *seen[-1:], 0):
            problems.append(f"{kind}: {number} after {max(least, *seen[-1:])}")
        seen.append(number)
        if len(seen) == 1:
            (folder / f"reading-{os.getpid()}").touch()
        time.sleep(pause_seconds)
    return Seen(len(seen), len(set(seen)), tuple(problems))


def _through_ours(folder: Path) -> set[int]:
    """Every number in a release, read as our commands do: checked against its manifest, then opened."""
    release = current_release(Home(folder))
    verify(release)
    with open_release(release) as marts:
        found = marts.execute("select number from first union select number from second").fetchall()
        rows = marts.execute("select count(*) from first").fetchone()
    if rows != (_ROWS,):
        raise ValueError(f"{rows} rows")
    return {number for (number,) in found} | {(release.as_of - _START.date()).days}


def _through_duckdb(folder: Path) -> set[int]:
    """The same as any other client: `current` is resolved, then the files below it are opened."""
    release = (folder / "releases" / "current").resolve()
    with duckdb.connect(str(release / "marts.duckdb"), read_only=True) as marts:
        found = marts.execute("select number from first union select number from second").fetchall()
    lines = (release / "csv" / "second.csv").read_text(encoding="utf-8").split()
    if len(lines) != _ROWS + 1:
        raise ValueError(f"{len(lines)} lines")
    return {number for (number,) in found} | {int(line) for line in lines[1:]}


def _build(database: Path, number: int) -> None:
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as build:
        build.execute("create schema marts")
        for mart in _MARTS:
            build.execute(f"create table marts.{mart.name} as select {number} as number from range({_ROWS})")


def _publish(home: Home, number: int) -> None:
    day = _START + timedelta(days=number)
    publish(home, home.folder / "build.duckdb", _MARTS, as_of=day.date(), now=day, inputs={"returns": str(number)})
    # Whoever asks from now on must be given this release, or a later one.
    told = home.folder / ".published"
    told.write_text(str(number), encoding="ascii")
    told.replace(home.folder / "published")


def _wait_for(folder: Path, readers: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(folder.glob("reading-*"))) < readers and time.monotonic() < deadline:
        time.sleep(0.05)


@click.command()
@click.option("--releases", default=200, show_default=True, help="How many to publish.")
def main(releases: int) -> None:
    """Publish releases under the eyes of four readers, and say what they saw."""
    with tempfile.TemporaryDirectory() as folder:
        ended = run(Path(folder), releases)
    click.echo(f"{ended.published} releases published, {ended.removed} removed by the rule, in {ended.seconds:.0f} s")
    for kind, seen in zip(READERS, ended.readers, strict=True):
        click.echo(f"  {kind:<6} {seen.reads:>6,} reads, {seen.releases} different releases seen")
        for problem in seen.problems[:5]:
            click.echo(f"         {problem}")
    problems = sum(len(seen.problems) for seen in ended.readers)
    click.echo("no error, no mix, never an older release after a newer" if not problems else f"{problems} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
