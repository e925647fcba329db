"""Where an organisation stands among similar ones, without naming any: ten others or more, middles and quartiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting.figures import Figures

# Fewer others would let somebody guess whose figures they are.
FEWEST_PEERS = 10

# Bands of yearly income in pounds; the upper end is not part of a band.
SIZE_BANDS = (
    (0, 10_000, "under £10,000"),
    (10_000, 100_000, "£10,000 to £100,000"),
    (100_000, 1_000_000, "£100,000 to £1 million"),
    (1_000_000, None, "£1 million and over"),
)


@dataclass(frozen=True)
class PeerGroup:
    """Growth of turnover (a ratio a year) in one group: how many, the middle, and the middle half.

    The organisation that is told of the group is one of them.
    """

    organisations: int
    median: float
    lower_quartile: float
    upper_quartile: float


def size_band(turnover_gbp: float | None) -> str | None:
    """The band of a year's income, in words; None where the income is not known or below zero, which is no size."""
    if turnover_gbp is None:
        return None
    bands = (words for low, high, words in SIZE_BANDS if turnover_gbp >= low and (high is None or turnover_gbp < high))
    return next(bands, None)


def peer_groups(
    figures: Figures, reporting_year: str, *, known_to: str | None = None
) -> Mapping[tuple[str, str], PeerGroup]:
    """Growth by group for one year, by kind of group (sector, size, programme) and its name.

    Counts each organisation once, only with growth that counts. Every member of a group has ten others in it; smaller
    groups are left out. A lead agency knows the figures of its own cluster: for one, whose cluster is `known_to`, ten
    of a group are of other clusters.
    """
    bands = " ".join(
        f"when turnover_gbp >= {low}" + (f" and turnover_gbp < {high}" if high else "") + f" then '{words}'"
        for low, high, words in SIZE_BANDS
    )
    rows = figures.select(
        f"""
        with
        growth as (
            select
                organisation_id, min(turnover_gbp) as turnover_gbp, min(growth_ratio) as growth_ratio,
                not bool_or(cluster_id is not distinct from $known_to) as is_unknown
            from turnover_by_organisation
            where reporting_year = $reporting_year and counts_for_growth
            group by organisation_id
        ),
        placed as (
            select
                growth.growth_ratio,
                growth.is_unknown,
                case {bands} end as size_band,
                organisations.sectors
            from growth
            inner join organisations on growth.organisation_id = organisations.organisation_id
        ),
        grouped as (
            select 'programme' as kind, 'programme' as name, growth_ratio, is_unknown from placed
            union all
            select 'size', size_band, growth_ratio, is_unknown from placed where size_band is not null
            union all
            select 'sector', trim(unnest(string_split(sectors, ';'))), growth_ratio, is_unknown from placed
        )
        select
            kind, name, count(*) as organisations, median(growth_ratio) as median,
            quantile_cont(growth_ratio, 0.25) as lower_quartile, quantile_cont(growth_ratio, 0.75) as upper_quartile
        from grouped
        group by kind, name
        having count(*) > {FEWEST_PEERS} and count(*) filter (where is_unknown) >= {FEWEST_PEERS}
        order by kind, name
        """,
        reporting_year=reporting_year,
        known_to=known_to,
    )
    return {
        (row["kind"], row["name"]): PeerGroup(
            row["organisations"], row["median"], row["lower_quartile"], row["upper_quartile"]
        )
        for row in rows
    }
