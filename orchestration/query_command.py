"""`returns query`: read-only SQL over the current release."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.home import open_home
from orchestration.options import HOME, JSON, Unusable


@click.command()
@click.argument("sql")
@HOME
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@JSON
@click.option("--to", type=click.Path(path_type=Path), help="Write it there: .csv, .json or .parquet.", metavar="FILE")
@click.option("--public", is_flag=True, help="Ask the public edition, in which small figures are hidden.")
def query(sql: str, home: Path, as_csv: bool, as_json: bool, to: Path | None, public: bool) -> None:
    """Run SQL over the current release. It can only read, and reads nothing but the release.

    \b
    returns query "select cluster_name, reporting_year, turnover_gbp from turnover_by_cluster"
    returns query "from turnover_by_cluster" --to turnover.parquet
    returns query "show tables" --public
    """
    import duckdb

    from orchestration.query import FORMS, run_query, write_query
    from orchestration.release import public_edition, whole_release
    from publishing.guard import QueryError

    if to and to.suffix.lower() not in FORMS:
        raise Unusable(f"{to.name} can be no table: name a file that ends in .csv, .json or .parquet.")
    release = whole_release(open_home(home, releases_only=True))
    release = public_edition(release) if public else release
    try:
        if to:
            click.echo(f"Wrote {write_query(release, sql, to):,} rows to {to}.")
        else:
            click.echo(run_query(release, sql, form="csv" if as_csv else "json" if as_json else "text"))
    except (duckdb.Error, QueryError) as error:
        raise Unusable(f"The query cannot be run: {' '.join(str(error).split())}") from error
