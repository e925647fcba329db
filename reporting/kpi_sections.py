"""The sections of a report that show one KPI each: a sentence, the path over the years, the clusters side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from publishing.totals import excluded
from reporting import words
from reporting.charts import line_chart
from reporting.document import Block, Chart, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row
from reporting.totals import column_shown, excluded_said, is_some

# What follows a name in the row of a table that says what is excluded from the row above.
EXCLUDED = ": excluded"


@lru_cache(maxsize=1)
def kpis() -> Sequence[Mapping[str, Any]]:
    """What each KPI is shown by (reporting/kpis.yml)."""
    read: Sequence[Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "kpis.yml").read_text(encoding="utf-8"))
    return read


def kpi_section(kpi: Mapping[str, Any], figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """One KPI for the programme, or for one cluster where `cluster_id` is given."""
    history = history_of(figures, kpi["mart"], reporting_year, cluster_id)
    return [
        Heading(kpi["heading"], 2),
        *kpi_path(kpi, figures, history, reporting_year, cluster_id),
        kpi_by_cluster(kpi, figures, of_year(history, reporting_year), reporting_year),
        Paragraph(kpi["definition"]),
    ]


def kpi_path(
    kpi: Mapping[str, Any], figures: Figures, history: Sequence[Row], reporting_year: str, cluster_id: str | None
) -> list[Block]:
    """How the KPI changed since the year before in a sentence, and its path over the years.

    Sums over the clusters are only compared where all returns of both years are in.
    """
    write, column = way_of(kpi), column_shown(figures, kpi["mart"], kpi["path"])
    before = figures.year_before(reporting_year)
    rows, rows_before = of_year(history, reporting_year), of_year(history, before)
    now, last = (words.total(row[column] for row in of_rows) for of_rows in (rows, rows_before))
    if before is None or all(figures.is_complete(year, cluster_id) for year in (reporting_year, before)):
        said = words.change(kpi["path_title"], now, last, write)
        said += excluded_said(rows, kpi["path"], write, reporting_year)
        said += excluded_said(rows_before, kpi["path"], write, before or "")
    else:
        figure = words.WRITE[write](now)
        said = words.say(
            "change", "incomplete", what=kpi["path_title"], now=figure, year=reporting_year, year_before=before
        )
        said += excluded_said(rows, kpi["path"], write, reporting_year)
    return [
        Paragraph(said, (Source(kpi["mart"], column),)),
        path_chart(figures, history, kpi["path"], kpi["path_title"], write, kpi["mart"]),
    ]


def kpi_by_cluster(kpi: Mapping[str, Any], figures: Figures, rows: Sequence[Row], reporting_year: str) -> DataTable:
    """The clusters side by side in one year: what each figure rests on, the KPI's columns, and its quality rating."""
    mart = kpi["mart"]
    columns = [
        (column["label"], column["column"], column_shown(figures, mart, column["column"]), words.WRITE[column["words"]])
        for column in kpi["columns"]
        if figures.shows(mart, column_shown(figures, mart, column["column"]))
    ]
    totals = {column: excluded(column) for _, column, shown, _ in columns if shown != column}
    lines: list[tuple[str, ...]] = []
    for row in rows:
        lines.append(
            (
                row["cluster_name"],
                words.count(row[kpi["rests_on"]]),
                *(write(row[shown]) for _, _, shown, write in columns),
                row["quality_rating"] or words.NOT_KNOWN,
            )
        )
        if any(is_some(row.get(name)) for name in totals.values()):
            left_out = (write(row.get(totals[column])) if column in totals else "" for _, column, _, write in columns)
            lines.append((f"{row['cluster_name']}{EXCLUDED}", "", *left_out, ""))
    return DataTable(
        name=file_name(kpi["heading"]),
        caption=f"{kpi['heading']}, {reporting_year}",
        columns=("Cluster", "Rests on", *(label for label, _, _, _ in columns), "Quality rating"),
        rows=tuple(lines),
        numeric=frozenset({"Rests on", *(label for label, _, _, _ in columns)}),
        sources=(
            Source(mart, kpi["rests_on"]),
            *(Source(mart, shown) for _, _, shown, _ in columns),
            Source(mart, "quality_rating"),
            *(Source(mart, name) for name in totals.values()),
        ),
    )


def way_of(kpi: Mapping[str, Any]) -> str:
    """How the figure of the KPI that is drawn over the years is written."""
    return next((column["words"] for column in kpi["columns"] if column["column"] == kpi["path"]), "count")


