"""A programme is a folder of data: which clusters, years, targets, grants, forms and thresholds hold."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.bounds import MOST_OF_ALL, BoundsError, FieldBounds
from ingestion.tables import own_bounds
from ingestion.yaml_file import NotYamlError, read_yaml
from workspace.days import USUAL_ZONE, day_of, zone_named
from workspace.errors import Ending, PlainError

# The engines that can count a programme. DuckDB suffices until one machine does not.
DUCKDB, SPARK = "duckdb", "spark"
ENGINES = (DUCKDB, SPARK)
_COMPARE = "Compare it with the one shipped."
_YEAR = re.compile(r"(20\d\d)\s*[-/–]\s*(?:20)?(\d\d)")


class ProgrammeError(PlainError):
    """The programme folder is missing or cannot be used; the message says what to do, in one line."""

    ending = Ending.PROGRAMME


@dataclass(frozen=True)
class Programme:
    """A programme folder that has been read. Tables are lists of rows, each a mapping of column to text."""

    folder: Path
    name: str
    title: str
    forms: tuple[str, ...]
    ask_whom: str
    clusters: tuple[Mapping[str, str], ...]
    reporting_years: tuple[Mapping[str, str], ...]
    targets: tuple[Mapping[str, str], ...]
    grant_schedule: tuple[Mapping[str, str], ...]
    thresholds: Mapping[str, Mapping[str, Any]]
    engine: str = DUCKDB
    time_zone: str = USUAL_ZONE  # in which its days are counted
    bounds: FieldBounds = dataclass_field(default_factory=dict)  # where they differ from those of tables.yml

    @cached_property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return zone_named(self.time_zone)

    def day_of(self, instant: datetime) -> date:
        """The day that an instant is for everybody in the programme."""
        return day_of(instant, self.zone)

    @cached_property
    def _cluster_ids(self) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for cluster in self.clusters:
            for name in (cluster["cluster_id"], cluster["cluster_name"], *cluster["also_named"].split(";")):
                names[_plain(name)] = cluster["cluster_id"]
        names.pop("", None)
        return names

    def cluster_id(self, name: str) -> str | None:
        """The id of the cluster that goes by this name, or None. Case, spaces and punctuation do not matter."""
        return self._cluster_ids.get(_plain(name))

    def has_year(self, reporting_year: str) -> bool:
        """Whether returns for this reporting year belong to the programme."""
        return any(year["reporting_year"] == reporting_year for year in self.reporting_years)

    def opens_on(self, reporting_year: str) -> date:
        """The day from which returns for a reporting year of the programme may be sent. Raises KeyError for another."""
        return self._opening_days[reporting_year]

    @cached_property
    def _opening_days(self) -> Mapping[str, date]:
        return {year["reporting_year"]: date.fromisoformat(year["opens_on"]) for year in self.reporting_years}


def reporting_year(text: str) -> str | None:
    """A reporting year as `2025-26` from what was typed (`2025/26`, `2025-2026`, `FY 2025-26`), or None.

    None too where the two years do not follow one another.
    """
    found = _YEAR.search(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    return f"{first}-{second:02d}" if (first + 1) % 100 == second else None


def year_bounds(year: str) -> tuple[date, date]:
    """First and last day of a reporting year: 1 April to 31 March."""
    first = int(year[:4])
    return date(first, 4, 1), date(first + 1, 3, 31)


def read_programme(folder: Path) -> Programme:
    """Read a programme folder.

    Raises ProgrammeError where the folder or a file of it is missing or malformed.
    """
    described = folder / "programme.yml"
    if not described.is_file():
        raise ProgrammeError(
            f"There is no programme in {folder}: it has no programme.yml.", "Name one with --programme."
        )
    about = _keys_and_values(described)
    thresholds = folder / "thresholds.yml"
    try:
        engine = about.get("engine", DUCKDB)
        if engine not in ENGINES:
            raise ProgrammeError(f"{described} names the engine {engine}.", "Write duckdb or spark, or leave it out.")
        return Programme(
            folder=folder,
            name=about["name"],
            title=about["title"],
            forms=tuple(about["forms"]),
            ask_whom=about["ask_whom"],
            clusters=_rows(folder / "clusters.csv", ("cluster_id", "cluster_name", "also_named", "started_on")),
            reporting_years=_rows(folder / "reporting_years.csv", ("reporting_year", "opens_on", "due_on")),
            targets=_numbered(folder / "targets.csv", ("target", "value", "unit", "source"), ("value",)),
            grant_schedule=_numbered(
                folder / "grant_schedule.csv",
                ("cluster_year", "grant_gbp", "coordination_share"),
                ("cluster_year", "grant_gbp", "coordination_share"),
            ),
            thresholds=_keys_and_values(thresholds) if thresholds.is_file() else {},
            engine=engine,
            time_zone=_time_zone(about, described),
            bounds=own_bounds(about.get("bounds") or {}),
        )
    except BoundsError as error:
        raise ProgrammeError(f"The bounds in {described} cannot be used: {error}") from error
    except KeyError as error:
        raise ProgrammeError(f"{described} lacks {error.args[0]}.", _COMPARE) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ProgrammeError(
            f"The programme in {folder} holds a value of another kind than belongs there.", _COMPARE
        ) from error


def _keys_and_values(file: Path) -> Mapping[str, Any]:
    """What a YAML file says of each of its keys; nothing where it is empty."""
    try:
        found = read_yaml(file) or {}
    except NotYamlError as error:
        raise ProgrammeError(f"{file} is not YAML in UTF-8: {error}.", _COMPARE) from error
    if not isinstance(found, dict):
        raise ProgrammeError(f"{file} holds no keys with values.", _COMPARE)
    return found


def time_zone_of(folder: Path) -> str:
    """The time zone of a programme's folder, of which nothing else is read.

    Raises ProgrammeError where there is no programme, or its time zone is none.
    """
    described = folder / "programme.yml"
    try:
        return _time_zone(read_yaml(described), described)
    except (OSError, AttributeError, NotYamlError) as error:
        raise ProgrammeError(f"{described} cannot be read. Name a programme's folder with --programme.") from error


def _time_zone(about: Mapping[str, Any], described: Path) -> str:
    named = about.get("time_zone", USUAL_ZONE)
    try:
        return zone_named(named).key
    except ValueError as error:
        raise ProgrammeError(
            f"In {described} {error}. Write one of the IANA time zone database, such as {USUAL_ZONE}."
        ) from error


def _rows(file: Path, needed: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    if not file.is_file():
        raise ProgrammeError(
            f"The programme lacks {file}.", "Copy that file from another programme folder and fill it in."
        )
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            rows = tuple(csv.DictReader(handle))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ProgrammeError(f"{file} is not a CSV file in UTF-8.", "Save it again as CSV in UTF-8.") from error
    lacking = [column for column in needed if rows and column not in rows[0]]
    if lacking:
        raise ProgrammeError(f"{file} lacks the column {lacking[0]}.", "Add it to the first line and to every row.")
    return rows


def _numbered(file: Path, needed: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    """Rows of which these columns hold a number, or nothing: one that sums can hold."""
    rows = _rows(file, needed)
    for line, row in enumerate(rows, start=2):
        for column in numbers:
            try:
                number = float(row[column] or 0)
            except ValueError:
                number = math.inf
            if not abs(number) <= MOST_OF_ALL:
                raise ProgrammeError(
                    f"{file}, line {line}: {column} is {row[column]!r}. Write a number, without commas, "
                    f"of at most {MOST_OF_ALL:,}."
                )
    return rows


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())
