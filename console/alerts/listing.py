"""The list of alerts: filters that stand in the address, ranked and cut to pages by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import duckdb

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
# What the list is ranked by besides whether an alert is resolved, which may change by the minute.
_RANKED = """
    row_number() over (
        order by
            case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
            impact_ratio desc nulls last, reporting_year desc nulls last,
            rule_code, cluster_name, organisation_name, label, alert_id
    ) as rank
"""
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
    """The alerts of a release that fit, worst first: a sequence of which only the rows of a page are read."""

    def __init__(self, release: Release, live: Live, asked: Mapping[str, str], reader: User) -> None:
        self.asked = {name: asked[name] for name in _LABELS if asked.get(name)}
        self._release, self._live = release, live
        self._ranks = _fitting(release, live, tuple(self.asked.items()), reader.email)

    def __len__(self) -> int:
        return len(self._ranks)

    def count(self) -> int:
        """How many fit."""
        return len(self._ranks)

    def __getitem__(self, cut: slice) -> list[dict[str, Any]]:
        wanted = self._ranks[cut]
        found = _rows(
            _memory(self._release),
            f"select * from {_source(self.asked)} where list_contains($ranks::integer[], rank)",
            {"ranks": wanted},
        )
        by_rank = {row["rank"]: row for row in found}
        return [self._with_live(by_rank[rank]) for rank in wanted]

    def all(self) -> list[dict[str, Any]]:
        """Every one that fits."""
        return self[0 : len(self._ranks)]

    def _with_live(self, row: dict[str, Any]) -> dict[str, Any]:
        alert_id = row["alert_id"]
        status = self._live.status.get(alert_id, row["status"])
        return row | {"status": status, "assigned_to": self._live.assigned.get(alert_id, "")}

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


@lru_cache(maxsize=64)
def _fitting(release: Release, live: Live, asked: tuple[tuple[str, str], ...], reader: str) -> list[int]:
    """The ranks of the alerts that fit, those that are resolved last."""
    ids, status, assigned = live.columns()
    values: dict[str, object] = {"ids": ids, "live_status": status, "live_assigned": assigned}
    where = " and ".join(_conditions(dict(asked), date.fromisoformat(release.as_of), reader, values)) or "true"
    rows = _rows(
        _memory(release),
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
            from {_source(dict(asked))} as found
            left join live on found.alert_id = live.alert_id
        )
        select rank from known where {where}
        order by status in ({_texts(RESOLVED)}), rank
        """,
        values,
    )
    return [row["rank"] for row in rows]


def _source(asked: Mapping[str, str]) -> str:
    return "closed" if asked.get("status") == "superseded" else "tonight"


def _texts(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _conditions(asked: Mapping[str, str], as_of: date, reader: str, values: dict[str, object]) -> list[str]:
    """What an alert has to fulfil, in SQL; what was asked goes into `values`, never into the text."""
    made = []
    for name in (*_EQUAL, "status"):
        if name in asked and asked[name] != "open":
            values[name] = asked[name]
            made.append(f"{name} = ${name}")
    if asked.get("status") == "open":
        made.append(f"status not in ({_texts(RESOLVED)})")
    if "dimension" in asked:
        values["codes"] = [code for code, rule in rules().items() if rule.dimension == asked["dimension"]]
        made.append("list_contains($codes::varchar[], rule_code)")
    if "age" in asked:
        made.append(_of_age(asked["age"], as_of, values))
    if "assigned" in asked:
        values["who"] = {"me": reader, "nobody": ""}.get(asked["assigned"], asked["assigned"])
        made.append("assigned_to = $who")
    return made


def _of_age(age: str, as_of: date, values: dict[str, object]) -> str:
    if age not in _AGES:
        return "false"
    values["day"] = as_of if age == "tonight" else as_of - timedelta(days=int(age))
    return "first_seen_on = $day::date" if age == "tonight" else "first_seen_on <= $day::date"


def _memory(release: Release) -> duckdb.DuckDBPyConnection:
    kept: duckdb.DuckDBPyConnection = release.keep("alerts in memory", lambda: _in_memory(release))
    return kept


def _in_memory(release: Release) -> duckdb.DuckDBPyConnection:
    """The alerts of a release in a database of their own in memory, ranked once: a page is cut from it by the hundred.

    One thread for each query: with many people at once they would only get into each other's way.
    """
    memory = duckdb.connect(config={"threads": 1})
    with release.cursor() as marts:
        for name, source in (("tonight", "alerts"), ("closed", f"({_CLOSED})")):
            found = marts.execute(f"select *, {_RANKED} from {source} order by rank").to_arrow_table()
            memory.register("found", found)
            memory.execute(f"create table {name} as select * from found")
            memory.unregister("found")
    return memory


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        found = cursor.execute(sql, dict(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


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