def history_of(figures: Figures, mart: str, reporting_year: str, cluster_id: str | None) -> list[Row]:
    """The rows of a mart by cluster up to a year, of one cluster or of all."""
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = figures.mart(mart, "cluster_name, reporting_year", **only)
    return [row for row in rows if row["reporting_year"] <= reporting_year]


def of_year(history: Sequence[Row], reporting_year: str | None) -> list[Row]:
    """The rows of one year."""
    return [row for row in history if row["reporting_year"] == reporting_year]


def path_chart(
    figures: Figures, history: Sequence[Row], column: str, title: str, write: str, mart: str
) -> Chart | DataTable:
    """A figure of each cluster over the years, as lines, with the same numbers as a table and in words.

    Of a total the accepted part is drawn; what is excluded stands in the table. Where no cluster has two figures there
    is no line to draw, and the table stands alone.
    """
    shown = column_shown(figures, mart, column)
    lines: dict[str, dict[str, words.Figure]] = {}
    left_out: dict[str, dict[str, words.Figure]] = {}
    for row in history:
        name, year = str(row["cluster_name"]), str(row["reporting_year"])
        lines.setdefault(name, {})[year] = row[shown]
        if shown != column and is_some(row.get(excluded(column))):
            left_out.setdefault(f"{name}{EXCLUDED}", {})[year] = row[excluded(column)]
    sources = (Source(mart, shown), *((Source(mart, excluded(column)),) if left_out else ()))
    return over_the_years(lines, "Cluster", title, write, sources, beside=left_out)


def over_the_years(
    lines: Mapping[str, Mapping[str, words.Figure]],
    each: str,
    title: str,
    write: str,
    sources: tuple[Source, ...],
    beside: Mapping[str, Mapping[str, words.Figure]] | None = None,
) -> Chart | DataTable:
    """Figures by year, a line for each name; `each` says what the names are, such as Cluster.

    What stands `beside` is in the table only: a name of it begins with the name whose row it follows. Where no line has
    two figures there is nothing to draw, and the table stands alone.
    """
    years = sorted({year for line in lines.values() for year in line})
    known = {
        (name, year): number
        for name, line in lines.items()
        for year, value in line.items()
        if (number := words.is_number(value)) is not None
    }
    say = words.WRITE[write]
    table = DataTable(
        name=f"{file_name(title)}-by-year",
        caption=f"{title}, by year",
        columns=(each, *years),
        rows=tuple(_by_year(lines, beside or {}, years, say)),
        numeric=frozenset(years),
        sources=sources,
    )
    known_years = {name: [year for year in years if (name, year) in known] for name in lines}
    if all(len(of_name) <= 1 for of_name in known_years.values()):
        return table
    return Chart(
        caption=title,
        words=f"{title}: {words.listed([_ends(name, known, known_years[name], say) for name in lines])}.",
        spec=line_chart(
            [
                {"year": year, "value": known[name, year], "cluster": name}
                for name in lines
                for year in known_years[name]
            ],
            x="year",
            y="value",
            series="cluster",
            number={"percent": ".0%", "pounds": "~s"}.get(write, ",.0f"),
        ),
        table=table,
    )


def _by_year(
    lines: Mapping[str, Mapping[str, words.Figure]],
    beside: Mapping[str, Mapping[str, words.Figure]],
    years: Sequence[str],
    say: Callable[[words.Figure], str],
) -> Iterator[tuple[str, ...]]:
    for name, line in lines.items():
        yield name, *(say(line.get(year)) for year in years)
        if f"{name}{EXCLUDED}" in beside:
            left_out = beside[f"{name}{EXCLUDED}"]
            yield f"{name}{EXCLUDED}", *(say(left_out.get(year, 0)) for year in years)


def _ends(
    cluster: str, known: Mapping[tuple[str, str], float], years: Sequence[str], say: Callable[[words.Figure], str]
) -> str:
    """The first and the last figure of a cluster in words."""
    if len(years) <= 1:
        return f"{cluster} {say(known[cluster, years[0]])} in {years[0]} only" if years else f"{cluster} not shown"
    first, last = years[0], years[-1]
    return f"{cluster} from {say(known[cluster, first])} in {first} to {say(known[cluster, last])} in {last}"


def file_name(title: str) -> str:
    """A title as the name of a file: small letters and digits with hyphens between."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())
