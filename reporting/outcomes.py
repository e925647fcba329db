"""The section on what changed for people: outcomes by kind, never added across kinds."""

from __future__ import annotations

from publishing.totals import excluded
from reporting import words
from reporting.document import Block, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures
from reporting.kpi_sections import EXCLUDED, history_of, of_year
from reporting.totals import column_shown, is_some

_MART = "social_value_outcomes_by_cluster"


def outcomes_section(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """People with a social or personal outcome, by kind of outcome and cluster."""
    rows = of_year(history_of(figures, _MART, reporting_year, cluster_id), reporting_year)
    blocks: list[Block] = [Heading("Social and personal outcomes", 2)]
    if not rows:
        return [*blocks, Paragraph(words.say("outcomes", "none"))]
    clusters = tuple(dict.fromkeys(str(row["cluster_name"]) for row in rows))
    kinds = sorted({str(row["outcome_type"]) for row in rows})
    found = {(row["outcome_type"], row["cluster_name"]): row for row in rows}

    column = column_shown(figures, _MART, "people")

    def cell(kind: str, cluster: str) -> str:
        row = found.get((kind, cluster))
        return "none sent" if row is None else words.count(row[column])

    def left_out(kind: str, cluster: str) -> words.Figure:
        return found.get((kind, cluster), {}).get(excluded("people")) or 0

    def rests_on(kind: str) -> str:
        return words.count(words.total(row["organisations"] for row in rows if row["outcome_type"] == kind))

    columns = ("Outcome", *clusters, "Rests on")
    lines = []
    for kind in kinds:
        label = kind[0].upper() + kind[1:]
        lines.append((label, *(cell(kind, name) for name in clusters), rests_on(kind)))
        if any(is_some(left_out(kind, name)) for name in clusters):
            lines.append((f"{label}{EXCLUDED}", *(words.count(left_out(kind, name)) for name in clusters), ""))
    return [
        *blocks,
        Paragraph(words.say("outcomes", "some")),
        DataTable(
            name="outcomes",
            caption=f"People with an outcome, {reporting_year}",
            columns=columns,
            rows=tuple(lines),
            numeric=frozenset(columns[1:]),
            sources=(
                Source(_MART, column),
                *((Source(_MART, excluded("people")),) if column != "people" else ()),
                Source(_MART, "organisations"),
            ),
        ),
    ]
