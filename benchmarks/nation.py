"""All rules, alerts and marts on a nation of organisations, against the same SQL bare in DuckDB. `make bench-nation`.

200,000 organisations of 4,000 clusters over ten years are written as landed Parquet, 2 million organisation-years. dbt
builds them; then DuckDB runs the very SQL that dbt compiled, table by table, with nothing around it. The figures are
the ratio of the two, and the most memory that this process ever held.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.programme import Programme
from ingestion.tables import FINDINGS_SCHEMA, PLACES_SCHEMA, tables
from orchestration.arrivals import one_arrival_each
from orchestration.dbt_build import build
from orchestration.operations import no_operations
from orchestration.text_table import table
from orchestration.warehouse import RECEIPTS_SCHEMA, load_warehouse

_YEARS = tuple(range(2016, 2026))
_IN_A_CLUSTER = 50
AS_OF = date(2026, 11, 24)
_MOST_RATIO = 1.5
_MOST_MB = 4096


def lay_nation(folder: Path, database: Path, organisation_years: int) -> None:
    """Landed Parquet of that many organisation-years below the folder, and a database that reads it."""
    organisations = organisation_years // len(_YEARS)
    clusters = clusters_of(organisation_years)
    landed = folder / "nation"
    landed.mkdir(parents=True)
    for name, described in tables().items():
        pq.write_table(described.schema.empty_table(), landed / f"{name}.parquet")
    _write_organisations(landed / "organisations.parquet", organisations)
    _write_covers(landed / "cover.parquet", len(clusters))
    pq.write_table(FINDINGS_SCHEMA.empty_table(), landed / "findings.parquet")
    pq.write_table(PLACES_SCHEMA.empty_table(), landed / "places.parquet")
    receipts = _receipts(clusters, organisations)
    with duckdb.connect(str(database)) as connection:
        load_warehouse(
            connection,
            landed=[folder],
            receipts=receipts,
            arrivals=one_arrival_each(receipts),
            labels={},
            register=folder / "register",
            programme=programme_of(clusters),
            operations=no_operations(),
        )


def _write_organisations(file: Path, organisations: int) -> None:
    """Incomes that grow by a few percent a year, with one slip of a thousand among five hundred, and some silence."""
    schema = tables()["organisations"].schema
    made = {
        "receipt_id": "printf('%05d-%d', organisation // 50, year)",
        "cluster_id": "printf('cluster-%05d', organisation // 50)",
        "reporting_year": "printf('%d-%02d', year, (year + 1) % 100)",
        "sheet": "'Organisations'",
        "row_number": "organisation % 50 + 6",
        "organisation_name": "'Organisation ' || organisation",
        "charity_number": "cast(200000 + organisation as varchar)",
        # ten organisations share a postcode
        "postcode": "printf('B%d %dA', organisation // 1000 + 1, organisation // 100 % 10)"
        " || chr(cast(65 + organisation // 10 % 10 as integer))",
        "sectors": "(['education', 'health', 'culture', 'environment', 'other'])[organisation % 5 + 1]",
        "participant_class": "'social enterprise'",
        "response_status": "case when drawn % 23 = 0 then 'not answering' else 'answered' end",
        "period_starts_on": "make_date(year, 4, 1)",
        "period_ends_on": "make_date(year + 1, 3, 31)",
        "total_income_gbp": "income",
        "traded_income_gbp": "round(income * 0.7)",
        "grants_and_donations_gbp": "income - round(income * 0.7)",
        "other_income_gbp": "case when income is not null then 0 end",
        "total_expenditure_gbp": "round(income * 0.97)",
        "employees_headcount": "case when income is not null then ceil(income / 40000) end",
        "employees_fte": "case when income is not null then round(income / 45000, 1) end",
        "volunteers": "case when income is not null then drawn % 20 + 1 end",
        "volunteer_hours": "case when income is not null then (drawn % 20 + 1) * 60 end",
        "clients_supported": "case when income is not null then drawn % 400 end",
        "electricity_kwh": "case when income is not null then drawn % 9000 end",
    }
    columns = ", ".join(
        f"cast({made.get(field.name, 'null')} as {_duckdb_type(field)}) as {field.name}" for field in schema
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select {columns}
                from (
                    select *,
                        case when drawn % 23 = 0 then null else round(
                            base * pow(1.04, year - {_YEARS[0]}) * (0.9 + (drawn % 1000) / 5000.0)
                            / case when drawn % 500 = 7 then 1000 else 1 end
                        ) end as income
                    from (
                        select organisation, year, hash(organisation * 31 + year) % 1000003 as drawn,
                            20000 + hash(organisation) % 400000 as base
                        from range({organisations}) as o (organisation)
                        cross join range({_YEARS[0]}, {_YEARS[-1] + 1}) as y (year)
                    )
                )
            ) to '{file}' (format parquet)
            """
        )


