"""A small landed set, made by hand: one cluster and the returns that a test sends for it; dbt runs in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.programme import Programme
from ingestion.tables import FINDINGS_SCHEMA, PLACES_SCHEMA, tables
from orchestration.arrivals import one_arrival_each
from orchestration.operations import no_operations
from orchestration.warehouse import RECEIPTS_SCHEMA, load_warehouse

AS_OF = date(2026, 11, 23)
CLUSTER = "walsall"
Thresholds = Mapping[str, Mapping[str, float]]
SHEETS = {
    "cover": "Cover",
    "organisations": "Organisations",
    "outcomes": "Outcomes",
    "support": "Support",
    "referrals": "Referrals",
    "brokerage": "Brokerage",
    "funding": "Funding",
    "action_plan": "ActionPlan",
    "hub": "Hub",
}

PROGRAMME = Programme(
    folder=Path("small"),
    name="small",
    title="A small programme",
    forms=(),
    ask_whom="the team",
    clusters=(
        {
            "cluster_id": CLUSTER,
            "cluster_name": "Walsall",
            "also_named": "",
            "local_authority": "Walsall",
            "local_authority_code": "E08000030",
            "lead_agency": "A lead agency",
            "started_on": "2023-04-01",
            "ended_on": "",
            "funding_type": "pump-primed",
        },
    ),
    reporting_years=tuple(
        {"reporting_year": f"{year}-{year - 1999}", "opens_on": f"{year + 1}-04-01", "due_on": f"{year + 1}-07-31"}
        for year in (2022, 2023, 2024, 2025, 2026)
    ),
    targets=(
        {"target": "organisation_turnover_growth", "value": "0.15", "unit": "ratio a year", "source": "test"},
        {"target": "supported_organisations", "value": "50", "unit": "organisations per cluster", "source": "test"},
        {"target": "growth_accelerator_referrals", "value": "3", "unit": "organisations", "source": "test"},
        {"target": "development_fund_referrals", "value": "2", "unit": "organisations", "source": "test"},
        {"target": "brokerage_value", "value": "1000000", "unit": "GBP for the programme", "source": "test"},
        {"target": "grant_total_as_printed", "value": "105000", "unit": "GBP as printed", "source": "a wrong sum"},
        {"target": "region_turnover_growth", "value": "0.0718", "unit": "ratio a year", "source": "test"},
        {"target": "region_turnover_start", "value": "3500000000", "unit": "GBP", "source": "test"},
        {"target": "region_start_year", "value": "2019", "unit": "year", "source": "test"},
    ),
    grant_schedule=(
        {"cluster_year": "1", "grant_gbp": "20000", "coordination_share": "0.2", "source": "test"},
        {"cluster_year": "2", "grant_gbp": "10000", "coordination_share": "0.2", "source": "test"},
        {"cluster_year": "3", "grant_gbp": "5000", "coordination_share": "0.2", "source": "test"},
    ),
    thresholds={},
)


@dataclass(frozen=True)
class Sent:
    """One return as it was landed; rows name only the fields that were filled in."""

    receipt_id: str
    reporting_year: str
    arrived_on: date
    organisations: Sequence[Mapping[str, Any]]
    outcomes: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    cover: Mapping[str, Any] = field(default_factory=dict)
    sheets: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # the other sheets, by table


@dataclass(frozen=True)
class Built:
    """A build database, the folder that dbt wrote to, and how dbt ended."""

    database: Path
    target: Path
    outcome: Any


def lay(
    database: Path, folder: Path, returns: Sequence[Sent], operations: Mapping[str, pa.Table] | None = None
) -> None:
    """Write the returns as landed Parquet files below the folder, and load them into a new database."""
    for sent in returns:
        _land(folder / sent.receipt_id, sent)
    receipts = pa.Table.from_pylist([_receipt(sent) for sent in returns], schema=RECEIPTS_SCHEMA)
    with duckdb.connect(str(database)) as connection:
        load_warehouse(
            connection,
            landed=[folder],
            receipts=receipts,
            arrivals=one_arrival_each(receipts),
            labels={},
            register=folder / "register",
            programme=PROGRAMME,
            operations=no_operations() if operations is None else operations,
        )


def run_dbt(
    project: Path, database: Path, target: Path, *words: str, as_of: date = AS_OF, thresholds: Thresholds | None = None
) -> Any:
    """Run dbt in this process and return its outcome; what it writes goes below `target`."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(RETURNS_WAREHOUSE=str(database), DBT_SEND_ANONYMOUS_USAGE_STATS="false", DO_NOT_TRACK="1")
    places = ["--project-dir", str(project / "dbt_project"), "--profiles-dir", str(project / "dbt_project")]
    written = ["--target-path", str(target), "--log-path", str(target)]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
    variables = ["--vars", json.dumps({"as_of": as_of.isoformat(), "thresholds": thresholds or {}})]
    outcome = dbtRunner().invoke([*words, *variables, *places, *written, *quiet])
    DuckDBConnectionManager.close_all_connections()  # dbt keeps the file open, and then nobody may only read it
    return outcome


def failures(outcome: Any) -> list[str]:
    """One line for each node that did not succeed, and for what stopped dbt."""
    found = [] if outcome.exception is None else [str(outcome.exception)]
    results = getattr(outcome.result, "results", None) or ()
    good = {"success", "pass", "no-op"}  # an exposure is no-op: there is nothing to build
    return [*found, *(f"{one.node.name}: {one.message}" for one in results if str(one.status) not in good)]


def _receipt(sent: Sent) -> dict[str, Any]:
    at = datetime(sent.arrived_on.year, sent.arrived_on.month, sent.arrived_on.day, 9, tzinfo=UTC)
    return {
        "receipt_id": sent.receipt_id,
        "file_name": f"{sent.receipt_id}.xlsx",
        "size_bytes": 1,
        "arrived_at": at,
        "received_at": at,
        "status": "landed",
        "form": "west-midlands-return",
        "form_version": 1,
        "cluster_id": CLUSTER,
        "reporting_year": sent.reporting_year,
        "organisation_rows": len(sent.organisations),
    }


def _land(folder: Path, sent: Sent) -> None:
    folder.mkdir(parents=True)
    cover = {"signed_off_by_role": "Chair", "signed_off_on": sent.arrived_on, **sent.cover}
    rows = {"cover": [cover], "organisations": sent.organisations, "outcomes": sent.outcomes, **sent.sheets}
    for name, sheet in SHEETS.items():
        table = tables()[name]
        keys = {"receipt_id": sent.receipt_id, "cluster_id": CLUSTER, "reporting_year": sent.reporting_year}
        filled = []
        for number, row in enumerate(rows.get(name, ()), start=6):
            filled.append({**keys, "sheet": sheet, "row_number": number, **row})
            unknown = [column for column in row if column not in table.schema.names]
            assert not unknown, f"{name} has no field {unknown}"
            for column in table.fields:
                if row.get(column) is None and f"{column}_missing" not in row:
                    filled[-1][f"{column}_missing"] = "blank"
        pq.write_table(pa.Table.from_pylist(filled, schema=table.schema), folder / f"{name}.parquet")
    place = {
        "receipt_id": sent.receipt_id,
        "table_name": "organisations",
        "field": "total_income_gbp",
        "sheet": "Organisations",
        "column_letters": "R",
        "times": 1.0,
    }
    pq.write_table(pa.Table.from_pylist([place], schema=PLACES_SCHEMA), folder / "places.parquet")
    pq.write_table(FINDINGS_SCHEMA.empty_table(), folder / "findings.parquet")
