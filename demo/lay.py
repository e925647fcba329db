"""Lays the demo: an inbox of made-up returns, the registers to hold them against, and the list of what is planted."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from demo.defects import Plant, Planted, Scene, plant_defects
from demo.organisations import Organisation, make_organisations
from demo.returns import NOTICE, Return, Row, make_returns
from ingestion.forms import Form, read_form
from ingestion.programme import Programme
from ingestion.workbook import Quirks, place_of, write_form
from workspace.files import move_into_place

PLANTED_FILE = Path("demo") / "planted_defects.csv"
_UNFINISHED = ".demo-"
_CONTACT = "Work e-mail for questions"

# What people do to a form that is no mistake: each should be read all the same.
_HABITS: Mapping[tuple[str, str], Quirks] = {
    ("ward-end", "2022-23"): Quirks(rows_above=2),
    ("walsall", "2022-23"): Quirks(notes=("How to fill this in", "One row for each organisation.")),
    ("smethwick", "2023-24"): Quirks(total_row=True),
    ("wolverhampton", "2023-24"): Quirks(
        labels={"Name of organisation": "ORGANISATION", "Charity number": "Charity no", "Postcode": "post code"}
    ),
}
_MONEY_AS_TEXT = ("wolverhampton", "2022-23")

_README = """\
Everything in this folder is made up. No organisation, number or figure is real.

inbox/                      what four clusters sent for four years, with mistakes planted in it
register/enrolments.csv     which organisation took part in which cluster, from when to when
register/public_register.csv  an extract of the public registers, as it might be
demo/planted_defects.csv    every planted mistake: the rule that should find it, and where it stands

