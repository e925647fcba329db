"""`returns query`: read-only SQL over the current release."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.described import command
from orchestration.home import open_home
from orchestration.options import HOME, PLACE, answer, new_file, show
from workspace.errors import WrongCallError


@command(
    examples=[
        'returns query "select cluster_name, reporting_year, turnover_accepted_gbp from turnover_by_cluster"',
        'returns query "from turnover_by_cluster" --to turnover.parquet',
        'returns query "show tables" --public',
    ]
)
@click.argument("sql")
@HOME
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--to", type=PLACE, help="Write it there: .csv, .json or .parquet.", metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Write over a file that is there.")
@click.option("--public", is_flag=True, help="Ask the public edition, in which small figures are hidden.")
def query(sql: str, home: Path, as_csv: bool, as_json: bool, to: Path | None, overwrite: bool, public: bool) -> None:
    """Run SQL over the current release. It can only read, and reads nothing but the release."""
    import duckdb

    from orchestration.query import FORMS, run_query, why_not, write_query
    from orchestration.release import public_edition, whole_release
    from publishing.guard import QueryError

    if as_csv and as_json:
        raise WrongCallError("--csv and --json cannot both be printed.", "Choose one.")
    if to:
        new_file(to, tuple(FORMS), overwrite=overwrite)
    release = whole_release(open_home(home, releases_only=True))
    release = public_edition(release) if public else release
    try:
        if to:
            rows = write_query(release, sql, to)
            show(as_json, {"rows": rows, "file": str(to)}, f"Wrote {rows:,} rows to {to}.")
        else:
            answer(run_query(release, sql, form="csv" if as_csv else "json" if as_json else "text"))
    except (duckdb.Error, QueryError) as error:
        raise why_not(release, error, home=home) from error
