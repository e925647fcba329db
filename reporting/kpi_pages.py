"""One page for each KPI, and one for the programme, from which the others are reached: for the authority's own use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reporting import glance, words
from reporting.baselines import baseline_page
from reporting.charts import bar_chart
from reporting.definitions import finished
from reporting.document import Block, Chart, DataTable, Document, Heading, Paragraph, Source
from reporting.figures import Figures, Row
from reporting.kpi_answers import answers_section
from reporting.kpi_change import change_by_cluster
from reporting.kpi_sections import (
    file_name,
    history_of,
    kpi_by_cluster,
    kpi_path,
    kpis,
    of_year,
    over_the_years,
    path_chart,
    way_of,
)
from reporting.outcomes import outcomes_section
from reporting.totals import column_shown
from reporting.turnover_sections import GROWTH, change_sections, distance_said, growth_of, turnover_by_cluster
from reporting.year_report import incomplete_notice, programme_in_short, quality_notice

_TURNOVER, _OUTCOMES, _BASELINES, _OUTPUTS = "Turnover growth", "Outcomes for people", "Baselines", "Outputs"


@dataclass(frozen=True)
class KpiPage:
    """What a page is about: its heading, what the business case calls it, and what it means."""

    heading: str
    asked: str
    definition: str

    @property
    def name(self) -> str:
        """The name of the page in an address."""
        return file_name(self.heading)


@lru_cache(maxsize=1)
def kpi_pages() -> Mapping[str, KpiPage]:
    """Every KPI's page by its name, in the order of the reports."""
    turnover = KpiPage(
        _TURNOVER,
        "Turnover growth per annum",
        "Turnover over twelve months of the organisations with an accepted figure in this year and in the year "
        "directly before: the sum of this year over the sum of the year before, less 1. Figures that are held back or "
        "estimated never count.",
    )
    outcomes = KpiPage(
        _OUTCOMES,
        "Social and/or personal outcomes achieved",
        "People who reached an outcome, as the organisations count them, by kind of outcome. The same person may reach "
        "several, so kinds are never added.",
    )
    others = [KpiPage(kpi["heading"], kpi["kpi"], kpi["definition"]) for kpi in kpis()]
    baselines = KpiPage(
        _BASELINES,
        "Baseline data collection",
        "What each organisation starts from: the accounts of before it joined, the year before as its first return "
        "states it, or, where there is neither, the first accounts that it sent. The path of the target starts here. "
        "A baseline is the same in every year.",
    )
    outputs = KpiPage(
        _OUTPUTS,
        "the outputs of section 5",
        "What the clusters did, counted over all returns so far: organisations supported and referred, hubs, and "
        "opportunities brought to organisations.",
    )
    return {page.name: page for page in (turnover, *others, outcomes, baselines, outputs)}


def page_of_measure() -> Mapping[str, str]:
    """The name of the page by the measure that a line of the programme's page shows."""
    growth = dict.fromkeys((glance.GROWTH, glance.PATH), file_name(_TURNOVER))
    return growth | {line["label"]: file_name(kpi["heading"]) for kpi in kpis() for line in kpi["glance"]}


def programme_page(figures: Figures, reporting_year: str) -> Document:
    """The programme on one screen: each KPI and output with its target, its years and what it rests on."""
    figures.check_year(reporting_year)
    blocks: list[Block] = [
        *incomplete_notice(figures, reporting_year),
        *programme_in_short(figures, reporting_year),
        *glance.glance_tables(figures, reporting_year, None),
        quality_notice(figures, figures, reporting_year, None),
    ]
    return _document("The programme", figures, reporting_year, blocks)


def kpi_page(figures: Figures, name: str, reporting_year: str) -> Document:
    """All that the release says of one KPI up to a year. Raises KeyError for a name that no KPI has."""
    figures.check_year(reporting_year)
    page = kpi_pages()[name]
    if page.heading == _TURNOVER:
        blocks = _turnover(figures, reporting_year)
    elif page.heading == _OUTCOMES:
        blocks = _outcomes(figures, reporting_year)
    elif page.heading == _BASELINES:
        blocks = baseline_page(figures)
    elif page.heading == _OUTPUTS:
        blocks = [
            glance.outputs_table(figures, reporting_year, None),
            Heading("The clusters side by side"),
            glance.outputs_side_by_side(figures, reporting_year),
        ]
    else:
        blocks = _of_clusters(next(kpi for kpi in kpis() if kpi["heading"] == page.heading), figures, reporting_year)
    return _document(page.heading, figures, reporting_year, [*incomplete_notice(figures, reporting_year), *blocks])


def _of_clusters(kpi: Mapping[str, Any], figures: Figures, year: str) -> list[Block]:
    history = history_of(figures, kpi["mart"], year, None)
    rows = of_year(history, year)
    return [
        glance.kpi_table(kpi, figures, year, None),
        Heading("The path over the years"),
        *kpi_path(kpi, figures, history, year, None),
        Heading("The clusters side by side"),
        _side_by_side(
            kpi,
            kpi_by_cluster(kpi, figures, rows, year),
            {str(r["cluster_name"]): r[column_shown(figures, kpi["mart"], kpi["path"])] for r in rows},
        ),
        *change_by_cluster(kpi, figures, history, year),
        *answers_section(kpi["mart"], kpi.get("estimates", []), rows, year),
    ]


