"""The summary of a year's report: each KPI and each output of the business case in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publishing.totals import excluded
from reporting import words
from reporting.document import Block, DataTable, Heading, Source
from reporting.figures import Figures, Row
from reporting.kpi_sections import EXCLUDED, history_of, kpis, of_year
from reporting.totals import column_shown, excluded_of, is_some

# More would not fit on a page.
_MOST_YEARS = 4
GROWTH, PATH = "Turnover growth, like for like", "Turnover against the path from the baselines"


@dataclass(frozen=True)
class Line:
    """One line: what is measured, its target in words, its figures by year in words, and what the newest rests on."""

    what: str
    target: str
    by_year: tuple[str, ...]
    rests_on: str
    source: Source


def at_a_glance(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """Every KPI of section 7.1 and every output of section 5, with target, figures by year and what they rest on."""
    return [Heading("At a glance"), *glance_tables(figures, reporting_year, cluster_id)]


def glance_tables(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[DataTable]:
    """The two tables of the summary: the KPIs and the outputs."""
    years = years_shown(figures, reporting_year)
    lines = [
        *_growth_lines(figures, years, cluster_id),
        *(line for kpi in kpis() for line in _kpi_lines(figures, kpi, years, cluster_id)),
    ]
    return [
        lines_table("kpis", "The KPIs of the business case, section 7.1", lines, years),
        outputs_table(figures, reporting_year, cluster_id),
    ]


def outputs_table(figures: Figures, reporting_year: str, cluster_id: str | None) -> DataTable:
    """The lines of the summary on the outputs alone."""
    years = years_shown(figures, reporting_year)
    lines = _outputs(figures, years, cluster_id)
    return lines_table("outputs", "The outputs of the business case, section 5", lines, years)


def outputs_side_by_side(figures: Figures, reporting_year: str) -> DataTable:
    """The outputs of one year with a column for each cluster."""
    rows = figures.mart("outputs_by_cluster", "cluster_name", reporting_year=reporting_year)
    names = tuple(str(row["cluster_name"]) for row in rows)
    lines = [_outputs(figures, [reporting_year], str(row["cluster_id"])) for row in rows]
    return DataTable(
        name="outputs-by-cluster",
        caption=f"Outputs of each cluster up to {reporting_year}",
        columns=("Measure", "Target", *names),
        rows=tuple(
            (
                same[0].what,
                words.listed(list(dict.fromkeys(line.target for line in same))),
                *(line.by_year[0] for line in same),
            )
            for same in zip(*lines, strict=True)
        ),
        numeric=frozenset(names),
        sources=tuple(line.source for line in lines[0]) if lines else (),
    )


def growth_table(figures: Figures, reporting_year: str, cluster_id: str | None) -> DataTable:
    """The lines of the summary on growth of turnover alone."""
    years = years_shown(figures, reporting_year)
    return lines_table("in-short", "Growth of turnover", _growth_lines(figures, years, cluster_id), years)


def kpi_table(kpi: Mapping[str, Any], figures: Figures, reporting_year: str, cluster_id: str | None) -> DataTable:
    """The lines of the summary on one KPI alone."""
    years = years_shown(figures, reporting_year)
    return lines_table("in-short", kpi["heading"], _kpi_lines(figures, kpi, years, cluster_id), years)


def years_shown(figures: Figures, reporting_year: str) -> list[str]:
    """The years of the columns: the newest ones up to this year."""
    return [year for year in figures.years if year <= reporting_year][-_MOST_YEARS:]


def _kpi_lines(figures: Figures, kpi: Mapping[str, Any], years: Sequence[str], cluster_id: str | None) -> list[Line]:
    mart = kpi["mart"]
    history = history_of(figures, mart, years[-1], cluster_id)
    rows = [of_year(history, year) for year in years]
    rests_on = organisations(words.total(row[kpi["rests_on"]] for row in rows[-1]))
    lines = []
    for line in kpi["glance"]:
        if figures.shows(mart, column_shown(figures, mart, line["column"])):
            lines += lines_of(figures, mart, line["column"], line["label"], line["words"], rows, rests_on)
    return lines


def lines_table(name: str, caption: str, lines: Sequence[Line], years: Sequence[str]) -> DataTable:
    """Lines as a table, with a column for each year."""
    return DataTable(
        name=name,
        caption=caption,
        columns=("Measure", "Target", *years, "Rests on"),
        rows=tuple((line.what, line.target, *line.by_year, line.rests_on) for line in lines),
        numeric=frozenset(years),
        sources=tuple(dict.fromkeys(line.source for line in lines)),
    )


def _growth_lines(figures: Figures, years: Sequence[str], cluster_id: str | None) -> list[Line]:
    mart = "turnover_by_cluster" if cluster_id else "programme_turnover"
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = {row["reporting_year"]: row for row in figures.mart(mart, "reporting_year", **only)}
    found = [rows.get(year, {}) for year in years]
    last = found[-1]
    target = words.is_number(last.get("target_growth_ratio"))
    return [
        Line(
            GROWTH,
            "none set" if target is None else f"{words.whole_percent(target)} a year",
            tuple(words.percent(row.get("like_for_like_growth_ratio")) for row in found),
            organisations(last.get("growth_organisations")),
            Source(mart, "like_for_like_growth_ratio"),
        ),
        _path_line(figures, years, cluster_id),
    ]


def _path_line(figures: Figures, years: Sequence[str], cluster_id: str | None) -> Line:
    """How far all turnover is from the path of the target: 15% a year from each organisation's baseline."""
    if cluster_id:
        mart, column, only = "target_path_by_cluster", "distance_from_path_ratio", {"cluster_id": cluster_id}
    else:
        mart, column, only = "programme_growth_path", "distance_ratio", {"population": "participants"}
    rows = {row["reporting_year"]: row for row in figures.mart(mart, "reporting_year", **only)}
    found = [rows.get(year, {}) for year in years]
    return Line(
        PATH,
        "0% or above",
        tuple(words.percent(row.get(column)) for row in found),
        organisations(found[-1].get("organisations_with_turnover")),
        Source(mart, column),
    )


