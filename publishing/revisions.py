"""What changed since the release before, figure by figure, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from publishing.causes import Causes, read_causes
from publishing.marts import Column, Mart
from publishing.tables import Table, add_table, quoted
from workspace.harmless import harmless_sql

REVISIONS = Mart(
    name="revisions",
    means="One row per figure that differs from the release that was current before, or per row that came or went.",
    columns=(
        Column("mart", "The mart."),
        Column("row_key", "Which row of it: the columns of its key and their values."),
        Column("cluster_id", "The cluster of the row, where it is of one."),
        Column("organisation_id", "The organisation of the row, where it is of one."),
        Column("reporting_year", "The reporting year of the row, where it is of one."),
        Column("change", "changed, row added, or row removed."),
        Column("figure", "The column that changed; empty where a whole row came or went."),
        Column("value_before", "What the release before says."),
        Column("value_after", "What this release says."),
        Column("cause", "receipt, decision, rule, method, reference edition, register, programme, code or day: what "
               "changed of what the figure is made from. several: more than one of them did. not known: none did."),
        Column("caused_by", "Which receipts, decisions, rules, methods or editions."),
    ),
    keys=("mart", "row_key", "figure"),
)  # fmt: skip
# The record of alerts and decisions is one of changes already.
_NOT_COMPARED = {
    "alerts", "alerts_closed", "corrections", "decisions", "rule_scorecard", "shadow_alerts",
    "reconciliations",  # repeats the figures of the others
}  # fmt: skip
# Where a figure is from is no figure: it stands in `caused_by`.
_NO_FIGURES = {
    "receipt_id", "locked_by_receipt_id", "now_receipt_id", "sheet", "cell", "file_name", "version", "days_overdue",
}  # fmt: skip
_OF = ("cluster_id", "organisation_id", "reporting_year")


@dataclass(frozen=True)
class Edition:
    """A release to compare: its database and what its manifest says."""

    database: Path
    about: Mapping[str, Any]


def write_revisions(folder: Path, marts: Sequence[Mart], now: Mapping[str, Any], before: Edition | None) -> Table:
    """Add the table `revisions` to the marts.duckdb of a release and write its changes.csv.

    `now` is what the manifest will say: keys inputs, as_of, and files of what was written so far. Without a release
    before there are no revisions.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(folder / 'marts.duckdb')}' as release")
        kinds = ", ".join(f"{column.name} varchar" for column in REVISIONS.columns)
        connection.execute(f"create table memory.main.revisions ({kinds})")
        if before:
            connection.execute(f"attach '{quoted(before.database)}' as before (read_only)")
            changed = [mart for mart in marts if _may_differ(mart, now["files"], before.about["files"])]
            for mart in changed:
                _compare(connection, mart)
            _tell_causes(connection, read_causes(connection, now, before.about))
        table = add_table(connection, "memory.main.revisions", REVISIONS, csv="changes.csv")
        columns = ", ".join(harmless_sql(column.name) for column in REVISIONS.columns)
        rows = f"select {columns} from (select * from memory.main.revisions order by all)"
        connection.execute(f"copy ({rows}) to '{quoted(folder / table.csv)}' (format csv, header)")
        connection.execute("checkpoint release")
        connection.execute("detach release")
    return table


def _may_differ(mart: Mart, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a mart has to be looked into: the same bytes of Parquet are the same rows."""
    name = f"parquet/{mart.name}.parquet"
    if mart.name in _NOT_COMPARED or not mart.keys or name not in before:
        return False
    return bool(now[name]["sha256"] != before[name]["sha256"])


def _compare(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Put every difference of one mart into the table of revisions, without its cause."""
    columns = [name for name in _columns(connection, "release", mart) if name in _columns(connection, "before", mart)]
    if not set(mart.keys) <= set(columns):
        return
    row_key = " || '; ' || ".join(f"'{key}=' || coalesce(cast({key} as varchar), '')" for key in mart.keys)
    sides = {}
    for side in ("release", "before"):
        named = ", ".join(
            f"cast({name} as varchar) as of_{name}" if name in columns else f"cast(null as varchar) as of_{name}"
            for name in _OF
        )
        sides[side] = f"select {row_key} as row_key, {named}, * from {side}.main.{mart.name}"
    connection.execute(
        f"""
        create or replace temp table compared as
        select a as n, b as o
        from ({sides["release"]}) as a
        full join ({sides["before"]}) as b on a.row_key = b.row_key
        """
    )
    of = ", ".join(f"coalesce(n.of_{name}, o.of_{name})" for name in _OF)
    told = f"'{mart.name}', coalesce(n.row_key, o.row_key), {of}"
    connection.execute(
        f"""
        insert into memory.main.revisions
        select {told}, case when o.row_key is null then 'row added' else 'row removed' end, null, null, null, null, null
        from compared
        where o.row_key is null or n.row_key is null
        """
    )
    for column in columns:
        if column in mart.keys or column in _NO_FIGURES:
            continue
        connection.execute(
            f"""
            insert into memory.main.revisions
            select
                {told}, 'changed', '{column}', cast(o."{column}" as varchar), cast(n."{column}" as varchar), null, null
            from compared
            where o.row_key is not null and n.row_key is not null and n."{column}" is distinct from o."{column}"
            """
        )


def _columns(connection: duckdb.DuckDBPyConnection, side: str, mart: Mart) -> list[str]:
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and table_name = ? order by column_index",
        [side, mart.name],
    )
    return [name for (name,) in found.fetchall()]


def _tell_causes(connection: duckdb.DuckDBPyConnection, causes: Causes) -> None:
    """Fill in why: the same for every figure of a mart, an organisation or cluster, and a year."""
    groups = connection.execute(
        "select distinct mart, cluster_id, organisation_id, reporting_year from memory.main.revisions"
    ).fetchall()
    if not groups:
        return
    import pyarrow as pa

    names = ("mart", "cluster_id", "organisation_id", "reporting_year", "cause", "caused_by")
    told = [(*group, *causes.of(*group)) for group in groups]
    text = pa.schema([(name, pa.string()) for name in names])
    connection.register("told", pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in told], text))
    same = " and ".join(f"revisions.{name} is not distinct from told.{name}" for name in names[:4])
    connection.execute(
        f"update memory.main.revisions set cause = told.cause, caused_by = told.caused_by from told where {same}"
    )
    connection.unregister("told")
