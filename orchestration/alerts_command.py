"""`returns alerts`: what looks wrong, worst first."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.described import command
from orchestration.home import open_home
from orchestration.options import HOME, show


@command(
    examples=[
        "returns alerts",
        "returns alerts --cluster walsall --year 2025-26 --severity error",
        "returns alerts --rule P01 --json",
    ]
)
@HOME
@click.option("--cluster", help="Only this cluster, by its id, such as walsall.")
@click.option("--year", help="Only this reporting year, such as 2025-26.")
@click.option("--severity", type=click.Choice(["reject", "error", "warning", "info"]), help="Only this severity.")
@click.option("--rule", help="Only this rule, such as P01.")
@click.option("--all", "settled", is_flag=True, help="Also those that a steward has settled.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show.")
def alerts(
    home: Path,
    cluster: str | None,
    year: str | None,
    severity: str | None,
    rule: str | None,
    settled: bool,
    most: int,
    as_json: bool,
) -> None:
    """List what looks wrong in the current release and is not settled: worst first, then what would change most."""
    from orchestration.alerts import alerts_text, read_alerts
    from orchestration.named import named_cluster, named_rule, named_year
    from orchestration.release import whole_release
    from reporting.figures import Figures

    where = open_home(home, releases_only=True)
    release = whole_release(where)
    found, total = read_alerts(
        release,
        cluster_id=named_cluster(release, cluster) if cluster is not None else None,
        reporting_year=named_year(release, year) if year is not None else None,
        severity=severity,
        rule_code=named_rule(release, rule) if rule is not None else None,
        settled=settled,
        most=most,
    )
    returns = Figures(release.folder).returns
    show(as_json, found, alerts_text(found, total, home=where.folder, returns=returns))
