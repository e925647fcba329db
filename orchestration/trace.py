"""What a figure is made of: organisations, receipts, files, sheets, cells, and the decisions on the way."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from expectations.sums import adds_up
from ingestion.land import require_as_landed
from orchestration.home import Home, HomeError
from orchestration.named import named_cluster
from orchestration.release import Release, open_release
from publishing.totals import accepted, excluded, is_excluded
from workspace.errors import WrongCallError
from workspace.offered import offered
from workspace.suggestions import what_there_is

_LINEAGE = Path(__file__).with_name("trace.yml")


class TraceError(WrongCallError):
    """There is no such figure; the message says which there are, in one line."""


@dataclass(frozen=True)
class Part:
    """One cell that a figure is made from."""

    organisation_id: str | None
    name: str  # of the organisation, or what else tells the row apart
    reporting_year: str
    figure: float | None  # what the organisation adds, or the cell's own value
    field: str
    typed: str | None  # as it stands in the file
    understood: str | None
    receipt_id: str
    file_name: str
    sheet: str | None
    cell: str | None
    notes: tuple[str, ...]  # held back, put right, decided


@dataclass(frozen=True)
class Trace:
    """A figure and its parts."""

    mart: str
    column: str
    cluster_id: str
    organisation_id: str | None
    reporting_year: str
    value: Any
    made_how: str
    parts: tuple[Part, ...]
    decisions: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


@dataclass(frozen=True)
class _Asked:
    """Which figure is asked for."""

    mart: str
    column: str
    cluster: str
    organisation: str | None
    year: str


def trace(
    home: Home,
    release: Release,
    mart: str,
    *,
    cluster: str,
    organisation: str | None,
    year: str,
    column: str | None,
) -> Trace:
    """The parts of one figure of a release, each down to its cell.

    Raises TraceError where there is no such figure, or none that can be traced.
    """
    lineage = _lineage()
    kinds = {name: kind for kind in lineage for name in lineage[kind]}
    if mart not in kinds:
        raise TraceError(f"The mart {mart} cannot be traced.", _of_those_that_can(mart, sorted(kinds)))
    told = lineage[kinds[mart]][mart]
    with open_release(release) as marts:
        column = column or _column_of(marts, mart, told, kinds[mart])
        asked = _Asked(mart, column, named_cluster(release, cluster), organisation, year)
        if kinds[mart] == "rows":
            return _of_rows(home, marts, told, asked)
        if kinds[mart] == "by_cluster":
            return _of_cluster(home, marts, told, asked)
        return _of_organisation(home, marts, asked)


def _column_of(marts: duckdb.DuckDBPyConnection, mart: str, told: Mapping[str, Any], kind: str) -> str:
    """The column to trace where none is named: of a total by cluster its accepted part, where the release has it."""
    column = str(told["column"])
    return accepted(column) if kind == "by_cluster" and accepted(column) in _columns(marts, mart) else column


@cache
def _lineage() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(_LINEAGE.read_text(encoding="utf-8"))
    return found


def _of_cluster(home: Home, marts: duckdb.DuckDBPyConnection, told: Mapping[str, Any], asked: _Asked) -> Trace:
    source = told["of"]
    fields = _lineage()["by_organisation"][source]["fields"]
    columns = set(_columns(marts, asked.mart))
    made = {**told.get("from", {}), **_parts_of_totals(source, fields.keys() & columns, columns)}
    traced = sorted({*made, *(fields.keys() & columns)})
    if asked.column not in traced:
        raise TraceError(f"{asked.mart}.{asked.column} cannot be traced.", _of_those_that_can(asked.column, traced))
    how = made.get(asked.column, {"column": asked.column})
    value = _value(marts, asked)
    where = how.get("where", "true")
    rows = _rows(marts, source, how["column"], where, asked)
    if asked.organisation and not rows:
        raise TraceError(f"{asked.organisation} is no part of {asked.mart} for {asked.cluster}, {asked.year}.")
    figures = [figure for _, _, figure in rows if figure is not None]
    total, counted = sum(figures), len(figures)
    made_how = f"From {source}.{how['column']} of {counted} organisations" + (
        f" where {where}" if "where" in how else ""
    )
    if not how.get("no_sum") and value is not None:
        same = adds_up(value, figures)
        made_how += f", which sum up to {total:,.2f}" + (
            ": the figure." if same else f", while the figure is {value:,.2f}."
        )
    else:
        made_how += "."
    if excluded(asked.column) in columns:
        left_out = _value(marts, replace(asked, column=excluded(asked.column))) or 0
        made_how += f" As sent: {left_out:,.2f} of it is excluded until an error is settled."
    parts = _parts(home, marts, source, how["column"], rows, asked.year)
    return _trace(marts, asked, value, made_how, parts)


def _parts_of_totals(source: str, totals: Iterable[str], columns: Container[str]) -> dict[str, dict[str, str]]:
    """How the accepted and the excluded part of each total are made, where the mart has them."""
    found = {}
    for total in totals:
        flag = is_excluded(source, total)
        for part, where in ((accepted(total), f"not {flag}"), (excluded(total), flag)):
            if part in columns:
                found[part] = {"column": total, "where": where}
    return found


def _of_organisation(home: Home, marts: duckdb.DuckDBPyConnection, asked: _Asked) -> Trace:
    if asked.organisation is None:
        raise TraceError(f"{asked.mart} is by organisation. Say which: --organisation ID")
    fields = _lineage()["by_organisation"][asked.mart]["fields"]
    if asked.column not in fields:
        raise TraceError(
            f"{asked.mart}.{asked.column} cannot be traced.", _of_those_that_can(asked.column, sorted(fields))
        )
    rows = _rows(marts, asked.mart, asked.column, "true", asked)
    if not rows:
        raise TraceError(f"{asked.mart} has no organisation {asked.organisation} in {asked.cluster}, {asked.year}.")
    parts = _parts(home, marts, asked.mart, asked.column, rows, asked.year)
    return _trace(marts, asked, rows[0][2], "From the return of this organisation.", parts)


def _of_rows(home: Home, marts: duckdb.DuckDBPyConnection, told: Mapping[str, Any], asked: _Asked) -> Trace:
    if asked.column not in told["columns"]:
        raise TraceError(
            f"{asked.mart}.{asked.column} cannot be traced.", _of_those_that_can(asked.column, sorted(told["columns"]))
        )
    how = told["columns"][asked.column]
    values = marts.execute(
        f"select {asked.column} from {asked.mart} where cluster_id = ? and reporting_year = ?",
        [asked.cluster, asked.year],
    ).fetchall()
    receipt = _receipts(marts, asked.cluster).get(asked.year)
    if not values or receipt is None:
        raise TraceError(f"{asked.mart} has no row that a return made for {asked.cluster}, {asked.year}.")
    table, field = how["table"], how["field"]
    landed = home.landed / receipt[0]
    require_as_landed(landed)
    parts = []
    for row in _landed(landed / f"{table}.parquet", how.get("where", "true")):
        cell = _cell(_places(landed, table).get(field), row["row_number"])
        name = ", ".join(str(row[one]) for one in how["named"] if row.get(one))
        parts.append(_part(None, name, asked.year, row, field, row[field], receipt, cell, ()))
    value = values[0][0] if len(values) == 1 else None
    return _trace(marts, asked, value, f"From the sheet “{table}” of the return, row by row.", parts)


def _trace(marts: duckdb.DuckDBPyConnection, asked: _Asked, value: Any, made_how: str, parts: Iterable[Part]) -> Trace:
    decisions = _dicts(
        marts,
        """
        select decision_id, organisation_id, organisation_name, field, kind, decided_on, reason, explanation, value,
            new_value, settles_tonight
        from decisions
        where cluster_id = ? and reporting_year = ?
            and organisation_id is not distinct from coalesce(?, organisation_id)
        order by decision_id
        """,
        [asked.cluster, asked.year, asked.organisation],
    )
    return Trace(
        asked.mart, asked.column, asked.cluster, asked.organisation, asked.year, value, made_how, tuple(parts),
        tuple(decisions),
    )  # fmt: skip


def _parts(
    home: Home,
    marts: duckdb.DuckDBPyConnection,
    source: str,
    column: str,
    rows: Sequence[tuple[str, str, Any]],
    year: str,
) -> list[Part]:
    """For each organisation the cells of this year, then those of the year before where the figure rests on them."""
    lineage = _lineage()["by_organisation"][source]
    cluster = rows[0][1].split("|")[0] if rows else ""
    wanted = [(year, field) for field in lineage["fields"][column]]
    before = f"{int(year[:4]) - 1}-{int(year[:4]) % 100:02d}"
    wanted += [(before, field) for field in lineage.get("years", {}).get(column, [])]
    receipts = _receipts(marts, cluster)
    notes = _notes(marts, cluster)
    parts = []
    for of_year, field in wanted:
        receipt = receipts.get(of_year)
        if receipt is None:
            continue
        landed = home.landed / receipt[0]
        require_as_landed(landed)
        by_number = {row["row_number"]: row for row in _landed(landed / "organisations.parquet", "true")}
        place = _places(landed, "organisations").get(field)
        numbers = _row_numbers(marts, cluster, of_year)
        for organisation, named, figure in rows:
            number = numbers.get(organisation)
            row = by_number.get(number) if number is not None else None
            if row is None:
                continue
            told = notes.get((organisation, of_year, field), ())
            shown = figure if of_year == year else None
            parts.append(
                _part(
                    organisation, named.split("|")[1], of_year, row, field, shown, receipt, _cell(place, number), told
                )
            )
    return sorted(parts, key=lambda part: (part.name, str(part.organisation_id), part.field, part.reporting_year))


def _part(
    organisation: str | None,
    name: str,
    year: str,
    row: Mapping[str, Any],
    field: str,
    figure: Any,
    receipt: tuple[str, str],
    cell: str | None,
    notes: tuple[str, ...],
) -> Part:
    understood = None if row.get(field) is None else str(row[field])
    missing = row.get(f"{field}_missing")
    told = (*notes, f"not counted: {missing}") if missing else notes
    return Part(
        organisation_id=organisation, name=name, reporting_year=year, figure=figure, field=field,
        typed=row.get(f"{field}_typed"), understood=understood, receipt_id=receipt[0], file_name=receipt[1],
        sheet=row.get("sheet"), cell=cell, notes=told,
    )  # fmt: skip


def _rows(
    marts: duckdb.DuckDBPyConnection, source: str, column: str, where: str, asked: _Asked
) -> list[tuple[str, str, Any]]:
    """Organisation, cluster and name with a bar between, and the figure: the rows that count."""
    return marts.execute(
        f"""
        select organisation_id, cluster_id || '|' || organisation_name, {column}
        from {source}
        where cluster_id = ? and reporting_year = ? and ({where})
            and organisation_id = coalesce(?, organisation_id)
        order by all
        """,
        [asked.cluster, asked.year, asked.organisation],
    ).fetchall()


def _value(marts: duckdb.DuckDBPyConnection, asked: _Asked) -> Any:
    found = marts.execute(
        f"select {asked.column} from {asked.mart} where cluster_id = ? and reporting_year = ?",
        [asked.cluster, asked.year],
    ).fetchall()
    if not found:
        years = [
            year for (year,) in marts.execute(f"select distinct reporting_year from {asked.mart} order by 1").fetchall()
        ]
        raise TraceError(
            f"{asked.mart} has no row for {asked.cluster}, {asked.year}.", what_there_is(asked.year, years)
        )
    return found[0][0]


def _of_those_that_can(asked: str, known: Sequence[str]) -> str:
    return f"Of those that can be traced: {what_there_is(asked, known)}"


def _receipts(marts: duckdb.DuckDBPyConnection, cluster: str) -> dict[str, tuple[str, str]]:
    """Receipt and file name of the return that counts, by year."""
    found = marts.execute(
        "select reporting_year, receipt_id, file_name from returns where cluster_id = ? and receipt_id is not null",
        [cluster],
    ).fetchall()
    return {year: (receipt, file) for year, receipt, file in found}


def _row_numbers(marts: duckdb.DuckDBPyConnection, cluster: str, year: str) -> dict[str, int]:
    """The row of each organisation in the return, from the cell of its turnover."""
    found = marts.execute(
        "select organisation_id, cell from turnover_by_organisation where cluster_id = ? and reporting_year = ?",
        [cluster, year],
    ).fetchall()
    return {organisation: int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for organisation, cell in found if cell}


def _notes(marts: duckdb.DuckDBPyConnection, cluster: str) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """What was asked, decided and put right, by organisation, year and field."""
    found = marts.execute(
        """
        select
            organisation_id, reporting_year, field,
            rule_code || ' ' || severity || case when is_settled then ', settled' else ', open' end
            || case when holds_back then ', holds back' else '' end as note
        from alerts
        where cluster_id = $cluster and organisation_id is not null and field is not null
        union all
        select
            organisation_id, reporting_year, field, 'decision ' || decision_id || ' of ' || decided_on || ': ' || kind
        from decisions
        where cluster_id = $cluster and organisation_id is not null and field is not null
        union all
        select
            organisation_id, reporting_year, field,
            'put right by decision ' || decision_id || ' to ' || coalesce(cast(new_value as varchar), 'nothing')
        from corrections
        where cluster_id = $cluster and is_in_effect and field is not null
        order by all
        """,
        {"cluster": cluster},
    ).fetchall()
    notes: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for organisation, year, field, note in found:
        notes[organisation, year, field] = (*notes.get((organisation, year, field), ()), note)
    return notes


def _landed(file: Path, where: str) -> list[dict[str, Any]]:
    """Rows of one landed sheet. Raises TraceError where it is not there any more."""
    if not file.exists():
        raise HomeError(
            f"{file} is not there, so the cells are not known.", f"Land it again: {offered('nightly', '--force')}"
        )
    with duckdb.connect() as connection:
        return _dicts(connection, f"select * from read_parquet(?) where {where} order by row_number", [str(file)])


def _places(landed: Path, table: str) -> dict[str, tuple[str | None, int | None]]:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select field, column_letters, row_number from read_parquet(?) where table_name = ?",
            [str(landed / "places.parquet"), table],
        ).fetchall()
    return {field: (letters, number) for field, letters, number in found}


def _cell(place: tuple[str | None, int | None] | None, number: int | None) -> str | None:
    if place is None or place[0] is None:
        return None
    return f"{place[0]}{place[1] or number or ''}"


def _columns(marts: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    found = marts.execute("select column_name from duckdb_columns() where table_name = ?", [mart]).fetchall()
    return [name for (name,) in found]


def _dicts(connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    found = connection.execute(sql, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
