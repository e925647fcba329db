"""A few marts made by hand, as wide as the public edition needs: four clusters, one year, the whole programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from publishing.marts import Column, Mart
from publishing.totals import excluded as excluded_name

YEAR = "2025-26"
_OF_PEOPLE = (
    "headcount",
    "fte",
    "jobs_created_headcount",
    "jobs_created_fte",
    "jobs_safeguarded_fte",
    "jobs_disadvantaged",
)
SHOWN = ("turnover_by_cluster", "programme_turnover", "employment_by_cluster")


def make_marts(
    file: Path,
    turnover: Mapping[str, Sequence[float]],
    jobs: Mapping[str, tuple[float, float]] | None = None,
    left_out: Mapping[str, Sequence[float]] | None = None,
) -> tuple[Mart, ...]:
    """A database of marts from the turnover of each cluster's organisations and its new jobs (all, disadvantaged).

    `left_out` are figures of further organisations of a cluster, which are excluded from its total.
    """
    excluded = {cluster: (left_out or {}).get(cluster, ()) for cluster in turnover}
    organisations = [
        {
            "cluster_id": cluster,
            "organisation_id": f"{cluster}-{number}",
            "reporting_year": YEAR,
            "turnover_gbp": float(figure),
            "previous_turnover_annualised_gbp": float(figure),
            "previous_turnover_constant_gbp": float(figure),
            "path_turnover_gbp": float(figure),
            "counts_for_growth": not is_held_back,
            "is_held_back": is_held_back,
        }
        for cluster, figures in turnover.items()
        for number, (figure, is_held_back) in enumerate(
            [*((figure, False) for figure in figures), *((figure, True) for figure in excluded[cluster])]
        )
    ]
    ratios = {"like_for_like_growth_ratio": 0.1, "like_for_like_real_growth_ratio": 0.05}
    clusters = [
        {"cluster_id": cluster, "reporting_year": YEAR, "turnover_accepted_gbp": float(sum(figures)), **ratios}
        | {"turnover_excluded_gbp": float(sum(excluded[cluster]))}
        | {"distance_from_path_ratio": 0.0, "organisations": len(figures)}
        for cluster, figures in turnover.items()
    ]
    total = float(sum(sum(figures) for figures in turnover.values()))
    programme = [
        {"reporting_year": YEAR, "turnover_of_clusters_accepted_gbp": total, "clusters": len(turnover), **ratios}
        | {"turnover_of_clusters_excluded_gbp": float(sum(map(sum, excluded.values())))}
    ]
    people = [
        {"cluster_id": cluster, "reporting_year": YEAR, "jobs_created_headcount_accepted": created}
        | {"jobs_disadvantaged_accepted": disadvantaged, "headcount_accepted": 100.0, "fte_accepted": 80.0}
        | {"jobs_created_fte_accepted": None, "jobs_safeguarded_fte_accepted": None}
        | {
            "headcount_growth_ratio": None,
            "fte_growth_ratio": None,
            **dict.fromkeys(map(excluded_name, _OF_PEOPLE), 0.0),
        }
        for cluster, (created, disadvantaged) in (jobs or {}).items()
    ]
    tables = {
        "turnover_by_organisation": organisations,
        "turnover_by_cluster": clusters,
        "programme_turnover": programme,
        "employment_by_cluster": people,
        "employment_by_organisation": [
            {"cluster_id": "a", "organisation_id": "a-0", "reporting_year": YEAR, "previous_headcount": 1.0}
            | {"previous_fte": 1.0, "counts_for_change": True, "is_held_back": False, "jobs_are_held_back": False}
            | dict.fromkeys(_OF_PEOPLE, 1.0)
        ],
    }
    with duckdb.connect(str(file)) as connection:
        for name, rows in tables.items():
            if rows:
                table = pa.Table.from_pylist(rows)
                connection.register("made", table)
                connection.execute(f"create table {name} as select * from made")
                for column in table.column_names:
                    if pa.types.is_null(table.schema.field(column).type):
                        connection.execute(f"alter table {name} alter {column} type double")
    return tuple(
        Mart(name, f"One row per row of {name}.", tuple(Column(column, f"The {column}.") for column in rows[0]))
        for name, rows in tables.items()
        if rows
    )
