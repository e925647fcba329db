"""What a lead agency would be told about a file, with nothing kept: the same reader, rules and words as the night's."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.forms import form_labels
from ingestion.land import read_landing, require_as_landed
from ingestion.names import name_text
from ingestion.opening import too_early
from ingestion.programme import Programme
from ingestion.receive import MOST_BYTES
from ingestion.refusals import Refusal
from ingestion.workers import ParseJob, parse_files
from orchestration.arrivals import arrivals_table, one_arrival_each
from orchestration.build_load import landed_without
from orchestration.cells_to_look_at import cells_to_look_at
from orchestration.check_plan import LAST, empty_warehouse, keep_plan, kept_plan, run_plan
from orchestration.dbt_build import build
from orchestration.home import Home
from orchestration.operations import no_operations, read_operations
from orchestration.progress import report
from orchestration.receipts import landed_folders, receipts_table
from orchestration.set_aside import in_force
from orchestration.warehouse import RECEIPTS_SCHEMA, load_warehouse
from workspace.errors import Ending, PlainError

# Findings that no rule repeats: told by the check alone.
_TOLD_BY_RULES = (
    "blank",
    "not a number",
    "not whole",
    "below zero",
    "not a date",
    "out of bounds",
    "date out of bounds",
    "not on the list",
    "in thousands",
    "declared in thousands",
    "unknown column",
)
# What is said where our own program stops: message, and what to do.
_NOT_COMPARED = (
    "We could not compare this return with earlier years: our own program stopped. That is not a fault of the file.",
    "Nothing: send it as it is. We look into it.",
)
_STOPS = (
    "We have read this return, but our own program stops at it, so we cannot say more. That is a fault of ours.",
    "Look at the cells that we name, if any. If they are right, send the return as it is: it will be kept, nothing is "
    "held against you, and we look into it.",
)
_COLUMNS = "severity, rule_code, rule_title, organisation_name, label, sheet, cell, message, ask"


class MachineError(PlainError):
    """Our machine could not read a file; nothing is known of the file."""

    ending = Ending.NO_MEMORY


@dataclass(frozen=True)
class Checked:
    """The answer of a check: who and when the return is for, and what was found, worst first."""

    cluster_id: str
    reporting_year: str
    organisation_rows: int
    alerts: tuple[dict[str, Any], ...]  # one for each of _COLUMNS
    notes: tuple[dict[str, Any], ...]  # what was left out or set aside while reading: sheet, cell, message


def check_file(file: Path, programme: Programme, home: Home | None, *, as_of: date, now: datetime) -> Checked:
    """Check one file as the night would, beside the earlier years of the home where there is one.

    Raises Refusal where the run would refuse the file, and MachineError where our machine could not read it.
    """
    name = name_text(file.name)
    if file.is_dir():
        raise Refusal("F01", f"“{name}” is a folder, not a return.", "Name the spreadsheet itself.")
    if not file.is_file():
        raise Refusal(
            "F01", f"“{name}” is not an ordinary file, so we did not open it.", "Name the spreadsheet itself."
        )
    if file.stat().st_size > MOST_BYTES:
        raise Refusal(
            "F01",
            f"“{name}” is larger than any return should be.",
            "Remove pictures and sheets that are not part of the form.",
        )
    with file.open("rb") as handle:
        receipt_id = hashlib.file_digest(handle, "sha256").hexdigest()
    with tempfile.TemporaryDirectory(prefix="returns-check-") as scratch:
        landed = Path(scratch) / receipt_id
        report(f"Reading {name}")
        for outcome in parse_files([ParseJob(receipt_id, name, file, landed)], programme, processes=1):
            if outcome.refusal:
                raise outcome.refusal
            if outcome.machine:
                raise MachineError(
                    f"“{name}” could not be read just now, and that is not the fault of the file: {outcome.machine}.",
                    "Try again in a few minutes; if it stays so, tell the operator of this machine.",
                )
        early = too_early(programme, read_landing(landed).reporting_year, on=as_of)
        if early:
            raise early
        report("Comparing it with earlier years")
        arrived = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        sent = _Sent(Path(scratch), landed, file, min(arrived, now))
        alerts = _alerts(sent, programme, home, as_of=as_of, now=now)
        landing = read_landing(landed)
        findings = pq.read_table(landed / "findings.parquet", columns=["kind", "sheet", "cell", "message"]).to_pylist()
    return Checked(
        cluster_id=landing.cluster_id,
        reporting_year=landing.reporting_year,
        organisation_rows=landing.rows["organisations"],
        alerts=alerts,
        notes=tuple(finding for finding in findings if finding["kind"] not in _TOLD_BY_RULES),
    )


@dataclass(frozen=True)
class _Sent:
    """A file that is checked, as landed."""

    scratch: Path  # a folder of this check alone
    landed: Path  # below it
    file: Path
    arrived: datetime


class _StopsError(Exception):
    """The models stop at what was loaded."""


def _alerts(
    sent: _Sent, programme: Programme, home: Home | None, *, as_of: date, now: datetime
) -> tuple[dict[str, Any], ...]:
    """The alerts of one landed receipt, judged as if it were the newest return of its cluster and year.

    Where our models stop at it beside the earlier years, it is judged alone; where they stop even so, that is said.
    """
    for beside in dict.fromkeys((home, None)):
        load = partial(_load, sent, programme, beside, now=now)
        try:
            with _judged(sent.scratch, home, as_of=as_of, programme=programme, load=load) as connection:
                found = _found(connection, sent.landed.name)
        except (duckdb.IOException, duckdb.OutOfMemoryException):
            raise  # of the machine, not of the file
        except (duckdb.Error, _StopsError):
            continue
        return found if beside is home else (*found, _about_us(*_NOT_COMPARED, ""))
    with empty_warehouse() as connection:
        _load(sent, programme, home, connection, now=now)
        places = cells_to_look_at((), sent.landed.name, connection)
    return (_about_us(*_STOPS, "; ".join(places)),)


def _about_us(message: str, ask: str, places: str) -> dict[str, Any]:
    """An alert about our own program, with one value for each of _COLUMNS."""
    told = {"severity": "error", "rule_code": "F13", "rule_title": "Our program stops at it"}
    told |= {"message": f"{message} Look first at: {places}." if places else message, "ask": ask}
    return {name: told.get(name) for name in _COLUMNS.split(", ")}


def _load(
    sent: _Sent, programme: Programme, home: Home | None, connection: duckdb.DuckDBPyConnection, *, now: datetime
) -> None:
    """Load the receipt that is checked, beside what a home holds."""
    landing = read_landing(sent.landed)
    row = {
        "receipt_id": sent.landed.name,
        "file_name": name_text(sent.file.name),
        "size_bytes": sent.file.stat().st_size,
        "arrived_at": sent.arrived,
        "received_at": now,
        "status": "landed",
        "form": landing.form,
        "form_version": landing.form_version,
        "cluster_id": landing.cluster_id,
        "reporting_year": landing.reporting_year,
        "organisation_rows": landing.rows["organisations"],
    }
    this = pa.Table.from_pylist([row], schema=RECEIPTS_SCHEMA)
    earlier, arrivals, folders = RECEIPTS_SCHEMA.empty_table(), one_arrival_each(this), [sent.scratch]
    if home:
        # With what the file is compared is as it was landed, or nobody is told anything.
        for folder in landed_folders(home):
            if read_landing(folder).cluster_id == landing.cluster_id:
                require_as_landed(folder)
        held = {receipt: one.explanation for receipt, one in in_force(home, programme).items()}
        known = receipts_table(home, held)
        earlier = known.filter(pc.not_equal(known["receipt_id"], sent.landed.name))
        before = arrivals_table(home)
        before = before.filter(pc.not_equal(before["receipt_id"], sent.landed.name))
        arrivals = pa.concat_tables([before, one_arrival_each(this, after=pc.max(before["sequence"]).as_py() or 0)])
        # What a run has landed already is not there twice, and what is set aside is not there at all.
        others = landed_without(home, {**held, sent.landed.name: ""}, sent.scratch / "links")
        folders.append(others)
    load_warehouse(
        connection,
        landed=folders,
        receipts=pa.concat_tables([earlier, this]),
        arrivals=arrivals,
        labels=form_labels(programme.forms[0]),
        register=home.register if home else sent.scratch,
        programme=programme,
        operations=read_operations(home, programme, today=programme.day_of(now)) if home else no_operations(),
    )


def _found(connection: duckdb.DuckDBPyConnection, receipt_id: str) -> tuple[dict[str, Any], ...]:
    """The open alerts about a receipt, worst first."""
    found = connection.execute(
        f"""
        select {_COLUMNS} from intermediate.int_alerts
        inner join intermediate.int_alert_states using (alert_id)
        where receipt_id = ? and not is_settled and not is_shadow
        order by
            case severity when 'reject' then 0 when 'error' then 1 when 'warning' then 2 else 3 end,
            rule_code, sheet, organisation_name, cell, message
        """,
        [receipt_id],
    )
    names = [column[0] for column in found.description]
    return tuple(dict(zip(names, values, strict=True)) for values in found.fetchall())


def _judged(
    scratch: Path,
    home: Home | None,
    *,
    as_of: date,
    programme: Programme,
    load: Callable[[duckdb.DuckDBPyConnection], None],
) -> duckdb.DuckDBPyConnection:
    """A database with the alerts of what is loaded: by the SQL that the night kept or, where it kept none, by dbt."""
    plans = (home.build if home else scratch) / "check"
    kept = kept_plan(plans, as_of=as_of, programme=programme)
    if kept:
        connection = empty_warehouse()
        load(connection)
        run_plan(connection, *kept)
        return connection
    database = scratch / "warehouse.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        load(connection)
    target = home.build / "dbt-check" if home else scratch / "dbt"
    outcome = build(database, target, as_of=as_of, programme=programme, select=f"+{LAST}", with_tests=False)
    if not outcome.succeeded:
        raise _StopsError("; ".join(outcome.failures))
    with suppress(OSError):  # who may only read the home can check all the same
        keep_plan(plans, database, outcome.built, as_of=as_of, programme=programme)
    return duckdb.connect(str(database), read_only=True)
