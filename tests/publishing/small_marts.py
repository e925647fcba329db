"""A few marts made by hand, as wide as the public edition needs: four clusters, one year, the whole programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from publishing.marts import Column, Mart

YEAR = "2025-26"
SHOWN = ("turnover_by_cluster", "programme_turnover", "employment_by_cluster")


def make_marts(
    file: Path,
    turnover: Mapping[str, Sequence[float]],
    jobs: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Mart, ...]:
    """A database of marts from the turnover of each cluster's organisations and its new jobs (all, disadvantaged)."""
    organisations = [
        {
            "cluster_id": cluster,
            "organisation_id": f"{cluster}-{number}",
            "reporting_year": YEAR,
            "turnover_gbp": float(figure),
            "previous_turnover_annualised_gbp": float(figure),
            "previous_turnover_constant_gbp": float(figure),
            "path_turnover_gbp": float(figure),
            "counts_for_growth": True,
        }
        for cluster, figures in turnover.items()
        for number, figure in enumerate(figures)
    ]
    ratios = {"like_for_like_growth_ratio": 0.1, "like_for_like_real_growth_ratio": 0.05}
    clusters = [
        {"cluster_id": cluster, "reporting_year": YEAR, "turnover_gbp": float(sum(figures)), **ratios}
        | {"distance_from_path_ratio": 0.0, "organisations": len(figures)}
        for cluster, figures in turnover.items()
    ]
    total = float(sum(sum(figures) for figures in turnover.values()))
    programme = [{"reporting_year": YEAR, "turnover_of_clusters_gbp": total, "clusters": len(turnover), **ratios}]
    people = [
        {"cluster_id": cluster, "reporting_year": YEAR, "jobs_created_headcount": created}
        | {"jobs_disadvantaged": disadvantaged, "headcount": 100.0, "fte": 80.0, "jobs_created_fte": None}
        | {"jobs_safeguarded_fte": None, "headcount_growth_ratio": None, "fte_growth_ratio": None}
        for cluster, (created, disadvantaged) in (jobs or {}).items()
    ]
    tables = {
        "turnover_by_organisation": organisations,
        "turnover_by_cluster": clusters,
        "programme_turnover": programme,
        "employment_by_cluster": people,
        "employment_by_organisation": [
            {"cluster_id": "a", "organisation_id": "a-0", "reporting_year": YEAR, "previous_headcount": 1.0}
            | {"previous_fte": 1.0, "counts_for_change": True}
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
