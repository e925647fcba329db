"""What two versions of a return say differently, figure by figure, as they were understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion.forms import form_labels, form_names
from ingestion.land import read_landing, require_as_landed
from ingestion.tables import tables
from ingestion.values import plain

_IDENTIFIERS = ("charity_number", "company_number", "mutual_number")
# A return has some hundreds of rows; what is no return must not take the page with it.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Difference:
    """One figure or answer that differs. What is not there in a version is empty there."""

    table: str
    subject: str  # the organisation, or the row
    label: str
    before: str
    after: str


def differences(landed: Path, before: str, after: str) -> list[Difference]:
    """All differences between two landed receipts, sheet by sheet in the form's order.

    Raises FileNotFoundError where one of them is not landed (any more), and DamagedError where its rows are not as
    they were landed.
    """
    found: list[Difference] = []
    for version in (before, after):
        require_as_landed(landed / version)
    labels = _labels(landed / after)
    for table in tables():
        first, second = _rows(landed / before, table), _rows(landed / after, table)
        if table == "organisations":
            found += _of_organisations(first, second, labels)
        elif table in ("cover", "hub"):
            found += _of_one(table, "", first[0] if first else {}, second[0] if second else {}, labels)
        else:
            found += _of_rows(table, first, second, labels)
    return found


def _of_organisations(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]], labels: Mapping[tuple[str, str], str]
) -> Iterator[Difference]:
    pairs, only_first, only_second = _matched(first, second)
    for one, other in pairs:
        yield from _of_one("organisations", str(other["organisation_name"] or ""), one, other, labels)
    for row in only_second:
        yield Difference("organisations", str(row["organisation_name"] or ""), "Whole row", "", "added")
    for row in only_first:
        yield Difference("organisations", str(row["organisation_name"] or ""), "Whole row", "was there", "")


def _matched(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]
) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, Any]]], list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Rows of the same organisation, told by a number of a register and else by the name; and the rest of both."""
    left = dict(enumerate(first))
    pairs: dict[int, Mapping[str, Any]] = {}
    for key in (*_IDENTIFIERS, "organisation_name"):
        known: dict[str, list[int]] = {}
        for at, row in left.items():
            known.setdefault(plain(str(row[key] or "")), []).append(at)
        for at, row in enumerate(second):
            same = known.get(plain(str(row[key] or ""))) if row[key] and at not in pairs else None
            if same:
                pairs[at] = left.pop(same.pop(0))
    return (
        [(pairs[at], row) for at, row in enumerate(second) if at in pairs],
        list(left.values()),
        [row for at, row in enumerate(second) if at not in pairs],
    )


def _of_one(
    table: str,
    subject: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    labels: Mapping[tuple[str, str], str],
) -> Iterator[Difference]:
    for field in tables()[table].fields:
        if _meant(before, field) != _meant(after, field):
            label = labels.get((table, field), field)
            yield Difference(table, subject, label, _said(before, field), _said(after, field))


def _of_rows(
    table: str,
    first: Sequence[Mapping[str, Any]],
    second: Sequence[Mapping[str, Any]],
    labels: Mapping[tuple[str, str], str],
) -> Iterator[Difference]:
    """Rows without a name of their own: those that only one of the two has."""
    earlier, later = (
        Counter(_whole(table, row, labels) for row in first),
        Counter(_whole(table, row, labels) for row in second),
    )
    for words, times in (earlier - later).items():
        yield from [Difference(table, words, "Whole row", "was there", "")] * times
    for words, times in (later - earlier).items():
        yield from [Difference(table, words, "Whole row", "", "added")] * times


def _whole(table: str, row: Mapping[str, Any], labels: Mapping[tuple[str, str], str]) -> str:
    return "; ".join(
        f"{labels.get((table, field), field)}: {_said(row, field)}"
        for field in tables()[table].fields
        if _said(row, field)
    )


def _meant(row: Mapping[str, Any], field: str) -> tuple[Any, Any]:
    """What was understood: a blank and a question that was not asked are the same; "not known" is another answer."""
    missing = row.get(f"{field}_missing")
    return row.get(field), None if missing in ("blank", "not asked") else missing


def _said(row: Mapping[str, Any], field: str) -> str:
    value, missing = row.get(field), row.get(f"{field}_missing")
    if value is None:
        typed = row.get(f"{field}_typed")
        return str(typed or "") if missing not in ("blank", "not asked", None) else ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return value.strftime("%-d %B %Y") if hasattr(value, "strftime") else str(value)


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    file = folder / f"{table}.parquet"
    # What was landed before there was such a table has no file of it.
    rows = pq.read_table(file).slice(0, MOST_ROWS).to_pylist() if file.exists() else []
    return sorted(rows, key=lambda row: row["row_number"])


def _labels(folder: Path) -> Mapping[tuple[str, str], str]:
    landing = read_landing(folder)
    name = f"{landing.form}-{landing.form_version}"
    return form_labels(name) if name in form_names() else {}
