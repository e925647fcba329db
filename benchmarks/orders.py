"""The demo's returns in five hundred orders of arrival: the same marts every time. `make bench-orders`.

Among the files are one sent twice under two names, late ones, one replaced by a corrected version, and refused ones.
In every order each file is received by a night of its own; only a version that was replaced stays before the one that
replaces it, because the last accepted version is what counts. The bytes are read once, since what is landed of them
depends on them alone; receipts, refusals and the load are made anew, and all SQL runs again.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import duckdb

from benchmarks.nation import compiled
from demo import lay_demo
from ingestion.archive import archived_receipts
from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal
from orchestration.arrivals import arrivals_table
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from orchestration.inbox import take_inbox
from orchestration.operations import no_operations
from orchestration.receipts import receipts_table
from orchestration.refused import keep_refusal, refusals
from orchestration.warehouse import load_warehouse

_LAID_AT = datetime(2026, 8, 1, 2, tzinfo=UTC)
Fingerprints = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Read:
    """The demo after one night: what each order starts from."""

    home: Home
    programme: Programme
    statements: Sequence[tuple[str, str]]  # the SQL of every model, in an order in which each finds what it needs
    reference: Path  # the database of that night, for its seeds
    refused: Mapping[str, Refusal]  # by receipt
    newest_last: Sequence[tuple[str, str]]  # a replaced file, and the one that replaces it


def read_night(home: Home, programme: Programme) -> Read:
    """What the last night of a home landed, refused and compiled."""
    (database,) = home.build.glob("*/warehouse.duckdb")
    with duckdb.connect(str(database), read_only=True) as connection:
        replaced = connection.execute(
            """
            select earlier.file_name, newer.file_name
            from intermediate.int_returns as newer
            inner join intermediate.int_returns as earlier on newer.replaces_receipt_id = earlier.receipt_id
            order by all
            """
        ).fetchall()
    return Read(
        home=home,
        programme=programme,
        statements=list(compiled(home.build / "dbt")),
        reference=database,
        refused={one.receipt.receipt_id: one.refusal for one in refusals(home)},
        newest_last=replaced,
    )


def orders(read: Read, chance: random.Random) -> Iterator[list[str]]:
    """Orders of the files of the inbox without end, each with every replaced version before its successor."""
    names = sorted(file.relative_to(read.home.inbox).as_posix() for file in read.home.inbox.rglob("*.*"))
    while True:
        order = chance.sample(names, len(names))
        for earlier, newer in read.newest_last:
            first, second = sorted((order.index(earlier), order.index(newer)))
            order[first], order[second] = earlier, newer
        yield order


def marts_after(read: Read, order: Sequence[str], folder: Path) -> Fingerprints:
    """Rows and a hash of each mart after files arrived in this order, one on each night."""
    home = _new_home(folder)
    # After all files were put in the inbox, so that when each arrived is told by its own time.
    first = datetime.fromtimestamp(max((read.home.inbox / name).stat().st_mtime for name in order), UTC)
    for night, name in enumerate(order, start=1):
        target = home.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(read.home.inbox / name, target)
        take_inbox(home, read.programme, now=first + timedelta(days=night))
    for receipt in archived_receipts(home.archive):
        if receipt.receipt_id in read.refused:
            keep_refusal(home, receipt, read.refused[receipt.receipt_id], "")
    database = folder / "warehouse.duckdb"
    _load(database, home, read.home, read.programme)
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        connection.execute(f"attach '{read.reference}' as done (read_only)")
        for schema in ("reference", "staging", "intermediate", "alerts", "marts"):
            connection.execute(f"create schema {schema}")
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'done' and schema_name = 'reference'"
        ).fetchall():
            connection.execute(f"create table reference.{name} as from done.reference.{name}")
        for _, sql in read.statements:
            connection.execute(sql)
        return _fingerprints(connection)


def differing(one: Fingerprints, other: Fingerprints) -> list[str]:
    """Names of the marts that are not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _new_home(folder: Path) -> Home:
    (folder / "home" / "inbox").mkdir(parents=True)
    return open_home(folder / "home")


def _load(database: Path, home: Home, landed: Home, programme: Programme) -> None:
    if not home.landed.exists():
        home.landed.symlink_to(landed.landed)
    with duckdb.connect(str(database)) as connection:
        load_warehouse(
            connection,
            landed=[landed.landed],
            receipts=receipts_table(home),
            arrivals=arrivals_table(home),
            labels={},
            register=landed.register,
            programme=programme,
            operations=no_operations(),
        )


def _fingerprints(connection: duckdb.DuckDBPyConnection) -> Fingerprints:
    found = {}
    for (name,) in connection.execute(
        "select table_name from duckdb_tables() where database_name = 'warehouse' and schema_name = 'marts'"
    ).fetchall():
        # when each file was received, and as the how manieth, is the order itself
        ordered = "received_on, last_arrived_on, last_arrival"
        rows_of = f"select * exclude ({ordered}) from marts.{name}" if name == "receipts" else f"from marts.{name}"
        rows, mark = connection.execute(
            f"select count(*), coalesce(bit_xor(hash(one)), 0) from ({rows_of}) as one"
        ).fetchone() or (0, 0)
        found[name] = (rows, mark)
    return found


@click.command()
@click.option("--orders", "wanted", type=int, default=500, show_default=True, help="How many orders.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which orders.")
def main(wanted: int, seed: int) -> None:
    """Print whether every order gave the same marts. Exit 1 where one did not, naming the marts and the order."""
    with tempfile.TemporaryDirectory(prefix="returns-orders-") as scratch:
        programme = read_programme(SHIPPED_PROGRAMME)
        home = _new_home(Path(scratch))
        lay_demo(home.folder, seed=2022, now=_LAID_AT, programme=programme)
        night = [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home.folder)]
        subprocess.run(night, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        read = read_night(home, programme)
        expected: Fingerprints | None = None
        different = 0
        for number, order in zip(range(1, wanted + 1), orders(read, random.Random(seed)), strict=False):  # noqa: S311
            folder = Path(scratch) / "order"
            folder.mkdir()
            found = marts_after(read, order, folder)
            shutil.rmtree(folder)
            expected = expected or found
            if names := differing(expected, found):
                different += 1
                click.echo(f"\nOrder {number} gives other {', '.join(names)}: {'; '.join(order)}", err=True)
            click.echo(f"\r{number} of {wanted} orders", nl=False, err=True)
        click.echo(err=True)
        rows = sum(count for count, _ in (expected or {}).values())
    click.echo(
        f"{wanted} orders of {len(order)} files: {wanted - different} gave the same {len(expected or {})} marts "
        f"({rows:,} rows)."
    )
    if different:
        sys.exit(1)


if __name__ == "__main__":
    main()
