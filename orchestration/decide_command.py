"""`returns decide`: a steward's decision from the command line, over the same interface as the web pages."""

from __future__ import annotations

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.decisions.kinds import KINDS, REASONS
from orchestration.described import command
from orchestration.home import open_home
from orchestration.local_time import shown_here, zone_here
from orchestration.options import HOME, PROGRAMME, Number, show
from workspace.errors import WrongCallError
from workspace.offered import offered

if TYPE_CHECKING:
    from console.decisions.models import Alert, Decision

_EPILOG = "\n".join(
    [
        "\b\nKinds of decision (--as):",
        *(f"  {kind:<12} {about[0]}" for kind, about in KINDS.items()),
        "\n\b\nReasons for which a figure is right (--reason):",
        *(f"  {reason:<14} {about}" for reason, about in REASONS.items()),
    ]
)


@command(
    examples=[
        "returns decide 3f2a91c0                                  # what was decided about it",
        'returns decide 3f2a91c0 --as confirm --reason contract --because "Won a care contract" --within 30',
        'returns decide 3f2a91c0 --as correct --new-value 163000 --source "Accounts 2025-26" --because "Thousands"',
    ],
    epilog=_EPILOG,
)
@click.argument("alerts", nargs=-1, required=True, metavar="ALERT...")
@click.option("--as", "kind", type=click.Choice(list(KINDS)), help="What you decide; without it, the history is shown.")
@click.option("--because", default="", help="Why, in a sentence that a colleague understands next year.")
@click.option("--reason", type=click.Choice(list(REASONS)), help="For confirm: the reason for which it is right.")
@click.option("--within", type=Number(least=0, most=1000), default=0.0, help="For confirm: percent it may still move.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which the decision holds.")
@click.option("--new-value", type=Number(), help="For correct: the figure to count instead.")
@click.option("--source", default="", help="For correct: where that figure comes from.")
@click.option("--by", help="Who decides; else RETURNS_USER, else your name on this machine.")
@HOME
@PROGRAMME
def decide(
    alerts: tuple[str, ...],
    kind: str | None,
    because: str,
    reason: str | None,
    within: float,
    until: datetime | None,
    new_value: float | None,
    source: str,
    by: str | None,
    home: Path,
    programme: Path,
    as_json: bool,
) -> None:
    """Decide about one alert or several, or see what was decided.

    ALERT is the id that `returns alerts` shows; its first letters do. The decision counts from the next night on and
    holds while the figure stays the same: the question is asked again when the figure changes.
    """
    from console.database import close_operations, open_operations
    from console.decisions.decide import Verdict, find_alert, history
    from console.decisions.decide import decide as add_decisions
    from ingestion.programme import read_programme
    from orchestration.operations import record_current

    if kind is None and (because or reason or within or until or new_value is not None or source):
        raise WrongCallError("Nothing was decided: it is not said what.", f"Say with --as: {', '.join(KINDS)}.")
    where = open_home(home)
    record_current(where)
    database = open_operations(where.folder)
    try:
        found = [find_alert(database, start) for start in alerts]
        if kind is not None:
            verdict = Verdict(
                kind=kind,
                explanation=because,
                reason=reason or "",
                within=within / 100,
                until=until.date() if until else None,
                new_value=new_value,
                source=source,
            )
            who = by or os.environ.get("RETURNS_USER") or _user()
            bounds = read_programme(programme).bounds
            chosen = [alert.pk for alert in found]
            add_decisions(database, chosen, verdict, by=who, at=datetime.now(zone_here()), bounds=bounds)
        told = [(alert, history(database, alert.pk)) for alert in found]
    finally:
        close_operations(database)
    if as_json:
        show(as_json, [_data(alert, decisions) for alert, decisions in told], "")
        return
    for alert, decisions in told:
        click.echo("\n".join(_lines(alert, decisions)))
    if kind is not None:
        click.echo(f"Kept. It counts from the next night on: {offered('nightly', home=where.folder)}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise WrongCallError("This machine does not say who you are.", "Say who decides with --by.") from error


def _lines(alert: Alert, decisions: list[Decision]) -> list[str]:
    who = ", ".join(str(part) for part in (alert.organisation_name, alert.cluster_name, alert.reporting_year) if part)
    lines = [f"{alert.pk[:8]}  {alert.severity.upper()} {alert.rule_code}  {who}", f"          {alert.message}"]
    if not decisions:
        lines.append("          Nothing has been decided about it yet.")
    for decision in decisions:
        holds = f", until {decision.until}" if decision.until else ""
        counted = (
            f" ({decision.value:,.15g} becomes {decision.new_value:,.15g}; {decision.source})"
            if _is_new(decision)
            else ""
        )
        lines.append(
            f"          {shown_here(decision.decided_at)}  {decision.decided_by}: {decision.kind}{counted}{holds}"
        )
        lines.append(f"              {decision.explanation}".rstrip())
    return lines


def _is_new(decision: Decision) -> bool:
    return decision.new_value is not None and decision.value is not None


def _data(alert: Alert, decisions: list[Decision]) -> dict[str, Any]:
    names = (
        "kind", "decided_at", "decided_by", "reason", "explanation", "observed", "value", "low", "high", "until",
        "new_value", "source",
    )  # fmt: skip
    return {
        "alert_id": alert.pk,
        "rule_code": alert.rule_code,
        "message": alert.message,
        "decisions": [{name: getattr(decision, name) for name in names} for decision in decisions],
    }
