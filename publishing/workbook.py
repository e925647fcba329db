"""The public tables as one workbook that a screen reader can follow: cover, contents, notes, one table a sheet.

It keeps to the guidance of the UK Government Analysis Function on releasing statistics in spreadsheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from publishing.dictionary import unit_of
from publishing.tables import MARKER, Table
from publishing.totals import split

if TYPE_CHECKING:
    import pandas as pd

# The shorthand for a figure that is not there: not available.
NOT_KNOWN = "[x]"


def write_workbook(database: Path, file: Path, tables: Sequence[Table], *, about: str, notes: Sequence[str]) -> None:
    """Write the tables of an edition as an Excel workbook. `about` says whose figures they are and as of when."""
    import gptables as gpt
    import pandas as pd

    references = [f"note {number}" for number in range(1, len(notes) + 1)]
    see = "".join(f"$${reference}$$" for reference in references)
    sheets = {}
    with duckdb.connect(str(database), read_only=True) as marts:
        for number, table in enumerate(tables, start=1):
            if not table.rows:
                continue
            sheets[f"Table {number}"] = gpt.GPTable(
                table=_readable(marts, table),
                table_name=table.mart.name,
                title=f"Table {number}: {title_of(table.mart.name)}",
                subtitles=[table.mart.means + see],
                instructions="This worksheet contains one table.",
                legend=["[c] hidden to protect confidentiality", f"{NOT_KNOWN} not known"],
                source=about,
                index_columns={},
            )
    gpt.write_workbook(
        filename=str(file),
        sheets=sheets,
        cover=gpt.Cover(
            title="Social economy clusters: figures for the public",
            intro=["Information", about],
            about=["How to read the tables", *notes],
        ),
        notes_table=pd.DataFrame({"Note reference": references, "Note text": list(notes)}),
        contentsheet_options={"additional_elements": ["subtitles"]},
        auto_width=True,
        # A text stays a text, whatever it begins with.
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )


def title_of(mart: str) -> str:
    """The name of a mart in words: `turnover_by_cluster` is `Turnover by cluster`."""
    return mart.replace("_", " ").capitalize()


def heading_of(column: str) -> str:
    """The name of a column in words, with its unit: `turnover_gbp` is `Turnover (pounds)`.

    A part of a total is named last: `turnover_accepted_gbp` is `Turnover, accepted (pounds)`.
    """
    column, of_total = split(column) or (column, "")
    unit = unit_of(column)
    told = unit.split(",")[0] if unit else None
    words = column.removesuffix("_gbp").removesuffix("_kwh").replace("_", " ").replace("tco2e", "tCO2e")
    upper = words if words.startswith("tCO2e") else words[:1].upper() + words[1:]
    upper += f", {of_total}" if of_total else ""
    return upper + (f" ({told})" if told and told not in words and told != "date" else "")


def _readable(marts: duckdb.DuckDBPyConnection, table: Table) -> pd.DataFrame:
    """The rows with no empty cell: a figure, a word, [c] or [x]."""
    import pandas as pd

    shown = [column for column in table.types if not column.endswith(MARKER)]
    found = marts.execute(f"select * from {table.mart.name} order by all")
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    cells = [[_cell(row[column], row.get(column + MARKER)) for column in shown] for row in rows]
    return pd.DataFrame(cells, columns=[heading_of(column) for column in shown], dtype=object)


def _cell(value: Any, marker: str | None) -> Any:
    if value is None:
        return marker or NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, int | float | str) else value.isoformat()
