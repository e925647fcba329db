"""The year's report: of the whole programme for the lead officer, or of one cluster for its steering group."""

from __future__ import annotations

from collections.abc import Sequence

from reporting import words
from reporting.charts import bar_chart
from reporting.document import Block, Bullets, Chart, DataTable, Document, Heading, Notice, Paragraph, Source
from reporting.figures import Figures, ReportError, Row
from reporting.kpi_sections import kpi_section, kpis, path_chart

_GROWTH = Source("turnover_by_cluster", "like_for_like_growth_ratio")
_MOST_QUESTIONS = 20


def programme_report(figures: Figures, reporting_year: str) -> Document:
    """The annual report of the programme for a year that the release has figures for."""
    return _report(figures, reporting_year, None, "Annual report of the programme")


def cluster_report(figures: Figures, cluster_id: str, reporting_year: str) -> Document:
    """The report of one cluster. Raises ReportError where the release does not know the cluster."""
    known = figures.mart("clusters", "cluster_id")
    for cluster in known:
        if cluster["cluster_id"] == cluster_id:
            return _report(figures, reporting_year, cluster_id, f"Report of the {cluster['cluster_name']} cluster")
    raise ReportError(
        f"There is no cluster {cluster_id}. There are: {', '.join(cluster['cluster_id'] for cluster in known)}."
    )


def _report(figures: Figures, reporting_year: str, cluster_id: str | None, title: str) -> Document:
    figures.check_year(reporting_year)
    only = {"cluster_id": cluster_id} if cluster_id else {}
    turnover = figures.mart("turnover_by_cluster", "cluster_name", reporting_year=reporting_year, **only)
    blocks: list[Block] = [
        Heading("In short"),
        *_in_short(figures, reporting_year, turnover, cluster_id),
        Heading("Turnover growth"),
        *_turnover(figures, reporting_year, turnover, only),
        Heading("The other KPIs"),
    ]
    for kpi in kpis():
        blocks += kpi_section(kpi, figures, reporting_year, cluster_id)
    if cluster_id:
        blocks += [Heading("Who grew, and who may need help"), *_who_grew(figures, reporting_year, cluster_id)]
        blocks += [Heading("Questions still open"), *_questions(figures, reporting_year, cluster_id)]
    blocks += [Heading("Returns"), *_returns(figures, reporting_year, only)]
    blocks += [Heading("What the data cannot say"), *_limits()]
    return Document(
        title=title,
        subtitle=f"Reporting year {reporting_year}",
        about=f"From release {figures.release_id}, as of {figures.as_of}.",
        blocks=tuple(blocks),
    )


def _in_short(figures: Figures, reporting_year: str, turnover: Sequence[Row], cluster_id: str | None) -> list[Block]:
    target = float(turnover[0]["target_growth_ratio"]) if turnover else 0.15
    if cluster_id:
        row = turnover[0]
        said = [
            words.growth(
                row["like_for_like_growth_ratio"], target, row["growth_organisations"], row["like_for_like_reason"]
            ),
            words.share_at_target(
                row["at_target_organisations"], row["growth_organisations"], target, row["share_reason"]
            ),
        ]
    else:
        said = [_programme_growth(figures, reporting_year, target)]
        on_target = [str(row["cluster_name"]) for row in turnover if row["on_target"]]
        said.append(words.target_count("Clusters at or above the target", len(on_target), len(turnover)))
    return [Paragraph(" ".join(said), (_GROWTH,)), _how_sure(figures, reporting_year, cluster_id)]


def _programme_growth(figures: Figures, reporting_year: str, target: float) -> str:
    """Like-for-like growth over all clusters, an organisation of two clusters counted once."""
    row = figures.select(
        """
        with organisations as (
            select
                organisation_id,
                min(turnover_annualised_gbp) as now_gbp,
                min(previous_turnover_annualised_gbp) as before_gbp
            from turnover_by_organisation
            where reporting_year = $reporting_year and counts_for_growth
            group by organisation_id
        )
        select count(*) as n, sum(now_gbp) / nullif(sum(before_gbp), 0) - 1 as growth_ratio from organisations
        """,
        reporting_year=reporting_year,
    )[0]
    return words.growth(row["growth_ratio"], target, row["n"], None)


