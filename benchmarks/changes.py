"""Two hundred ordinary changes of a demo's returns: each is published, and its figures are right. `make bench-changes`.

One to three returns are changed as people change them (see benchmarks/edits.py) and sent again, under their name or
another, for any year. They are received, landed and counted by the SQL that the last run compiled; every data test of
the project and every suite of the gate has to hold. Then the totals of each cluster and year are worked out again from
the landed rows, by pandas and by code that shares nothing with the SQL, and compared.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import click
import duckdb

from benchmarks.edits import EDITS, read_book, write_book
from benchmarks.nation import compiled
from benchmarks.recount import recount
from demo import lay_demo
from expectations.suites.gate import audit
from expectations.sums import adds_up
from ingestion.programme import Programme, read_programme
from orchestration.arrivals import arrivals_table
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from orchestration.inbox import take_inbox
from orchestration.landing import land
from orchestration.operations import no_operations
from orchestration.receipts import receipts_table
from orchestration.warehouse import load_warehouse

_LAID_AT = datetime(2026, 8, 1, 2, tzinfo=UTC)
_KEPT = ("archive", "inbox", "landed", "refused", "register")


@dataclass(frozen=True)
class Base:
    """A home after one run of the demo: what every change starts from."""

    home: Home
    programme: Programme
    models: Sequence[tuple[str, str]]  # the SQL of each, in an order in which each finds what it needs
    tests: Sequence[tuple[str, str]]  # the SQL of each data test, which must find no row
    database: Path  # of that run, for its seeds


@dataclass(frozen=True)
class Outcome:
    """What became of one change."""

    edits: tuple[str, ...]
    problems: tuple[str, ...]  # none where it was published with the right figures
    figures: int  # that were compared


def base_of(home: Home, programme: Programme) -> Base:
    """What the last run of a home compiled and built."""
    (database,) = home.build.glob("*/warehouse.duckdb")
    target = home.build / "dbt"
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [(one["unique_id"], one["compiled_code"]) for one in results if one["unique_id"].startswith("test.")]
    return Base(home, programme, list(compiled(target)), tests, database)


def change(base: Base, folder: Path, number: int, seed: int) -> Outcome:
    """Change one to three returns in a copy of the home and count it again; `number` says which edit comes first."""
    chance = Random(f"{seed} {number}")  # noqa: S311 - which cells, no secrets
    home = _copy(base.home, folder)
    names = list(EDITS)
    edits = [names[number % len(names)], *chance.sample(names, chance.randrange(3))]
    files = chance.sample(sorted(base.home.inbox.glob("* return 20*-*.xlsx")), len(edits))
    done = []
    for file, edit in zip(files, edits, strict=True):
        book = read_book(file)
        if not book.members():
            continue
        EDITS[edit](book, chance)
        is_new = chance.random() < 0.4  # noqa: PLR2004 - four in ten come under a name of their own
        target = home.inbox / (f"{file.stem} v{number}.xlsx" if is_new else file.name)
        write_book(book, target)
        moment = (_LAID_AT + timedelta(days=40 + number)).timestamp()
        os.utime(target, (moment, moment))
        done.append(f"{edit} ({file.stem}{', new file' if is_new else ''})")
    now = datetime.now(UTC)
    take_inbox(home, base.programme, now=now)
    land(home, base.programme, as_of=now.date(), progress=lambda _: None, processes=1)
    database = folder / "warehouse.duckdb"
    problems = _count(base, home, database)
    figures = 0
    if not problems:
        problems, figures = compare(database)
    return Outcome(tuple(done), tuple(problems), figures)


def _copy(home: Home, folder: Path) -> Home:
    target = folder / "home"
    target.mkdir(parents=True)
    for name in _KEPT:
        source = home.folder / name
        if source.is_dir():
            shutil.copytree(source, target / name)
    return open_home(target)


def _count(base: Base, home: Home, database: Path) -> list[str]:
    """Load, run every model, and hold every test and suite; one sentence for each that does not hold."""
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        load_warehouse(
            connection,
            landed=[home.landed],
            receipts=receipts_table(home),
            arrivals=arrivals_table(home),
            labels={},
            register=home.register,
            programme=base.programme,
            operations=no_operations(),
        )
        connection.execute(f"attach '{base.database}' as done (read_only)")
        for schema in ("reference", "staging", "intermediate", "alerts", "marts"):
            connection.execute(f"create schema {schema}")
        seeds = "select table_name from duckdb_tables() where database_name = 'done' and schema_name = 'reference'"
        for (name,) in connection.execute(seeds).fetchall():
            connection.execute(f"create table reference.{name} as from done.reference.{name}")
        connection.execute("detach done")
        problems = []
        for name, sql in base.models:
            try:
                connection.execute(sql)
            except duckdb.Error as error:
                return [f"{name} cannot be counted: {str(error).splitlines()[0]}"]
        for name, sql in base.tests:
            (rows,) = connection.execute(f"select count(*) from ({sql})").fetchone() or (0,)
            if rows:
                problems.append(f"{name} finds {rows} rows")
        off = connection.execute("select reason from marts.reconciliations where not adds_up order by 1").fetchall()
        problems += [reason for (reason,) in off]
    return problems + [one.sentence for one in audit(database).results if not one.passed]


def compare(database: Path) -> tuple[list[str], int]:
    """The figures of each cluster and year beside those worked out again; the problems, and how many were compared."""
    with duckdb.connect(str(database), read_only=True) as connection:
        expected = recount(connection)
        problems = []
        for (mart, column, cluster, year), parts in expected.items():
            (found,) = connection.execute(
                f"select {column} from marts.{mart} where cluster_id = ? and reporting_year = ?", [cluster, year]
            ).fetchone() or (None,)
            same = found is None if parts is None else found is not None and adds_up(float(found), parts)
            if not same:
                shown = None if parts is None else round(sum(parts), 4)
                problems.append(f"{mart}.{column} of {cluster}, {year} is {found}, and should be {shown}")
    return problems, len(expected)


@click.command()
@click.option("--changes", type=int, default=200, show_default=True, help="How many.")
@click.option("--first", type=int, default=0, show_default=True, help="The number of the first.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which returns and cells.")
def main(changes: int, first: int, seed: int) -> None:
    """Print how many were published with the right figures. Exit 1 where one was not, naming it."""
    with tempfile.TemporaryDirectory(prefix="returns-changes-") as scratch:
        programme = read_programme(SHIPPED_PROGRAMME)
        home = Path(scratch) / "base"
        lay_demo(home, seed=2022, now=_LAID_AT, programme=programme)
        night = [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home)]
        subprocess.run(night, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        base = base_of(open_home(home), programme)
        failed, figures = 0, 0
        seen: Counter[str] = Counter()
        for number in range(first, first + changes):
            folder = Path(scratch) / "change"
            outcome = change(base, folder, number, seed)
            shutil.rmtree(folder)
            figures += outcome.figures
            seen.update(edit.split(" (")[0] for edit in outcome.edits)
            if outcome.problems:
                failed += 1
                click.echo(f"\nChange {number}: {'; '.join(outcome.edits)}", err=True)
                click.echo("\n".join(f"  {problem}" for problem in outcome.problems[:5]), err=True)
            click.echo(f"\r{number - first + 1} of {changes} changes", nl=False, err=True)
        click.echo(err=True)
    click.echo(summary(changes, failed, figures, seen))
    if failed:
        sys.exit(1)


def summary(changes: int, failed: int, figures: int, seen: Mapping[str, int]) -> str:
    """How it went, in one line."""
    return (
        f"{changes} changes of {len(seen)} ways ({sum(seen.values())} returns changed): {changes - failed} published, "
        f"and {figures:,} figures are those worked out again from the landed rows."
    )


if __name__ == "__main__":
    main()
