"""Which hidden figures someone finds who reads a report: in its tables, and by taking the known from a total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publishing.public import HIDDEN as MARK
from publishing.tables import MARKER
from publishing.totals import accepted, split
from reporting.document import DataTable, Document
from reporting.figures import Figures, Row
from reporting.kpi_sections import EXCLUDED

# The mart, the cluster's name, the reporting year, the column.
Place = tuple[str, str, str, str]


def hidden_figures(figures: Figures) -> Mapping[Place, float]:
    """Every figure of a cluster and year that the public edition hides, with the value that the whole release has."""
    public = figures.for_anyone
    found: dict[Place, float] = {}
    for mart in [row["table_name"] for row in public.select("select table_name from duckdb_tables() order by all")]:
        rows = public.select(f"select * from {mart} order by all")
        for row in rows if rows and {"cluster_id", "reporting_year"} <= set(rows[0]) else []:
            for name, value in row.items():
                if name.endswith(MARKER) and value == MARK:
                    column = name.removesuffix(MARKER)
                    truth = figures.mart(mart, column, **_keys(row))[0][column]
                    found[mart, str(row["cluster_name"]), str(row["reporting_year"]), column] = float(truth)
    return found


def _keys(row: Row) -> dict[str, object]:
    return {key: row[key] for key in ("cluster_id", "reporting_year", "outcome_type") if key in row}


def of_cluster(hidden: Mapping[Place, float], cluster: str) -> Mapping[Place, float]:
    """The hidden figures of one cluster, by its name."""
    return {place: value for place, value in hidden.items() if place[1] == cluster}


def told(document: Document, hidden: Mapping[Place, float], reporting_year: str) -> set[Place]:
    """The hidden figures that the report tells; for the report of a cluster `hidden` are those of that cluster."""
    found = set()
    for place in hidden:
        mart, cluster, year, column = place
        alone = sum((mart, year, column) == (other[0], other[2], other[3]) for other in hidden) == 1
        shown: list[str] = []
        for table in document.tables():
            shown += _in_its_cell(table, mart, cluster, year, column, reporting_year)
            if alone:
                # with two hidden, a total tells their sum only
                shown += _in_a_total(table, mart, year, column)
        if any(_is_number(text) for text in shown):
            found.add(place)
    return found


def _in_its_cell(
    table: DataTable, mart: str, cluster: str, year: str, column: str, reporting_year: str
) -> Iterator[str]:
    """The cell of the figure: under its year, or in a table of one year under the column of its source."""
    if table.columns[0] not in {"Cluster", "Outcome"}:
        return
    part = split(column)
    label, of_row = cluster, column
    if part and part[1] == "excluded" and not any(source.column == column for source in table.sources[:2]):
        # what is excluded stands in a row of its own, below the accepted total that it is no part of
        label, of_row = f"{cluster}{EXCLUDED}", accepted(part[0])
    places = len(table.columns) - 1
    for row in table.rows:
        if row[0] == f"{cluster}{EXCLUDED}" and len(table.sources) == 2 and table.sources[1].column == column:
            yield from (text for name, text in zip(table.columns, row, strict=True) if name == year)
        if row[0] != label:
            continue
        if len(table.sources) <= 2 and (table.sources[0].mart, table.sources[0].column) == (mart, of_row):
            yield from (text for name, text in zip(table.columns, row, strict=True) if name == year)
        elif year == reporting_year and len(table.sources) >= places:
            yield from (
                text
                for source, text in zip(table.sources[:places], row[1:], strict=True)
                if (source.mart, source.column) == (mart, of_row)
            )


def _in_a_total(table: DataTable, mart: str, year: str, column: str) -> Iterator[str]:
    """The line of the summary that adds the clusters up, under the figure's year."""
    if table.name == "kpis" and year in table.columns:
        for row, source in zip(table.rows, table.sources, strict=True):
            if (source.mart, source.column) == (mart, column):
                yield row[table.columns.index(year)]


def _is_number(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
