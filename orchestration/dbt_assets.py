"""The dbt models as Dagster assets and the dbt tests as asset checks, built by dbt in this process."""

import json
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
from orchestration.auditing import keep_audit
from orchestration.build_attempt import Settings, run_dbt
from orchestration.build_step import Built, build_without_guilty
from orchestration.check_plan import keep_plan
from orchestration.dbt_build import DBT_PROJECT
from orchestration.progress import report
from orchestration.resources import OWNERS, Night, Writer
from orchestration.set_aside import hash_of_set_aside


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
        """Seeds, models, tests and the audit, in the build database of this run, without returns that it stops at."""
        nodes = sum(node["resource_type"] in {"model", "seed", "test"} for node in manifest["nodes"].values())
        home, database = night.open_home(), night.build(context.run_id).database

        def hear(event: dict[str, Any]) -> Iterator[Any]:
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            return message.to_default_asset_events(manifest, translator, context, home.build / "dbt")

        # Dagster hears of each node only in the end: of a build that failed and was made again it must not hear twice.
        programme = night.read_programme()
        today = programme.day_of(night.moment())
        settings = Settings(home, programme, night.day(), today, night.engine(), nodes, hear)
        if context.is_subset:
            chosen = _selected(context, manifest)
            report("Building the marts")
            dbt, said = run_dbt(settings, database, home.landed, chosen)
            failure = None if dbt.succeeded else "The build failed: " + ("; ".join(dbt.failures) or "no reason given")
        else:
            built = _build(context, night, settings)
            dbt, said, failure = built.marts.dbt, built.marts.events, built.failure
        yield from said
        if failure:
            raise dg.Failure(failure)

        # A check runs in DuckDB whatever counted the night; where no plan is kept, the first check makes one.
        if not context.is_subset and settings.engine == DUCKDB:
            keep_plan(home.build / "check", database, dbt.built, as_of=night.day(), programme=settings.programme)
        yield from _row_counts(database, context.selected_asset_keys)

    return warehouse


def _build(context: dg.AssetExecutionContext, night: Night, settings: Settings) -> Built:
    """The build of a run, with its audit and its inputs kept for the steps that follow."""
    build = night.build(context.run_id)
    inputs = json.loads(build.inputs.read_text(encoding="utf-8"))
    built = build_without_guilty(settings, build.folder, run=context.run_id, now=night.moment(), inputs=inputs)
    for one in built.set_aside:
        context.log.warning(f"Set aside by us: {one.sentence}")
    if built.marts.gate and built.passed:
        keep_audit(context.run_id, built.marts.gate)
    # What is set aside is known only now; all else is as it was before anything was read.
    inputs["set_aside"] = hash_of_set_aside(settings.home, settings.programme)
    build.inputs.write_text(json.dumps(inputs), encoding="utf-8")
    return built


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


def _selected(context: dg.AssetExecutionContext, manifest: Mapping[str, Any]) -> str:
    """The names of the selected models, when somebody materialises only some."""
    chosen = context.selected_asset_keys
    nodes = manifest["nodes"].values()
    names = [node["name"] for node in nodes if node["resource_type"] in {"model", "seed"} and model_key(node) in chosen]
    return " ".join(sorted(names))
