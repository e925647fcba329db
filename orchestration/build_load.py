"""Load what a build stands on: landed rows, receipts, register, programme and decisions, without what is set aside."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb

from ingestion.forms import form_labels
from ingestion.programme import Programme
from orchestration.arrivals import arrivals_table
from orchestration.home import Home
from orchestration.operations import read_operations
from orchestration.receipts import landed_folders, receipts_table
from orchestration.warehouse import load_warehouse


def load_build(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    programme: Programme,
    *,
    today: date,
    left_out: Mapping[str, str],
    links: Path,
) -> None:
    """Make the schemas on which the dbt models stand, in an empty build database.

    `today` is the day by the clock; `left_out` are the receipts that are set aside, with the reason; `links` is where
    the other landed sets are linked when there are such receipts.
    """
    load_warehouse(
        connection,
        landed=[landed_without(home, left_out, links)],
        receipts=receipts_table(home, left_out),
        arrivals=arrivals_table(home),
        labels=form_labels(programme.forms[0]),
        register=home.register,
        programme=programme,
        operations=read_operations(home, programme, today=today),
    )


def landed_without(home: Home, left_out: Mapping[str, str], links: Path) -> Path:
    """The folder with the landed rows of all receipts but some: the home's own, or one of links to what is in it.

    So a file that cannot be read is not even opened, and no statement names every receipt.
    """
    if not any((home.landed / receipt).is_dir() for receipt in left_out):
        return home.landed
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir(parents=True)
    for folder in landed_folders(home):
        if folder.name not in left_out:
            (links / folder.name).symlink_to(folder, target_is_directory=True)
    return links
