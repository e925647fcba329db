"""Every metric that a machine can read gives the figure that the marts publish."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.small_programme import Built

pytestmark = pytest.mark.xdist_group("six_organisations")
Named = Mapping[str, Mapping[str, Any]]

# Where the published figure stands, and what its rows are; by the name of the semantic model.
PUBLISHED = {
    "turnover": ("turnover_by_cluster", "cluster_id, reporting_year"),
    "employment": ("employment_by_cluster", "cluster_id, reporting_year"),
    "social_value": ("social_value_by_cluster", "cluster_id, reporting_year"),
    "environment": ("environment_by_cluster", "cluster_id, reporting_year"),
    "innovation": ("innovation_by_cluster", "cluster_id, reporting_year"),
    "investment": ("investment_by_cluster", "cluster_id, reporting_year"),
    "baseline": ("baseline_by_cluster", "cluster_id"),
    "response": ("response_by_cluster", "cluster_id, reporting_year"),
    "outputs": ("programme_outputs", "reporting_year"),
    "funding": ("programme_funding", "reporting_year"),
}
# What no coarser mart repeats: held against the rows of another mart instead.
FROM_ROWS = {
    "alerts": "select cluster_id, reporting_year, count(*) from marts.alerts where cluster_id is not null group by all",
    "alerts_holding_back": """
        select cluster_id, reporting_year, count(*) filter (where holds_back) from marts.alerts
        where cluster_id is not null group by all
    """,
    "actions": """
        select cluster_id, reporting_year, count(*) from staging.stg_action_plan where action is not null group by all
    """,
}
AGGREGATES = {
    "sum": "sum({})",
    "sum_boolean": "sum(case when {} then 1 else 0 end)",
    "count": "count({})",
    "median": "median({})",
}


@pytest.fixture(scope="module")
def manifest(built: Built) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads((built.target / "semantic_manifest.json").read_text(encoding="utf-8"))
    return manifest


@pytest.fixture(scope="module")
def measures(manifest: Mapping[str, Any]) -> Named:
    """Each measure with the semantic model and the mart it is taken from."""
    return {
        measure["name"]: {**measure, "area": model["name"], "mart": model["node_relation"]["alias"]}
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }


def expression(metric: str, metrics: Named, measures: Named) -> tuple[str, Mapping[str, Any]]:
    """A metric as SQL over the rows of one mart, with the measure that says which."""
    parameters = metrics[metric]["type_params"]
    if metrics[metric]["type"] == "simple":
        measure = measures[parameters["measure"]["name"]]
        return AGGREGATES[measure["agg"]].format(measure["expr"] or measure["name"]), measure
    if metrics[metric]["type"] == "ratio":
        above, measure = expression(parameters["numerator"]["name"], metrics, measures)
        below, _ = expression(parameters["denominator"]["name"], metrics, measures)
        return f"cast({above} as double) / nullif({below}, 0)", measure
    text = parameters["expr"]
    for part in parameters["metrics"]:
        inner, measure = expression(part["name"], metrics, measures)
        text = text.replace(part["name"], f"({inner})")
    return text, measure


def test_every_metric_equals_what_the_marts_publish(manifest: Mapping[str, Any], measures: Named, query: Query) -> None:
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    assert len(metrics) > 80
    compared = set()
    for name in metrics:
        sql, measure = expression(name, metrics, measures)
        if measure["area"] not in PUBLISHED:
            continue
        mart, keys = PUBLISHED[measure["area"]]
        rows = query(f"""
            select published.{name}, computed.figure
            from marts.{mart} as published
            left join (select {keys}, {sql} as figure from marts.{measure["mart"]} group by all) as computed
            using ({keys})
        """)
        assert rows
        for published, figure in rows:
            # The marts keep quiet about ratios that rest on too few.
            if published is not None or (metrics[name]["type"] == "simple" and measure["agg"] != "median"):
                assert (figure or 0) == pytest.approx(float(published or 0), abs=5e-7), name
        compared.add(name)
    assert compared | FROM_ROWS.keys() | {"actions_done", "actions_overdue"} == metrics.keys()


@pytest.mark.parametrize("name", FROM_ROWS)
def test_a_metric_equals_the_rows_it_counts(
    manifest: Mapping[str, Any], measures: Named, query: Query, name: str
) -> None:
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    sql, measure = expression(name, metrics, measures)
    found = query(f"select cluster_id, reporting_year, {sql} from marts.{measure['mart']} group by all")
    expected = {row[:2]: row[2] for row in query(FROM_ROWS[name]) if row[2]}
    assert {row[:2]: row[2] for row in found if row[2]} == expected
    assert expected


def test_every_semantic_model_says_when_and_by_what(manifest: Mapping[str, Any]) -> None:
    (spine,) = manifest["project_configuration"]["time_spines"]
    assert spine["primary_column"] == {"name": "date_day", "time_granularity": "day"}
    for model in manifest["semantic_models"]:
        assert model["description"].startswith("One row per ")
        entities = {entity["name"] for entity in model["entities"]}
        assert entities <= {"cluster", "organisation"} and entities
        assert all(each["description"] for each in (*model["dimensions"], *model["measures"]))
