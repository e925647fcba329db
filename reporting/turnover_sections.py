"""The sections on turnover: the baselines, growth beside its target and path, and why turnover changed."""

from __future__ import annotations

from collections.abc import Sequence

from publishing.totals import accepted, excluded
from reporting import words
from reporting.baselines import baseline_section
from reporting.charts import bar_chart
from reporting.document import Block, Chart, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row
from reporting.kpi_sections import history_of, of_year, path_chart
from reporting.totals import excluded_of, is_some

GROWTH = Source("turnover_by_cluster", "like_for_like_growth_ratio")

# The parts of a change, as columns of turnover_by_cluster, in words.
_PARTS = (
    ("change_like_for_like_gbp", "organisations with figures in both years"),
    ("change_joiners_gbp", "organisations that joined"),
    ("change_leavers_gbp", "organisations that left"),
    ("change_held_back_gbp", "figures held back by open questions"),
    ("change_not_known_gbp", "figures that are not known"),
    ("change_imputation_gbp", "estimates for missing answers"),
    ("change_corrections_gbp", "corrections to the year before"),
)


def turnover_sections(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """Growth, path and baseline of turnover for the programme, or for one cluster."""
    return [Heading("Turnover growth"), *turnover_by_cluster(figures, reporting_year, cluster_id)]


def turnover_by_cluster(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """The same without its heading: the clusters, or one of them."""
    history = history_of(figures, "turnover_by_cluster", reporting_year, cluster_id)
    turnover = of_year(history, reporting_year)
    blocks: list[Block] = [Paragraph(f"{row['cluster_name']}. {growth_of(row)}") for row in turnover]
    grown = [row for row in turnover if words.is_number(row["like_for_like_growth_ratio"]) is not None]
    if len(grown) > 1:
        blocks.append(_side_by_side(grown, reporting_year))
    blocks.append(_table(turnover, reporting_year))
    blocks.append(path_chart(figures, history, "turnover_gbp", "Accepted turnover", "pounds", "turnover_by_cluster"))
    blocks += _path(figures, reporting_year, cluster_id)
    blocks += baseline_section(figures, cluster_id)
    return blocks


def growth_of(row: Row) -> str:
    """The sentences on one cluster's growth."""
    target = words.is_number(row["target_growth_ratio"])
    return " ".join(
        (
            words.growth(
                row["like_for_like_growth_ratio"], target, row["growth_organisations"], row["like_for_like_reason"]
            ),
            words.share_at_target(
                row["at_target_organisations"], row["growth_organisations"], target, row["share_reason"]
            ),
        )
    )


def _table(turnover: Sequence[Row], reporting_year: str) -> DataTable:
    return DataTable(
        name="turnover",
        caption=f"Turnover, {reporting_year}",
        columns=(
            "Cluster",
            "Organisations",
            "Accepted turnover",
            "Excluded",
            "Like for like",
            "Median",
            "At target",
            "Held back",
            "Quality rating",
        ),
        rows=tuple(
            (
                row["cluster_name"],
                words.count(row["organisations"]),
                words.pounds(row[accepted("turnover_gbp")]),
                words.pounds(row[excluded("turnover_gbp")]),
                words.percent(row["like_for_like_growth_ratio"]),
                words.percent(row["median_growth_ratio"]),
                words.percent(row["share_at_target"]),
                words.count(row["held_back_organisations"]),
                row["quality_rating"] or words.NOT_KNOWN,
            )
            for row in turnover
        ),
        numeric=frozenset(
            {"Organisations", "Accepted turnover", "Excluded", "Like for like", "Median", "At target", "Held back"}
        ),
        sources=tuple(
            Source("turnover_by_cluster", column)
            for column in (
                "organisations",
                accepted("turnover_gbp"),
                excluded("turnover_gbp"),
                "like_for_like_growth_ratio",
                "median_growth_ratio",
                "share_at_target",
                "held_back_organisations",
                "quality_rating",
            )
        ),
    )


def _side_by_side(grown: Sequence[Row], reporting_year: str) -> Chart:
    bars = [
        {
            "cluster": f"{row['cluster_name']} ({words.count(row['growth_organisations'])} organisations)",
            "growth": row["like_for_like_growth_ratio"],
        }
        for row in grown
    ]
    target = words.is_number(grown[0]["target_growth_ratio"])
    each = words.listed([f"{row['cluster_name']} {words.percent(row['like_for_like_growth_ratio'])}" for row in grown])
    return Chart(
        caption=f"Like-for-like growth of turnover, {reporting_year}",
        words=f"{each}.{words.line_of_target(target)}",
        spec=bar_chart(
            bars, label="cluster", value="growth", title="Growth in a year", number=".0%", mark_at=target, written=".1%"
        ),
        table=DataTable(
            name="growth-side-by-side",
            caption=f"Like-for-like growth of turnover, {reporting_year}, as a table",
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
            sources=(GROWTH,),
        ),
    )


def _path(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    rows = of_year(history_of(figures, "target_path_by_cluster", reporting_year, cluster_id), reporting_year)
    if not rows:
        return []
    said = [
        distance_said(row["cluster_name"], row["distance_from_path_ratio"], row["target_growth_ratio"]) for row in rows
    ]
    return [
        Heading("The path from the baselines", 2),
        Paragraph(" ".join(said), (Source("target_path_by_cluster", "distance_from_path_ratio"),)),
    ]


def distance_said(who: str, distance_ratio: words.Figure, target_growth_ratio: float | None) -> str:
    """The sentence on how far turnover is from the path of the target."""
    distance = None if target_growth_ratio is None else words.is_number(distance_ratio)
    shown = None if distance is None else round(distance, 3)
    turn = "unknown" if shown is None else "at" if shown == 0 else "above" if shown > 0 else "below"
    return words.say(
        "path",
        turn,
        cluster=who,
        distance="" if distance is None else words.percent(abs(distance)),
        target=words.whole_percent(target_growth_ratio),
    )


def change_sections(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """What changed in turnover since the year before, and which parts make the change."""
    blocks: list[Block] = [Heading("What changed since last year, and why")]
    if not figures.shows("turnover_by_cluster", "change_gbp"):
        return [*blocks, Paragraph(words.say("change in parts", "hidden"))]
    history = history_of(figures, "turnover_by_cluster", reporting_year, cluster_id)
    rows = of_year(history, reporting_year)
    split = [row for row in rows if row["change_gbp"] is not None]
    if not split:
        reason = next((row["change_reason"] for row in rows if row["change_reason"]), "there is no year before")
        return [*blocks, Paragraph(words.say("change in parts", "unknown", reason=reason))]
    parts = {label: words.total(row[column] for row in split) for column, label in _PARTS}
    known = {label: number for label, value in parts.items() if (number := words.is_number(value)) is not None}
    largest = max(known, key=lambda label: abs(known[label]))
    left_out = excluded_of(split, "turnover_gbp")
    ids = {row["cluster_id"] for row in split}
    of_those = [row for row in of_year(history, figures.year_before(reporting_year)) if row["cluster_id"] in ids]
    left_out_before = excluded_of(of_those, "turnover_gbp")
    said = (
        words.change(
            "Turnover as sent, with estimates for missing answers,",
            words.total(row["change_ends_at_gbp"] for row in split),
            words.total(row["change_starts_from_gbp"] for row in split),
            "pounds",
        ),
        words.say(
            "change in parts",
            "raised" if known[largest] > 0 else "lowered" if known[largest] < 0 else "nothing",
            part=largest,
            by=words.pounds(abs(known[largest])),
        ),
        *(
            words.say("change in parts", "left out", cluster=row["cluster_name"], reason=row["change_reason"])
            for row in rows
            if row["change_gbp"] is None
        ),
        words.say("excluded", "of the change", before=words.pounds(left_out_before), now=words.pounds(left_out))
        if is_some(left_out) or is_some(left_out_before)
        else "",
    )
    return [
        *blocks,
        Paragraph(" ".join(said).strip(), (Source("turnover_by_cluster", "change_gbp"),)),
        _parts_chart(known, split, reporting_year),
    ]


def _parts_chart(known: dict[str, float], split: Sequence[Row], reporting_year: str) -> Chart:
    bars = [{"part": label[0].upper() + label[1:], "pounds": value} for label, value in known.items()]
    each = words.listed([f"{label} {words.pounds(value)}" for label, value in known.items()])
    names = tuple(str(row["cluster_name"]) for row in split)
    several = len(names) > 1
    table = [
        (
            label[0].upper() + label[1:],
            *(words.pounds(row[column]) for row in split),
            *((words.pounds(words.total(row[column] for row in split)),) if several else ()),
        )
        for column, label in (
            ("change_starts_from_gbp", "turnover of the year before, as sent"),
            *_PARTS,
            ("change_ends_at_gbp", "turnover of this year, as sent"),
        )
    ]
    columns = ("Part", *names, *(("All",) if several else ()))
    return Chart(
        caption=f"What made turnover change, {reporting_year}",
        words=f"Change by part: {each}.",
        spec=bar_chart(bars, label="part", value="pounds", title="Pounds", number="~s", written=",.0f"),
        table=DataTable(
            name="change-in-parts",
            caption=f"From the turnover of the year before to that of {reporting_year}",
            columns=columns,
            rows=tuple(table),
            numeric=frozenset(columns[1:]),
            sources=tuple(Source("turnover_by_cluster", column) for column, _ in _PARTS),
        ),
    )