def _how_sure(figures: Figures, reporting_year: str, cluster_id: str | None) -> Notice:
    row = figures.select(
        """
        select
            (
                select count(*) from alerts
                where reporting_year = $reporting_year and severity in ('error', 'warning')
                and ($cluster_id is null or cluster_id = $cluster_id)
            ) as alerts,
            (
                select sum(held_back_organisations) from turnover_by_cluster
                where reporting_year = $reporting_year and ($cluster_id is null or cluster_id = $cluster_id)
            ) as held_back
        """,
        reporting_year=reporting_year,
        cluster_id=cluster_id,
    )[0]
    turn = "questions" if row["alerts"] else "no questions"
    return Notice(
        "How sure",
        words.say("sure", turn, alerts=words.count(row["alerts"]), held_back=words.count(row["held_back"] or 0)),
    )


def _turnover(figures: Figures, reporting_year: str, turnover: Sequence[Row], only: dict[str, str]) -> list[Block]:
    history = [
        row
        for row in figures.mart("turnover_by_cluster", "cluster_name, reporting_year", **only)
        if row["reporting_year"] <= reporting_year
    ]
    blocks: list[Block] = []
    for row in turnover:
        blocks.append(
            Paragraph(
                f"{row['cluster_name']}. "
                + words.growth(
                    row["like_for_like_growth_ratio"],
                    float(row["target_growth_ratio"]),
                    row["growth_organisations"],
                    row["like_for_like_reason"],
                )
                + " "
                + words.share_at_target(
                    row["at_target_organisations"],
                    row["growth_organisations"],
                    float(row["target_growth_ratio"]),
                    row["share_reason"],
                )
            )
        )
    grown = [row for row in turnover if row["like_for_like_growth_ratio"] is not None]
    if len(grown) > 1:
        blocks.append(_side_by_side(grown, reporting_year))
    blocks.append(
        DataTable(
            name="turnover",
            caption=f"Turnover, {reporting_year}",
            columns=("Cluster", "Organisations", "Turnover", "Like for like", "Median", "At target", "Held back"),
            rows=tuple(
                (
                    row["cluster_name"],
                    words.count(row["organisations"]),
                    words.pounds(row["turnover_gbp"]),
                    words.percent(row["like_for_like_growth_ratio"]),
                    words.percent(row["median_growth_ratio"]),
                    words.percent(row["share_at_target"]),
                    words.count(row["held_back_organisations"]),
                )
                for row in turnover
            ),
            numeric=frozenset({"Organisations", "Turnover", "Like for like", "Median", "At target", "Held back"}),
            sources=(Source("turnover_by_cluster"),),
        )
    )
    blocks.append(path_chart(history, "turnover_gbp", "Turnover as sent", "pounds", "turnover_by_cluster"))
    return blocks


def _side_by_side(grown: Sequence[Row], reporting_year: str) -> Chart:
    bars = [
        {
            "cluster": f"{row['cluster_name']} ({words.count(row['growth_organisations'])} organisations)",
            "growth": row["like_for_like_growth_ratio"],
        }
        for row in grown
    ]
    target = float(grown[0]["target_growth_ratio"])
    each = words.listed([f"{row['cluster_name']} {words.percent(row['like_for_like_growth_ratio'])}" for row in grown])
    return Chart(
        caption=f"Like-for-like growth of turnover, {reporting_year}",
        words=f"{each}. The dashed line is the target, {words.whole_percent(target)}.",
        spec=bar_chart(bars, label="cluster", value="growth", title="Growth in a year", number=".0%", mark_at=target),
        table=DataTable(
            name="growth-side-by-side",
            caption=f"Like-for-like growth of turnover, {reporting_year}",
            columns=("Cluster", "Organisations with both years", "Growth", "Target"),
            rows=tuple(
                (
                    row["cluster_name"],
                    words.count(row["growth_organisations"]),
                    words.percent(row["like_for_like_growth_ratio"]),
                    words.whole_percent(target),
                )
                for row in grown
            ),
            numeric=frozenset({"Organisations with both years", "Growth", "Target"}),
            sources=(_GROWTH,),
        ),
    )


