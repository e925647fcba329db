"""What only the report of a cluster has: its plan, the support it gave, its organisations, and open questions."""

from __future__ import annotations

from reporting import words
from reporting.document import Block, Bullets, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures

_MOST_QUESTIONS = 20
_HELP = (
    ("hub_offers_market_opportunities", "market opportunities"),
    ("hub_offers_innovation_partners", "innovation and partners"),
    ("hub_offers_product_development", "product and service development"),
    ("hub_offers_brokerage", "brokerage to buyers"),
    ("hub_offers_growth_and_finance", "growth programmes and finance"),
)


def action_plan(figures: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """How far the actions of the cluster's plan are, by building block."""
    rows = figures.mart(
        "action_plan_by_cluster", "building_block", cluster_id=cluster_id, reporting_year=reporting_year
    )
    heading = Heading("The action plan")
    if not rows:
        return [heading, Paragraph(words.say("action plan", "none"))]
    overdue = words.total(row["actions_overdue"] for row in rows)
    counted = (
        ("Actions", "actions"),
        ("Done", "actions_done"),
        ("On track", "actions_on_track"),
        ("At risk", "actions_at_risk"),
        ("Late", "actions_late"),
        ("Not started", "actions_not_started"),
    )
    return [
        heading,
        Paragraph(
            words.say(
                "action plan",
                "overdue" if overdue else "in time",
                actions=words.count(words.total(row["actions"] for row in rows)),
                done=words.count(words.total(row["actions_done"] for row in rows)),
                overdue=words.count(overdue),
            ),
            (Source("action_plan_by_cluster", "actions_overdue"),),
        ),
        DataTable(
            name="action-plan",
            caption=f"Actions of the plan, {reporting_year}",
            columns=("Building block", *(label for label, _ in counted), "Light"),
            rows=tuple(
                (
                    _capital(row["building_block"]),
                    *(words.count(row[column]) for _, column in counted),
                    row["progress"] or words.NOT_KNOWN,
                )
                for row in rows
            ),
            numeric=frozenset(label for label, _ in counted),
            sources=(
                *(Source("action_plan_by_cluster", column) for _, column in counted),
                Source("action_plan_by_cluster", "progress"),
            ),
        ),
    ]


def support_given(figures: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """Organisations supported and referred so far, the hub, and what came of opportunities."""
    heading = Heading("Support given and referrals")
    rows = figures.mart("outputs_by_cluster", "cluster_id", cluster_id=cluster_id, reporting_year=reporting_year)
    if not rows or not rows[0]["has_return"]:
        return [heading, Paragraph(words.say("support", "unknown"))]
    row = rows[0]
    offered = [name for column, name in _HELP if row[column]]
    said = [
        words.target_count("Organisations supported so far", row["supported_organisations"], row["supported_target"]),
        words.target_count(
            "Referred to the growth accelerator",
            row["growth_accelerator_organisations"],
            row["growth_accelerator_target"],
        ),
        words.target_count(
            "Referred to the development fund", row["development_fund_organisations"], row["development_fund_target"]
        ),
        words.say(
            "hub",
            "none" if not row["hub_type"] else "whole" if len(offered) == len(_HELP) else "part" if offered else "bare",
            type=row["hub_type"],
            offered=words.listed(offered),
            missing=words.listed([name for column, name in _HELP if not row[column]]),
        ),
    ]
    counted = (
        ("Supported", "supported_organisations"),
        ("Of those enrolled, grown", "grown_organisations"),
        ("Referred to the growth accelerator", "growth_accelerator_organisations"),
        ("Taken on by the growth accelerator", "growth_accelerator_accepted_organisations"),
        ("Referred to the development fund", "development_fund_organisations"),
        ("Taken on by the development fund", "development_fund_accepted_organisations"),
        ("Opportunities introduced", "opportunities_introduced"),
        ("Opportunities bid for", "opportunities_bid"),
        ("Opportunities won", "opportunities_won"),
        ("Opportunities lost", "opportunities_lost"),
    )
    return [
        heading,
        Paragraph(" ".join(said), (Source("outputs_by_cluster", "supported_organisations"),)),
        DataTable(
            name="support-and-referrals",
            caption=f"Support, referrals and opportunities up to {reporting_year}",
            columns=("What", "So far"),
            rows=tuple((label, words.count(row[column])) for label, column in counted),
            numeric=frozenset({"So far"}),
            sources=tuple(Source("outputs_by_cluster", column) for _, column in counted),
        ),
    ]


def who_grew(inside: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """Names without figures: the steering group knows its members, but not each other's accounts."""
    before = inside.year_before(reporting_year) or ""
    rows = inside.select(
        """
        select
            this.organisation_name,
            this.counts_for_growth and this.growth_ratio > 0 as grew,
            this.counts_for_growth and this.at_target as reached,
            coalesce(
                not this.is_held_back and not earlier.is_held_back
                and this.distance_from_path_ratio < 0 and earlier.distance_from_path_ratio < 0,
                false
            ) as below_twice
        from turnover_by_organisation as this
        left join turnover_by_organisation as earlier
            on
                this.organisation_id = earlier.organisation_id
                and this.cluster_id = earlier.cluster_id
                and earlier.reporting_year = $before
        where this.cluster_id = $cluster_id and this.reporting_year = $reporting_year
        order by this.organisation_name
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
        before=before,
    )
    reached = tuple(str(row["organisation_name"]) for row in rows if row["reached"])
    grew = tuple(str(row["organisation_name"]) for row in rows if row["grew"] and not row["reached"])
    warned = tuple(str(row["organisation_name"]) for row in rows if row["below_twice"])
    blocks: list[Block] = [Heading("Who grew, and who may need help")]
    for title, subject, names in (
        ("Grew by the target or more", "reached", reached),
        ("Grew by less", "grew", grew),
        ("Early warnings: below the path two periods running", "below the path", warned),
    ):
        blocks.append(Heading(title, 2))
        blocks.append(Paragraph(words.say(subject, "some" if names else "none", n=words.count(len(names)))))
        if names:
            blocks.append(Bullets(names))
    return blocks


def open_questions(inside: Figures, reporting_year: str, cluster_id: str) -> list[Block]:
    """What stewards still ask, without the figures that they ask about."""
    rows = inside.select(
        """
        select coalesce(organisation_name, 'The return') as organisation, rule_title, label
        from alerts
        where cluster_id = $cluster_id and reporting_year = $reporting_year and severity in ('error', 'warning')
        order by organisation, rule_title, label
        """,
        cluster_id=cluster_id,
        reporting_year=reporting_year,
    )
    heading = Heading("Questions still open")
    if not rows:
        return [heading, Paragraph(words.say("open questions", "none"))]
    blocks: list[Block] = [
        heading,
        DataTable(
            name="open-questions",
            caption="What stewards still ask",
            columns=("Organisation", "Question about", "What"),
            rows=tuple(
                (row["organisation"], _capital(row["label"] or "the whole return"), row["rule_title"])
                for row in rows[:_MOST_QUESTIONS]
            ),
            sources=(Source("alerts", "rule_title"),),
        ),
    ]
    if len(rows) > _MOST_QUESTIONS:
        blocks.append(Paragraph(words.say("open questions", "more", more=words.count(len(rows) - _MOST_QUESTIONS))))
    return blocks


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
