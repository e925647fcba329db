"""One page for each KPI, and one for the programme, from which the others are reached: for the authority's own use."""

from __future__ import annotations

from collections.abc import Mapping

from reporting import glance
from reporting.definitions import with_definitions
from reporting.document import Block, Document
from reporting.figures import Figures
from reporting.kpi_sections import file_name, kpis
from reporting.year_report import how_sure, programme_in_short

TURNOVER = "Turnover growth"


def kpi_headings() -> Mapping[str, str]:
    """The heading of every KPI by the name of its page, in the order of the reports."""
    return {file_name(heading): heading for heading in (TURNOVER, *(kpi["heading"] for kpi in kpis()))}


def page_of_measure() -> Mapping[str, str]:
    """The name of the page by the measure that a line of the programme's page shows."""
    growth = dict.fromkeys((glance.GROWTH, glance.PATH), file_name(TURNOVER))
    return growth | {line["label"]: file_name(kpi["heading"]) for kpi in kpis() for line in kpi["glance"]}


def programme_page(figures: Figures, reporting_year: str) -> Document:
    """The programme on one screen: each KPI and output with its target, its years and what it rests on."""
    figures.check_year(reporting_year)
    blocks: list[Block] = [
        *programme_in_short(figures, reporting_year),
        *glance.glance_tables(figures, reporting_year, None),
        how_sure(figures, figures, reporting_year, None),
    ]
    return _document("The programme", figures, reporting_year, blocks)


def _document(title: str, figures: Figures, reporting_year: str, blocks: list[Block]) -> Document:
    document = Document(
        title=title,
        subtitle=f"Reporting year {reporting_year}",
        about=f"From release {figures.release_id}, as of {figures.as_of}. For use inside the authority.",
        blocks=tuple(blocks),
        stays=True,
    )
    return with_definitions(document, figures)
