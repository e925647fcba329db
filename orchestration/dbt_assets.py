"""The dbt models as Dagster assets and the dbt tests as asset checks, built by dbt in this process."""

import json
import queue
import threading
import warnings
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from ingestion.programme import DUCKDB
from orchestration.auditing import call_off, get_ready
from orchestration.check_plan import keep_plan
from orchestration.dbt_build import DBT_PROJECT, DbtOutcome, build
from orchestration.nightlog import log
from orchestration.progress import report
from orchestration.resources import OWNERS, Night, Writer

_END = None


class Translator(DagsterDbtTranslator):
    """Names, groups and owners of the dbt models in Dagster."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """A dbt node as an asset: `<schema>/<name>`, in the group of its schema."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        if node["resource_type"] == "source":
            return spec
        key = dg.AssetKey([node["schema"], node["name"]])
        return spec.replace_attributes(key=key, group_name=node["schema"], owners=OWNERS).merge_attributes(
            metadata={"dagster/code_references": _source_of(node["name"], node["original_file_path"])}
        )


@cache
def _source_of(name: str, path: str) -> dg.CodeReferencesMetadataValue:
    """A link to the file of a model; made once, since dbt's events ask for it again and again."""
    with warnings.catch_warnings():
        # Marked as beta in Dagster; nobody at a terminal needs to know.
        warnings.simplefilter("ignore", dg.BetaWarning)
        source = dg.LocalFileCodeReference(file_path=str((DBT_PROJECT / path).resolve()), label=name)
        return dg.CodeReferencesMetadataValue(code_references=[source])


def model_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """The asset key of a model of the dbt manifest."""
    return dg.AssetKey([node["schema"], node["name"]])


def make_dbt_assets(manifest_file: Path) -> dg.AssetsDefinition:
    """All seeds and models of the dbt project as one step of the night."""
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="warehouse")
    def warehouse(context: dg.AssetExecutionContext, night: Night, writer: Writer) -> Iterator[Any]:
        """Seeds, models and tests, in the build database of this run."""
        home, programme = night.open_home(), night.read_programme()
        events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        outcome: list[DbtOutcome] = []

        def run() -> None:
            try:
                outcome.append(
                    build(
                        night.build(context.run_id).database,
                        home.build / "dbt",
                        as_of=night.day(),
                        programme=programme,
                        select=_selected(context, manifest) if context.is_subset else None,
                        listener=events.put,
                        engine=night.engine(),
                        landed=home.landed,
                    )
                )
            finally:
                events.put(_END)

        report("Building the marts")
        if not context.is_subset:
            get_ready(context.run_id)
        worker = threading.Thread(target=run, name="dbt", daemon=True)
        worker.start()
        nodes = sum(node["resource_type"] in {"model", "seed", "test"} for node in manifest["nodes"].values())
        done = 0
        while (event := events.get()) is not _END:
            done += 1
            log("warehouse", "node done", node=_name_of(event), nodes_done=done)
            report(f"Building the marts: {done} of {nodes} models and tests")
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            yield from message.to_default_asset_events(manifest, translator, context, home.build / "dbt")
        worker.join()
        if not (outcome and outcome[0].succeeded):
            call_off(context.run_id)
        if not outcome:
            raise dg.Failure("dbt stopped without saying why; see its log in the build folder.")
        if not outcome[0].succeeded:
            raise dg.Failure("The build failed: " + "; ".join(outcome[0].failures or ("no reason given",)))

        # A check runs in DuckDB whatever counted the night; where no plan is kept, the first check makes one.
        if not context.is_subset and night.engine() == DUCKDB:
            keep_plan(
                home.build / "check",
                night.build(context.run_id).database,
                outcome[0].built,
                as_of=night.day(),
                programme=programme,
            )
        yield from _row_counts(night.build(context.run_id).database, context.selected_asset_keys)

    return warehouse


def _row_counts(database: Path, chosen: AbstractSet[dg.AssetKey]) -> Iterator[dg.AssetObservation]:
    """How many rows each table has, which Dagster plots over the nights."""
    if not database.exists():
        return
    with duckdb.connect(str(database), read_only=True) as connection:
        # DuckDB knows the count of a table without reading it.
        found = connection.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    for schema, name, rows in sorted(found):
        key = dg.AssetKey([schema, name])
        if key in chosen:
            yield dg.AssetObservation(asset_key=key, metadata={"dagster/row_count": rows})


def _name_of(event: Mapping[str, Any]) -> str:
    return str(event.get("data", {}).get("node_info", {}).get("node_name", ""))


def _selected(context: dg.AssetExecutionContext, manifest: Mapping[str, Any]) -> str:
    """The names of the selected models, when somebody materialises only some."""
    chosen = context.selected_asset_keys
    nodes = manifest["nodes"].values()
    names = [node["name"] for node in nodes if node["resource_type"] in {"model", "seed"} and model_key(node) in chosen]
    return " ".join(sorted(names))
