"""Row counts and headline figures of the demo's release, as they stand in the reviewed file demo_release.yml.

After a change of meaning write the file anew, read the difference, and commit it with the change:

    returns demo --home /tmp/demo && returns nightly --home /tmp/demo
    python -m tests.orchestration.demo_figures /tmp/demo
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from tests.orchestration.conftest import query

FILE = Path(__file__).with_name("demo_release.yml")
# What is due, late or asked depends on the day on which the tests run.
_OF_THE_DAY = {
    "alerts", "alerts_closed", "corrections", "decisions", "quality_by_cluster", "response_by_cluster",
    "response_by_organisation", "returns", "revisions", "rule_scorecard", "shadow_alerts",
}  # fmt: skip
_HEADLINES = {
    "turnover_by_cluster": (
        "organisations", "turnover_gbp", "turnover_accepted_gbp", "turnover_excluded_gbp", "quality_rating",
        "like_for_like_growth_ratio", "median_growth_ratio", "share_at_target", "like_for_like_real_growth_ratio",
        "change_gbp", "distance_from_path_ratio",
    ),
    "employment_by_cluster": ("headcount", "fte", "headcount_growth_ratio", "jobs_created_headcount"),
    "social_value_by_cluster": ("volunteer_hours", "volunteer_hours_central_gbp", "contract_social_value_gbp"),
    "environment_by_cluster": ("tco2e_scope_1", "tco2e_scope_2", "tco2e_scope_3", "tco2e", "tco2e_change"),
    "innovation_by_cluster": ("new_products", "new_markets"),
    "investment_by_cluster": ("investment_received_gbp",),
    "outputs_by_cluster": ("supported_organisations", "brokerage_introduced_gbp"),
    "funding_by_cluster": ("grant_scheduled_gbp", "cash_received_gbp", "in_kind_received_gbp"),
}  # fmt: skip


def figures_of(home: Path) -> dict[str, Any]:
    """What the file holds: rows by mart, and headline figures by mart and cluster, of 2025-26, the demo's last year."""
    names = [name for (name,) in query(home, "select table_name from duckdb_tables() order by 1")]
    rows = {name: query(home, f"select count(*) from {name}")[0][0] for name in names if name not in _OF_THE_DAY}
    headlines: dict[str, dict[str, dict[str, Any]]] = {}
    for mart, columns in _HEADLINES.items():
        found = query(
            home,
            f"select cluster_id, {', '.join(columns)} from {mart} where reporting_year = '2025-26' order by cluster_id",
        )
        headlines[mart] = {cluster: dict(zip(columns, figures, strict=True)) for cluster, *figures in found}
    return {"rows": rows, "headlines": headlines}


def main(home: str) -> None:
    """Write the file anew from a home in which a night ran over the demo."""
    head = "# Row counts and headline figures (2025-26) of the demo. How to write it anew: demo_figures.py\n"
    text = yaml.safe_dump(figures_of(Path(home)), sort_keys=False, default_flow_style=False)
    FILE.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
