"""`returns rules`: the catalogue, how each rule has done, and a rule of the working copy tried over all past years."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.described import command, group
from orchestration.home import Home, open_home
from orchestration.options import AS_OF, HOME, PROGRAMME, home_if_any, one_of, show

if TYPE_CHECKING:
    from expectations.catalogue import Rule
    from ingestion.programme import Programme

# How many of a tried rule's alerts are shown.
_SHOWN = 10


@dataclass(frozen=True)
class Trial:
    """What one rule would flag over all years, worst first, and what stewards have said of those alerts before."""

    rule: Rule
    alerts: tuple[dict[str, Any], ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many alerts, and how many of them a steward confirmed as errors or dismissed."""
        said = Counter(alert["decision"] for alert in self.alerts)
        return {
            "would_flag": len(self.alerts),
            "confirmed_as_errors": said["correct"] + said["leave-out"] + said["ask"],
            "dismissed": said["confirm"] + said["rule-wrong"],
        }


@group(
    examples=[
        "returns rules                    # the catalogue, with each rule's scorecard",
        "returns rules test P02           # try a rule, as it stands in the working copy, over all past years",
    ]
)
@HOME
@click.pass_context
def rules(context: click.Context, home: Path, as_json: bool) -> None:
    """List the rule catalogue, and how each rule has done in the home, if there is one."""
    if context.invoked_subcommand:
        # What was said before the name of the command below holds for it too.
        given = {name: value for name, value in context.params.items() if _was_given(context, name)}
        context.default_map = {context.invoked_subcommand: given}
        return
    from expectations.catalogue import read_catalogue
    from orchestration.text_table import table

    catalogue = read_catalogue()
    where = home_if_any(home)
    cards = _scorecards(where) if where else {}
    if as_json:
        told = [
            {
                "code": rule.code,
                "title": rule.title,
                "severity": rule.severity,
                "level": rule.level,
                "dimension": rule.dimension,
                "mend": rule.mend,
                "status": rule.status,
                "holds_from": rule.holds_from,
                "thresholds": dict(rule.thresholds),
                "scorecard": cards.get(rule.code),
            }
            for rule in catalogue
        ]
        show(as_json, told, "")
        return
    headings = ("Rule", "Title", "Severity", "Status", "Fired", "Errors", "Right", "Open", "")
    click.echo("\n".join(table(headings, [_row(rule, cards.get(rule.code)) for rule in catalogue])))
    click.echo("\nFired: alerts ever published. Errors, Right: what stewards and new returns made of them.")
    click.echo("Each rule is explained in docs/rules.md. Try one: returns rules test P02")


@command("test", examples=["returns rules test P02", "returns rules test P02 --as-of 2026-04-01 --json"])
@click.argument("code")
@HOME
@PROGRAMME
@AS_OF
def test_rule(code: str, home: Path, programme: Path, as_of: datetime | None, as_json: bool) -> None:
    """Run one rule, as it stands in the working copy, over all past years.

    CODE is a rule's code, such as P02. Nothing is kept: the release and the register of alerts stay as they are. Says
    what the rule would flag, and how many of those alerts a steward has confirmed as errors or dismissed.
    """
    from expectations.catalogue import read_catalogue
    from ingestion.programme import read_programme

    found = {rule.code: rule for rule in read_catalogue()}
    code = one_of("rule", code, list(found))
    scheme = read_programme(programme)
    day = as_of.date() if as_of else scheme.day_of(datetime.now(UTC))
    trial = try_rule(found[code], open_home(home), scheme, as_of=day)
    told = {"rule": trial.rule.code, **trial.counts, "alerts": trial.alerts}
    show(as_json, told, "\n".join(_trial_lines(trial)))


rules.add_command(test_rule)


def try_rule(rule: Rule, home: Home, programme: Programme, *, as_of: date) -> Trial:
    """Judge everything that was ever landed by the catalogue of the working copy, in a database that is thrown away.

    What is set aside takes no part, as in a run. Raises DamagedError where a landed set is not as it was landed.
    """
    import duckdb

    from ingestion.land import require_as_landed
    from orchestration.build_load import load_build
    from orchestration.dbt_build import build
    from orchestration.progress import report, report_done
    from orchestration.receipts import landed_folders
    from orchestration.set_aside import in_force

    with tempfile.TemporaryDirectory(prefix="returns-rules-") as scratch:
        database = Path(scratch) / "check.duckdb"
        report(f"Running {rule.code} over all years")
        for folder in landed_folders(home):
            require_as_landed(folder)
        held = {receipt: one.explanation for receipt, one in in_force(home, programme).items()}
        with duckdb.connect(str(database)) as connection:
            links = Path(scratch) / "landed"
            load_build(connection, home, programme, today=as_of, left_out=held, links=links)
        target = home.build / "dbt-check"
        outcome = build(
            database, target, as_of=as_of, programme=programme, select="+int_alert_states", with_tests=False
        )
        report_done()
        if not outcome.succeeded:
            raise RuntimeError("; ".join(outcome.failures))
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute(
                """
                select alert_id, severity, cluster_name, organisation_name, reporting_year, message, status, decision
                from intermediate.int_alerts
                inner join intermediate.int_alert_states using (alert_id)
                where rule_code = ?
                order by
                    case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
                    reporting_year desc nulls last, cluster_name, organisation_name, message, alert_id
                """,
                [rule.code],
            )
            names = [column[0] for column in rows.description]
            return Trial(rule, tuple(dict(zip(names, row, strict=True)) for row in rows.fetchall()))


def _was_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _scorecards(home: Home) -> dict[str, dict[str, Any]]:
    """The scorecards of the current release by rule; none where there is no release."""
    from orchestration.release import ReleaseError, current_release, open_release

    if not (home.releases / "current").exists():
        return {}
    try:
        with open_release(current_release(home)) as marts:
            rows = marts.execute("select * from rule_scorecard order by rule_code")
            names = [column[0] for column in rows.description]
            cards = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    except ReleaseError:
        return {}
    return {card["rule_code"]: card for card in cards}


def _row(rule: Rule, card: dict[str, Any] | None) -> tuple[Any, ...]:
    status = f"from {rule.holds_from}" if rule.holds_from else rule.status
    if card is None:
        return (rule.code, rule.title, rule.severity, status, 0, 0, 0, 0, "")
    right = card["confirmed_correct"] + card["rule_wrong"]
    wolf = "cries wolf" if card["cries_wolf"] else ""
    return (
        rule.code, rule.title, rule.severity, status, card["fired"], card["confirmed_errors"], right,
        card["still_open"], wolf,
    )  # fmt: skip


def _trial_lines(trial: Trial) -> list[str]:
    counts = trial.counts
    lines = [
        f"{trial.rule.code}  {trial.rule.title}",
        f"Would flag {counts['would_flag']}. Of these, stewards confirmed {counts['confirmed_as_errors']} as errors "
        f"and dismissed {counts['dismissed']}.",
    ]
    years = Counter(alert["reporting_year"] or "no year" for alert in trial.alerts)
    lines += [f"  {year}  {count}" for year, count in sorted(years.items())]
    for alert in trial.alerts[:_SHOWN]:
        who = ", ".join(
            str(alert[name]) for name in ("organisation_name", "cluster_name", "reporting_year") if alert[name]
        )
        lines += ["", f"{alert['severity'].upper():<7} {who}  [{alert['alert_id'][:8]}]  {alert['status']}"]
        lines.append(f"        {alert['message']}")
    left = len(trial.alerts) - _SHOWN
    return lines + (["", f"… and {left} more; see them all with --json."] if left > 0 else [])
