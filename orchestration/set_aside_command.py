"""`returns set-aside`: which returns are set aside by us, and trying them again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.described import LOCKED, command
from orchestration.home import open_home
from orchestration.options import HOME, show


@command(
    "set-aside",
    examples=["returns set-aside", "returns set-aside --try-again 5a9a94b1669e", "returns set-aside --try-all-again"],
    codes={0: "listed, or noted for the next run", 3: LOCKED},
)
@HOME
@click.option("--try-again", metavar="RECEIPT", help="Try this return again in the next run: the start of its receipt.")
@click.option("--try-all-again", is_flag=True, help="Try every return that is set aside again in the next run.")
def set_aside(home: Path, try_again: str | None, try_all_again: bool, as_json: bool) -> None:
    """List the returns that a run set aside because its build stopped at them, or try them again.

    A return that is set aside is tried again by itself when the version of Cluster Returns, the programme, the register
    or the cluster's other years change. If the next run stops at it again, it sets it aside again.
    """
    from orchestration import set_aside as kept
    from orchestration.one_writer import only_one_writer
    from orchestration.summary import set_aside_lines

    where = open_home(home)
    if try_again is None and not try_all_again:
        listed = kept.records(where)
        text = "\n".join(set_aside_lines(where.folder, listed)[1:]) or "No return is set aside."
        show(as_json, [asdict(one) for one in listed], text)
        return
    with only_one_writer(where, what="set-aside", now=datetime.now(UTC)):
        chosen = kept.try_again(where, try_again or "")
    text = "\n".join(
        f"The next run tries again: {one.file_name} ({one.cluster_id}, {one.reporting_year})." for one in chosen
    )
    show(as_json, [asdict(one) for one in chosen], text)
