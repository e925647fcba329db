"""The sections on baselines: what every organisation starts from, as locked and as sent now."""

from __future__ import annotations

from collections.abc import Sequence

from reporting import words
from reporting.document import Block, DataTable, Heading, Paragraph, Source
from reporting.figures import Figures, Row

_MART = "baseline_by_cluster"
# Label, column and way of writing.
_Columns = Sequence[tuple[str, str, str]]
_COMES_FROM: _Columns = (
    ("Organisations", "organisations", "count"),
    ("Accounts before joining", "organisations_on_accounts_before_joining", "count"),
    ("Year that they stated", "organisations_on_stated_year", "count"),
    ("First accounts sent", "organisations_on_first_accounts", "count"),
    ("No baseline", "organisations_without_baseline", "count"),
    ("Baseline turnover", "baseline_turnover_gbp", "pounds"),
)
_EMPLOYEES: _Columns = (
    ("Organisations", "organisations_with_headcount", "count"),
    ("Employees", "baseline_headcount", "count"),
    ("Full-time equivalents", "baseline_fte", "decimal"),
    ("Employees, as sent now", "headcount_now_sent", "count"),
    ("Full-time equivalents, as sent now", "fte_now_sent", "decimal"),
)
_REVISED: _Columns = (
    ("Turnover, as locked", "baseline_turnover_gbp", "pounds"),
    ("Turnover, as sent now", "turnover_now_sent_gbp", "pounds"),
    ("Difference", "revision_gbp", "pounds"),
    ("Organisations that send another figure now", "revised_organisations", "count"),
    ("Organisations whose later return says another", "restated_organisations", "count"),
)


def baseline_section(figures: Figures, cluster_id: str | None) -> list[Block]:
    """How many organisations have a figure to start from, and from which year."""
    only = {"cluster_id": cluster_id} if cluster_id else {}
    rows = figures.mart(_MART, "cluster_name", **only)
    shown = [column for column in _COMES_FROM if figures.shows(_MART, column[1])]
    return [
        Heading("Baselines", 2),
        Paragraph(
            words.say(
                "baseline",
                "some missing" if any(row["organisations_without_baseline"] for row in rows) else "all",
                missing=words.count(words.total(row["organisations_without_baseline"] for row in rows)),
                organisations=words.count(words.total(row["organisations"] for row in rows)),
            )
        ),
        _table("baselines", "Where the baseline of turnover comes from", shown, rows),
    ]


def baseline_page(figures: Figures) -> list[Block]:
    """Everything on baselines: turnover, employees, and how far what is sent now differs from what was locked."""
    _, *turnover = baseline_section(figures, None)
    rows = figures.mart(_MART, "cluster_name")
    return [
        *turnover,
        Heading("Employees at the start"),
        _table("baselines-of-employees", "Employees at the start, by cluster", _EMPLOYEES, rows),
        Heading("What is sent otherwise now"),
        Paragraph(words.say("locked", "always")),
        _table("baselines-revised", "Baselines as locked and as sent now", _REVISED, rows),
    ]


def _table(name: str, caption: str, columns: _Columns, rows: Sequence[Row]) -> DataTable:
    return DataTable(
        name=name,
        caption=caption,
        columns=("Cluster", *(label for label, _, _ in columns)),
        rows=tuple(
            (row["cluster_name"], *(words.WRITE[write](row[column]) for _, column, write in columns)) for row in rows
        ),
        numeric=frozenset(label for label, _, _ in columns),
        sources=tuple(Source(_MART, column) for _, column, _ in columns),
    )
