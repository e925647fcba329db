"""The sections of a report that show one KPI each: a sentence, the path over the years, the clusters side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from reporting import words
from reporting.charts import line_chart
from reporting.document import Block, Chart, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row


@lru_cache(maxsize=1)
def kpis() -> Sequence[Mapping[str, Any]]:
    """What each KPI is shown by (reporting/kpis.yml)."""
    read: Sequence[Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "kpis.yml").read_text(encoding="utf-8"))
    return read


def kpi_section(kpi: Mapping[str, Any], figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """One KPI for the programme, or for one cluster where `cluster_id` is given."""
    history = history_of(figures, kpi["mart"], reporting_year, cluster_id)
    this_year = of_year(history, reporting_year)
    source = Source(kpi["mart"], kpi["path"])
    columns = [column for column in kpi["columns"] if figures.shows(kpi["mart"], column["column"])]
    write = next((column["words"] for column in columns if column["column"] == kpi["path"]), "count")
    return [
        Heading(kpi["heading"], 2),
        Paragraph(
            words.change(
                kpi["path_title"],
                words.total(row[kpi["path"]] for row in this_year),
                words.total(row[kpi["path"]] for row in of_year(history, figures.year_before(reporting_year))),
                write,
            ),
            (source,),
        ),
        path_chart(history, kpi["path"], kpi["path_title"], write, kpi["mart"]),
        DataTable(
            name=file_name(kpi["heading"]),
            caption=f"{kpi['heading']}, {reporting_year}",
            columns=("Cluster", "Rests on", *(column["label"] for column in columns), "How sure"),
            rows=tuple(
                (
                    row["cluster_name"],
                    words.count(row[kpi["rests_on"]]),
                    *(words.WRITE[column["words"]](row[column["column"]]) for column in columns),
                    row["confidence"] or words.NOT_KNOWN,
                )
                for row in this_year
            ),
            numeric=frozenset({"Rests on", *(column["label"] for column in columns)}),
            sources=(
                Source(kpi["mart"], kpi["rests_on"]),
                *(Source(kpi["mart"], column["column"]) for column in columns),
                Source(kpi["mart"], "confidence"),
            ),
        ),
        Paragraph(kpi["definition"]),
    ]


def history_of(figures: Figures, mart: str, reporting_year: str, cluster_id: str | None) -> list[Row]:
    """The rows of a mart by cluster up to a year, of one cluster or of all."""
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = figures.mart(mart, "cluster_name, reporting_year", **only)
    return [row for row in rows if row["reporting_year"] <= reporting_year]


def of_year(history: Sequence[Row], reporting_year: str | None) -> list[Row]:
    """The rows of one year."""
    return [row for row in history if row["reporting_year"] == reporting_year]


def path_chart(history: Sequence[Row], column: str, title: str, write: str, mart: str) -> Chart | DataTable:
    """A figure of each cluster over the years, as lines, with the same numbers as a table and in words.

    Where no cluster has two figures there is no line to draw, and the table stands alone.
    """
    years = sorted({str(row["reporting_year"]) for row in history})
    clusters = list(dict.fromkeys(str(row["cluster_name"]) for row in history))
    figures = {(str(row["cluster_name"]), str(row["reporting_year"])): row[column] for row in history}
    known = {place: number for place, value in figures.items() if (number := words.is_number(value)) is not None}
    say = words.WRITE[write]
    table = DataTable(
        name=f"{file_name(title)}-by-year",
        caption=f"{title}, by year",
        columns=("Cluster", *years),
        rows=tuple((cluster, *(say(figures.get((cluster, year))) for year in years)) for cluster in clusters),
        numeric=frozenset(years),
        sources=(Source(mart, column),),
    )
    known_years = {cluster: [year for year in years if (cluster, year) in known] for cluster in clusters}
    if all(len(of_cluster) <= 1 for of_cluster in known_years.values()):
        return table
    return Chart(
        caption=title,
        words=f"{title}: {words.listed([_ends(cluster, known, known_years[cluster], say) for cluster in clusters])}.",
        spec=line_chart(
            [
                {"year": year, "value": known[cluster, year], "cluster": cluster}
                for cluster in clusters
                for year in known_years[cluster]
            ],
            x="year",
            y="value",
            series="cluster",
            number={"percent": ".0%", "pounds": "~s"}.get(write, ",.0f"),
        ),
        table=table,
    )


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
