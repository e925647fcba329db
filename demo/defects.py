"""Mistakes planted in the made-up returns, each noted, so that anyone can see whether the rules find them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from demo.returns import Return, Row
from demo.row_defects import ROW_DEFECTS

LATEST = "2025-26"


@dataclass(frozen=True)
class Planted:
    """One planted mistake and where it stands. Empty text where there is no such thing."""

    defect_id: str  # D01, D02 and so on: by rule, then by kind
    rule_code: str
    kind: str
    cluster_id: str
    reporting_year: str
    organisation_name: str
    field: str  # landed field
    file_name: str
    sheet: str
    cell: str
    what: str


@dataclass(frozen=True)
class Plant:
    """A planted mistake before the files are written, when nobody knows yet in which cell it will stand."""

    rule_code: str
    kind: str
    whose: Return | None
    row: Row | None = None
    table: str = "organisations"
    field: str = ""
    heading: str = ""  # of the column, where it is no landed field
    organisation_name: str = ""
    file_name: str = ""  # where it is another file than the return's
    what: str = ""


@dataclass
class Scene:
    """Everything of the demo before it is written."""

    returns: list[Return]
    enrolments: list[Row]
    public_register: list[Row]
    copies: list[tuple[str, Return, datetime]] = field(default_factory=list)  # name of the copy, of what, when
    other_files: list[tuple[str, bytes, datetime]] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)  # names of organisations that have a mistake already

    def of(self, cluster_id: str, year: str) -> Return:
        """The return of a cluster and year."""
        return next(one for one in self.returns if (one.cluster_id, one.reporting_year) == (cluster_id, year))

    def take(self, random: Random, whose: Return, suits: Callable[[Row], bool]) -> Row:
        """A row of an answering organisation that has no mistake yet; it is not given out again."""
        free = [
            row
            for row in whose.organisations
            if row["response_status"] == "answered" and row["organisation_name"] not in self.touched and suits(row)
        ]
        row = random.choice(free)
        self.touched.add(row["organisation_name"])
        return row

    def registered_as(self, row: Row) -> list[Row]:
        """The rows of the public register about an organisation."""
        numbers = {row["charity_number"], row["company_number"], row["mutual_number"]} - {None}
        return [one for one in self.public_register if one["number"] in numbers]


def plant_defects(random: Random, scene: Scene) -> None:
    """Plant every kind of mistake, each in another organisation or file, and note it in `scene.plants`."""
    for plant in (*_REGISTER_DEFECTS, _plant_rows, *_FILE_DEFECTS):
        plant(random, scene)


def _plant_rows(random: Random, scene: Scene) -> None:
    for defect in ROW_DEFECTS:
        whose = scene.of(defect.cluster_id, defect.reporting_year)
        row = scene.take(random, whose, defect.suits)
        before = dict(row)
        defect.change(row)
        changes = (
            f"{name}: {_words(before[name])} became {_words(row[name])}" for name in row if row[name] != before[name]
        )
        what = "; ".join(changes)
        scene.plants.append(Plant(defect.rule_code, defect.kind, whose, row, field=defect.field, what=what))


def _joined_lately(row: Row) -> bool:
    # Whoever joins in the latest year has one row only, so that nothing is noticed in earlier years.
    return bool(row["joined_on"] >= date(2025, 4, 1)) and not row["unregistered"]


def _number_not_on_register(random: Random, scene: Scene) -> None:
    whose = scene.of("ward-end", LATEST)
    row = scene.take(random, whose, _joined_lately)
    number = next(name for name in ("charity_number", "company_number", "mutual_number") if row[name])
    for one in scene.registered_as(row):
        scene.public_register.remove(one)
    what = f"{row[number]} is not in the extract of the register"
    scene.plants.append(Plant("R04", "number not on the register", whose, row, field=number, what=what))


def _other_name_on_register(random: Random, scene: Scene) -> None:
    whose = scene.of("walsall", LATEST)
    row = scene.take(random, whose, _joined_lately)
    for one in scene.registered_as(row):
        one["registered_name"] = "BOLDMERLE VENTURES"
    what = "the register calls it BOLDMERLE VENTURES"
    scene.plants.append(Plant("R05", "another name on the register", whose, row, field="organisation_name", what=what))


def _not_enrolled(random: Random, scene: Scene) -> None:
    whose = scene.of("wolverhampton", LATEST)
    row = scene.take(random, whose, _joined_lately)
    scene.enrolments[:] = [one for one in scene.enrolments if one["organisation_name"] != row["organisation_name"]]
    what = "it is in the return and not among the enrolments"
    scene.plants.append(Plant("F12", "not enrolled", whose, row, field="organisation_name", what=what))


def _twice_in_one_return(random: Random, scene: Scene) -> None:
    whose = scene.of("smethwick", "2024-25")
    row = scene.take(random, whose, lambda row: not row["unregistered"] and not _is_named_elsewhere(whose, row))
    whose.organisations.append(deepcopy(row))
    what = "its row was pasted once more at the end"
    scene.plants.append(Plant("R06", "twice in one return", whose, row, field="organisation_name", what=what))


def _left_out(random: Random, scene: Scene) -> None:
    whose = scene.of("ward-end", LATEST)
    row = scene.take(random, whose, lambda row: not row["unregistered"] and not _is_named_elsewhere(whose, row))
    whose.organisations.remove(row)
    name = row["organisation_name"]
    what = "it is enrolled and has no row"
    scene.plants.append(Plant("F11", "enrolled but missing", whose, organisation_name=name, what=what))


def _not_signed_off(random: Random, scene: Scene) -> None:
    whose = scene.of("smethwick", LATEST)
    cover = whose.answers["cover"][0]
    cover["signed_off_on"] = None
    plant = Plant("F10", "no date of sign-off", whose, cover, "cover", "signed_off_on", what="the date was taken out")
    scene.plants.append(plant)


def _extra_column(random: Random, scene: Scene) -> None:
    whose = scene.of("ward-end", LATEST)
    heading = "Facebook page"
    whose.quirks = replace(whose.quirks, extra_columns=(heading,))
    for row in random.sample(whose.organisations, 3):
        row[heading] = "yes"
    what = f"a column “{heading}” was added"
    scene.plants.append(Plant("F04", "extra column", whose, heading=heading, what=what))


def _late(random: Random, scene: Scene) -> None:
    whose = scene.of("wolverhampton", "2024-25")
    whose.arrived_at = datetime(2025, 8, 12, 10, 20, tzinfo=UTC)
    scene.plants.append(Plant("F08", "late return", whose, what="it came on 12/08/2025 and was due on 31/07/2025"))


def _replacing_version(random: Random, scene: Scene) -> None:
    whose = scene.of("walsall", "2024-25")
    first = deepcopy(whose)
    answered = [row for row in first.organisations if row["organisation_name"] not in scene.touched]
    for row in random.sample([row for row in answered if row["response_status"] == "answered"], 4):
        row["clients_supported"] += 7
        row["total_expenditure_gbp"] += 1_000
    whose.file_name = whose.file_name.replace(".xlsx", " corrected.xlsx")
    whose.arrived_at += timedelta(days=9)
    scene.returns.append(first)
    what = f"it takes the place of {first.file_name}; 8 figures differ"
    scene.plants.append(Plant("F07", "replacing version", whose, what=what))


def _sent_again(random: Random, scene: Scene) -> None:
    whose = scene.of("walsall", "2023-24")
    name = whose.file_name.replace(".xlsx", "_again.xlsx")
    scene.copies.append((name, whose, whose.arrived_at + timedelta(days=2)))
    what = f"the same bytes as {whose.file_name}"
    scene.plants.append(Plant("F06", "same file again", whose, file_name=name, what=what))


def _year_not_open(random: Random, scene: Scene) -> None:
    stray = deepcopy(scene.of("smethwick", "2022-23"))
    stray.reporting_year = "2021-22"
    stray.file_name = "Smethwick return 2021-22.xlsx"
    stray.answers["cover"][0]["reporting_year_stated"] = "2021-22"
    stray.arrived_at += timedelta(days=3)
    scene.returns.append(stray)
    cover = stray.answers["cover"][0]
    what = "the programme has no reporting year 2021-22"
    scene.plants.append(Plant("F05", "year not open", stray, cover, "cover", "reporting_year_stated", what=what))


def _no_spreadsheet(random: Random, scene: Scene) -> None:
    name = "Wolverhampton return scan.xlsx"
    scan = b"%PDF-1.7\n% A made-up scan: no spreadsheet.\n%%EOF\n"
    scene.other_files.append((name, scan, datetime(2026, 7, 2, 9, 5, tzinfo=UTC)))
    scene.plants.append(Plant("F01", "no spreadsheet", None, file_name=name, what="a PDF under the name of a workbook"))


# Before the rows: few organisations joined lately. The files last: a replaced version has all other mistakes too.
_REGISTER_DEFECTS = (_number_not_on_register, _other_name_on_register, _not_enrolled, _twice_in_one_return, _left_out)
_FILE_DEFECTS = (
    _not_signed_off, _extra_column, _late, _replacing_version, _sent_again, _year_not_open, _no_spreadsheet,
)  # fmt: skip


def _is_named_elsewhere(whose: Return, row: Row) -> bool:
    """Whether another sheet of the return speaks of the organisation."""
    name = row["organisation_name"]
    others = (one for table, rows in whose.answers.items() if table != "organisations" for one in rows)
    return any(name == one.get("organisation") or name in (one.get("organisations") or ()) for one in others)


def _words(answer: Any) -> str:
    if answer is None:
        return "blank"
    return answer.strftime("%d/%m/%Y") if isinstance(answer, date) else f"“{answer}”"
