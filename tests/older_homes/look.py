"""Open an older home with the code of today, in a process of its own: `python -m tests.older_homes.look HOME …`.

Prints one JSON object: what `make_home.tell` finds, the status of each console page that shows a release, and what is
broken in the history of decisions and in the audit log.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from tests.older_homes import make_home


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.option("--leave-out", multiple=True, metavar="ALERT", help="Leave the figure of this alert out first.")
@click.option("--run", metavar="INSTANT", help="Then run, at this moment and as of its day.")
def main(home: Path, leave_out: tuple[str, ...], run: str | None) -> None:
    """Decide, run, and say what the home is like."""
    make_home.set_up(home)
    if leave_out:
        from console.decisions.decide import Verdict, decide

        left_out = Verdict("leave-out", "They cannot tell.")
        decide("default", leave_out, left_out, by="steward@example.org", at=datetime.fromisoformat(str(run)))
    if run:
        make_home.run(home, datetime.fromisoformat(run))
    from orchestration.home import Home
    from orchestration.operations import broken_history

    # The history before the pages: to sign in for them writes into the audit log.
    told = {"told": make_home.tell(home), "broken": broken_history(Home(home)), "pages": _pages(home)}
    click.echo(json.dumps(told))


def _pages(home: Path) -> dict[str, int]:
    client = make_home.client("steward@example.org")
    addresses = ["/alerts/", "/queries/", "/data/releases/", "/queries/1/"]
    for release in sorted(one.name for one in (home / "releases").iterdir() if not one.is_symlink()):
        addresses += [f"/data/releases/{release}/{rest}" for rest in ("", "marts/", "marts/turnover_by_cluster/")]
    return {address: client.get(address).status_code for address in addresses}


if __name__ == "__main__":
    main()
