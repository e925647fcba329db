"""The public edition: the marts that may be shown to anyone, with the cells hidden that would tell of someone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publishing.declaration import Declaration, read_declaration
from publishing.dictionary import write_dictionary
from publishing.disclosure import cells_to_hide
from publishing.marts import Column, Mart
from publishing.suppress import Cell
from publishing.tables import MARKER, Table, quoted, write_tables
from publishing.workbook import write_workbook

HIDDEN = "[c]"
WORKBOOK = "tables.xlsx"
TITLE = "Data dictionary of the public edition"


def notes(declaration: Declaration) -> tuple[str, ...]:
    """What a reader of the public edition must know, one paragraph each."""
    return (
        f"{HIDDEN} stands for a figure that is hidden to protect confidentiality. An empty cell is a figure that is "
        "not known.",
        f"Counts of people from 1 to {declaration.least_people - 1} are hidden. Pounds, hours, energy and carbon are "
        f"hidden where fewer than {declaration.least_organisations} organisations contribute, where one makes more "
        f"than {declaration.most_share_of_one:.0%}, or two more than {declaration.most_share_of_two:.0%}.",
        "More figures are hidden so that none of these can be worked out from totals.",
        "Figures of single organisations, free text, alerts and decisions are not in this edition.",
    )


def write_public(internal: Path, folder: Path, marts: Sequence[Mart], *, about: str) -> tuple[Table, ...]:
    """Write the public edition into a new folder, from the database of the internal one.

    `about` says on the cover of the workbook which release it is.

    In the database and in Parquet a hidden cell is empty and its marker, in the column `<column>_marker`, is `[c]`; in
    CSV the cell itself is `[c]`.
    """
    declaration = read_declaration()
    shown = [mart for mart in marts if mart.name in declaration.marts]
    public = [_public_mart(mart, declaration) for mart in shown]
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(internal)}' as internal (read_only)")
        connection.execute("use internal")
        hidden = cells_to_hide(connection, declaration, [mart.name for mart in shown])
        connection.execute("use memory")
        for mart in public:
            _make_table(connection, mart, declaration, [cell for cell in hidden if cell[0] == mart.name])
        tables = write_tables(connection, "memory.main", folder, public)
    write_dictionary(folder, tables, title=TITLE, notes=notes(declaration))
    if tables:
        told = notes(declaration)
        write_workbook(folder / "marts.duckdb", folder / WORKBOOK, tables, about=about, notes=told)
    return tables


def _public_mart(mart: Mart, declaration: Declaration) -> Mart:
    declared = declaration.marts[mart.name]
    columns = []
    for column in mart.columns:
        if declared.shows(column.name):
            columns.append(column)
        if declared.may_hide(column.name):
            columns.append(Column(column.name + MARKER, f"{HIDDEN} where {column.name} is hidden."))
    return Mart(mart.name, mart.means, tuple(columns))


def _make_table(
    connection: duckdb.DuckDBPyConnection, mart: Mart, declaration: Declaration, hidden: Sequence[Cell]
) -> None:
    declared = declaration.marts[mart.name]
    columns = ", ".join(
        f'cast(null as varchar) as "{column.name}"' if column.name.endswith(MARKER) else f'"{column.name}"'
        for column in mart.columns
    )
    connection.execute(f"create table memory.main.{mart.name} as select {columns} from internal.main.{mart.name}")
    row = " and ".join(f'cast("{key}" as varchar) = ?' for key in declared.keys)
    for _, keys, column in hidden:
        connection.execute(
            f"""update memory.main.{mart.name} set "{column}" = null, "{column}{MARKER}" = '{HIDDEN}' where {row}""",
            list(keys),
        )
