"""The contract of landed rows: what every one of them must be, whichever form it came on.

Declared apart from the reader, from names and lists alone, so that the reader and the contract check one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pandera

_KEYS = ("receipt_id", "cluster_id", "reporting_year", "sheet", "row_number")
_MISSING_REASONS = [
    "blank",
    "not asked",
    "not known",
    "not applicable",
    "refused",
    "accounts not ready",
    "not understood",
]  # fmt: skip
_NUMBER_ENDINGS = (
    "_gbp", "_hours", "_fte", "_kwh", "_litres", "_m3", "_tonnes", "_headcount", "_disadvantaged",
)  # fmt: skip
_NUMBERS = {"form_version", "volunteers", "clients_supported", "new_products", "new_markets", "members", "people"}
_YES_OR_NO = {"unregistered", "fast_track"}
_HAS_A_REASON = " has a reason exactly where it has no value"
_EARLIEST, _LATEST = datetime(1900, 1, 1), datetime(2100, 12, 31)  # noqa: DTZ001 - days, without a clock
# What a field may say, where every form words it alike. Legal forms and sectors of older layouts are their own words.
_CODES = {
    "participant_class": ["social enterprise", "trading charity", "community business", "non-trading"],
    "response_status": ["answered", "not answering", "left", "closed", "merged"],
    "became": ["still trading", "nothing to report", "left", "closed", "merged", "will not answer"],
    "figures_from": ["accounts", "management accounts", "estimate"],
    "clients_basis": ["different people", "attendances"],
    "volunteer_hours_quality": ["recorded", "sampled", "estimated"],
    "outcome_type": [
        "employment", "training", "wellbeing", "isolation", "housing", "income and debt", "health", "environment",
        "other",
    ],
    "tool": ["WEMWBS", "Outcomes Star", "own survey", "other"],
    "intervention": [
        "business support", "growth programme", "market brokerage", "consortium", "innovation", "finance readiness",
        "peer learning",
    ],
    "scheme": ["Growth Accelerator", "Development Fund"],
    "outcome": ["accepted", "declined", "waiting"],
    "buyer_sector": ["public", "private", "third"],
    "kind": ["grant", "regional investment", "sponsorship", "in kind"],
    "status": ["applied", "secured", "received"],
    "building_block": [
        "development plan", "identity", "support", "hub", "market access", "strategic links", "monitoring",
    ],
    "progress": ["not started", "on track", "at risk", "late", "done"],
    "hub_type": ["physical", "virtual", "none yet"],
}  # fmt: skip
# Fields with the same name in two tables.
_CODES_OF_TABLE = {
    ("organisations", "stage"): ["starting up", "established", "growing"],
    ("brokerage", "stage"): ["introduced", "bid", "won", "lost"],
}
# Several codes in one value, "; " between.
_LISTS_OF_CODES = {
    "environment_themes": [
        "retrofit", "house building", "circular economy", "active travel", "nature", "energy generation", "other",
    ],
    "services": [
        "market opportunities", "innovation partners", "product development", "brokerage", "growth and finance",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class ContractFailure:
    """One value that breaks the contract. Row and receipt are None where the whole column does."""

    table: str
    column: str
    check: str
    receipt_id: str | None
    row_number: int | None
    value: object


def check_landed(table_name: str, rows: pa.Table) -> list[ContractFailure]:
    """Every way in which the rows of a landed table, of any number of receipts, break the contract.

    All failures are found, not the first only; an empty list means that the contract is kept.
    """
    import pandera.errors

    frame = rows.to_pandas(types_mapper=_pandas_type, date_as_object=False)
    try:
        _schema(table_name, frame.columns).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return sorted(
            _failures(table_name, frame, errors.failure_cases), key=lambda one: (str(one.receipt_id), one.column)
        )
    return []


def _schema(table_name: str, columns: pd.Index[str]) -> pandera.DataFrameSchema:
    import pandera.pandas as pandera

    check = pandera.Check
    described = {
        "receipt_id": pandera.Column(str, check.str_matches(r"^[0-9a-f]{64}$")),
        "cluster_id": pandera.Column(str, check.str_matches(r"^[a-z0-9]+(-[a-z0-9]+)*$")),
        "reporting_year": pandera.Column(
            str, [check.str_matches(r"^20[0-9]{2}-[0-9]{2}$"), check(_follow, name="years follow one another")]
        ),
        "sheet": pandera.Column(str, check.str_length(min_value=1)),
        "row_number": pandera.Column(int, check.gt(0), coerce=True),
    }
    fields = [name for name in columns if name not in _KEYS and not re.search("_(typed|missing)$", name)]
    for name in fields:
        described[name] = _field(table_name, name)
        described[f"{name}_typed"] = pandera.Column(str, nullable=True)
        described[f"{name}_missing"] = pandera.Column(str, check.isin(_MISSING_REASONS), nullable=True)
    return pandera.DataFrameSchema(
        described,
        checks=[_reason_exactly_where_no_value(name) for name in fields],
        unique=["receipt_id", "sheet", "row_number"],
        strict=True,
    )


def _field(table_name: str, name: str) -> pandera.Column:
    import pandera.pandas as pandera

    check = pandera.Check
    if name.endswith("_on"):
        a_day = check(lambda days: days.dtype.kind == "M", name="a column of days", error="a column of days")
        return pandera.Column(None, [a_day, check.in_range(_EARLIEST, _LATEST)], nullable=True)
    if name in _YES_OR_NO:
        return pandera.Column("boolean", nullable=True)
    if name in _NUMBERS or name.endswith(_NUMBER_ENDINGS):
        finite = check.in_range(float("-inf"), float("inf"), include_min=False, include_max=False)
        return pandera.Column(float, finite, nullable=True)
    codes = _CODES_OF_TABLE.get((table_name, name), _CODES.get(name))
    if codes:
        return pandera.Column(str, check.isin(codes), nullable=True)
    if name in _LISTS_OF_CODES:
        one = "|".join(re.escape(code) for code in _LISTS_OF_CODES[name])
        return pandera.Column(str, check.str_matches(f"^(?:{one})(?:; (?:{one}))*$"), nullable=True)
    return pandera.Column(str, nullable=True)


def _follow(years: pd.Series[str]) -> pd.Series[bool]:
    """Whether the second year of a text such as 2025-26 comes after the first."""
    import pandas as pd

    first = pd.to_numeric(years.str.slice(2, 4), errors="coerce")
    return (first + 1) % 100 == pd.to_numeric(years.str.slice(5, 7), errors="coerce")


def _reason_exactly_where_no_value(name: str) -> pandera.Check:
    import pandera.pandas as pandera

    return pandera.Check(
        lambda frame: frame[name].isna() == frame[f"{name}_missing"].notna(),
        name=f"{name}{_HAS_A_REASON}",
        error=f"{name}{_HAS_A_REASON}",
    )


def _pandas_type(kind: pa.DataType) -> Any:
    import pandas as pd

    return pd.BooleanDtype() if pa.types.is_boolean(kind) else None


def _failures(table_name: str, frame: pd.DataFrame, cases: pd.DataFrame) -> Iterator[ContractFailure]:
    """One failure for each row and check that failed."""
    seen: set[tuple[str, object]] = set()
    for case in cases.to_dict("records"):
        words, place = str(case["check"]), case["index"]
        if (words, place) in seen:
            continue
        seen.add((words, place))
        row = frame.loc[place] if place in frame.index else None
        column = words.removesuffix(_HAS_A_REASON) if words.endswith(_HAS_A_REASON) else str(case["column"])
        yield ContractFailure(
            table=table_name,
            column=column,
            check=words,
            receipt_id=None if row is None else str(row["receipt_id"]),
            row_number=None if row is None else int(row["row_number"]),
            value=case["failure_case"] if row is None or column not in frame else row[column],
        )
