"""The commands of `returns`. Heavy libraries are imported by the commands that need them, not by `--help`."""

from __future__ import annotations

import click

from orchestration.alerts_command import alerts
from orchestration.check_command import check
from orchestration.decide_command import decide
from orchestration.demo_command import demo
from orchestration.fix_dates_command import fix_dates
from orchestration.nightly_command import nightly
from orchestration.operate_commands import backup, restore, rollback, start_without_decisions, watch
from orchestration.query_command import query
from orchestration.report_command import report
from orchestration.rules_command import rules
from orchestration.set_aside_command import set_aside
from orchestration.status_command import status
from orchestration.template_command import template
from orchestration.trace_command import trace
from orchestration.verify_command import verify


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="cluster-returns")
@click.pass_context
def returns(context: click.Context) -> None:
    """Turn yearly returns of social enterprises into KPI figures that can be trusted.

    \b
    A first look:
      returns demo               lay a made-up inbox
      returns nightly            receive, check, count and publish
      returns alerts             what looks wrong, worst first
      returns query "select * from turnover_by_cluster"
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


COMMANDS = (
    nightly,
    check,
    status,
    alerts,
    query,
    report,
    demo,
    watch,
    backup,
    restore,
    rollback,
    verify,
    start_without_decisions,
    fix_dates,
    decide,
    set_aside,
    rules,
    template,
    trace,
)
for command in COMMANDS:
    returns.add_command(command)
