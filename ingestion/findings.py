"""What is noticed while parsing, in the words that its sender reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from ingestion.bounds import DATE_BEYOND, NUMBER_BEYOND
from ingestion.tables import FINDINGS_SCHEMA

# Kind of finding -> (what is said, what is asked). {label} is the form's own label, {typed} what stands in the cell.
KINDS: Mapping[str, tuple[str, str]] = {
    "blank": (
        "“{label}” is blank. If you do not know, write “not known”; if it is none, enter 0.",
        "Fill it in, or say why there is no answer.",
    ),
    "not a number": ("We need a plain number for “{label}”. You wrote “{typed}”.", "Enter the number, without words."),
    "not whole": (
        "“{label}” should be a whole number. You wrote “{typed}”.",
        "Put part-time posts in the full-time equivalent column.",
    ),
    "below zero": ("“{label}” cannot be below zero. You wrote “{typed}”.", "Correct it, or say what it means."),
    NUMBER_BEYOND: (
        "We read “{typed}” for “{label}” as {understood}, which is beyond any real figure. We expect {expected}.",
        "Correct it. If it is right, tell us.",
    ),
    DATE_BEYOND: (
        "We read “{typed}” for “{label}” as {understood}. We expect {expected}.",
        "Correct the date. If it is right, tell us.",
    ),
    "not a date": ("The date “{typed}” for “{label}” does not work.", "Correct the date, for example 31/03/2026."),
    "not on the list": ("“{typed}” is not one of the choices for “{label}”.", "Choose from the list."),
    "in thousands": ("You wrote “{typed}” for “{label}”. We read it as {understood}.", "Tell us if that is not right."),
    "declared in thousands": (
        "The sheet says “{typed}”, so we read its money as thousands of pounds.",
        "Tell us if the figures are in pounds.",
    ),
    "unknown column": (
        "We ignored the column “{typed}” because it is not part of the form.",
        "Nothing, unless you meant a different column.",
    ),
    "missing column": ("The column “{label}” is not in the sheet.", "Add it again if you have an answer to it."),
    "row left out": ("We did not count this row as an answer: “{typed}”.", "Nothing, unless it is an organisation."),
    "sheet left out": ("We did not read the sheet “{typed}”, which is not part of the form.", "Nothing."),
}


@dataclass(frozen=True)
class Finding:
    """One thing noticed about a cell, a row, a column or a sheet."""

    kind: str
    table_name: str | None = None
    sheet: str | None = None
    cell: str | None = None
    row_number: int | None = None
    field: str | None = None
    label: str | None = None
    typed: str | None = None
    understood: str | None = None
    expected: str | None = None  # in words; of what is beyond its bounds

    @property
    def place(self) -> str:
        """Where it is, in words; empty where it is the whole file."""
        if self.sheet and self.cell:
            return f" (sheet {self.sheet}, cell {self.cell})"
        return f" (sheet {self.sheet})" if self.sheet and self.kind != "sheet left out" else ""

    @property
    def message(self) -> str:
        """The sentence for the sender, with the place."""
        said, _ = KINDS[self.kind]
        words = said.format(label=self.label, typed=self.typed, understood=self.understood, expected=self.expected)
        return f"{words.removesuffix('.')}{self.place}." if self.place else words

    @property
    def ask(self) -> str:
        """What the sender can do."""
        return KINDS[self.kind][1]


def findings_table(findings: list[Finding], receipt_id: str, cluster_id: str, reporting_year: str) -> pa.Table:
    """Findings as rows of `landed.findings`, in the order of their places."""
    ordered = sorted(
        findings,
        key=lambda one: (
            one.table_name or "",
            one.sheet or "",
            one.row_number or 0,
            one.cell or "",
            one.kind,
            one.field or "",
        ),
    )
    whose = {"receipt_id": receipt_id, "cluster_id": cluster_id, "reporting_year": reporting_year}
    rows = [whose | vars(one) | {"message": one.message, "ask": one.ask} for one in ordered]
    return pa.Table.from_pylist(rows, schema=FINDINGS_SCHEMA)
