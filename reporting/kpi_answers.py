"""What the figures of a KPI rest on: answers, what is held back or estimated, and each cluster's quality rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting import words
from reporting.document import Block, DataTable, Heading, Paragraph, Source
from reporting.figures import Row

_COUNTED = (
    ("Due", "answers_due"),
    ("Answered", "answers_received"),
    ("Held back", "answers_held_back"),
)
# Of the whole mart, so that it is told only where a figure of the KPI itself may be estimated.
_ESTIMATED = ("Estimated", "answers_imputed")


def answers_section(mart: str, estimates: Sequence[Mapping[str, Any]], rows: Sequence[Row], year: str) -> list[Block]:
    """The rows of one year of a KPI's mart by cluster; `estimates` names the columns with sums of its estimates."""
    heading = Heading("What the figures rest on")
    if not rows:
        return [heading, Paragraph(words.say("answers", "none"))]
    counted = (*_COUNTED, _ESTIMATED) if estimates else _COUNTED
    number = {column: words.count(words.total(row[column] for row in rows)) for _, column in counted}
    said = (
        words.say(
            "answers",
            "some",
            clusters=words.count(len(rows)),
            due=number["answers_due"],
            received=number["answers_received"],
            held_back=number["answers_held_back"],
        ),
        words.say("estimated", "some" if estimates else "never", imputed=number.get("answers_imputed")),
    )
    columns: tuple[tuple[str, str, str], ...] = (
        *((label, column, "count") for label, column in counted),
        *((one["label"], one["column"], one["words"]) for one in estimates),
        ("Turnover that answered", "answered_turnover_share", "percent"),
        ("Open alerts", "alerts_open", "count"),
    )
    return [
        heading,
        Paragraph(" ".join(said), tuple(Source(mart, column) for _, column in counted)),
        Paragraph(quality_said("these figures", rows), (Source(mart, "quality_reason"),)),
        DataTable(
            name="rests-on",
            caption=f"Answers, estimates and open questions, {year}",
            columns=("Cluster", *(label for label, _, _ in columns), "Quality rating"),
            rows=tuple(
                (
                    row["cluster_name"],
                    *(words.WRITE[write](row[column]) for _, column, write in columns),
                    row["quality_rating"] or words.NOT_KNOWN,
                )
                for row in rows
            ),
            numeric=frozenset(label for label, _, _ in columns),
            sources=(*(Source(mart, column) for _, column, _ in columns), Source(mart, "quality_rating")),
        ),
    ]


def quality_said(what: str, rows: Sequence[Row]) -> str:
    """The sentence on the quality rating of something in the clusters of one year, and why."""
    levels: dict[str, list[str]] = {}
    for row in rows:
        level = row["quality_rating"] or words.NOT_KNOWN
        levels.setdefault(f"{level} for {{}}, since {row['quality_reason']}", []).append(str(row["cluster_name"]))
    told = "; ".join(level.format(words.listed(names)) for level, names in levels.items())
    return words.say("quality rating", "same" if len(levels) == 1 else "by cluster", what=what, levels=told)
