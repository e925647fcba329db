"""`returns template`: the form that a lead agency fills in, with last year's organisations and answers in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.described import command
from orchestration.options import HOME, PLACE, PROGRAMME, home_if_any, new_file, one_of, show


@command(
    examples=[
        "returns template --cluster walsall --year 2026-27",
        'returns template --cluster walsall --year 2026-27 --to "/tmp/walsall 2026-27.xlsx"',
    ]
)
@click.option("--cluster", required=True, help="The cluster, by its id, such as walsall.")
@click.option("--year", required=True, help="The reporting year, such as 2025-26.")
@HOME
@PROGRAMME
@click.option("--to", type=PLACE, help="Write it there, as .xlsx; else into this folder.", metavar="FILE")
def template(cluster: str, year: str, home: Path, programme: Path, to: Path | None, as_json: bool) -> None:
    """Write the form of a cluster for a year, with last year's answers beside the empty cells.

    They are taken from the newest earlier return that counts in the current release; where there is none the form is
    empty but for the cluster and the year.

    A file that is there already is left alone: somebody may have filled it in.
    """
    from ingestion.programme import read_programme
    from orchestration.release import whole_release
    from reporting.figures import Figures
    from reporting.year_form import write_year_form

    scheme = read_programme(programme)
    known = home_if_any(home)
    release = whole_release(known) if known and (known.releases / "current").exists() else None
    cluster = one_of("cluster", cluster, [one["cluster_id"] for one in scheme.clusters])
    year = one_of("reporting year", year, [one["reporting_year"] for one in scheme.reporting_years])
    target = new_file(to or Path(f"{cluster} return {year}.xlsx"), (".xlsx",))
    shown = write_year_form(
        scheme,
        cluster,
        year,
        target,
        figures=Figures(release.folder) if release else None,
        landed=(known.landed if known else Path("landed")),
        created_at=datetime.now(UTC),
    )
    text = f"Wrote {target}" + (f", with the answers of {shown} beside the empty cells." if shown else ".")
    if known and not release:
        text += f" There is no release in {known.folder} yet, so no organisations of an earlier year are in it."
    show(as_json, {"file": str(target), "answers_of": shown}, text)
