"""`returns demo`: a made-up inbox to try things on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.described import command
from orchestration.home import SHIPPED_PROGRAMME, open_home
from orchestration.options import HOME, show
from workspace.errors import WrongCallError
from workspace.files import make_folder
from workspace.offered import near


@command(examples=["returns demo", "returns demo --home /tmp/demo --seed 7"])
@HOME
@click.option("--seed", type=int, default=2022, show_default=True, help="Another number makes another demo.")
def demo(home: Path, seed: int, as_json: bool) -> None:
    """Lay a made-up inbox to try things on.

    Four clusters, four years, about fifty organisations each, and a list of the defects planted among them.
    """
    from demo import lay_demo
    from ingestion.programme import read_programme

    scheme = read_programme(SHIPPED_PROGRAMME)
    make_folder(home)
    where = open_home(home)
    try:
        laid = lay_demo(where.folder, seed=seed, now=datetime.now(UTC), programme=scheme)
    except FileExistsError as error:
        raise WrongCallError(str(error), "Name another place with --home.") from error
    show(
        as_json,
        {"files": laid.files, "planted": laid.planted, "inbox": str(where.inbox)},
        f"Laid {laid.files} made-up files in {near(where.inbox)}.\n"
        f"The {laid.planted} defects planted in them are listed in {near(where.folder / 'demo')}.",
    )
