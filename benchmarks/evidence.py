"""How well the rules and the estimates do, on planted, real and known data: writes docs/evidence.md. `make evidence`.

Nothing in that page is typed but the judgements of ten alerts, which a person read (docs/judged_alerts.yml).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import duckdb
import yaml

from benchmarks.quality import SEEDS, TIMES, Measured, measure
from orchestration.home import PROJECT, open_home
from orchestration.release import current_release, open_release
from tests.rules.survey import APPLY, find, read_survey

PAGE = PROJECT / "docs" / "evidence.md"
JUDGED = PROJECT / "docs" / "judged_alerts.yml"
_BOROUGHS = PROJECT / "tests" / "programmes" / "west-midlands-boroughs"
_WAYS = {
    "total_income_gbp": "Turnover",
    "employees_headcount": "Headcount",
    "employees_fte": "Full-time equivalents",
    "volunteer_hours": "Volunteer hours",
}


def page(measured: Measured, real: duckdb.DuckDBPyConnection, found: Sequence[tuple[str, str, str]]) -> str:
    """The whole page, as text."""
    lines = [
        "# What the rules and the estimates are worth",
        "",
        "Made by `make evidence`. Every figure comes from a run; the judgements of ten alerts were written by hand.",
        "The planted mistakes are in made-up returns: they show that a rule works, not how common the mistake is.",
        *_planted(measured),
        *_real(real),
        *_survey(found),
        *_estimates(real, measured),
    ]
    return "\n".join(lines) + "\n"


def _planted(measured: Measured) -> Iterator[str]:
    yield from ("", "## Planted mistakes", "")
    yield (
        f"{measured.planted.total()} mistakes of {len(measured.planted)} kinds over {len(SEEDS)} demos "
        f"(seeds {', '.join(map(str, SEEDS))}): {measured.found.total()} found. Of {measured.clean:,} organisation-"
        f"years in which nothing was planted, {measured.wrongly_flagged} errors or warnings speak: "
        f"{measured.false_for_100:.1f} for 100."
    )
    rows = [
        (code, kind, planted, measured.found[code, kind], f"{measured.found[code, kind] / planted:.0%}")
        for (code, kind), planted in sorted(measured.planted.items())
    ]
    yield ""
    yield from _table(("rule", "kind of mistake", "planted", "found", "recall"), rows)


def _real(real: duckdb.DuckDBPyConnection) -> Iterator[str]:
    (rows,) = real.execute("select sum(organisation_rows) from returns").fetchone() or (0,)
    yield from ("", "## Real returns", "")
    yield f"What fires on {rows:,} organisation-years of seven boroughs over six years (open data of Co-operatives UK)."
    yield ""
    fired = real.execute(
        """
        select rule_code, rule_title, severity, count(*), round(100.0 * count(*) / ?, 1)
        from alerts group by all order by severity, rule_code
        """,
        [rows],
    ).fetchall()
    yield from _table(("rule", "what it is about", "severity", "alerts", "for 100 organisation-years"), fired)
    judged = yaml.safe_load(JUDGED.read_text(encoding="utf-8"))
    yield from ("", f"{len(judged)} of them were read one by one, with the organisation's other years:", "")
    table = []
    for one in judged:
        alert = real.execute(
            "select rule_code, cluster_name, reporting_year, message from alerts where alert_id like ? || '%'",
            [one["alert"]],
        ).fetchone()
        if alert is None:
            raise click.ClickException(f"{JUDGED.name} judges {one['alert']}, which does not fire any more.")
        table.append((*alert, one["judgement"], one["because"]))
    yield from _table(("rule", "cluster", "year", "the alert", "judgement", "because"), table)
    verdicts = Counter(one["judgement"] for one in judged)
    yield ""
    yield ", ".join(f"{verdict}: {number}" for verdict, number in sorted(verdicts.items())) + "."


def _survey(found: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield from ("", "## A survey with known answers", "")
    yield "Sixty retailers of a public teaching set for data editing, and what the rules that apply find in it. A test"
    yield "holds each against plain arithmetic over the file."
    yield ""
    names: dict[str, list[str]] = {code: [] for code in APPLY}
    for rule, _, name in found:
        if name not in names[rule]:
            names[rule].append(name)
    yield from _table(
        ("rule", "retailers", "which"), [(code, len(who), " ".join(who) or "none") for code, who in names.items()]
    )


def _estimates(real: duckdb.DuckDBPyConnection, measured: Measured) -> Iterator[str]:
    yield from ("", "## Estimates of what was not sent", "")
    yield "An estimate is the organisation's figure of the year before (forward) or after (backward), times the ratio"
    yield "of the sums of its peers in both years: of its sector and size where there are ten others with both figures"
    yield "and no open question, else of its sector, else of all. Here every known figure was taken out in turn and"
    yield "estimated from the rest, its own organisation left out of the ratio."
    told = "select * from imputation_errors order by field, method"
    for title, rows in (
        ("Real returns", real.execute(told).fetchall()),
        (f"The demo, seed {SEEDS[0]}", measured.imputation_errors),
    ):
        yield from ("", f"{title}:", "")
        yield from _table(
            (
                "figure",
                "method",
                "figures",
                "half are off by at most",
                "within a tenth",
                "within a quarter",
                "total off",
            ),
            [
                (_WAYS[field], method, figures, f"{middle:.1%}", f"{tenth:.0%}", f"{quarter:.0%}", f"{total:+.1%}")
                for field, method, figures, middle, tenth, quarter, total in rows
            ],
        )


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |"


@click.command()
@click.option("--shared", type=click.Path(exists=True, path_type=Path), default=PROJECT.parent / "shared")
def main(shared: Path) -> None:
    """Run everything that the page needs, and write it. Some ten minutes."""
    with tempfile.TemporaryDirectory(prefix="returns-evidence-") as scratch:
        home = Path(scratch) / "real"
        shutil.copytree(shared / "real" / "returns", home / "inbox")
        click.echo("Real returns ...", err=True)
        command = ["orchestration.cli", "nightly", "--home", str(home), "--programme", str(_BOROUGHS)]
        subprocess.run([sys.executable, "-m", *command], check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)  # noqa: S603
        click.echo("Known answers ...", err=True)
        found = find(PROJECT, Path(scratch) / "survey", read_survey(shared))
        measured = measure(SEEDS, TIMES)
        with open_release(current_release(open_home(home))) as real:
            PAGE.write_text(page(measured, real, found), encoding="utf-8")
    click.echo(f"Written: {PAGE}")


if __name__ == "__main__":
    main()
