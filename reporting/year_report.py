"""The year's report: of the whole programme for the lead officer or for anyone, or of one cluster for its group."""

from __future__ import annotations

from collections.abc import Sequence

from publishing.totals import accepted, excluded
from reporting import words
from reporting.cluster_sections import action_plan, open_questions, support_given, who_grew
from reporting.definitions import finished
from reporting.document import Block, Document, Heading, Notice, Paragraph, Source
from reporting.figures import Figures, ReportError, Row
from reporting.glance import at_a_glance
from reporting.kpi_answers import quality_said
from reporting.kpi_sections import kpi_section, kpis
from reporting.outcomes import outcomes_section
from reporting.return_sections import limits_section, returns_section
from reporting.totals import excluded_of, is_some, is_total
from reporting.turnover_sections import GROWTH, change_sections, growth_of, turnover_sections
from workspace.suggestions import what_there_is


def programme_report(figures: Figures, reporting_year: str, *, public: bool = False) -> Document:
    """The annual report of the programme for a year that the release has figures for.

    With `public` it is read from the public edition alone, and may be shown to anyone.
    """
    figures.check_year(reporting_year)
    shown = figures.for_anyone if public else figures
    blocks: list[Block] = [
        *incomplete_notice(shown, reporting_year),
        Heading("In short"),
        *programme_in_short(shown, reporting_year),
        quality_notice(None if public else figures, shown, reporting_year, None),
        *_year(shown, reporting_year, None),
        *returns_section(shown, reporting_year, None),
        *limits_section(shown, reporting_year, None),
    ]
    title = "Annual report of the programme"
    about = (
        f"From the public edition of release {figures.release_id}, as of {figures.as_of}."
        if public
        else f"From release {figures.release_id}, as of {figures.as_of}. For use inside the authority."
    )
    return _document(f"{title}, public edition" if public else title, reporting_year, about, blocks, shown)


def cluster_report(figures: Figures, cluster_id: str, reporting_year: str) -> Document:
    """The report of one cluster. Raises ReportError where the release does not know the cluster.

    It leaves the authority, so its figures are read from the public edition; from the whole release it has names and
    the titles of questions, never a figure.
    """
    figures.check_year(reporting_year)
    shown = figures.for_anyone
    known = shown.mart("clusters", "cluster_id")
    found = [cluster for cluster in known if cluster["cluster_id"] == cluster_id]
    if not found:
        raise ReportError(
            f"There is no cluster {cluster_id}.", what_there_is(cluster_id, (one["cluster_id"] for one in known))
        )
    turnover = shown.mart("turnover_by_cluster", "cluster_id", cluster_id=cluster_id, reporting_year=reporting_year)
    if not turnover:
        raise shown.without_figures(cluster_id, reporting_year)
    blocks: list[Block] = [
        Heading("In short"),
        Paragraph(growth_of(turnover[0]), (GROWTH,)),
        quality_notice(figures, shown, reporting_year, cluster_id),
        *_year(shown, reporting_year, cluster_id),
        *action_plan(shown, reporting_year, cluster_id),
        *support_given(shown, reporting_year, cluster_id),
        *who_grew(figures, reporting_year, cluster_id),
        *open_questions(figures, reporting_year, cluster_id),
        *returns_section(shown, reporting_year, cluster_id),
        *limits_section(shown, reporting_year, cluster_id),
    ]
    about = f"From release {figures.release_id}, as of {figures.as_of}. For the cluster's steering group."
    return _document(f"Report of the {found[0]['cluster_name']} cluster", reporting_year, about, blocks, shown, figures)


