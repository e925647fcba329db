"""The data dictionary of an edition: as JSON for programs, as a page for people, and as CSVW beside the CSV files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from publishing.tables import MARKER, Table
from publishing.totals import split

_CSVW_TYPES = {
    "VARCHAR": "string",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "DOUBLE": "double",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "TIMESTAMP": "dateTime",
    "TIMESTAMP WITH TIME ZONE": "dateTimeStamp",
}
# The end of a column's name says its unit.
_UNITS = {
    "_gbp": "pounds",
    "_hours": "hours",
    "_fte": "full-time equivalents",
    "_kwh": "kWh",
    "_litres": "litres",
    "_m3": "cubic metres",
    "_tonnes": "tonnes",
    "_ratio": "ratio, 0.15 is 15%",
    "_share": "share, 0.15 is 15%",
    "_on": "date",
    "_months": "months",
}
PAGE_STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;color:#0b0c0c}
table{border-collapse:collapse;width:100%;margin:0 0 2rem}caption,th,td{text-align:left;vertical-align:top}
caption{padding:.25rem 0}th,td{border-bottom:1px solid #b1b4b6;padding:.25rem .75rem .25rem 0}
code{overflow-wrap:anywhere}a{color:#1d70b8}"""


def write_dictionary(folder: Path, tables: Sequence[Table], *, title: str, notes: Iterable[str] = ()) -> None:
    """Write `data-dictionary.json`, `data-dictionary.html` and `csv/csv-metadata.json` into the folder of an edition.

    They say nothing of when they were made: the same tables give the same bytes.
    """
    described = {"title": title, "notes": list(notes), "marts": [_mart(table) for table in tables]}
    _write_json(folder / "data-dictionary.json", described)
    (folder / "data-dictionary.html").write_text(_page(described), encoding="utf-8")
    metadata = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "tables": [_csvw(t) for t in tables]}
    _write_json(folder / "csv" / "csv-metadata.json", metadata)


def unit_of(column: str) -> str | None:
    """The unit that the name of a column tells, or None: then its description says what is counted."""
    part = split(column)  # a part of a total has the unit of the total
    whole = part[0] if part else column
    return next((unit for ending, unit in _UNITS.items() if whole.endswith(ending)), None)


def _mart(table: Table) -> dict[str, Any]:
    means = {column.name: column.means for column in table.mart.columns}
    return {
        "mart": table.mart.name,
        "description": table.mart.means,
        "rows": table.rows,
        "columns": [
            {"column": column, "type": kind, "unit": unit_of(column), "description": means.get(column, "")}
            for column, kind in table.types.items()
        ],
    }


def _csvw(table: Table) -> dict[str, Any]:
    means = {column.name: column.means for column in table.mart.columns}
    columns = []
    about: dict[str, Any]
    for column, kind in table.types.items():
        if column.endswith(MARKER):
            continue
        datatype = _CSVW_TYPES.get(kind, "string")
        about = {
            "name": column,
            "titles": column,
            "datatype": datatype,
            "dc:description": means.get(column, ""),
        }
        unit = unit_of(column)
        if column + MARKER in table.types:
            about["null"] = ["", "[c]"]
        columns.append(about | ({"schema:unitText": unit} if unit else {}))
    return {
        "url": table.csv.removeprefix("csv/") if table.csv.startswith("csv/") else f"../{table.csv}",
        "dc:description": table.mart.means,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ","},
        "tableSchema": {"columns": columns},
    }


def _page(described: Mapping[str, Any]) -> str:
    contents = "".join(
        f'<li><a href="#{mart["mart"]}">{mart["mart"]}</a>: {escape(mart["description"])}</li>\n'
        for mart in described["marts"]
    )
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in described["notes"])
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(described['title'])}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(described['title'])}</h1>\n{notes}"
        f'<nav aria-label="Marts">\n<h2>Marts</h2>\n<ul>\n{contents}</ul>\n</nav>\n'
        f"{''.join(_section(mart) for mart in described['marts'])}</main>\n</body>\n</html>\n"
    )


def _section(mart: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><code>{column["column"]}</code></th><td>{column["type"].lower()}</td>'
        f"<td>{escape(column['unit'] or '')}</td><td>{escape(column['description'])}</td></tr>\n"
        for column in mart["columns"]
    )
    return (
        f'<section>\n<h2 id="{mart["mart"]}">{mart["mart"]}</h2>\n<table>\n'
        f"<caption>{escape(mart['description'])} {mart['rows']:,} rows.</caption>\n"
        '<thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Unit</th>'
        f'<th scope="col">Meaning</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</section>\n'
    )


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
