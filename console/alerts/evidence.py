"""What a steward looks at before deciding: the row as it was sent, the organisation's years, and its peers.

All of it is read from the landed returns, so it shows what the lead agency typed, whatever became of it since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from console.releases import Release

Alert = Mapping[str, Any]
_ROW = re.compile(r"[A-Z]{1,3}([0-9]{1,7})")
# Enough peers that the shares of a histogram mean something; the release's own limit for publishing is not at stake,
# since only the authority sees this page.
_FEWEST_PEERS = 10
# Change since the year before, as the ratio of the two figures: upper ends, and what to call each class.
_CLASSES = (
    (0.5, "fell to less than half"), (0.9, "fell by 10% to 50%"), (1.0, "fell by less than 10%"),
    (1.1, "stayed the same or rose by up to 10%"), (1.5, "rose by 10% to 50%"), (2.0, "rose by 50% to 100%"),
    (float("inf"), "doubled or more"),
)  # fmt: skip


@dataclass(frozen=True)
class Peers:
    """How the same figure changed since the year before in the programme's organisations that gave both."""

    organisations: int
    classes: tuple[tuple[str, int, bool], ...]  # what the change is called, how many, whether the alert's is in it
    lower_quartile: float  # ratio of this year's figure to the last
    median: float
    upper_quartile: float
    own: float | None


def row_of(alert: Alert) -> int | None:
    """The row of the sheet that the alert is about, from its cell."""
    found = _ROW.fullmatch(alert.get("cell") or "")
    return int(found[1]) if found else None


def row_as_sent(landed: Path, alert: Alert) -> list[dict[str, Any]]:
    """Every cell of the alert's row: its heading, its place, what was typed, and what was understood.

    Empty where the alert is about no row, or where the landed return is not kept here any more.
    """
    number, folder = row_of(alert), landed / str(alert["receipt_id"])
    if number is None or not alert["sheet"] or not (folder / "places.parquet").exists():
        return []
    with _reader().cursor() as connection:
        places = _rows(
            connection,
            """
            select table_name, field, label_typed, column_letters, row_number from read_parquet($file)
            where sheet = $sheet and column_letters is not null
            order by length(column_letters), column_letters, row_number
            """,
            {"file": str(folder / "places.parquet"), "sheet": alert["sheet"]},
        )
        if not places:
            return []
        table = places[0]["table_name"]
        # the cover is one row of values below each other, each with a row of its own
        of_row = "" if places[0]["row_number"] else "where row_number = $row"
        found = _rows(
            connection,
            f"select * from read_parquet($file) {of_row}",
            {"file": str(folder / f"{table}.parquet")} | ({"row": number} if of_row else {}),
        )
    if not found:
        return []
    return [
        {
            "label": place["label_typed"],
            "cell": f"{place['column_letters']}{place['row_number'] or number}",
            "typed": found[0].get(f"{place['field']}_typed"),
            "understood": _understood(found[0], place["field"]),
            "asked": place["field"] == alert["field"],
        }
        for place in places
    ]


def years_as_sent(release: Release, landed: Path, alert: Alert) -> list[dict[str, Any]]:
    """The figure of the alert's organisation in each year's return that counts, the oldest first.

    Empty where the alert is about no organisation or no number.
    """
    if alert["organisation_id"] is None or not _is_name(alert["field"]):
        return []
    rows = release.query(
        """
        select
            receipt_id, reporting_year,
            try_cast(regexp_extract(cell, '[0-9]+$') as integer) as row_number
        from turnover_by_organisation
        where organisation_id = ? and cluster_id = ? and receipt_id is not null and cell is not null
        order by reporting_year
        """,
        [alert["organisation_id"], alert["cluster_id"]],
    )
    found = []
    with _reader().cursor() as connection:
        for row in rows:
            file = landed / row["receipt_id"] / "organisations.parquet"
            if not file.exists():
                continue
            field = alert["field"]
            cells = _rows(
                connection,
                f"""
                select cast("{field}" as varchar) as text, try_cast(cast("{field}" as varchar) as double) as value,
                    "{field}_typed" as typed
                from read_parquet($file)
                where row_number = $row
                """,
                {"file": str(file), "row": row["row_number"]},
            ) if field in _columns(connection, file) else []  # fmt: skip
            found += [{"reporting_year": row["reporting_year"], **cell} for cell in cells]
    return found if any(one["value"] is not None for one in found) else []


