"""The list of alerts: filters that stand in the address, ranked and cut to pages by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from console.access.models import User
from console.access.roles import STEWARD
from console.alerts.catalogue import rules
from console.alerts.live import RESOLVED, STATES, Live
from console.releases import Release

SEVERITIES = ("reject", "error", "warning", "info")
_AGES = {"tonight": "New tonight", "7": "A week or longer", "30": "A month or longer", "90": "Three months or longer"}
_LABELS = {
    "cluster_id": "Cluster", "rule_code": "Rule", "severity": "Severity", "dimension": "Dimension", "field": "Field",
    "status": "Status", "age": "Open for", "assigned": "Looked after by",
}  # fmt: skip
_EQUAL = ("cluster_id", "rule_code", "severity", "field")
# What a list, an export and a letter need; both kinds of alert have it.
COLUMNS = (
    "alert_id", "severity", "status", "rule_code", "rule_title", "dimension", "cluster_id", "cluster_name",
    "organisation_id", "organisation_name", "reporting_year", "field", "label", "observed", "expected", "message",
    "ask", "hypothesis", "impact", "file_name", "sheet", "cell", "first_seen_on", "last_seen_on", "times_seen",
    "assigned_to",
)  # fmt: skip
_TONIGHT = "select * from alerts"
_CLOSED = """
    select
        *, 'superseded' as status, null as rule_title, null as dimension, null as expected, null as ask,
        null as hypothesis, 'It fires no more: ' || closed_because || '.' as impact, null as impact_ratio,
        null as file_name, null as sheet, null as cell
    from alerts_closed
"""


@dataclass(frozen=True)
class Filter:
    """One filter of the list: its name in the address, what it may be, and what is asked."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


class Listing:
    """The alerts of a release that fit, worst first; a sequence that DuckDB counts and cuts."""

    def __init__(self, release: Release, live: Live, asked: Mapping[str, str], reader: User) -> None:
        self._release = release
        self.asked = {name: asked[name] for name in _LABELS if asked.get(name)}
        ids, status, assigned = live.columns()
        self._values: dict[str, object] = {"ids": ids, "live_status": status, "live_assigned": assigned}
        self._where = " and ".join(self._conditions(reader)) or "true"

    def __len__(self) -> int:
        return self.count()

    def count(self) -> int:
        """How many fit."""
        return int(self._query("select count(*) as n from known")[0]["n"])

    def __getitem__(self, cut: slice) -> list[dict[str, Any]]:
        return self._query(f"{self._ranked} limit {cut.stop - cut.start} offset {cut.start}")

    def all(self) -> list[dict[str, Any]]:
        """Every one that fits."""
        return self._query(self._ranked)

    @staticmethod
    def closed(release: Release, alert_id: str) -> dict[str, Any] | None:
        """An alert that fires no more, with the columns of one that does; None where there is none."""
        found = release.query(
            f"""
            select found.*, null as expected_low, null as expected_high
            from ({_CLOSED}) as found
            where alert_id = ?
            """,
            [alert_id],
        )
        return found[0] if found else None

    @property
    def _ranked(self) -> str:
        settled = ", ".join(f"'{one}'" for one in RESOLVED)
        return f"""
            select {", ".join(COLUMNS)} from known
            order by
                status in ({settled}),
                case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
                impact_ratio desc nulls last, reporting_year desc nulls last,
                rule_code, cluster_name, organisation_name, label, alert_id
        """

    def _query(self, select: str) -> list[dict[str, Any]]:
        source = _CLOSED if self.asked.get("status") == "superseded" else _TONIGHT
        return self._release.query(
            f"""
            with
            live as (
                select
                    unnest($ids::varchar[]) as alert_id,
                    unnest($live_status::varchar[]) as live_status,
                    unnest($live_assigned::varchar[]) as assigned_to
            ),
            known as (
                select
                    found.* replace (coalesce(live.live_status, found.status) as status),
                    coalesce(live.assigned_to, '') as assigned_to
                from ({source}) as found
                left join live on found.alert_id = live.alert_id
            ),
            fitting as (select * from known where {self._where})
            {select.replace("from known", "from fitting")}
            """,
            self._values,
        )

    def _conditions(self, reader: User) -> list[str]:
        made = []
        for name in (*_EQUAL, "status"):
            if name in self.asked and self.asked[name] != "open":
                self._values[name] = self.asked[name]
                made.append(f"{name} = ${name}")
        if self.asked.get("status") == "open":
            made.append("status not in (" + ", ".join(f"'{one}'" for one in RESOLVED) + ")")
        if "dimension" in self.asked:
            self._values["codes"] = [
                code for code, rule in rules().items() if rule.dimension == self.asked["dimension"]
            ]
            made.append("list_contains($codes::varchar[], rule_code)")
        if "age" in self.asked:
            made += self._of_age(self.asked["age"])
        if "assigned" in self.asked:
            who = self.asked["assigned"]
            self._values["who"] = reader.email if who == "me" else "" if who == "nobody" else who
            made.append("assigned_to = $who")
        return made

    def _of_age(self, age: str) -> list[str]:
        as_of = date.fromisoformat(self._release.as_of)
        if age == "tonight":
            self._values["day"] = as_of
            return ["first_seen_on = $day::date"]
        if age not in _AGES:
            return ["false"]
        self._values["day"] = as_of - timedelta(days=int(age))
        return ["first_seen_on <= $day::date"]


def filters(release: Release, asked: Mapping[str, str], reader: User) -> list[Filter]:
    """The filters with what there is to choose from; nothing is offered that no alert of the release has."""
    there = release.keep("what alerts are about", lambda: _choices(release))
    choices = dict(there)
    choices["status"] = (("open", "open (not resolved)"), *STATES.items())
    choices["age"] = tuple(_AGES.items())
    people = User.objects.filter(role=STEWARD, is_active=True).exclude(pk=reader.pk).order_by("name")
    own = (("me", "me"),) if reader.role == STEWARD else ()
    choices["assigned"] = (*own, ("nobody", "nobody"), *((one.email, one.name) for one in people))
    return [Filter(name, label, tuple(choices[name]), asked.get(name, "")) for name, label in _LABELS.items()]


def _choices(release: Release) -> dict[str, tuple[tuple[str, str], ...]]:
    """Cluster, rule, severity, dimension and field of the alerts of a release, each with its name."""
    either = """(
        select cluster_id, cluster_name, rule_code, field, label from alerts
        union all select cluster_id, cluster_name, rule_code, field, label from alerts_closed
    )"""
    known = rules()
    codes = [row["rule_code"] for row in release.query(f"select distinct rule_code from {either} order by 1")]
    clusters = release.query(
        f"select cluster_id, min(cluster_name) as name from {either} where cluster_id <> '' group by 1 order by 2, 1"
    )
    fields = release.query(
        f"select field, min(label) as called from {either} where field <> '' group by 1 order by lower(called), field"
    )
    return {
        "cluster_id": tuple((row["cluster_id"], row["name"] or row["cluster_id"]) for row in clusters),
        "rule_code": tuple((code, f"{code} {known[code].title}" if code in known else code) for code in codes),
        "severity": tuple((one, one) for one in SEVERITIES),
        "dimension": tuple((one, one) for one in sorted({known[code].dimension for code in codes if code in known})),
        "field": tuple((row["field"], row["called"] or row["field"]) for row in fields),
    }
