"""What changed in a KPI since the year before, split by cluster and, where the release knows them, by parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting import words
from reporting.charts import bar_chart
from reporting.document import Block, Chart, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row
from reporting.kpi_sections import file_name, of_year, way_of
from reporting.totals import column_shown

_ALL = "All of these"
_REST = "All else"


def change_by_cluster(kpi: Mapping[str, Any], figures: Figures, history: Sequence[Row], year: str) -> list[Block]:
    """The change of the KPI's figure in each cluster that has it in this year and in the year before.

    The parts of a change add up to it: what is no part that the release knows stands under "All else", such as
    organisations that are in one of the two years only.
    """
    column = column_shown(figures, kpi["mart"], kpi["path"])
    before = {row["cluster_id"]: row for row in of_year(history, figures.year_before(year))}
    both = [
        (before[row["cluster_id"]], row)
        for row in of_year(history, year)
        if all(words.is_number(found.get(column)) is not None for found in (row, before.get(row["cluster_id"], {})))
    ]
    heading = Heading("What changed since last year, and where")
    if not both:
        return [heading, Paragraph(words.say("change by cluster", "unknown"))]
    change = {str(now["cluster_name"]): float(now[column]) - float(last[column]) for last, now in both}
    said = [_said(change, way_of(kpi))]
    if kpi.get("change_parts"):
        said.append(words.say("change by cluster", "rest"))
    return [heading, Paragraph(" ".join(said)), _chart(kpi, column, both, change, year)]


def _said(change: Mapping[str, float], write: str) -> str:
    largest = max(change, key=lambda name: abs(change[name]))
    turn = "raised" if change[largest] > 0 else "lowered" if change[largest] < 0 else "nothing"
    return words.say("change by cluster", turn, cluster=largest, by=words.WRITE[write](abs(change[largest])))


def _chart(
    kpi: Mapping[str, Any], column: str, both: Sequence[tuple[Row, Row]], change: Mapping[str, float], year: str
) -> Block:
    write = words.WRITE[way_of(kpi)]
    parts = kpi.get("change_parts", [])
    lines: list[tuple[str, list[words.Figure]]] = []
    for last, now in both:
        name = str(now["cluster_name"])
        of_parts = [now[part["column"]] for part in parts]
        lines.append((name, [last[column], now[column], change[name], *_with_rest(change[name], of_parts)]))
    lines.append((_ALL, [_sum(column) for column in zip(*(figures for _, figures in lines), strict=True)]))
    labels = (*(part["label"] for part in parts), *((_REST,) if parts else ()))
    columns = ("Cluster", "Year before", "This year", "Change", *labels)
    caption = f"{kpi['path_title']}: change to {year}"
    table = DataTable(
        name=f"{file_name(kpi['heading'])}-change",
        caption=caption,
        columns=columns,
        rows=tuple((name, *(write(figure) for figure in figures)) for name, figures in lines),
        numeric=frozenset(columns[1:]),
        sources=(Source(kpi["mart"], column), *(Source(kpi["mart"], part["column"]) for part in parts)),
    )
    if len(change) == 1:
        return table
    return Chart(
        caption=caption,
        words=f"Change by cluster: {words.listed([f'{name} {write(value)}' for name, value in change.items()])}.",
        spec=bar_chart(
            [{"cluster": name, "change": value} for name, value in change.items()],
            label="cluster",
            value="change",
            title="Change",
            number=",~f",
            written=",.1f" if way_of(kpi) == "decimal" else ",.0f",
        ),
        table=table,
    )


def _with_rest(change: float, parts: Sequence[words.Figure]) -> list[words.Figure]:
    if not parts:
        return []
    known = [number for part in parts if (number := words.is_number(part)) is not None]
    return [*parts, change - sum(known) if len(known) == len(parts) else None]


def _sum(figures: Sequence[words.Figure]) -> words.Figure:
    """The sum, where every one is known: a sum of some would look like a sum of all."""
    known = [number for figure in figures if (number := words.is_number(figure)) is not None]
    return sum(known) if len(known) == len(figures) else None
