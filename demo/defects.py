"""Mistakes planted in the made-up returns, each noted, so that anyone can see whether the rules find them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from demo.figure_defects import FIGURE_DEFECTS
from demo.organisations import YEARS
from demo.returns import Return, Row
from demo.row_defects import ROW_DEFECTS, RowDefect

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

    def suiting(self, defect: RowDefect, whose: Return) -> Callable[[Row], bool]:
        """Which rows of a return a mistake suits."""
        if not defect.after_an_answer:
            return defect.suits
        before = self.of(whose.cluster_id, YEARS[YEARS.index(whose.reporting_year) - 1])
        answered = {row["organisation_name"] for row in before.organisations if row["response_status"] == "answered"}
        return lambda row: row["organisation_name"] in answered and defect.suits(row)

    def has_free(self, whose: Return, suits: Callable[[Row], bool]) -> bool:
        """Whether a row is left that suits."""
        return bool(self._free(whose, suits))

    def take(self, random: Random, whose: Return, suits: Callable[[Row], bool]) -> Row:
        """A row of an answering organisation that has no mistake yet; it is not given out again."""
        row = random.choice(self._free(whose, suits))
        self.touched.add(row["organisation_name"])
        return row

    def _free(self, whose: Return, suits: Callable[[Row], bool]) -> list[Row]:
        return [
            row
            for row in whose.organisations
            if row["response_status"] == "answered" and row["organisation_name"] not in self.touched and suits(row)
        ]

    def registered_as(self, row: Row) -> list[Row]:
        """The rows of the public register about an organisation."""
        numbers = {row["charity_number"], row["company_number"], row["mutual_number"]} - {None}
        return [one for one in self.public_register if one["number"] in numbers]


def plant_defects(random: Random, scene: Scene, times: int = 1) -> None:
    """Plant every kind of mistake, each in another organisation or file, and note it in `scene.plants`.

    Mistakes in a row are planted `times` times, each time in another cluster, as long as a row is left that suits.
    """
    for plant in _REGISTER_DEFECTS:
        plant(random, scene)
    for time in range(times):
        _plant_rows(random, scene, time)
    for plant in (*_OTHER_SHEET_DEFECTS, *_FILE_DEFECTS):
        plant(random, scene)


def _plant_rows(random: Random, scene: Scene, time: int) -> None:
    clusters = sorted({one.cluster_id for one in scene.returns})
    for defect in (*ROW_DEFECTS, *FIGURE_DEFECTS):
        first = clusters.index(defect.cluster_id) + time
        for cluster_id in (clusters[(first + step) % len(clusters)] for step in range(len(clusters))):
            whose = scene.of(cluster_id, defect.reporting_year)
            suits = scene.suiting(defect, whose)
            if scene.has_free(whose, suits):
                break
        else:
            continue
        row = scene.take(random, whose, suits)
        before = dict(row)
        defect.change(row)
        changes = (
            f"{name}: {_words(before.get(name))} became {_words(row[name])}"
            for name in row
            if row[name] != before.get(name)
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


def _closed_on_register(random: Random, scene: Scene) -> None:
    whose = scene.of("smethwick", LATEST)
    row = scene.take(random, whose, lambda row: bool(row["charity_number"]))
    for one in scene.registered_as(row):
        one["status"], one["removed_on"] = "removed", date(2025, 4, 2)
    what = "the register says that it closed on 02/04/2025"
    scene.plants.append(Plant("R10", "closed on the register", whose, row, field="charity_number", what=what))


def _nobody_was_referred(random: Random, scene: Scene) -> None:
    whose = scene.of("walsall", LATEST)
    row = whose.answers["referrals"][0]
    what = f"{row['organisation']} became “Nobody Known Trust”"
    row["organisation"] = "Nobody Known Trust"
    scene.plants.append(Plant("C02", "referral of nobody known", whose, row, "referrals", "organisation", what=what))


def _large_opportunity(random: Random, scene: Scene) -> None:
    whose = scene.of("ward-end", LATEST)
    row = whose.answers["brokerage"][0]
    row["value_gbp"] = 640_000
    scene.plants.append(
        Plant("C05", "very large opportunity", whose, row, "brokerage", "value_gbp", what="its value became 640,000")
    )


def _co_ordination_over_limit(random: Random, scene: Scene) -> None:
    whose = scene.of("smethwick", "2023-24")
    cover = whose.answers["cover"][0]
    cover["coordination_spend_gbp"] = 4_000
    what = "co-ordination became 4,000 of a grant of 10,000"
    scene.plants.append(
        Plant("C06", "co-ordination over its limit", whose, cover, "cover", "coordination_spend_gbp", what=what)
    )


def _grant_off_schedule(random: Random, scene: Scene) -> None:
    whose = scene.of("ward-end", "2023-24")
    cover = whose.answers["cover"][0]
    cover["grant_received_gbp"] = 12_500
    what = "the grant became 12,500; the schedule says 10,000"
    scene.plants.append(Plant("C07", "grant off the schedule", whose, cover, "cover", "grant_received_gbp", what=what))


# Before the rows: few organisations joined lately. The files last: a replaced version has all other mistakes too.
_REGISTER_DEFECTS = (
    _number_not_on_register, _other_name_on_register, _not_enrolled, _closed_on_register,
    _twice_in_one_return, _left_out,
)  # fmt: skip
_OTHER_SHEET_DEFECTS = (_nobody_was_referred, _large_opportunity, _co_ordination_over_limit, _grant_off_schedule)
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
