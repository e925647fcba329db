"""`returns demo`: a made-up inbox to try things on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.home import SHIPPED_PROGRAMME, open_home
from orchestration.options import HOME, Unusable
from workspace.files import make_folder


@click.command()
@HOME
@click.option("--seed", type=int, default=2022, show_default=True, help="Another number makes another demo.")
def demo(home: Path, seed: int) -> None:
    """Lay a made-up inbox to try things on.

    Four clusters, four years, about fifty organisations each, and a list of the defects planted among them.
    """
    from demo import lay_demo
    from ingestion.programme import read_programme

    scheme = read_programme(SHIPPED_PROGRAMME)
    make_folder(home)
    where = open_home(home)
    if where.inbox.is_dir() and any(where.inbox.iterdir()):
        raise Unusable(f"{where.inbox} already holds files, so no demo was laid. Name another place with --home.")
    laid = lay_demo(where.folder, seed=seed, now=datetime.now(UTC), programme=scheme)
    click.echo(f"Laid {laid.files} made-up files in {where.inbox}.")
    click.echo(f"The {laid.planted} defects planted in them are listed in {where.folder / 'demo'}.")
