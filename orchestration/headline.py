"""The headline of a run: what each cluster's figures of a year come to, and of what quality they are."""

from __future__ import annotations

import duckdb

from orchestration.text_table import table
from publishing.totals import accepted, excluded

_HEADINGS = (
    "Cluster",
    "Orgs",
    "Turnover",
    "Excluded",
    "Quality",
    "Growth",
    "At target",
    "FTE",
    "Vol. hours",
    "tCO2e",
)


def headline_lines(marts: duckdb.DuckDBPyConnection) -> list[str]:
    """The headline KPIs of a release, one line for each cluster; totals are accepted figures."""
    years = marts.execute(
        "select reporting_year, returns_received, returns_due, is_default from programme_years order by reporting_year"
    ).fetchall()
    shown_year = next((one for one in years if one[3]), None)
    if shown_year is None:
        return ["No return counts yet, so there are no figures.", ""]
    year = shown_year[0]
    rows = marts.execute(
        f"""
        select
            t.cluster_name, t.organisations, {_parts("t", "turnover_gbp")}, t.quality_rating,
            t.like_for_like_growth_ratio, t.target_growth_ratio, t.share_at_target,
            {_parts("e", "fte")}, {_parts("s", "volunteer_hours")}, {_parts("n", "tco2e")}
        from turnover_by_cluster as t
        left join employment_by_cluster as e using (cluster_id, reporting_year)
        left join social_value_by_cluster as s using (cluster_id, reporting_year)
        left join environment_by_cluster as n using (cluster_id, reporting_year)
        where t.reporting_year = ?
        order by t.cluster_name
        """,
        [year],
    ).fetchall()
    lines = []
    for name, count, turnover, left_out, quality, growth, _, share, *others in rows:
        totals = (_total(one, of_it) for one, of_it in zip(others[::2], others[1::2], strict=True))
        shown = (_money(turnover), _money(left_out), quality, _percent(growth), _percent(share))
        lines.append((name, count, *shown, *totals))
    targets = sorted({row[6] for row in rows if row[6] is not None})
    aim = f" The target is {', '.join(_percent(target) for target in targets)}." if targets else ""
    return [
        f"Headline KPIs, {_labelled(shown_year)}",
        "",
        *table(_HEADINGS, lines),
        "",
        "Totals are accepted figures. Excluded: not part of the total until an error is settled.",
        "Quality: of turnover, by the value that is accepted and by how many answered.",
        f"Growth: like for like, organisations with an accepted figure in both years.{aim}",
        "At target: share of these organisations.",
        *(f"Not shown yet: {_labelled(one)}." for one in years if one[0] > year and one[1]),
    ]


def _labelled(year: tuple[str, int, int, bool]) -> str:
    """A year, with how many of its returns are in where it is not complete."""
    name, received, due, _ = year
    return name if received >= due else f"{name} ({received} of {due} returns)"


def _parts(mart: str, total: str) -> str:
    return f"{mart}.{accepted(total)}, {mart}.{excluded(total)}"


def _total(value: float | None, left_out: float | None) -> str:
    return _number(value) + (f" (+{_number(left_out)} excluded)" if left_out else "")


def _money(value: float | None) -> str:
    return "-" if value is None else f"£{value:,.0f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
