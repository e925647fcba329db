"""Spoil returns at random for minutes on end: each is read or refused with a reason. `make bench-fuzz`.

Bytes of the sheets of a workbook, of the workbook as a file, of an xls and of a CSV file are turned, cut, doubled and
swapped. A file on which the reader crashes or runs into a limit costs one receipt, as it should; one on which our own
code stumbles is a mistake of ours, and is named with its seed so that it can be kept as a case.
"""

from __future__ import annotations

import io
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import click

from ingestion.programme import read_programme
from ingestion.workers import ParseJob, parse_files
from tests.ingestion.hostile_files import BOROUGHS, SHIPPED, csv_return, whole_return, xls_return

_AT_ONCE = 200
_WORDS = (
    b"<v>",
    b"</c>",
    b"<row ",
    b'r="ZZZ9"',
    b"&#0;",
    b"&lt;",
    b'""',
    b",,,",
    b"\xff\xfe",
    b"-",
    b"1e999",
    b't="s"',
)


def spoil(content: bytes, chance: random.Random) -> bytes:
    """The same bytes with one to twenty mistakes in them."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(len(found) or 1)
        match chance.randrange(5):
            case 0:
                found[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[at : at + chance.randint(1, 50)]
            case 2:
                found[at:at] = found[at : at + chance.randint(1, 200)]
            case 3:
                found[at:at] = chance.choice(_WORDS)
            case 4:
                found[at : at + 1] = bytes([(found[at] if found else 0) ^ 1 << chance.randrange(8)])
    return bytes(found)


def spoiled_file(seed: int) -> tuple[str, bytes]:
    """Name and bytes of one spoiled return; the same seed gives the same file."""
    chance = random.Random(seed)  # noqa: S311
    kind = chance.randrange(4)
    if kind == 3:  # noqa: PLR2004 - of four
        return f"{seed}.xls", spoil(xls_return(), chance)
    if kind == 0:
        return f"coventry-2014-15 {seed}.csv", spoil(csv_return().encode(), chance)
    whole = whole_return()
    if kind == 1:
        return f"{seed}.xlsx", spoil(whole, chance)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        chosen = chance.choice(source.namelist())
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, spoil(part, chance) if name == chosen else part)
    return f"{seed}.xlsx", file.getvalue()


@click.command()
@click.option("--minutes", type=float, default=10, show_default=True, help="How long to go on.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where to begin.")
def main(minutes: float, seed: int) -> None:
    """Print what became of the files. Exit 1 where our own code stumbled over one, naming its seed."""
    until = time.monotonic() + minutes * 60
    became: Counter[str] = Counter()
    faults: list[str] = []
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory(prefix="returns-fuzz-") as scratch:
            folder = Path(scratch)
            jobs: dict[Path, list[ParseJob]] = {SHIPPED: [], BOROUGHS: []}
            for number in range(seed, seed + _AT_ONCE):
                name, content = spoiled_file(number)
                (folder / name).write_bytes(content)
                programme = BOROUGHS if name.endswith(".csv") else SHIPPED
                jobs[programme].append(ParseJob(str(number), name, folder / name, folder / "landed" / str(number)))
            for programme, listed in jobs.items():
                for outcome in parse_files(listed, read_programme(programme)):
                    if outcome.fault:
                        faults.append(f"seed {outcome.job.receipt_id}: {outcome.fault}")
                    became[_became(outcome.refusal.message if outcome.refusal else None)] += 1
            shutil.rmtree(folder / "landed", ignore_errors=True)
        seed += _AT_ONCE
        click.echo(f"\r{sum(became.values()):,} files", nl=False, err=True)
    click.echo(err=True)
    for what, count in became.most_common():
        click.echo(f"{count:8,}  {what}")
    click.echo(f"{len(faults)} faults of our own in {sum(became.values()):,} files.")
    if faults:
        click.echo("\n".join(faults), err=True)
        sys.exit(1)


def _became(message: str | None) -> str:
    if message is None:
        return "read"
    for limit in ("gave up on it", "seconds to read", "more memory", "stumbled over it"):
        if limit in message:
            return f"refused: {limit}"
    return "refused with a reason"


if __name__ == "__main__":
    main()
