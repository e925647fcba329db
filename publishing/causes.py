"""Why a figure changed: what differs between the inputs of two releases that this figure is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

# Which marts a published edition goes into, by the start of their names; all where none is given.
_EDITIONS = {
    "greenhouse gas factors": ("reference edition", ("environment",)),
    "price levels": ("reference edition", ("turnover", "programme_turnover")),
    "social value": ("method", ("social_value",)),
    "target": ("method", ()),
    "threshold": ("method", ()),
}
# What goes into every figure, told only where nothing nearer to it changed.
_WIDE = ("register", "programme", "code")
_SEVERAL_TO_NAME = 5


@dataclass(frozen=True)
class Input:
    """Something that changed: its kind, its name, and what it is of; None: of all."""

    kind: str
    name: str
    cluster_id: str | None = None
    organisation_id: str | None = None
    reporting_year: str | None = None
    marts: tuple[str, ...] = ()

    def goes_into(self, mart: str, cluster: str | None, organisation: str | None, year: str | None) -> bool:
        """Whether a figure is made from it: of its own year or of one before it, where a year is given."""
        return (
            (not self.marts or mart.startswith(self.marts))
            and (self.cluster_id is None or cluster in {None, self.cluster_id})
            and (self.organisation_id is None or organisation in {None, self.organisation_id})
            and (self.reporting_year is None or year is None or self.reporting_year <= year)
        )


@dataclass(frozen=True)
class Causes:
    """All that changed between two releases."""

    near: Sequence[Input]
    wide: Sequence[str]  # kinds of input that changed as a whole

    def of(self, mart: str, cluster: str | None, organisation: str | None, year: str | None) -> tuple[str, str | None]:
        """The kind of cause and which: `several` where they are of several kinds, `not known` where there is none."""
        found = [one for one in self.near if one.goes_into(mart, cluster, organisation, year)]
        # A baseline is what the first return says of the year before it: where nothing else did, a later year counts.
        found = found or [one for one in self.near if one.goes_into(mart, cluster, organisation, None)]
        kinds = sorted({one.kind for one in found}) or list(self.wide)
        names = sorted({f"{one.kind} {one.name}" for one in found}) or list(self.wide)
        more = len(names) - _SEVERAL_TO_NAME
        told = "; ".join(names[:_SEVERAL_TO_NAME] + ([f"and {more} more"] if more > 0 else []))
        if not kinds:
            return "not known", None
        return (kinds[0] if len(kinds) == 1 else "several"), told


def read_causes(connection: duckdb.DuckDBPyConnection, now: Mapping[str, Any], before: Mapping[str, Any]) -> Causes:
    """What changed between the databases attached as `before` and `release`, and between what their manifests say."""
    wide = [kind for kind in _WIDE if now["inputs"].get(kind) != before["inputs"].get(kind)]
    if now["as_of"] != before["as_of"]:
        wide.append("day")
    near = [*_receipts(connection), *_decisions(connection), *_editions(connection)]
    return Causes([*near, *_rules(connection)], wide)


def _receipts(connection: duckdb.DuckDBPyConnection) -> list[Input]:
    columns = "cluster_id, reporting_year, receipt_id, file_name"
    found = _either_way(connection, "returns", columns, "receipt_id is not null")
    return [
        Input("receipt", f"{receipt_id[:12]} ({file_name}){' no longer counts' if gone else ''}", cluster, None, year)
        for gone, cluster, year, receipt_id, file_name in found
        if not gone or not any(one[0] == "" and one[1:3] == (cluster, year) for one in found)
    ]


def _decisions(connection: duckdb.DuckDBPyConnection) -> list[Input]:
    columns = "decision_id, cluster_id, organisation_id, reporting_year, settles_tonight, is_last"
    found = _either_way(connection, "decisions", columns)
    return [Input("decision", str(one[1]), *one[2:5]) for one in found]


def _editions(connection: duckdb.DuckDBPyConnection) -> list[Input]:
    found = _either_way(connection, "methods", "kind, method, version, value, unit, source", "kind <> 'rule'")
    told = []
    for gone, kind, method, version, *_ in found:
        of, marts = _EDITIONS.get(kind, ("method", ()))
        told.append(Input(of, f"{method}, {version}{gone}", marts=marts))
    return told


def _rules(connection: duckdb.DuckDBPyConnection) -> list[Input]:
    """Rules in another version, where they see other alerts than before."""
    versions = _either_way(connection, "methods", "method, version", "kind = 'rule'")
    codes = {method.split()[0] for _, method, _ in versions}
    alerts = _either_way(
        connection, "alerts", "rule_code, cluster_id, organisation_id, reporting_year, alert_id, holds_back"
    )
    return [Input("rule", code, *of[:3]) for _, code, *of in alerts if code in codes]


def _either_way(
    connection: duckdb.DuckDBPyConnection, mart: str, columns: str, where: str = "true"
) -> list[tuple[Any, ...]]:
    """Rows that only one of the two has, each after what to add to its name; none where there is no such mart."""
    tables = connection.execute("select count(*) from duckdb_tables() where table_name = ?", [mart]).fetchone()
    if tables != (2,):
        return []
    sides = {side: f"select {columns} from {side}.main.{mart} where {where}" for side in ("release", "before")}
    return connection.execute(
        f"""
        select '', * from ({sides["release"]} except {sides["before"]})
        union all
        select ' no longer in force', * from ({sides["before"]} except {sides["release"]})
        order by all
        """
    ).fetchall()
