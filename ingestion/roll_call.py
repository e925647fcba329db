"""The roll call of a return: what became of each organisation is said once, before any figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from ingestion.columns import ParsedColumn
from ingestion.values import plain

# What the sheet of organisations calls the same.
_STATUS = {
    "still trading": "answered",
    "nothing to report": "answered",
    "will not answer": "not answering",
    "left": "left",
    "closed": "closed",
    "merged": "merged",
}
_NOTHING = "nothing to report"


def roll_call(columns: Mapping[str, ParsedColumn]) -> Mapping[str, str]:
    """What became of each organisation, by its plain name, from the columns of the sheet."""
    names, became = columns["organisation"].values.to_pylist(), columns["became"].values.to_pylist()
    return {plain(name): answer for name, answer in zip(names, became, strict=True) if name and answer}


def with_roll_call(columns: Mapping[str, ParsedColumn], called: Mapping[str, str]) -> dict[str, ParsedColumn]:
    """The columns of organisations with the answer of the roll call in `response_status`.

    Of an organisation that has nothing to report every blank means that the question does not apply.
    """
    names = columns["organisation_name"].values.to_pylist()
    became = [called.get(plain(name)) if name else None for name in names]
    status = columns["response_status"]
    filled = {
        "response_status": replace(
            status,
            values=pa.array([_STATUS.get(answer or "") for answer in became], pa.string()),
            typed=pa.array(became, pa.string()),
            missing=pa.array(
                [None if answer else why for answer, why in zip(became, status.missing.to_pylist(), strict=True)],
                pa.string(),
            ),
        )
    }
    nothing = [answer == _NOTHING for answer in became]
    if any(nothing):
        for name, column in columns.items():
            if name != "response_status":
                filled[name] = replace(column, missing=_not_applicable(column.missing, nothing))
    return {**columns, **filled}


def _not_applicable(missing: pa.Array, nothing: list[bool]) -> pa.Array:
    answers = [
        "not applicable" if none and why == "blank" else why
        for why, none in zip(missing.to_pylist(), nothing, strict=True)
    ]
    return pa.array(answers, pa.string())
