"""Dagster assets from the inbox to the build database: receive, land, load."""

import json
import shutil
from collections.abc import Iterator

import dagster as dg
import duckdb

from ingestion.forms import form_labels
from ingestion.tables import tables
from orchestration.inbox import take_inbox
from orchestration.inputs import inputs_of
from orchestration.landing import (
    land,
    landed_folders,
    receipts_table,
    refusals,
    sent_again_table,
)
from orchestration.operations import TABLES, read_operations, record_current
from orchestration.progress import report
from orchestration.resources import OWNERS, Night, Writer
from orchestration.retry import retrying
from orchestration.warehouse import REGISTER_SCHEMAS, load_warehouse

LANDED_SOURCES = (*tables(), "places", "findings", "receipts", "sent_again", "fields")
PROGRAMME_SOURCES = ("clusters", "reporting_years", "targets", "grant_schedule")
SOURCES = {
    "landed": LANDED_SOURCES,
    "register": tuple(REGISTER_SCHEMAS),
    "programme": PROGRAMME_SOURCES,
    "operations": TABLES,
}
CONTRACT = "pandera_contract"


@dg.asset(group_name="ingestion", kinds={"file"}, owners=OWNERS)
def receipts(night: Night, writer: Writer) -> dg.MaterializeResult[None]:
    """Every file of the inbox as a receipt, its bytes unchanged in the archive; the same bytes twice are one."""
    home, programme = night.open_home(), night.read_programme()
    report("Looking into the inbox")
    received = take_inbox(home, programme, now=night.moment())
    new = sum(receipt.received_at == night.moment() for receipt in received.receipts)
    return dg.MaterializeResult(
        metadata={
            "files": len(received.receipts) + len(received.unopened) + len(received.waiting),
            "new": new,
            "unopened": len(received.unopened),
            "waiting": dg.MetadataValue.json(list(received.waiting)),
        }
    )


@dg.asset(
    deps=[receipts],
    group_name="ingestion",
    kinds={"parquet"},
    owners=OWNERS,
    check_specs=[dg.AssetCheckSpec(CONTRACT, asset="landed_returns", description="Landed rows keep their contract.")],
)
def landed_returns(night: Night, writer: Writer) -> Iterator[dg.MaterializeResult[None]]:
    """Typed rows of every receipt that could be read. Landing one receipt never touches another."""
    home, programme = night.open_home(), night.read_programme()
    landing = land(home, programme, progress=report)
    everything = receipts_table(home)
    rows = sum(everything["organisation_rows"].drop_null().to_pylist())
    refused = refusals(home)
    yield dg.MaterializeResult(
        metadata={
            "landed_now": len(landing.landed),
            "refused_now": len(landing.refused),
            "returns_landed": len(landed_folders(home)),
            "refused": len(refused),
            "dagster/row_count": rows,
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=CONTRACT,
                passed=landing.broken_contract == 0,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"broken": landing.broken_contract},
            )
        ],
    )


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            [schema, name],
            deps=[landed_returns] if schema == "landed" else [],
            group_name="build",
            kinds={"duckdb"},
            owners=OWNERS,
            description=f"`{schema}.{name}` in the build database, on which the dbt models stand.",
        )
        for schema, names in SOURCES.items()
        for name in names
    ],
)
def build_database(
    context: dg.AssetExecutionContext, night: Night, writer: Writer
) -> Iterator[dg.MaterializeResult[None]]:
    """A new database with the landed rows, the register and the programme in it."""
    home, programme = night.open_home(), night.read_programme()
    build = night.build(context.run_id)
    _remove_old_builds(night, context.run_id)
    record_current(home)
    build.folder.mkdir(parents=True, exist_ok=True)
    # Before anything is read: what changes while the night builds is news for the next one.
    build.inputs.write_text(json.dumps(inputs_of(home, programme, as_of=night.day())), encoding="utf-8")
    with retrying(lambda: duckdb.connect(str(build.database))) as connection:
        load_warehouse(
            connection,
            landed=landed_folders(home),
            receipts=receipts_table(home),
            sent_again=sent_again_table(home),
            labels=form_labels(programme.forms[0]),
            register=home.register,
            programme=programme,
            operations=read_operations(home),
        )
        for schema, names in SOURCES.items():
            for name in names:
                (rows,) = connection.execute(f"select count(*) from {schema}.{name}").fetchone() or (0,)
                yield dg.MaterializeResult(asset_key=[schema, name], metadata={"dagster/row_count": rows})


def _remove_old_builds(night: Night, run_id: str) -> None:
    """Earlier builds are of no more use: what was good of them has been published."""
    for folder in night.open_home().build.iterdir():
        if (folder / "warehouse.duckdb").exists() and folder.name != run_id:
            shutil.rmtree(folder, ignore_errors=True)