def _duckdb_type(field: pa.Field) -> str:
    kinds = {pa.float64(): "double", pa.date32(): "date", pa.bool_(): "boolean", pa.int32(): "integer"}
    return kinds.get(field.type, "bigint" if field.type == pa.int64() else "varchar")


def _write_covers(file: Path, clusters: int) -> None:
    schema = tables()["cover"].schema
    made = {
        "receipt_id": "printf('%05d-%d', cluster, year)",
        "cluster_id": "printf('cluster-%05d', cluster)",
        "reporting_year": "printf('%d-%02d', year, (year + 1) % 100)",
        "sheet": "'Cover'",
        "row_number": "6",
        "signed_off_by_role": "'Chair'",
        "signed_off_on": "make_date(year + 1, 6, 1)",
    }
    columns = ", ".join(
        f"cast({made.get(field.name, 'null')} as {_duckdb_type(field)}) as {field.name}" for field in schema
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select {columns}
                from range({clusters}) as c (cluster), range({_YEARS[0]}, {_YEARS[-1] + 1}) as y (year)
            ) to '{file}' (format parquet)
            """
        )


def _receipts(clusters: Sequence[str], organisations: int) -> pa.Table:
    with duckdb.connect() as connection:
        return (
            connection.execute(
                f"""
            select
                printf('%05d-%d', cluster, year) as receipt_id,
                printf('cluster-%05d %d.xlsx', cluster, year) as file_name,
                1 as size_bytes,
                cast(make_date(year + 1, 6, 1) as timestamp) at time zone 'UTC' as arrived_at,
                cast(make_date(year + 1, 6, 1) as timestamp) at time zone 'UTC' as received_at,
                'landed' as status,
                null as refusal_rule,
                null as refusal_message,
                null as refusal_ask,
                'west-midlands-return' as form,
                1 as form_version,
                printf('cluster-%05d', cluster) as cluster_id,
                printf('%d-%02d', year, (year + 1) % 100) as reporting_year,
                least({_IN_A_CLUSTER}, {organisations} - cluster * {_IN_A_CLUSTER}) as organisation_rows
            from range({len(clusters)}) as c (cluster), range({_YEARS[0]}, {_YEARS[-1] + 1}) as y (year)
            """
            )
            .to_arrow_table()
            .select(RECEIPTS_SCHEMA.names)
            .cast(RECEIPTS_SCHEMA)
        )


def clusters_of(organisation_years: int) -> list[str]:
    """The ids of the clusters of a nation."""
    return [f"cluster-{number:05d}" for number in range(-(-organisation_years // len(_YEARS) // _IN_A_CLUSTER))]


def programme_of(clusters: Sequence[str]) -> Programme:
    """A programme with these clusters and ten years."""
    one = {
        "also_named": "",
        "local_authority": "Nowhere",
        "local_authority_code": "E00",
        "lead_agency": "",
        "ended_on": "",
    }
    return Programme(
        folder=Path("nation"),
        name="nation",
        title="A nation",
        forms=(),
        ask_whom="the team",
        clusters=tuple(
            {"cluster_id": name, "cluster_name": name, "started_on": "2016-04-01", "funding_type": "none", **one}
            for name in clusters
        ),
        reporting_years=tuple(
            {
                "reporting_year": f"{year}-{(year + 1) % 100:02d}",
                "opens_on": f"{year + 1}-04-01",
                "due_on": f"{year + 1}-07-31",
            }
            for year in _YEARS
        ),
        targets=(
            {"target": "organisation_turnover_growth", "value": "0.15", "unit": "ratio a year", "source": "bench"},
            {"target": "region_turnover_growth", "value": "0.0718", "unit": "ratio a year", "source": "bench"},
            {"target": "region_turnover_start", "value": "3500000000", "unit": "GBP", "source": "bench"},
            {"target": "region_start_year", "value": "2019", "unit": "year", "source": "bench"},
        ),
        grant_schedule=({"cluster_year": "1", "grant_gbp": "1", "coordination_share": "0.2", "source": "bench"},),
        thresholds={},
    )


def compiled(target: Path) -> Iterator[tuple[str, str]]:
    """The statements that make every seed-fed table again, in an order in which each finds what it needs."""
    manifest: Mapping[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    for result in results:
        node = manifest["nodes"].get(result["unique_id"])
        if node is None or node["resource_type"] != "model":
            continue
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        yield node["name"], f"create or replace {kind} {node['schema']}.{node['name']} as ({result['compiled_code']})"


def run_bare(database: Path, statements: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
    """Run the statements in DuckDB alone; the seconds of each."""
    took = []
    with duckdb.connect(str(database), config={"threads": 2, "memory_limit": "3GB"}) as connection:
        for name, sql in statements:
            began = time.perf_counter()
            connection.execute(sql)
            took.append((name, time.perf_counter() - began))
    return took


def measure(organisation_years: int, select: str | None, slowest: int) -> dict[str, Any]:
    """Lay, build and run bare; what the results list of the benchmarks wants to know."""
    with tempfile.TemporaryDirectory(prefix="returns-nation-") as scratch:
        folder, database = Path(scratch), Path(scratch) / "warehouse.duckdb"
        lay_nation(folder, database, organisation_years)
        clusters = clusters_of(organisation_years)
        bare_database = folder / "bare" / "warehouse.duckdb"
        bare_database.parent.mkdir()
        shutil.copy(database, bare_database)
        began = time.perf_counter()
        outcome = build(
            database, folder / "target", as_of=AS_OF, programme=programme_of(clusters), select=select, with_tests=False
        )
        built = time.perf_counter() - began
        if not outcome.succeeded:
            raise click.ClickException("; ".join(outcome.failures)[:2000])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with duckdb.connect(str(bare_database)) as connection:
            connection.execute(f"attach '{database}' as done (read_only)")
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'done'"
                " and schema_name = 'reference'"
            ).fetchall():
                connection.execute(f"create schema if not exists {schema}")
                connection.execute(f"create table {schema}.{name} as from done.{schema}.{name}")
            for schema in ("staging", "intermediate", "alerts", "marts"):
                connection.execute(f"create schema if not exists {schema}")
        database.unlink()
        took = run_bare(bare_database, list(compiled(folder / "target")))
    bare = sum(seconds for _, seconds in took)
    for name, seconds in sorted(took, key=lambda one: -one[1])[:slowest]:
        click.echo(f"  {name}: {seconds:.1f} s", err=True)
    return {
        "name": "nation_vs_bare_sql",
        "ratio": round(built / bare, 2),
        "seconds": round(built, 1),
        "bare_seconds": round(bare, 1),
        "peak_mb": round(peak),
        "n": organisation_years,
    }


@click.command()
@click.option("--rows", "sizes", type=int, multiple=True, default=(100_000, 2_000_000), help="Organisation-years.")
@click.option("--select", help="Only these models, as dbt selects them, such as +int_alerts.")
@click.option("--slowest", type=int, default=8, show_default=True, help="How many of the slowest models to name.")
def main(sizes: tuple[int, ...], select: str | None, slowest: int) -> None:
    """Print how long the build takes, how long its SQL alone, and how much memory it holds."""
    measured = [measure(size, select, slowest) for size in sorted(sizes)]
    heads = ("Organisation-years", "Build s", "Bare SQL s", "Ratio", "Peak MB")
    rows = [
        (f"{one['n']:,}", one["seconds"], one["bare_seconds"], one["ratio"], f"{one['peak_mb']:,}") for one in measured
    ]
    click.echo("\n".join(table(heads, rows)))
    worst = measured[-1]
    if worst["ratio"] > _MOST_RATIO or worst["peak_mb"] > _MOST_MB:
        click.echo(f"Not good enough: at most {_MOST_RATIO} times and {_MOST_MB:,} MB.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
