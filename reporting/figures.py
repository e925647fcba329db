"""Reads a release: rows of its marts, and what the release says of itself. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publishing.public import HIDDEN as MARK
from publishing.reader import open_marts
from publishing.tables import MARKER
from reporting.earlier_releases import as_of_today, earlier_name, returns_by_year
from reporting.words import HIDDEN
from reporting.years import ReturnsOfYear
from workspace.errors import WrongCallError
from workspace.suggestions import what_there_is

if TYPE_CHECKING:
    import duckdb

Row = Mapping[str, Any]


# The state of a return at which our own build stops, as the marts have it.
SET_ASIDE = "set aside by us"


class ReportError(WrongCallError):
    """The release holds no figures for what was asked; the message says so in one line."""


@dataclass(frozen=True)
class Figures:
    """The figures of one release; `folder` is the release's own folder, already resolved.

    `public` reads its public edition instead: marts of clusters and of the programme only, fewer columns, and
    `words.HIDDEN` in place of a figure that would tell of someone.
    """

    folder: Path
    public: bool = False

    @cached_property
    def for_anyone(self) -> Figures:
        """The public edition of the same release."""
        return self if self.public else Figures(self.folder, public=True)

    @property
    def edition(self) -> Path:
        """The folder of the edition that is read."""
        return self.folder / "public" if self.public else self.folder

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """The manifest of the release."""
        read: Mapping[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return read

    @property
    def release_id(self) -> str:
        """The release that the figures are of."""
        return str(self.about["release_id"])

    @property
    def as_of(self) -> str:
        """The day up to which returns count."""
        return str(self.about["as_of"])

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return open_marts(self.edition / "marts.duckdb")

    def select(self, sql: str, **values: object) -> list[Row]:
        """The rows of a query over the marts; `$name` in the query stands for a value."""
        found = self._connection.execute(sql, values or None)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def mart(self, name: str, order_by: str, **equal: object) -> list[Row]:
        """The rows of a mart in which every named column has the value given."""
        where = " and ".join(f"{column} = ${column}" for column in equal) or "true"
        rows = self.select(f"select * from {name} where {where} order by {order_by}", **equal)
        rows = as_of_today(name, rows, self.select, public=self.public)
        return [_with_hidden(row) for row in rows] if self.public else rows

    @cached_property
    def _dictionary(self) -> Mapping[tuple[str, str | None], str]:
        read = json.loads((self.edition / "data-dictionary.json").read_text(encoding="utf-8"))
        found: dict[tuple[str, str | None], str] = {}
        for mart in read["marts"]:
            found[mart["mart"], None] = mart["description"]
            for column in mart["columns"]:
                found[mart["mart"], column["column"]] = column["description"]
        return found

    def definition(self, mart: str, column: str | None = None) -> str:
        """What the release's data dictionary says of a mart or of a column of it. Raises KeyError without an entry."""
        if column and (mart, column) not in self._dictionary:
            column = earlier_name(mart, column)
        return self._dictionary[mart, column]

    def shows(self, mart: str, column: str) -> bool:
        """Whether the edition has this column."""
        return (mart, column) in self._dictionary or (mart, earlier_name(mart, column)) in self._dictionary

    @cached_property
    def years(self) -> tuple[str, ...]:
        """The reporting years with figures, oldest first."""
        return tuple(
            row["reporting_year"]
            for row in self.select("select distinct reporting_year from turnover_by_cluster order by 1")
        )

    def year_before(self, reporting_year: str) -> str | None:
        """The reporting year with figures before this one."""
        earlier = [year for year in self.years if year < reporting_year]
        return earlier[-1] if earlier else None

    @cached_property
    def returns(self) -> Mapping[str, ReturnsOfYear]:
        """How many of the returns of each year are in, by year."""
        if not self.shows("programme_years", "is_default"):
            return returns_by_year(self.select, self.as_of)
        rows = self.select("select reporting_year, returns_received, returns_due, is_default from programme_years")
        return {
            row["reporting_year"]: ReturnsOfYear(row["returns_received"], row["returns_due"], row["is_default"])
            for row in rows
        }

    def is_complete(self, reporting_year: str | None, cluster_id: str | None = None) -> bool:
        """Whether all returns of a year are in. For one cluster its own return is all there is."""
        returns = self.returns.get(reporting_year or "")
        return cluster_id is not None or returns is None or returns.are_all_in

    def default_year(self) -> str:
        """The year that is shown where none is asked for. Raises ReportError where there is none.

        It is the newest that is over and of which most returns are in, as the mart programme_years says.
        """
        if not self.years:
            raise ReportError("The release holds no return yet, so there is nothing to report.")
        chosen = [year for year in self.years if (found := self.returns.get(year)) and found.is_default]
        return chosen[-1] if chosen else self.years[-1]

    def without_figures(self, cluster_id: str, reporting_year: str) -> ReportError:
        """Why a cluster has no figures for a year, to be raised."""
        known = self.mart("response_by_cluster", "cluster_id", cluster_id=cluster_id, reporting_year=reporting_year)
        if known and known[0]["return_state"] == SET_ASIDE:
            return ReportError(
                f"The return of {cluster_id} for {reporting_year} is set aside by us: our own program stops at it.",
                "There are figures once that is resolved.",
            )
        return ReportError(f"The release has no figures of {cluster_id} for {reporting_year}.")

    def check_year(self, reporting_year: str) -> str:
        """The same year, if the release has figures for it; else raises ReportError."""
        if reporting_year not in self.years:
            raise ReportError(
                f"The release has no figures for {reporting_year}.", what_there_is(reporting_year, self.years)
            )
        return reporting_year


def _with_hidden(row: Row) -> Row:
    """A row of the public edition with the mark of a hidden figure in its place, and without columns of marks."""
    return {
        name: HIDDEN if row.get(name + MARKER) == MARK else value
        for name, value in row.items()
        if not name.endswith(MARKER)
    }
