"""`returns trace`: what a figure is made of, down to receipt, file, sheet and cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.described import command
from orchestration.home import open_home
from orchestration.options import HOME, show

if TYPE_CHECKING:
    from orchestration.trace import Trace


@command(
    examples=[
        "returns trace turnover_by_cluster --cluster walsall --year 2024-25",
        "returns trace employment_by_cluster --cluster walsall --year 2024-25 --column fte",
        "returns trace turnover_by_organisation --cluster walsall --year 2024-25 "
        "--organisation GB-CHC-1090095 --column growth_ratio",
    ]
)
@click.argument("mart")
@click.option("--cluster", required=True, help="The cluster, by its id, such as walsall.")
@click.option("--year", required=True, help="The reporting year, such as 2024-25.")
@click.option("--organisation", help="Only this organisation, by its id.", metavar="ID")
@click.option("--column", help="The figure; else the first that the mart is about.")
@HOME
def trace(
    mart: str, cluster: str, year: str, organisation: str | None, column: str | None, home: Path, as_json: bool
) -> None:
    """Say what a figure of a mart is made of: each cell with its receipt, file and sheet, and who decided what."""
    from orchestration.release import whole_release
    from orchestration.trace import trace as find

    where = open_home(home)
    found = find(
        where, whole_release(where), mart, cluster=cluster, organisation=organisation, year=year, column=column
    )
    show(as_json, found.as_json(), trace_text(found))


def trace_text(found: Trace) -> str:
    """The same for a person."""
    from orchestration.text_table import table

    of = ", ".join(text for text in (found.cluster_id, found.organisation_id, found.reporting_year) if text)
    value = "not known" if found.value is None else f"{found.value:,}"
    lines = [f"{found.mart}.{found.column}, {of}: {value}", found.made_how, ""]
    headings = ("Name", "Year", "Figure", "Field", "Typed", "Sheet", "Cell", "Receipt", "What else")
    rows = [
        (part.name, part.reporting_year, part.figure, part.field, part.typed, part.sheet, part.cell,
         part.receipt_id[:12], "; ".join(part.notes))
        for part in found.parts
    ]  # fmt: skip
    lines += [line.rstrip() for line in table(headings, rows)]
    files = sorted({(part.receipt_id, part.file_name) for part in found.parts})
    lines += ["", "Receipts:", *(f"  {receipt[:12]}  {name}" for receipt, name in files)]
    if found.decisions:
        lines += ["", "Decisions of this cluster and year:"]
        for one in found.decisions:
            about = one["organisation_name"] or "the whole return"
            lines.append(f"  {one['decision_id']}  {one['decided_on']}  {about}, {one['field']}: {one['kind']}")
            lines.append(f"      {one['reason'] or one['explanation'] or ''}".rstrip())
    return "\n".join(lines)
