"""How many planted mistakes the rules find, and how often they cry wolf. `make bench-quality`.

Each seed number makes another demo: other organisations and figures, with every kind of mistake planted up to three
times. A kind is found where an alert of its rule speaks of the organisation (or file) and field in which it stands.
A clean organisation-year is a row in which, and in whose organisation, nothing was planted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import duckdb

from demo import Planted, lay_demo, read_planted
from ingestion.programme import read_programme
from orchestration.home import PROJECT, SHIPPED_PROGRAMME, open_home
from orchestration.release import current_release, open_release
from orchestration.text_table import table

Kind = tuple[str, str]  # rule, and kind of mistake

SEEDS = (2022, 7, 41)
TIMES = 3
_LEAST_RECALL = 0.95
_MOST_FALSE = 3.0
# Rules about a file of which nobody can tell whose it is.
_OF_NOBODY = frozenset({"F01", "F05", "F06"})


@dataclass(frozen=True)
class Measured:
    """What seeds gave: planted and found by rule and kind, clean organisation-years, and those wrongly flagged."""

    planted: Counter[Kind]
    found: Counter[Kind]
    clean: int
    wrongly_flagged: int
    imputation_errors: list[tuple[Any, ...]]  # rows of the mart, of the first seed

    @property
    def false_for_100(self) -> float:
        """Errors and warnings about clean organisation-years, for 100 of them."""
        return 100 * self.wrongly_flagged / self.clean


def count(seed: int, times: int) -> Measured:
    """Lay the demo of a seed, run a night over it, and hold its alerts against what was planted."""
    with tempfile.TemporaryDirectory(prefix="returns-quality-") as scratch:
        home = Path(scratch)
        lay_demo(home, seed=seed, now=datetime.now(UTC), programme=read_programme(SHIPPED_PROGRAMME), times=times)
        command = [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home)]
        night = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)  # noqa: S603
        if night.returncode != 0:
            raise click.ClickException(f"The night over seed {seed} failed: {night.stderr.strip()}")
        planted = read_planted(home)
        with open_release(current_release(open_home(home))) as marts:
            found = [one for one in planted if _is_flagged(marts, one)]
            clean, wrong = _false_alarms(marts, planted)
            errors = marts.execute("select * from imputation_errors order by field, method").fetchall()
    return Measured(_kinds(planted), _kinds(found), clean, wrong, errors)


def _kinds(planted: list[Planted]) -> Counter[Kind]:
    return Counter((one.rule_code, one.kind) for one in planted)


def _is_flagged(marts: duckdb.DuckDBPyConnection, one: Planted) -> bool:
    subject = {"rule_code": one.rule_code}
    if one.rule_code not in _OF_NOBODY:
        subject |= {
            "cluster_id": one.cluster_id,
            "reporting_year": one.reporting_year,
            "organisation_name": one.organisation_name,
            "field": one.field,
        }
    known = {column: value for column, value in subject.items() if value}
    conditions = " and ".join(f"{column} = ?" for column in known)
    return bool(marts.execute(f"select 1 from alerts where {conditions} limit 1", list(known.values())).fetchone())


def _false_alarms(marts: duckdb.DuckDBPyConnection, planted: list[Planted]) -> tuple[int, int]:
    """How many organisation-years are clean, and how many errors and warnings speak of them."""
    touched = [one.organisation_name for one in planted if one.organisation_name]
    rows = marts.execute(
        "select count(*) from turnover_by_organisation where not list_contains(?, organisation_name)", [touched]
    ).fetchone()
    alarms = marts.execute(
        """
        select count(*) from alerts
        where severity in ('error', 'warning') and organisation_name is not null
            and not list_contains(?, organisation_name)
        """,
        [touched],
    ).fetchone()
    return (rows or (0,))[0], (alarms or (0,))[0]


def measure(seeds: Sequence[int], times: int) -> Measured:
    """All seeds together. Says on the way which one it is at."""
    counted = []
    for seed in seeds:
        click.echo(f"Seed {seed} ...", err=True)
        counted.append(count(seed, times))
    return Measured(
        planted=sum((one.planted for one in counted), Counter[Kind]()),
        found=sum((one.found for one in counted), Counter[Kind]()),
        clean=sum(one.clean for one in counted),
        wrongly_flagged=sum(one.wrongly_flagged for one in counted),
        imputation_errors=counted[0].imputation_errors,
    )


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, default=SEEDS, show_default=True, help="A demo each.")
@click.option("--times", type=int, default=TIMES, show_default=True, help="How often each mistake in a row is planted.")
def main(seeds: tuple[int, ...], times: int) -> None:
    """Print recall by kind of mistake, and false alarms for 100 clean organisation-years."""
    measured = measure(seeds, times)
    rows = [
        (code, kind, number, measured.found[code, kind], f"{measured.found[code, kind] / number:.0%}")
        for (code, kind), number in sorted(measured.planted.items())
    ]
    click.echo("\n".join(table(("Rule", "Kind of mistake", "Planted", "Found", "Recall"), rows)))
    click.echo(
        f"\n{measured.planted.total()} mistakes of {len(measured.planted)} kinds over {len(seeds)} seeds, "
        f"{measured.found.total()} found."
    )
    click.echo(
        f"{measured.wrongly_flagged} errors and warnings about {measured.clean} clean organisation-years: "
        f"{measured.false_for_100:.1f} for 100 (at most {_MOST_FALSE:g})."
    )
    poor = [
        kind for (code, kind), number in measured.planted.items() if measured.found[code, kind] < _LEAST_RECALL * number
    ]
    if poor or measured.false_for_100 > _MOST_FALSE:
        click.echo(f"Not good enough: {', '.join(poor) or 'too many false alarms'}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
