"""The alerts of a release, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.release import Release, open_release
from reporting.years import ReturnsOfYear, label_of
from workspace.offered import offered

_COLUMNS = (
    "alert_id", "rule_code", "rule_title", "severity", "cluster_name", "organisation_name", "reporting_year", "label",
    "observed", "expected", "message", "ask", "hypothesis", "impact", "impact_ratio", "status", "reopened_because",
    "first_seen_on", "times_seen", "file_name", "sheet", "cell",
)  # fmt: skip


def read_alerts(
    release: Release,
    *,
    cluster_id: str | None,
    reporting_year: str | None,
    severity: str | None,
    rule_code: str | None,
    settled: bool,
    most: int,
) -> tuple[list[dict[str, Any]], int]:
    """The first `most` alerts that fit, and how many fit: by severity, then by what they would change.

    Those that a steward has settled are left out unless `settled`.
    """
    wanted = {"cluster_id": cluster_id, "reporting_year": reporting_year, "severity": severity, "rule_code": rule_code}
    asked = {column: value for column, value in wanted.items() if value is not None}
    conditions = [f"{column} = ?" for column in asked] + ([] if settled else ["not is_settled"])
    where = " and ".join(conditions) or "true"
    with open_release(release) as marts:
        found = marts.execute(
            f"""
            select {", ".join(_COLUMNS)}, count(*) over () as fitting
            from alerts
            where {where}
            order by
                case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
                impact_ratio desc nulls last, reporting_year desc nulls last,
                rule_code, cluster_name, organisation_name, label, alert_id
            limit {most}
            """,
            list(asked.values()),
        ).fetchall()
    return [dict(zip(_COLUMNS, row, strict=False)) for row in found], found[0][-1] if found else 0


def alerts_text(alerts: list[dict[str, Any]], total: int, *, home: Path, returns: Mapping[str, ReturnsOfYear]) -> str:
    """The same for a person: what is wrong, where it stands, what to do.

    A year that is not complete tells of its returns.
    """
    if not alerts:
        return "No alert fits."
    lines: list[str] = []
    for alert in alerts:
        year = alert["reporting_year"]
        whose = (alert["organisation_name"], alert["cluster_name"], year and label_of(year, returns.get(year)))
        who = ", ".join(str(one) for one in whose if one)
        place = " ".join(str(alert[name]) for name in ("file_name", "sheet", "cell") if alert[name])
        known = "" if alert["status"] == "new" else f"  ({alert['status']})"
        lines.append(
            f"{alert['severity'].upper():<7} {alert['rule_code']}  {who or alert['file_name']}"
            f"  [{alert['alert_id'][:8]}]{known}"
        )
        lines += [
            f"        {alert[name]}" for name in ("message", "hypothesis", "impact", "reopened_because") if alert[name]
        ]
        lines.append(f"        What to do: {alert['ask']}" + (f"  [{place}]" if place else ""))
    if total > len(alerts):
        lines.append(f"… and {total - len(alerts)} more; show them with --most {total}.")
    lines += ["", f"Decide about one: {offered('decide', alerts[0]['alert_id'][:8], '--help', home=home)}"]
    return "\n".join(lines)