Seed: {seed}. The same seed lays the same files.
"""


@dataclass(frozen=True)
class DemoSummary:
    """What was laid: files in the inbox, planted mistakes, organisations."""

    files: int
    planted: int
    organisations: int


def lay_demo(home: Path, *, seed: int = 2022, now: datetime, programme: Programme, times: int = 1) -> DemoSummary:
    """Lay the demo into a home. The same seed and programme give the same bytes.

    Mistakes in rows are planted `times` times. No file arrives after `now`. Raises FileExistsError where the inbox
    already holds files, so that nothing made up is ever mixed with real returns.
    """
    inbox = home / "inbox"
    if inbox.is_dir() and any(inbox.iterdir()):
        raise FileExistsError(f"{inbox} already holds files, so no demo was laid.")
    random = Random(seed)  # noqa: S311 - made-up figures, no secrets
    organisations = make_organisations(random, [cluster["cluster_id"] for cluster in programme.clusters])
    scene = Scene(
        returns=make_returns(random, programme, organisations),
        enrolments=[_enrolment(one) for one in organisations],
        public_register=[row for one in organisations for row in _registered(random, one)],
    )
    for one in scene.returns:
        one.quirks = _HABITS.get((one.cluster_id, one.reporting_year), one.quirks)
    plant_defects(random, scene, times)
    _type_money_as_text(scene.of(*_MONEY_AS_TEXT))
    form = read_form(programme.forms[0])
    with _beside(home) as staging:
        files = _write_inbox(scene, form, staging / "inbox", now)
        _write_rows(staging / "register" / "enrolments.csv", scene.enrolments)
        _write_rows(staging / "register" / "public_register.csv", scene.public_register)
        plants = sorted(scene.plants, key=lambda one: (one.rule_code, one.kind))
        planted = [_placed(form, plant, f"D{number:02d}") for number, plant in enumerate(plants, start=1)]
        _write_rows(staging / PLANTED_FILE, [asdict(one) for one in planted])
        (staging / PLANTED_FILE.parent / "README.txt").write_text(_README.format(seed=seed), encoding="utf-8")
    return DemoSummary(files=files, planted=len(planted), organisations=len(organisations))


@contextmanager
def _beside(home: Path) -> Iterator[Path]:
    """A folder to lay a demo in, which then becomes part of the home: a demo that was stopped half-way is none.

    The inbox comes last. What lies in the register is only replaced where a demo had laid it.
    """
    inbox = home / "inbox"
    home.mkdir(parents=True, exist_ok=True)
    for left_behind in home.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    register = home / "register"
    if not (home / PLANTED_FILE.parent).exists() and register.is_dir() and any(register.iterdir()):
        raise FileExistsError(f"{register} already holds files, so no demo was laid.")
    parts = (PLANTED_FILE.parent.name, "register", "inbox")
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=home) as scratch:
        for part in parts:
            (Path(scratch) / part).mkdir()
        yield Path(scratch)
        for part in parts[:-1]:
            (home / part).mkdir(exist_ok=True)
            for file in sorted((Path(scratch) / part).iterdir()):
                move_into_place(file, home / part / file.name)
        if inbox.is_dir():
            inbox.rmdir()
        move_into_place(Path(scratch) / parts[-1], inbox)


def read_planted(home: Path) -> list[Planted]:
    """What was planted in the demo of a home, by rule and kind.

    Raises FileNotFoundError where no demo was laid.
    """
    with (home / PLANTED_FILE).open(encoding="utf-8", newline="") as handle:
        return [Planted(**row) for row in csv.DictReader(handle)]


def _write_inbox(scene: Scene, form: Form, inbox: Path, now: datetime) -> int:
    """Write all files and set when they came; says how many."""
    arrivals: dict[Path, datetime] = {}
    for one in scene.returns:
        target = inbox / one.file_name
        one.answers["cover"][0][_CONTACT] = "info@example.org"
        write_form(form, target, answers=one.answers, notice=NOTICE, created_at=one.arrived_at, quirks=one.quirks)
        arrivals[target] = one.arrived_at
    for name, original, arrived_at in scene.copies:
        shutil.copyfile(inbox / original.file_name, inbox / name)
        arrivals[inbox / name] = arrived_at
    for name, content, arrived_at in scene.other_files:
        (inbox / name).write_bytes(content)
        arrivals[inbox / name] = arrived_at
    for target, arrived_at in arrivals.items():
        moment = min(arrived_at, now).timestamp()
        os.utime(target, (moment, moment))
    return len(arrivals)


def _placed(form: Form, plant: Plant, defect_id: str) -> Planted:
    sheet, cell = "", ""
    whose = plant.whose
    if whose and plant.heading:
        # The heading itself, one row above the first answer.
        sheet, first = place_of(form, plant.table, plant.heading, -1, quirks=whose.quirks)
        cell = first
    elif whose and plant.row is not None:
        at = next(place for place, row in enumerate(whose.answers[plant.table]) if row is plant.row)
        sheet, cell = place_of(form, plant.table, plant.field, at, quirks=whose.quirks)
    name = (plant.row or {}).get("organisation_name", "") or plant.organisation_name
    return Planted(
        defect_id=defect_id,
        rule_code=plant.rule_code,
        kind=plant.kind,
        cluster_id=whose.cluster_id if whose else "",
        reporting_year=whose.reporting_year if whose else "",
        organisation_name=name,
        field=plant.field,
        file_name=plant.file_name or (whose.file_name if whose else ""),
        sheet=sheet,
        cell=cell,
        what=plant.what,
    )


def _type_money_as_text(whose: Return) -> None:
    for row in whose.organisations:
        for name, value in row.items():
            if name.endswith("_gbp") and isinstance(value, int):
                row[name] = f"£{value:,}"


def _enrolment(organisation: Organisation) -> Row:
    return {
        "cluster_id": organisation.cluster_id,
        "organisation_name": organisation.name,
        "charity_number": organisation.charity_number,
        "company_number": organisation.company_number,
        "mutual_number": organisation.mutual_number,
        "postcode": organisation.postcode,
        "enrolled_on": organisation.joined_on,
        "left_on": organisation.left_on,
    }


def _registered(random: Random, organisation: Organisation) -> Iterable[Row]:
    """What the public registers say: the same name, as registers like to write it."""
    plain = organisation.name.removesuffix(" Limited")
    for scheme, number in organisation.numbers:
        yield {
            "scheme": scheme,
            "number": number,
            "registered_name": random.choice((organisation.name, organisation.name.upper(), f"{plain} Ltd".upper())),
            "status": "removed" if organisation.leaves_as == "closed" and organisation.left_on else "registered",
            "removed_on": organisation.left_on if organisation.leaves_as == "closed" else None,
            "postcode": organisation.postcode,
        }


def _write_rows(file: Path, rows: Sequence[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