def lines_of(
    figures: Figures, mart: str, column: str, label: str, words_of: str, rows: Sequence[Sequence[Row]], rests_on: str
) -> list[Line]:
    """The line of a figure whose rows of each year are given; `words_of` names the way of writing it.

    Of a total it is the accepted part, and where something is excluded a line of that follows.
    """
    write, shown = words.WRITE[words_of], column_shown(figures, mart, column)
    by_year = tuple(write(words.total(row[shown] for row in of_year)) for of_year in rows)
    lines = [Line(label, "none set", by_year, rests_on, Source(mart, shown))]
    left_out = [excluded_of(of_year, column) if shown != column else 0 for of_year in rows]
    if any(is_some(figure) for figure in left_out):
        by_year = tuple(write(figure) for figure in left_out)
        lines.append(Line(f"{label}{EXCLUDED}", "", by_year, "", Source(mart, excluded(column))))
    return lines


def organisations(count: words.Figure) -> str:
    """How many organisations something rests on, in words."""
    if words.is_number(count) is None:
        return words.count(count)
    return f"{words.count(count)} organisation{'' if count == 1 else 's'}"


def _outputs(figures: Figures, years: Sequence[str], cluster_id: str | None) -> list[Line]:
    mart = "outputs_by_cluster" if cluster_id else "programme_outputs"
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = {row["reporting_year"]: row for row in figures.mart(mart, "reporting_year", **only)}
    found = [rows.get(year, {}) for year in years]
    last = found[-1]
    if cluster_id:
        lines = _cluster_outputs(last)
        rests_on = "the cluster's return" if last.get("has_return") else "no return"
    else:
        lines = _programme_outputs(last, figures.mart("outputs_by_cluster", "cluster_id", reporting_year=years[-1]))
        rests_on = f"{words.count(last.get('clusters_with_return'))} returns"
    shown = [
        Line(
            what,
            target,
            tuple(words.WRITE[write](row.get(column)) for row in found),
            rests_on,
            Source(mart, column),
        )
        for what, column, target, write in lines
        if figures.shows(mart, column)
    ]
    # by the number of the output, with which each begins
    return sorted([*shown, *_growing_clusters(figures, years, cluster_id)], key=lambda line: line.what.split(".")[0])


