"""What a night, the status and the alerts look like in a terminal. Figures come from the release, words from here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import set_aside
from orchestration.headline import headline_lines
from orchestration.home import Home
from orchestration.notices import incomplete_lines, notice_lines
from orchestration.receipts import landed_count
from orchestration.refused import Refused, refusals
from orchestration.release import Release, open_release
from orchestration.run_records import NightRecord
from orchestration.set_aside import SetAside
from workspace.offered import near, offered

if TYPE_CHECKING:
    from orchestration.check import Checked

SEVERITIES = ("reject", "error", "warning", "info")
_TOLD_AS_ONE = 3  # from so many cells on, the same finding is one message with its cells


def night_summary(home: Home, record: NightRecord, release: Release) -> str:
    """The end of a night: what came in, what was flagged, the headline KPIs, where it lies, what to try next."""
    if record.idle:
        return idle_summary(home, record, release)
    refused = refusals(home)
    with open_release(release) as marts:
        alerts = dict(marts.execute("select severity, count(*) from alerts group by all").fetchall())
        rows = _one(marts, "select coalesce(sum(organisation_rows), 0) from returns")
        headlines = [f"  {line}".rstrip() for line in headline_lines(marts)]
    landed, aside = landed_count(home), set_aside.records(home)
    lines = [
        "",
        f"Night of {release.as_of.isoformat()}: done in {record.seconds:.0f} s",
        "",
        f"  Returns   {landed} landed ({record.landed_now} new), {len(refused)} refused ({record.refused_now} new)",
        f"  Rows      {rows:,.0f} organisation rows in the returns that count",
        "  Alerts    " + ", ".join(f"{alerts.get(severity, 0)} {severity}" for severity in SEVERITIES),
        *([f"  Set aside {len(aside)} by us ({len(record.set_aside)} new), see below"] if aside else []),
        f"  Release   {near(home.releases / 'current')} -> {release.release_id}",
        *change_lines(release),
        "",
        *headlines,
        *set_aside_lines(home.folder, aside, [one["receipt_id"] for one in record.set_aside]),
        *incomplete_lines(record.incomplete),
        *notice_lines(record.notices),
        *_refusal_lines(refused),
        *_waiting_lines(record),
        "",
        "Try next:",
        f"  {offered('alerts', home=home.folder)}",
        f"  {offered('status', home=home.folder)}",
        f"  {offered('query', 'select * from turnover_by_cluster', home=home.folder)}",
    ]
    return "\n".join(lines)


def change_lines(release: Release) -> list[str]:
    """How much differs from the release before, where there was one; most of all by what."""
    if not release.compared_with:
        return []
    with open_release(release) as marts:
        found = marts.execute(
            "select cause, count(*) from revisions group by cause order by count(*) desc, cause limit 3"
        ).fetchall()
    total = release.rows.get("revisions", 0)
    if not total:
        return [f"  Changes   none since {release.compared_with}"]
    causes = ", ".join(
        f"{count:,} {'unexplained' if cause == 'not known' else f'by {cause}'}" for cause, count in found
    )
    return [f"  Changes   {total:,} figures and rows since {release.compared_with}: {causes}"]


def idle_summary(home: Home, record: NightRecord, release: Release) -> str:
    """The end of a night on which nothing was new."""
    lines = [
        "",
        f"Nothing is new: done in {record.seconds:.0f} s, nothing published.",
        "",
        f"  Release   {near(home.releases / 'current')} -> {release.release_id}, as of {release.as_of.isoformat()}",
        "            whole: every file is as it was published",
        *incomplete_lines(record.incomplete),
        *notice_lines(record.notices),
        *_waiting_lines(record),
        "",
        "Build all the same:",
        f"  {offered('nightly', '--force', home=home.folder)}",
    ]
    return "\n".join(lines)


def night_summary_json(home: Home, record: NightRecord, release: Release) -> str:
    """The same for a program."""
    with open_release(release) as marts:
        alerts = dict(marts.execute("select severity, count(*) from alerts group by all").fetchall())
        rows = _one(marts, "select coalesce(sum(organisation_rows), 0) from returns")
    told = {
        **asdict(record),
        "returns_landed": landed_count(home),
        "returns_refused": len(refusals(home)),
        "organisation_rows": int(rows),
        "alerts": {severity: alerts.get(severity, 0) for severity in SEVERITIES},
        "refused": [
            {"file": one.receipt.file_name, "message": one.refusal.message, "ask": one.refusal.ask}
            for one in refusals(home)
        ],
        "returns_set_aside": [asdict(one) for one in set_aside.records(home)],
        "release": str(release.folder),
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def set_aside_lines(home: Path, aside: Sequence[SetAside], new: Sequence[str] = ()) -> list[str]:
    """Each return that is set aside by us: which file, why, and where to look. `new` are receipts of this run."""
    if not aside:
        return []
    lines = ["", "Set aside by us (our build stops at them; they were sent, and nothing is asked of the lead agency):"]
    for one in aside:
        lines += [
            f"  {one.file_name} ({one.cluster_id}, {one.reporting_year}){', new' if one.receipt_id in new else ''}",
            f"      {one.reason}" + ("" if one.is_certain else " It is one of several of which one stops the figures."),
            f"      Look first at: {one.where}",
            f"      Try it again: {offered('set-aside', '--try-again', one.receipt_id[:12], home=home)}",
        ]
    return lines


def refusal_lines(refused: Iterable[Refused]) -> list[str]:
    """One line with the reason and one with what to do for each refused file."""
    lines = []
    for one in refused:
        lines.append(f"  {one.receipt.file_name}")
        lines.append(f"      {one.refusal.message}")
        lines.append(f"      What to do: {one.refusal.ask}")
    return lines


def check_summary(checked: Checked, file_name: str, *, as_json: bool) -> str:
    """What a lead agency is told about a file."""
    if as_json:
        return json.dumps({"file_name": file_name} | asdict(checked), indent=2, default=str, ensure_ascii=False)
    counts = Counter(alert["severity"] for alert in checked.alerts)
    lines = [
        f"{file_name}: {checked.cluster_id}, {checked.reporting_year}, {checked.organisation_rows} organisations",
        "",
    ]
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for alert in checked.alerts:
        groups.setdefault((alert["severity"], alert["rule_code"], alert["label"] or "", alert["ask"]), []).append(alert)
    for same in groups.values():
        lines += (
            _alert_lines(same) if len(same) >= _TOLD_AS_ONE else [line for one in same for line in _alert_lines([one])]
        )
    lines += [f"NOTE    {note['message']}" for note in checked.notes]
    if not checked.alerts:
        return "\n".join([*lines, "Nothing to ask. Thank you: this return can be sent as it is."])
    told = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    return "\n".join([*lines, "", f"In all: {told}. Correct what is wrong and check again as often as you like."])


def _alert_lines(same: Sequence[Mapping[str, Any]]) -> list[str]:
    """One message; where the same is found in many cells, the first of them in words and then all the others."""
    first = same[0]
    whose = first["organisation_name"] or "The whole return"
    lines = [
        f"{first['severity'].upper():<7} {first['rule_code']}  "
        + (f"{len(same)} times: {first['label'] or whose}" if len(same) > 1 else whose),
        f"        {first['message']}{_place(first)}",
        f"        What to do: {first['ask']}",
    ]
    others = ", ".join(f"{one['organisation_name'] or 'the return'}{_place(one)}" for one in same[1:])
    return [*lines, f"        The same for {others}."] if others else lines


def _place(alert: Mapping[str, Any]) -> str:
    place = " ".join(str(alert[name]) for name in ("sheet", "cell") if alert[name])
    return f"  [{place}]" if place else ""


def _refusal_lines(refused: Sequence[Refused]) -> list[str]:
    return ["", "Refused (each lies in refused/ with its reason):", *refusal_lines(refused)] if refused else []


def _waiting_lines(record: NightRecord) -> list[str]:
    if not record.waiting:
        return []
    return ["", "Still being written, the next night takes them:", *(f"  {name}" for name in record.waiting)]


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return (connection.execute(sql).fetchone() or (None,))[0]
