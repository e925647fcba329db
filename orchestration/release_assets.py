"""Dagster assets and checks from the marts to the release: judge, audit, publish."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from expectations.suites.gate import GateOutcome, suite_names
from orchestration.auditing import audit_of
from orchestration.dbt_assets import model_key
from orchestration.local_time import zone_here
from orchestration.notices import notices_of
from orchestration.operations import chain_heads, record_release
from orchestration.progress import report
from orchestration.release import publish, whole_release
from orchestration.reports import make_reports
from orchestration.resources import OWNERS, Build, Night, Writer
from orchestration.retention import remove_old
from orchestration.set_aside import records
from orchestration.versions import versions_of
from publishing.marts import marts_of

GATE = "great_expectations"
NONE_SET_ASIDE = "none_set_aside"
RULES = "rules"


def make_gate(manifest_file: Path) -> dg.AssetChecksDefinition:
    """The Great Expectations suites over the marts, one check for each; a failure keeps the release from being made."""
    models = _models(manifest_file)
    suites = suite_names()

    @dg.multi_asset_check(
        name="gate",
        specs=[
            dg.AssetCheckSpec(
                GATE, asset=model_key(models[mart]), blocking=True, description=f"The suite of {mart} holds."
            )
            for mart in suites
        ],
    )
    def gate(context: dg.AssetCheckExecutionContext, night: Night) -> Iterator[dg.AssetCheckResult]:
        build = night.build(context.run.run_id)
        outcome = audit_of(context.run.run_id, build.database)
        _keep(outcome, build)
        for mart in suites:
            failed = [result for result in outcome.results if result.mart == mart and not result.passed]
            yield dg.AssetCheckResult(
                asset_key=model_key(models[mart]),
                check_name=GATE,
                passed=not failed,
                description="; ".join(result.sentence for result in failed) or None,
                metadata={
                    "expectations": sum(result.mart == mart for result in outcome.results),
                    "failed": dg.MetadataValue.json([result.sentence for result in failed]),
                },
            )

    return gate


def make_rule_checks(manifest_file: Path) -> dg.AssetChecksDefinition:
    """One check for each family of rules: it warns where there are errors, and counts what fired."""
    families = [node for name, node in sorted(_models(manifest_file).items()) if name.startswith("alerts_")]

    @dg.multi_asset_check(
        name="rule_families",
        specs=[
            dg.AssetCheckSpec(RULES, asset=model_key(node), description="No alert of the family is an error.")
            for node in families
        ],
    )
    def rule_families(context: dg.AssetCheckExecutionContext, night: Night) -> Iterator[dg.AssetCheckResult]:
        with duckdb.connect(str(night.build(context.run.run_id).database), read_only=True) as connection:
            for node in families:
                counts = connection.execute(
                    "select rule_code, severity, count(*) "
                    f"from {node['schema']}.{node['name']} group by all order by all"
                ).fetchall()
                yield dg.AssetCheckResult(
                    asset_key=model_key(node),
                    check_name=RULES,
                    passed=not any(severity in {"error", "reject"} for _, severity, _ in counts),
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={f"{rule} {severity}": count for rule, severity, count in counts},
                )

    return rule_families


def make_release_asset(manifest_file: Path) -> dg.AssetsDefinition:
    """The release, made of every mart once the gate has let them pass."""
    marts = [node for node in _models(manifest_file).values() if node["schema"] == "marts"]

    @dg.asset(
        deps=[model_key(node) for node in marts],
        group_name="release",
        kinds={"duckdb", "parquet", "csv"},
        owners=OWNERS,
        check_specs=[dg.AssetCheckSpec(NONE_SET_ASIDE, asset="release", description="No return is set aside by us.")],
    )
    def release(
        context: dg.AssetExecutionContext, night: Night, writer: Writer
    ) -> Iterator[dg.MaterializeResult[None]]:
        """All marts in one folder, described and sealed; `releases/current` points at it from then on."""
        report("Publishing the release")
        build = night.build(context.run_id)
        inputs = json.loads(build.inputs.read_text(encoding="utf-8"))
        published = publish(
            night.open_home(),
            build.database,
            marts_of(_manifest(manifest_file)),
            as_of=night.day(),
            now=night.moment(),
            inputs=inputs,
            audited=json.loads(build.audit.read_text(encoding="utf-8")),
            versions=versions_of(night.read_programme(), build.database, code=inputs["code"], engine=night.engine()),
            chains=chain_heads(night.open_home()),
        )
        record_release(night.open_home(), published)
        removed = remove_old(night.open_home(), now=night.moment(), say=report)
        aside = records(night.open_home())
        yield dg.MaterializeResult(
            metadata={
                "release_id": published.release_id,
                "folder": dg.MetadataValue.path(published.folder),
                "removed": len(removed),
                "set_aside": dg.MetadataValue.json([one.told() for one in aside if one.run == context.run_id]),
                "dagster/row_count": sum(published.rows.values()),
                "notices": dg.MetadataValue.json(list(notices_of(build.database))),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=NONE_SET_ASIDE,
                    passed=not aside,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="; ".join(one.sentence for one in aside) or None,
                    metadata={"set_aside": len(aside)},
                )
            ],
        )

    return release


@dg.asset(deps=["release"], group_name="release", kinds={"html", "pdf"}, owners=OWNERS)
def reports(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
    """Every report of the current release for the newest year: programme, clusters, organisations that answered."""
    home = night.open_home()
    current = whole_release(home)
    found = make_reports(
        current.folder, "all", None, None, to=home.reports, now=current.created_at.astimezone(zone_here())
    )
    for place, why in found.not_made:
        context.log.error("Not made: %s: %s", place, why)
    return dg.MaterializeResult(
        metadata={
            "reports": len(found.made),
            "not_made": [place for place, _ in found.not_made],
            "folder": dg.MetadataValue.path(home.reports / current.release_id),
        }
    )


def _keep(outcome: GateOutcome, build: Build) -> None:
    """Write down what was audited, for the quality report of the release."""
    told = ("mart", "expectation", "column", "why", "passed", "unexpected")
    kept = [{name: getattr(one, name) for name in told} for one in outcome.results]
    build.audit.write_text(json.dumps(kept), encoding="utf-8")


def _manifest(manifest_file: Path) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads(manifest_file.read_text(encoding="utf-8"))
    return manifest


def _models(manifest_file: Path) -> Mapping[str, Mapping[str, Any]]:
    nodes = _manifest(manifest_file)["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}