def _programme_outputs(row: Row, of_clusters: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """What is measured, its column, its target in words, and how its number is written."""

    def each(column: str) -> str:
        targets = sorted({words.count(cluster[column]) for cluster in of_clusters})
        return f"{words.listed(targets)} a cluster" if targets else "none set"

    clusters = words.count(row.get("clusters"))
    supported = words.count(row.get("supported_target"))
    return [
        ("1. Organisations supported so far", "supported_organisations", supported, "count"),
        ("1. Of those enrolled, grown so far", "grown_organisations", "none set", "count"),
        ("2. Clusters with a hub", "clusters_with_hub", clusters, "count"),
        ("2. Clusters with a hub for all five kinds of help", "clusters_with_whole_hub", clusters, "count"),
        (
            "4. Organisations referred to the growth accelerator",
            "growth_accelerator_organisations",
            each("growth_accelerator_target"),
            "count",
        ),
        ("4. Clusters with enough of them", "clusters_at_growth_accelerator_target", clusters, "count"),
        (
            "5. Organisations referred to the development fund",
            "development_fund_organisations",
            each("development_fund_target"),
            "count",
        ),
        ("5. Clusters with enough of them", "clusters_at_development_fund_target", clusters, "count"),
        ("6. Opportunities introduced", "opportunities_introduced", "none set", "count"),
        ("6. Worth of them", "brokerage_introduced_gbp", words.pounds(row.get("brokerage_target_gbp")), "pounds"),
        ("6. Worth of those won", "brokerage_won_gbp", "none set", "pounds"),
    ]


def _cluster_outputs(row: Row) -> list[tuple[str, str, str, str]]:
    return [
        (
            "1. Organisations supported so far",
            "supported_organisations",
            words.count(row.get("supported_target")),
            "count",
        ),
        ("1. Of those enrolled, grown so far", "grown_organisations", "none set", "count"),
        ("2. Kinds of help at the hub", "hub_services", "5", "count"),
        (
            "4. Organisations referred to the growth accelerator",
            "growth_accelerator_organisations",
            words.count(row.get("growth_accelerator_target")),
            "count",
        ),
        (
            "5. Organisations referred to the development fund",
            "development_fund_organisations",
            words.count(row.get("development_fund_target")),
            "count",
        ),
        ("6. Opportunities introduced", "opportunities_introduced", "none set", "count"),
        ("6. Opportunities won", "opportunities_won", "none set", "count"),
    ]


def _growing_clusters(figures: Figures, years: Sequence[str], cluster_id: str | None) -> list[Line]:
    """Output 3, clusters whose organisations grow by the target; for one cluster the KPI of growth says it."""
    if cluster_id:
        return []
    rows = figures.mart("turnover_by_cluster", "cluster_name")
    by_year = [[row for row in rows if row["reporting_year"] == year] for year in years]
    reached = [[row["on_target"] for row in found if row["on_target"] is not None] for found in by_year]
    return [
        Line(
            "3. Clusters that grew by the target",
            words.count(returns.due if (returns := figures.returns.get(years[-1])) else len(by_year[-1])),
            tuple(words.count(sum(found)) if found else words.NOT_KNOWN for found in reached),
            f"{len(reached[-1])} clusters with growth",
            Source("turnover_by_cluster", "on_target"),
        )
    ]
