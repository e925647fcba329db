"""What a lead agency gets back: its cluster beside the programme, and its organisations among their peers.

Figures of clusters and of the programme are those of the public edition. Of organisations only those are shown that
the cluster's own return gave, beside groups that are large enough to tell of nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting import words
from reporting.benchmark import NO_GROWTH, benchmark, name_of, own_groups
from reporting.definitions import finished
from reporting.document import DataTable, Document, Heading, Paragraph, Source
from reporting.figures import Figures, ReportError, Row
from reporting.glance import glance_tables
from reporting.peers import FEWEST_PEERS, PeerGroup, peer_groups

_GROWTH = Source("turnover_by_organisation", "growth_ratio")


_NO_PLACE = NO_GROWTH | {"no figure last year": "we hold no earlier figure of it"}


def beside_the_programme(figures: Figures, cluster_id: str, reporting_year: str) -> DataTable:
    """Each KPI of the business case for a year: of the cluster and of the whole programme, as anyone may see them."""
    shown = figures.for_anyone
    own, whole = (glance_tables(shown, reporting_year, one)[0] for one in (cluster_id, None))
    of_programme = {row[0]: row[whole.columns.index(reporting_year)] for row in whole.rows}
    place = own.columns.index(reporting_year)
    rests_on = own.columns.index("Rests on")
    known = shown.mart("clusters", "cluster_id", cluster_id=cluster_id)
    name = known[0]["cluster_name"] if known else cluster_id
    return DataTable(
        name="beside-the-programme",
        caption=f"The KPIs of {name} and of the whole programme, {reporting_year}",
        columns=("Measure", str(name), "Programme", "The cluster's rests on"),
        rows=tuple((row[0], row[place], of_programme.get(row[0], ""), row[rests_on]) for row in own.rows),
        numeric=frozenset({str(name), "Programme"}),
        sources=own.sources,
    )


def own_organisations(figures: Figures, cluster_id: str, reporting_year: str) -> list[Row]:
    """Rows of turnover of the organisations that answered in the cluster's own return, by name.

    Where two clusters sent an organisation, one of the rows is used for its benchmark; it is left out here where that
    is the other cluster's.
    """
    return figures.select(
        """
        select * from turnover_by_organisation
        where reporting_year = $reporting_year and answered
        qualify cluster_id = $cluster_id and cluster_id = min(cluster_id) over (partition by organisation_id)
        order by organisation_name, organisation_id
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
    )


def own_benchmark(figures: Figures, cluster_id: str, organisation_id: str, reporting_year: str) -> Document:
    """The benchmark of an organisation for the lead agency that sent its figures.

    Raises ReportError where the cluster's own return is not the one that the benchmark rests on.
    """
    own = own_organisations(figures, cluster_id, reporting_year)
    if organisation_id not in {row["organisation_id"] for row in own}:
        raise ReportError(f"The return of {cluster_id} for {reporting_year} has no figures of {organisation_id}.")
    groups = peer_groups(figures, reporting_year, known_to=cluster_id)
    return benchmark(figures, organisation_id, reporting_year, groups)


def places_among_peers(figures: Figures, cluster_id: str, reporting_year: str) -> DataTable:
    """The growth of each organisation of the cluster beside that of its closest group of peers."""
    groups = peer_groups(figures, reporting_year, known_to=cluster_id)
    about: dict[str, Row] = {row["organisation_id"]: row for row in figures.mart("organisations", "organisation_id")}
    return DataTable(
        name="places",
        caption=f"Growth of income of each organisation beside similar ones, {reporting_year}",
        columns=("Organisation", "Growth", "Beside", "Their middle", "Their middle half", "Place"),
        rows=tuple(
            _line(row, about.get(row["organisation_id"], {}), groups)
            for row in own_organisations(figures, cluster_id, reporting_year)
        ),
        numeric=frozenset({"Growth", "Their middle"}),
        sources=(_GROWTH,),
    )


def _line(row: Row, about: Row, groups: Mapping[tuple[str, str], PeerGroup]) -> tuple[str, ...]:
    name = name_of(row)
    if not row["counts_for_growth"] or row["growth_ratio"] is None:
        why = _NO_PLACE.get(str(row["growth_status"]), "there is no figure for both years")
        return name, words.percent(None), "", "", "", f"No place: {why}"
    own = float(row["growth_ratio"])
    closest = next(
        ((label, groups[kind, which]) for kind, which, label, _ in own_groups(row, about) if (kind, which) in groups),
        None,
    )
    if closest is None:
        return name, words.percent(own), "", "", "", "No place: there are too few similar organisations"
    label, group = closest
    return (
        name,
        words.percent(own),
        f"{label}: {words.count(group.organisations)} organisations",
        words.percent(group.median),
        f"{words.percent(group.lower_quartile)} to {words.percent(group.upper_quartile)}",
        _place(own, group),
    )


def _place(own: float, group: PeerGroup) -> str:
    if own > group.upper_quartile:
        return "Above the middle half"
    if own < group.lower_quartile:
        return "Below the middle half"
    return "In the middle half"


def agency_page(figures: Figures, cluster_id: str, reporting_year: str) -> Document:
    """What a lead agency gets back for a year. Raises ReportError where the release has no figures of its cluster."""
    figures.check_year(reporting_year)
    shown = figures.for_anyone
    found = shown.mart("turnover_by_cluster", "cluster_id", cluster_id=cluster_id, reporting_year=reporting_year)
    if not found:
        raise shown.without_figures(cluster_id, reporting_year)
    name = found[0]["cluster_name"]
    document = Document(
        title=f"{name} beside the programme",
        subtitle=f"Reporting year {reporting_year}",
        about=f"From the public edition of release {figures.release_id}, as of {figures.as_of}; the growth of each "
        f"organisation is that of the return of {name}.",
        blocks=(
            beside_the_programme(figures, cluster_id, reporting_year),
            Heading("Your organisations among similar ones"),
            Paragraph(
                "Each is compared with those of its main sector, else with those of its size, else with the whole "
                f"programme, where there are at least {FEWEST_PEERS} of other clusters."
            ),
            places_among_peers(figures, cluster_id, reporting_year),
        ),
    )
    return finished(document, shown, figures)
