"""`returns template`: the form that a lead agency fills in, with last year's organisations and answers in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.options import HOME, PROGRAMME


@click.command()
@click.option("--cluster", required=True, help="The cluster, by its id, such as walsall.")
@click.option("--year", required=True, help="The reporting year, such as 2025-26.")
@HOME
@PROGRAMME
@click.option("--to", type=click.Path(path_type=Path), help="Write it there; else into this folder.", metavar="FILE")
def template(cluster: str, year: str, home: Path, programme: Path, to: Path | None) -> None:
    """Write the form of a cluster for a year, with last year's answers beside the empty cells.

    They are taken from the newest earlier return that counts in the current release; where there is none the form is
    empty but for the cluster and the year.

    \b
    returns template --cluster walsall --year 2026-27
    """
    from ingestion.programme import read_programme
    from orchestration.release import whole_release
    from reporting.figures import Figures
    from reporting.year_form import write_year_form

    scheme = read_programme(programme)
    known = open_home(home) if home.is_dir() else None
    release = whole_release(known) if known and (known.releases / "current").exists() else None
    target = to or Path(f"{cluster} return {year}.xlsx")
    shown = write_year_form(
        scheme,
        cluster,
        year,
        target,
        figures=Figures(release.folder) if release else None,
        landed=(known.landed if known else Path("landed")),
        created_at=datetime.now(UTC),
    )
    click.echo(f"Wrote {target}" + (f", with the answers of {shown} beside the empty cells." if shown else "."))
