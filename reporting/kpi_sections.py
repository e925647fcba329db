"""The sections of a report that show one KPI each: a sentence, the path over the years, the clusters side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from reporting import words
from reporting.charts import line_chart
from reporting.document import Block, Chart, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row

_WRITE = {"count": words.count, "pounds": words.pounds, "decimal": words.decimal, "percent": words.percent}


@lru_cache(maxsize=1)
def kpis() -> Sequence[Mapping[str, Any]]:
    """What each KPI is shown by (reporting/kpis.yml)."""
    read: Sequence[Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "kpis.yml").read_text(encoding="utf-8"))
    return read


def kpi_section(kpi: Mapping[str, Any], figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """One KPI for the programme, or for one cluster where `cluster_id` is given."""
    only = {"cluster_id": cluster_id} if cluster_id else {}
    history = [
        row
        for row in figures.mart(kpi["mart"], "cluster_name, reporting_year", **only)
        if row["reporting_year"] <= reporting_year
    ]
    this_year = [row for row in history if row["reporting_year"] == reporting_year]
    source = Source(kpi["mart"], kpi["path"])
    write = next((column["words"] for column in kpi["columns"] if column["column"] == kpi["path"]), "count")
    return [
        Heading(kpi["heading"], 2),
        Paragraph(
            words.change(
                kpi["path_title"],
                _total(this_year, kpi["path"]),
                _total(_year(history, figures.year_before(reporting_year)), kpi["path"]),
                write,
            ),
            (source,),
        ),
        path_chart(history, kpi["path"], kpi["path_title"], write, kpi["mart"]),
        DataTable(
            name=_file_name(kpi["heading"]),
            caption=f"{kpi['heading']}, {reporting_year}",
            columns=("Cluster", "Rests on", *(column["label"] for column in kpi["columns"])),
            rows=tuple(
                (
                    row["cluster_name"],
                    words.count(row[kpi["rests_on"]]),
                    *(_WRITE[column["words"]](row[column["column"]]) for column in kpi["columns"]),
                )
                for row in this_year
            ),
            numeric=frozenset({"Rests on", *(column["label"] for column in kpi["columns"])}),
            sources=tuple(Source(kpi["mart"], column["column"]) for column in kpi["columns"]),
        ),
        Paragraph(kpi["definition"]),
    ]


def path_chart(history: Sequence[Row], column: str, title: str, write: str, mart: str) -> Chart:
    """A figure of each cluster over the years, as lines, with the same numbers as a table and in words."""
    years = sorted({str(row["reporting_year"]) for row in history})
    clusters = list(dict.fromkeys(str(row["cluster_name"]) for row in history))
    known = {(row["cluster_name"], row["reporting_year"]): row[column] for row in history}
    points = [
        {"year": year, "value": known.get((cluster, year)), "cluster": cluster}
        for cluster in clusters
        for year in years
        if known.get((cluster, year)) is not None
    ]
    say = _WRITE[write]
    ends = [
        f"{cluster} from {say(known.get((cluster, years[0])))} to {say(known.get((cluster, years[-1])))}"
        for cluster in clusters
    ]
    described = f"{title} from {years[0]} to {years[-1]}: {words.listed(ends)}." if len(years) > 1 else f"{title}."
    return Chart(
        caption=title,
        words=described,
        spec=line_chart(
            points,
            x="year",
            y="value",
            series="cluster",
            number={"percent": ".0%", "pounds": "~s"}.get(write, ",.0f"),
        ),
        table=DataTable(
            name=f"{_file_name(title)}-by-year",
            caption=f"{title}, by year",
            columns=("Cluster", *years),
            rows=tuple((cluster, *(say(known.get((cluster, year))) for year in years)) for cluster in clusters),
            numeric=frozenset(years),
            sources=(Source(mart, column),),
        ),
    )


def _year(history: Sequence[Row], reporting_year: str | None) -> list[Row]:
    return [row for row in history if row["reporting_year"] == reporting_year]


def _total(rows: Sequence[Row], column: str) -> float | None:
    """The sum over clusters; None where none gave a figure."""
    given = [float(row[column]) for row in rows if row[column] is not None]
    return sum(given) if given else None


def _file_name(title: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())