def peers(release: Release, landed: Path, alert: Alert, years: list[dict[str, Any]]) -> Peers | None:
    """How the figure changed in all the organisations of the programme, and where the alert's own stands.

    None where the alert is about no figure of an organisation or too few gave both years.
    """
    year, field = alert["reporting_year"], alert["field"]
    if not years or not year:
        return None
    before = f"{int(year[:4]) - 1}-{int(year[:4]) % 100:02d}"
    changes = release.keep(f"changes {field} {year}", lambda: _changes(release, landed, field, year, before))
    if len(changes) < _FEWEST_PEERS:
        return None
    values = {one["reporting_year"]: one["value"] for one in years}
    own = values[year] / values[before] if values.get(year) is not None and values.get(before) else None
    classes, low = [], -1.0
    for high, words in _CLASSES:
        mine = own is not None and low <= own < high
        classes.append((words, sum(low <= one < high for one in changes), mine))
        low = high
    quarter = len(changes) // 4
    return Peers(len(changes), tuple(classes), changes[quarter], changes[len(changes) // 2], changes[-quarter - 1], own)


def _changes(release: Release, landed: Path, field: str, year: str, before: str) -> list[float]:
    """This year's figure over last year's, for each organisation with both above zero, in order."""
    who = release.query(
        """
        select
            organisation_id, receipt_id, reporting_year, try_cast(regexp_extract(cell, '[0-9]+$') as integer) as at
        from turnover_by_organisation
        where reporting_year in (?, ?) and receipt_id is not null and cell is not null
        order by 1, 2, 3
        """,
        [year, before],
    )
    files = sorted({landed / one["receipt_id"] / "organisations.parquet" for one in who})
    with _reader().cursor() as connection:
        there = [str(file) for file in files if file.exists() and field in _columns(connection, file)]
        if not there:
            return []
        rows = connection.execute(
            f"""
            with
            who as (select unnest($who, recursive := true)),
            figures as (
                select
                    who.organisation_id, who.reporting_year,
                    try_cast(cast(sent."{field}" as varchar) as double) as figure
                from read_parquet($files, union_by_name = true) as sent
                inner join who on sent.receipt_id = who.receipt_id and sent.row_number = who.at
            )
            select this.figure / last.figure
            from figures as this
            inner join figures as last on this.organisation_id = last.organisation_id
            where this.reporting_year = $year and last.reporting_year = $before
                and this.figure > 0 and last.figure > 0
            order by 1
            """,
            {"who": who, "files": there, "year": year, "before": before},
        ).fetchall()
    return [ratio for (ratio,) in rows]


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> set[str]:
    found = connection.execute("select name from parquet_schema(?)", [str(file)]).fetchall()
    return {name for (name,) in found}


def _is_name(field: object) -> bool:
    """Fields are names of ours; anything else never gets into SQL."""
    return isinstance(field, str) and re.fullmatch(r"[a-z0-9_]+", field) is not None


def _understood(row: Mapping[str, Any], field: str) -> Any:
    missing = row.get(f"{field}_missing")
    value = row.get(field)
    return f"none ({missing.replace('_', ' ')})" if value is None and isinstance(missing, str) else _plain(value)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """One database without tables for this process; every use takes a cursor of it, which costs next to nothing."""
    return duckdb.connect(config={"threads": 1})


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    found = connection.execute(sql, dict(values))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