def _year(shown: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """What the report of the programme and that of a cluster have in common."""
    blocks = [
        *at_a_glance(shown, reporting_year, cluster_id),
        *turnover_sections(shown, reporting_year, cluster_id),
        *change_sections(shown, reporting_year, cluster_id),
        Heading("The other KPIs"),
    ]
    for kpi in kpis():
        blocks += kpi_section(kpi, shown, reporting_year, cluster_id)
    return [*blocks, *outcomes_section(shown, reporting_year, cluster_id)]


def _document(title: str, reporting_year: str, about: str, blocks: list[Block], *editions: Figures) -> Document:
    document = Document(
        title=title,
        subtitle=f"Reporting year {reporting_year}",
        about=about,
        blocks=tuple(blocks),
        stays=not editions[0].public,
    )
    return finished(document, *editions)


def programme_in_short(shown: Figures, reporting_year: str) -> list[Block]:
    """Growth beside its target, and the outputs beside theirs, in a few sentences."""
    whole = shown.mart("programme_turnover", "reporting_year", reporting_year=reporting_year)
    turnover = shown.mart("turnover_by_cluster", "cluster_name", reporting_year=reporting_year)
    reached = [str(row["cluster_name"]) for row in turnover if row["on_target"]]
    returns = shown.returns.get(reporting_year)
    due = returns.due if returns else len(turnover)
    growth = Source("programme_turnover", "like_for_like_growth_ratio")
    return [
        Paragraph(
            " ".join(
                (
                    growth_of(whole[0]) if whole else words.growth(None, None, 0, None),
                    words.target_count("Clusters at or above the target", len(reached), due),
                )
            ),
            (growth, Source("turnover_by_cluster", "on_target")),
        ),
        *_turnover_in_short(shown, whole),
        *_outputs_in_short(shown, reporting_year),
    ]


def _turnover_in_short(shown: Figures, whole: Sequence[Row]) -> list[Block]:
    """What the organisations turn over together: of whom it may not be told, what the clusters do."""
    mart = "programme_turnover"
    columns = [one for one in ("turnover_gbp", "turnover_of_clusters_gbp") if is_total(shown, mart, one)]
    if not whole or not columns:
        return []
    left_out = excluded_of(whole, columns[0])
    said = words.say(
        "turnover in all",
        "some excluded" if is_some(left_out) else "none excluded",
        accepted=words.pounds(whole[0][accepted(columns[0])]),
        excluded=words.pounds(left_out),
    )
    return [Paragraph(said, (Source(mart, accepted(columns[0])), Source(mart, excluded(columns[0]))))]


def _outputs_in_short(shown: Figures, reporting_year: str) -> list[Block]:
    rows = shown.mart("programme_outputs", "reporting_year", reporting_year=reporting_year)
    if not rows:
        return []
    row = rows[0]
    lines = [
        ("Organisations supported", "supported_organisations", row["supported_target"], "count"),
        ("Clusters with a hub", "clusters_with_hub", row["clusters"], "count"),
    ]
    if shown.shows("programme_outputs", "brokerage_introduced_gbp"):
        lines.append(("Opportunities introduced", "brokerage_introduced_gbp", row["brokerage_target_gbp"], "pounds"))
    return [
        Paragraph(
            " ".join(
                words.target_count(what, row[column], target, words=write) for what, column, target, write in lines
            ),
            tuple(Source("programme_outputs", column) for _, column, _, _ in lines),
        )
    ]


def incomplete_notice(figures: Figures, reporting_year: str) -> list[Block]:
    """A caution where not all returns of the year are in."""
    if figures.is_complete(reporting_year):
        return []
    return [Notice("Not complete", words.say("incomplete year", "some", year=reporting_year))]


def quality_notice(inside: Figures | None, shown: Figures, reporting_year: str, cluster_id: str | None) -> Notice:
    """The quality rating of turnover; without `inside` nothing is said of alerts."""
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = shown.mart("turnover_by_cluster", "cluster_name", reporting_year=reporting_year, **only)
    held_back = words.count(words.total(row["held_back_organisations"] for row in rows))
    said = [quality_said("turnover", rows)]
    if inside is None:
        said.append(words.say("held back", "some" if held_back != "0" else "none", held_back=held_back))
    else:
        alerts = inside.select(
            """
            select count(*) as alerts from alerts
            where reporting_year = $reporting_year and severity in ('error', 'warning')
            and ($cluster_id is null or cluster_id = $cluster_id)
            """,
            reporting_year=reporting_year,
            cluster_id=cluster_id,
        )[0]["alerts"]
        said.append(
            words.say(
                "sure", "questions" if alerts else "no questions", alerts=words.count(alerts), held_back=held_back
            )
        )
    left_out = excluded_of(rows, "turnover_gbp")
    said.append(words.say("excluded", "turnover" if is_some(left_out) else "none", excluded=words.pounds(left_out)))
    return Notice("Quality rating", " ".join(said))
