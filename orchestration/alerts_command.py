"""`returns alerts`: what looks wrong, worst first."""

from __future__ import annotations

import json
from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.options import HOME, JSON


@click.command()
@HOME
@click.option("--cluster", help="Only this cluster, by its id, such as walsall.")
@click.option("--year", help="Only this reporting year, such as 2025-26.")
@click.option("--severity", type=click.Choice(["reject", "error", "warning", "info"]), help="Only this severity.")
@click.option("--rule", help="Only this rule, such as P01.")
@click.option("--all", "settled", is_flag=True, help="Also those that a steward has settled.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show.")
@JSON
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
    from orchestration.release import whole_release

    found, total = read_alerts(
        whole_release(open_home(home, releases_only=True)),
        cluster_id=cluster,
        reporting_year=year,
        severity=severity,
        rule_code=rule,
        settled=settled,
        most=most,
    )
    click.echo(json.dumps(found, indent=2, default=str) if as_json else alerts_text(found, total))
