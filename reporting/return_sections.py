"""The sections on what came in, and on what the figures of the year cannot say."""

from __future__ import annotations

from reporting import words
from reporting.document import Block, Bullets, DataTable, Heading, Paragraph, Source
from reporting.figures import SET_ASIDE, Figures
from reporting.kpi_sections import history_of, of_year

_COUNTED = (
    ("Due", "organisations_due"),
    ("Received", "organisations_received"),
    ("In part", "organisations_partial"),
    ("Refused", "organisations_refused"),
    ("No answer", "organisations_no_answer"),
    ("Left or closed", "organisations_left"),
    ("Late", "organisations_late"),
)


def returns_section(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """Which returns came, which are missing, which were late, and how many organisations answered."""
    rows = of_year(history_of(figures, "response_by_cluster", reporting_year, cluster_id), reporting_year)
    aside = [str(row["cluster_name"]) for row in rows if row["return_state"] == SET_ASIDE]
    came = [row for row in rows if row["arrived_on"] or row["return_state"] == SET_ASIDE]
    missing = [str(row["cluster_name"]) for row in rows if row not in came]
    late = [
        f"{row['cluster_name']} by {words.days(row['days_late'])}"
        for row in came
        if row["days_late"] and row["return_state"] != SET_ASIDE
    ]
    returns = figures.returns.get(reporting_year)
    due = returns.due if returns and cluster_id is None else len(rows)
    if due > len(rows):
        turn = "early"
    elif len(rows) == 1:
        turn = "the one" if came else "not the one"
    else:
        turn = "nothing due" if not rows else "all" if not missing else "some" if came else "none"
    said = [words.say("returns came", turn, due=due, received=len(came), missing=words.listed(missing))]
    if came:
        said.append(words.say("late", "some" if late else "none", late=words.listed(late)))
    if aside:
        said.append(words.say("set aside", "the one" if len(rows) == 1 else "some", clusters=words.listed(aside)))
    blocks: list[Block] = [
        Heading("Missing and late returns"),
        Paragraph(" ".join(said), (Source("response_by_cluster", "return_state"),)),
    ]
    if rows:
        blocks.append(
            DataTable(
                name="answers",
                caption=f"Answers of organisations, {reporting_year}",
                columns=("Cluster", *(label for label, _ in _COUNTED), "Share received"),
                rows=tuple(
                    (
                        row["cluster_name"],
                        *(words.count(row[column]) for _, column in _COUNTED),
                        words.percent(row["received_share"]),
                    )
                    for row in rows
                ),
                numeric=frozenset({*(label for label, _ in _COUNTED), "Share received"}),
                sources=(
                    *(Source("response_by_cluster", column) for _, column in _COUNTED),
                    Source("response_by_cluster", "received_share"),
                ),
            )
        )
    return blocks


def limits_section(figures: Figures, reporting_year: str, cluster_id: str | None) -> list[Block]:
    """What the data cannot say: what holds every year, and what holds this year because of its figures."""
    turnover = of_year(history_of(figures, "turnover_by_cluster", reporting_year, cluster_id), reporting_year)
    environment = of_year(history_of(figures, "environment_by_cluster", reporting_year, cluster_id), reporting_year)
    target = words.is_number(turnover[0]["target_growth_ratio"]) if turnover else None
    imputed = words.total(row["imputed_organisations"] for row in turnover)
    no_prices = next((row["real_growth_reason"] for row in turnover if row["real_growth_reason"]), None)
    checked = not any(row["factors_verified"] is False for row in environment)
    missing = any(row["factor_missing"] for row in environment)
    left_out = [
        f"{row['cluster_name']} ({row['like_for_like_reason']})" for row in turnover if row["like_for_like_reason"]
    ]
    points = [
        words.say("cause", "never"),
        words.say("two targets", "never" if target is not None else "no target", target=words.whole_percent(target)),
        words.say("adding", "never"),
        words.say("estimates", "some" if imputed else "none", n=words.count(imputed)),
        words.say("prices", "unknown" if no_prices else "known", reason=no_prices),
        words.say("too few", "some" if left_out else "none", clusters=words.listed(left_out)),
    ]
    if environment:
        points.append(words.say("factors", "missing" if missing else "checked" if checked else "not checked"))
    if figures.public:
        points.append(words.say("hidden figures", "public"))
    return [
        Heading("What the data cannot say"),
        Bullets(tuple(points)),
    ]
