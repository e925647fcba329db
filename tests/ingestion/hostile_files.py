"""What the tests of hostile files share: a whole return to spoil, zip files that lie, and a judge in a process."""

from __future__ import annotations

import datetime
import io
import json
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import xlsxwriter
import xlwt

from ingestion.forms import read_form
from ingestion.programme import Programme, read_programme
from ingestion.refusals import Refusal
from ingestion.workers import ParseJob, parse_files, parse_one

PROJECT = Path(__file__).parents[2]
SHIPPED = PROJECT / "programmes" / "west-midlands-2022"
BOROUGHS = PROJECT / "tests" / "programmes" / "west-midlands-boroughs"
FORM = read_form("west-midlands-return-1")
COVER: dict[str, object] = {
    "cluster_stated": "Walsall",
    "reporting_year_stated": "2025-26",
    "form_version": 1,
    "lead_organisation": "Lead CIC",
    "signed_off_by_role": "Chair",
    "signed_off_on": datetime.date(2026, 6, 1),
    "grant_received_gbp": 5000,
    "coordination_spend_gbp": 800,
    "operational_spend_gbp": 4000,
}
FIELDS = next(sheet.fields for sheet in FORM.sheets if sheet.table == "organisations")
TURNOVER = [one.field for one in FIELDS].index("total_income_gbp")
NAMES = ("Acorn", "Birch", "Cedar")
# What the return below says when it is read right: name and total income of each organisation.
READ_RIGHT = [["Acorn", 1000.0], ["Birch", 2000.0], ["Cedar", 3000.0]]
SECONDS, PEAK_MB = 10.0, 1024.0


@dataclass(frozen=True)
class Verdict:
    """What became of one file in a child process."""

    rows: list[list[object]] | None  # name and total income of the organisations that were landed
    findings: list[list[object]]  # (kind, cell, typed)
    message: str
    ask: str
    seconds: float


def answers(place: int) -> list[object]:
    """The answers of one organisation, in the order of the form."""
    known: dict[str, object] = {
        "organisation_name": NAMES[place],
        "company_number": f"{7444723 + place}",
        "postcode": "WS1 1AA",
        "legal_form": "CLG",
        "response_status": "answered",
        "total_income_gbp": 1000 * (place + 1),
        "employees_headcount": 3,
        "employees_fte": 2.5,
    }
    return [known.get(one.field or "") for one in FIELDS]


def whole_return(also: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None] | None = None) -> bytes:
    """A return of three organisations that reads right; `also` may add to the workbook and its organisations."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        cover, organisations = book.add_worksheet("Cover"), book.add_worksheet("Organisations")
        for row, one in enumerate(next(sheet.fields for sheet in FORM.sheets if sheet.table == "cover")):
            cover.write_row(row, 0, [one.label, COVER.get(one.field or "")])
        organisations.write_row(0, 0, [one.label for one in FIELDS])
        for place in range(len(NAMES)):
            organisations.write_row(place + 1, 0, answers(place))
        if also:
            also(book, organisations)
    return file.getvalue()


def xls_return() -> bytes:
    """The same return as an xls, with a figure that is an error and one that was never worked out."""
    file, dates = io.BytesIO(), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    book = xlwt.Workbook()
    cover, organisations = book.add_sheet("Cover"), book.add_sheet("Organisations")
    for row, one in enumerate(next(sheet.fields for sheet in FORM.sheets if sheet.table == "cover")):
        cover.write(row, 0, one.label)
        answer = COVER.get(one.field or "")
        cover.write(row, 1, answer, *([dates] if isinstance(answer, datetime.date) else []))
    for column, one in enumerate(FIELDS):
        organisations.write(0, column, one.label)
    for place in range(len(NAMES)):
        for column, answer in enumerate(answers(place)):
            if answer is not None:
                organisations.write(place + 1, column, answer)
    organisations.row(1).set_cell_error(TURNOVER + 1, 0x2A)
    organisations.write(2, TURNOVER + 1, xlwt.Formula("A1+1"))
    book.save(file)
    return file.getvalue()


def csv_return() -> str:
    """A return in the layout of a borough that sends CSV, the year and cluster in its name."""
    form = read_form("borough-csv-commas-1")
    (sheet,) = (sheet for sheet in form.sheets if sheet.table == "organisations")
    lines = [",".join(f'"{one.label}"' for one in sheet.fields)]
    for place in range(len(NAMES)):
        known = dict(zip((one.field for one in FIELDS), answers(place), strict=True))
        lines.append(",".join(str(known.get(one.field or "") or "") for one in sheet.fields))
    return "\r\n".join(lines) + "\r\n"


def spoiled(content: bytes, changes: Mapping[str, Callable[[bytes], bytes]], **more: bytes) -> bytes:
    """The same zip file with some of its parts changed, and others added (`__` in a name is a slash)."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, changes.get(name, bytes)(source.read(name)))
        for name, part in more.items():
            target.writestr(name.replace("__", "/"), part)
    return file.getvalue()