def _who_grew(figures: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """Names without figures: the steering group knows its members, but not each other's accounts."""
    before = figures.year_before(reporting_year) or ""
    rows = figures.select(
        """
        select
            this.organisation_name,
            this.at_target,
            not this.at_target and coalesce(not earlier.at_target, false) as below_twice
        from turnover_by_organisation as this
        left join turnover_by_organisation as earlier
            on
                this.organisation_id = earlier.organisation_id
                and this.cluster_id = earlier.cluster_id
                and earlier.reporting_year = $before
                and earlier.counts_for_growth
        where this.cluster_id = $cluster_id and this.reporting_year = $reporting_year and this.counts_for_growth
        order by this.organisation_name
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
        before=before,
    )
    reached = tuple(str(row["organisation_name"]) for row in rows if row["at_target"])
    twice = tuple(str(row["organisation_name"]) for row in rows if row["below_twice"])
    blocks: list[Block] = [Heading("Reached the target this year", 2)]
    blocks.append(Bullets(reached) if reached else Paragraph("No organisation reached the target this year."))
    blocks.append(Heading("Below the target two years running", 2))
    blocks.append(Bullets(twice) if twice else Paragraph("No organisation was below the target two years running."))
    return blocks


def _questions(figures: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """What stewards still ask, without the figures that they ask about."""
    rows = figures.select(
        """
        select coalesce(organisation_name, 'The return') as organisation, rule_title, label
        from alerts
        where cluster_id = $cluster_id and reporting_year = $reporting_year and severity in ('error', 'warning')
        order by organisation, rule_title, label
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
    )
    if not rows:
        return [Paragraph("There are no open questions.")]
    blocks: list[Block] = [
        DataTable(
            name="open-questions",
            caption="What stewards still ask",
            columns=("Organisation", "Question about", "What"),
            rows=tuple(
                (row["organisation"], row["label"] or "the whole return", row["rule_title"])
                for row in rows[:_MOST_QUESTIONS]
            ),
            sources=(Source("alerts"),),
        )
    ]
    if len(rows) > _MOST_QUESTIONS:
        blocks.append(Paragraph(f"And {len(rows) - _MOST_QUESTIONS} more, in the list of alerts."))
    return blocks


def _returns(figures: Figures, reporting_year: str, only: dict[str, str]) -> list[Block]:
    rows = figures.mart("returns", "cluster_name", reporting_year=reporting_year, **only)
    came = [row for row in rows if row["receipt_id"]]
    missing = [str(row["cluster_name"]) for row in rows if not row["receipt_id"]]
    late = [f"{row['cluster_name']} by {words.count(row['days_late'])} days" for row in came if row["days_late"]]
    if len(rows) == 1:
        turn = "the one" if came else "not the one"
    else:
        turn = "nothing due" if not rows else "all" if not missing else "some" if came else "none"
    said = [words.say("returns", turn, due=len(rows), received=len(came), missing=words.listed(missing))]
    if came:
        said.append(words.say("late", "some" if late else "none", late=words.listed(late)))
    return [Paragraph(" ".join(said), (Source("returns"),))]


def _limits() -> list[Block]:
    return [
        Bullets(
            (
                "Figures show what organisations of the clusters did. They do not show that the programme caused it.",
                "The target of 15% is for participating organisations; doubling the region's social economy is about "
                "all organisations, and the two are never compared.",
                "Counts, pounds and tonnes of carbon measure different things and are never added.",
                "A cluster figure that rests on too few organisations is left out, and the reason is said.",
            )
        )
    ]