def _side_by_side(kpi: Mapping[str, Any], table: DataTable, found: Mapping[str, words.Figure]) -> Chart | DataTable:
    known = {name: number for name, figure in found.items() if (number := words.is_number(figure)) is not None}
    if len(known) <= 1:
        return table
    write = words.WRITE[way_of(kpi)]
    return Chart(
        caption=f"{kpi['path_title']}, by cluster",
        words=f"{kpi['path_title']}: {words.listed([f'{name} {write(value)}' for name, value in known.items()])}.",
        spec=bar_chart(
            [{"cluster": name, "figure": value} for name, value in known.items()],
            label="cluster",
            value="figure",
            title=kpi["path_title"],
            number=",~f",
            written=",.1f" if way_of(kpi) == "decimal" else ",.0f",
        ),
        table=table,
    )


def _turnover(figures: Figures, year: str) -> list[Block]:
    history = history_of(figures, "turnover_by_cluster", year, None)
    whole = figures.mart("programme_turnover", "reporting_year", reporting_year=year)
    estimates = (
        {"column": "turnover_imputed_gbp", "label": "Estimated turnover", "words": "pounds"},
        {"column": "turnover_excluded_gbp", "label": "Excluded turnover", "words": "pounds"},
    )
    return [
        glance.growth_table(figures, year, None),
        *(Paragraph(growth_of(row), (Source("programme_turnover", GROWTH.column),)) for row in whole),
        Heading("The path over the years"),
        path_chart(
            figures,
            history,
            "like_for_like_growth_ratio",
            "Like-for-like growth of turnover",
            "percent",
            "turnover_by_cluster",
        ),
        *_target_path(figures, year),
        Heading("The clusters side by side"),
        *turnover_by_cluster(figures, year, None),
        *change_sections(figures, year, None),
        *answers_section("turnover_by_cluster", estimates, of_year(history, year), year),
    ]


def _target_path(figures: Figures, year: str) -> list[Block]:
    """Turnover of the participants beside what the target asks of the same organisations."""
    mart = "programme_growth_path"
    rows = [
        row
        for row in figures.mart(mart, "reporting_year", population="participants")
        if row["reporting_year"] <= year and row["turnover_gbp"] is not None
    ]
    if not rows:
        return []
    # a sum of some clusters is no point on the line of all of them
    lines = {
        label: {str(row["reporting_year"]): row[column] for row in rows if figures.is_complete(row["reporting_year"])}
        for label, column in (("Their turnover", "turnover_gbp"), ("Their path", "target_of_those_gbp"))
    }
    return [
        Paragraph(
            distance_said(
                f"The programme in {rows[-1]['reporting_year']}",
                rows[-1]["distance_ratio"],
                rows[-1]["target_growth_ratio"],
            ),
            (Source(mart, "distance_ratio"),),
        ),
        over_the_years(
            lines,
            "Line",
            "Turnover of the participants and the path of the target",
            "pounds",
            (Source(mart, "turnover_gbp"), Source(mart, "target_of_those_gbp")),
        ),
    ]


def _outcomes(figures: Figures, year: str) -> list[Block]:
    answers = of_year(history_of(figures, "social_value_by_cluster", year, None), year)
    _, *by_cluster = outcomes_section(figures, year, None)
    return [
        *_outcomes_by_kind(figures, year),
        Heading("The clusters side by side"),
        *by_cluster,
        *answers_section("social_value_by_cluster", [], answers, year),
    ]


def _outcomes_by_kind(figures: Figures, year: str) -> list[Block]:
    """People by kind of outcome over the years, and this year's as bars. Kinds are never added."""
    mart = "social_value_outcomes_by_cluster"
    years = glance.years_shown(figures, year)
    rows = [row for row in history_of(figures, mart, year, None) if row["reporting_year"] in years]
    by_kind = {kind: [row for row in rows if row["outcome_type"] == kind] for kind in _kinds(rows)}
    column = column_shown(figures, mart, "people")
    lines = []
    people = {}
    for kind, of_kind in by_kind.items():
        label, rows_of_kind = kind[0].upper() + kind[1:], [of_year(of_kind, one) for one in years]
        rests_on = glance.organisations(words.total(row["organisations"] for row in of_year(of_kind, year)))
        lines += glance.lines_of(figures, mart, "people", label, "count", rows_of_kind, rests_on)
        number = words.is_number(words.total(row[column] for row in of_year(of_kind, year)))
        if number is not None:
            people[label] = number
    table = glance.lines_table("outcomes-by-kind", "People with an outcome, by kind and year", lines, years)
    if not people:
        return [table] if lines else []
    each = words.listed([f"{kind} {words.count(number)}" for kind, number in people.items()])
    return [
        Chart(
            caption=f"People with an outcome, by kind, {year}",
            words=f"People with an outcome: {each}.",
            spec=bar_chart(
                [{"kind": kind, "people": number} for kind, number in people.items()],
                label="kind",
                value="people",
                title="People",
                number=",~f",
                written=",.0f",
            ),
            table=table,
        )
    ]


def _kinds(rows: Sequence[Row]) -> list[str]:
    return sorted({str(row["outcome_type"]) for row in rows})


def _document(title: str, figures: Figures, reporting_year: str, blocks: list[Block]) -> Document:
    document = Document(
        title=title,
        subtitle=f"Reporting year {reporting_year}",
        about=f"From release {figures.release_id}, as of {figures.as_of}. For use inside the authority.",
        blocks=tuple(blocks),
        stays=True,
    )
    return finished(document, figures)