@dataclass(frozen=True)
class Entry:
    """One entry of a zip file as it is written, true or not."""

    name: str
    packed: bytes
    says_bytes: int
    at: int | None = None  # where its bytes are said to lie: another entry's place, to overlap with it


def zip_of(entries: Sequence[Entry]) -> bytes:
    """A zip file of raw entries, whose directory says what it is told to."""
    body, directory = bytearray(), bytearray()
    for one in entries:
        name = one.name.encode()
        size = min(one.says_bytes, 0xFFFFFFFF)
        wide = struct.pack("<HHQ", 1, 8, one.says_bytes) if one.says_bytes > size else b""
        place = len(body) if one.at is None else one.at
        about = struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 0, 0, len(one.packed), size, len(name), 0)
        if one.at is None:
            body += b"PK\x03\x04" + about + name + one.packed
        directory += b"PK\x01\x02" + struct.pack("<H", 45) + about[:-2] + struct.pack("<H", len(wide))
        directory += struct.pack("<HHHII", 0, 0, 0, 0, place) + name + wide
    count = len(entries) & 0xFFFF
    return bytes(body + directory) + struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0
    )


def packed(part: bytes) -> bytes:
    """Bytes as a zip file holds them."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(part) + press.flush()


def packed_zeros(megabytes: int, start: bytes = b"") -> bytes:
    """Spaces without end as a zip file holds them, 1 kB for each MB, made without pressing each one."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = press.compress(start + b" " * (1 << 20)) + press.flush(zlib.Z_FULL_FLUSH)
    again = press.compress(b" " * (1 << 20)) + press.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1) + press.flush()


def judged(files: Mapping[str, bytes], folder: Path, programme: Path = SHIPPED) -> dict[str, Verdict]:
    """Parse each file in a child process, one after the other; checks that none took too long or too much memory."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    outside = {path for path in folder.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "tests.ingestion.hostile_files", str(programme), str(folder), *files]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, last = map(json.loads, done.stdout.splitlines())
    assert last["peak_mb"] <= PEAK_MB
    landed = folder / "landed"
    assert {path for path in folder.rglob("*") if path.is_file() and landed not in path.parents} == outside
    return {line.pop("file"): Verdict(**line) for line in lines}


def _timed(job: ParseJob, programme: Programme) -> Refusal | None:
    """Read a file, and write down how long the processor worked for it: how busy the machine is has no say in it."""
    began = time.process_time()
    try:
        return parse_one(job, programme)
    finally:
        _seconds_file(job).write_text(str(time.process_time() - began))


def _seconds(job: ParseJob, ended_before: float) -> float:
    """What `_timed` wrote down; where the reader was ended instead, all work of those that ended for this file."""
    file = _seconds_file(job)
    return float(file.read_text()) if file.exists() else _work_of_ended_children() - ended_before


def _work_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds_file(job: ParseJob) -> Path:
    return job.target.with_name(f"{job.target.name}.seconds")


def _judge(programme_folder: Path, folder: Path, names: Sequence[str]) -> None:
    programme = read_programme(programme_folder)
    jobs = [ParseJob(f"{at:064}", name, folder / name, folder / "landed" / str(at)) for at, name in enumerate(names)]
    ended_before = _work_of_ended_children()
    for outcome in parse_files(jobs, programme, processes=1, one=_timed):
        refusal, landed = outcome.refusal, outcome.job.target
        rows, findings = None, []
        if refusal is None:
            table = pq.read_table(landed / "organisations.parquet")
            rows = [[one["organisation_name"], one["total_income_gbp"]] for one in table.to_pylist()]
            noted = pq.read_table(landed / "findings.parquet").to_pylist()
            findings = [[one["kind"], one["cell"], one["typed"]] for one in noted if one["kind"] != "blank"]
        told = {
            "file": outcome.job.file_name,
            "rows": rows,
            "findings": findings,
            "message": refusal.message if refusal else "",
            "ask": refusal.ask if refusal else "",
            "seconds": round(_seconds(outcome.job, ended_before), 2),
        }
        ended_before = _work_of_ended_children()
        print(json.dumps(told), flush=True)  # noqa: T201 - read by the test
    print(json.dumps({"peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))  # noqa: T201


if __name__ == "__main__":
    _judge(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
