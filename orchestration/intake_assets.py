"""Dagster assets from the inbox to the build database: receive, land, load."""

import json
import shutil
from collections.abc import Iterator

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.tables import FINDINGS_SCHEMA, PLACES_SCHEMA, tables
from orchestration.build_load import load_build
from orchestration.damage import Repairs
from orchestration.inbox import take_inbox
from orchestration.inputs import inputs_of
from orchestration.landing import forget_landing, land
from orchestration.operations import TABLES, record_current
from orchestration.progress import report
from orchestration.receipts import landed_count, receipts_table
from orchestration.refused import refusals
from orchestration.repair import repaired
from orchestration.resources import OWNERS, Build, Night, Writer
from orchestration.retry import retrying
from orchestration.set_aside import in_force
from orchestration.waiting import waiting_receipts
from orchestration.warehouse import ARRIVALS_SCHEMA, RECEIPTS_SCHEMA, REGISTER_SCHEMAS
from orchestration.wholeness import landed_damage, unreadable_damage

LANDED_SOURCES = (*tables(), "places", "findings", "receipts", "arrivals", "fields")
PROGRAMME_SOURCES = ("clusters", "reporting_years", "targets", "grant_schedule")
SOURCES = {
    "landed": LANDED_SOURCES,
    "register": tuple(REGISTER_SCHEMAS),
    "programme": PROGRAMME_SOURCES,
    "operations": TABLES,
}
CONTRACT = "pandera_contract"
INBOX_SCHEMA = "inbox_schema"
_DECLARED: dict[str, pa.Schema] = {name: table.schema for name, table in tables().items()} | {
    "places": PLACES_SCHEMA,
    "findings": FINDINGS_SCHEMA,
    "receipts": RECEIPTS_SCHEMA,
    "arrivals": ARRIVALS_SCHEMA,
}


@dg.asset(group_name="ingestion", kinds={"file"}, owners=OWNERS)
def receipts(night: Night, writer: Writer) -> dg.MaterializeResult[None]:
    """Every file of the inbox as a receipt, its bytes unchanged in the archive; the same bytes twice are one."""
    home, programme = night.open_home(), night.read_programme()
    damage = repaired(home, now=night.moment())
    report("Looking into the inbox")
    received = take_inbox(home, programme, now=night.moment())
    return dg.MaterializeResult(
        metadata={
            "files": received.files + len(received.unopened) + len(received.waiting),
            "new": received.new,
            "unopened": len(received.unopened),
            "waiting": dg.MetadataValue.json(list(received.waiting)),
            "inbox_incomplete": dg.MetadataValue.json(list(received.incomplete())),
            "damage": dg.MetadataValue.json([*damage, *received.damage()]),
        }
    )


class LandingConfig(dg.Config):
    """What is to be landed again, besides what was never landed."""

    afresh: bool = False  # every receipt of the archive
    receipt: str = ""  # the first letters of the id of one receipt
    only: str = ""  # the first letters of the ids of those to be landed now; the others wait


@dg.asset(
    deps=[receipts],
    group_name="ingestion",
    kinds={"parquet"},
    owners=OWNERS,
    check_specs=[
        dg.AssetCheckSpec(CONTRACT, asset="landed_returns", description="Landed rows keep their contract."),
        dg.AssetCheckSpec(INBOX_SCHEMA, asset="landed_returns", description="Every file came in a layout we know."),
    ],
)
def landed_returns(config: LandingConfig, night: Night, writer: Writer) -> Iterator[dg.MaterializeResult[None]]:
    """Typed rows of every receipt that could be read. Landing one receipt never touches another."""
    home, programme = night.open_home(), night.read_programme()
    if config.afresh or config.receipt:
        forget_landing(home, "" if config.afresh else config.receipt)
    damage = [str(one) for one in landed_damage(Repairs(home, night.moment()))]
    landing = land(home, programme, as_of=night.day(), progress=report, only=config.only)
    everything = receipts_table(home)
    rows = pc.sum(everything["organisation_rows"]).as_py() or 0
    refused = refusals(home)
    yield dg.MaterializeResult(
        metadata={
            "landed_now": landing.landed,
            "damage_of_bytes": dg.MetadataValue.json([*damage, *landing.damage]),
            "refused_now": landing.refused,
            "waiting_now": landing.waiting,
            "landing_incomplete": dg.MetadataValue.json([one.sentence() for one in waiting_receipts(home)]),
            "returns_landed": landed_count(home),
            "refused": len(refused),
            "dagster/row_count": rows,
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=CONTRACT,
                passed=landing.broken_contract == 0,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"broken": landing.broken_contract},
            ),
            dg.AssetCheckResult(
                check_name=INBOX_SCHEMA,
                passed=not refused,
                severity=dg.AssetCheckSeverity.WARN,
                metadata=_layouts(everything),
            ),
        ],
    )


def _layouts(receipts: pa.Table) -> dict[str, int]:
    """How many receipts came in each layout, and how many were refused by each rule."""
    alike = receipts.group_by(["status", "refusal_rule", "form", "form_version"]).aggregate([([], "count_all")])
    return {
        f"refused by {row['refusal_rule']}"
        if row["status"] == "refused"
        else f"layout {row['form']}, version {row['form_version']}": row["count_all"]
        for row in alike.to_pylist()
    }


def _columns(schema: str, name: str) -> dict[str, dg.TableSchema]:
    """The columns of a source, where they are declared in Python."""
    if schema == "register":
        found = list(REGISTER_SCHEMAS[name].items())
    elif name in _DECLARED:
        found = [(field.name, str(field.type)) for field in _DECLARED[name]]
    else:
        return {}
    return {"dagster/column_schema": dg.TableSchema([dg.TableColumn(column, kind) for column, kind in found])}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            [schema, name],
            deps=[landed_returns] if schema == "landed" else [],
            group_name="build",
            kinds={"duckdb"},
            owners=OWNERS,
            metadata=_columns(schema, name),
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
    try:
        _load(night, build)
        damage = []
    except duckdb.Error:
        # The usual cause is a landed set: it is landed again and loaded once more. Where there is none, it was another.
        damage = [str(one) for one in unreadable_damage(Repairs(home, night.moment()))]
        if not damage:
            raise
        land(home, programme, as_of=night.day(), progress=report)
        build.database.unlink()
        _load(night, build)
    with retrying(lambda: duckdb.connect(str(build.database))) as connection:
        for schema, names in SOURCES.items():
            for name in names:
                (rows,) = connection.execute(f"select count(*) from {schema}.{name}").fetchone() or (0,)
                yield dg.MaterializeResult(
                    asset_key=[schema, name],
                    metadata={"dagster/row_count": rows, "damage_at_load": dg.MetadataValue.json(damage)},
                )


def _load(night: Night, build: Build) -> None:
    """Load a new build database."""
    home, programme = night.open_home(), night.read_programme()
    held = {receipt: one.explanation for receipt, one in in_force(home, programme).items()}
    with retrying(lambda: duckdb.connect(str(build.database))) as connection:
        load_build(
            connection,
            home,
            programme,
            today=programme.day_of(night.moment()),
            left_out=held,
            links=build.folder / "landed",
        )


def _remove_old_builds(night: Night, run_id: str) -> None:
    """Earlier builds are of no more use: what was good of them has been published."""
    for folder in night.open_home().build.iterdir():
        if (folder / "warehouse.duckdb").exists() and folder.name != run_id:
            shutil.rmtree(folder, ignore_errors=True)
