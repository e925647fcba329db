"""The catalogue run by dbt itself, over relations that hold one row for each example of each rule."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from expectations.catalogue import Example, Rule, read_catalogue
from ingestion.tables import tables

_TYPES = {"yes or no": "boolean", "date": "date", "money": "double", "number": "double", "count": "double"}
_SUBJECT = {"cluster_id": "varchar", "cluster_name": "varchar", "reporting_year": "varchar"}
_ORGANISATION = {"organisation_id": "varchar", "organisation_name": "varchar"}
_ROW = {**_SUBJECT, **_ORGANISATION, "receipt_id": "varchar", "sheet": "varchar", "row_number": "integer"}

# The columns that a rule may speak of, as the brief of each intermediate model promises them.
RELATIONS: Mapping[str, Mapping[str, str]] = {
    "int_returns": {
        **_SUBJECT,
        **dict.fromkeys(
            ("receipt_id", "file_name", "status", "form", "signed_off_by_role", "sent_again_as"), "varchar"
        ),
        **dict.fromkeys(
            ("refusal_rule", "refusal_message", "refusal_ask", "replaces_receipt_id", "set_aside_reason"), "varchar"
        ),
        **dict.fromkeys(("arrived_on", "due_on", "signed_off_on"), "date"),
        **dict.fromkeys(("form_version", "organisation_rows", "version", "figures_changed", "days_late"), "integer"),
        **dict.fromkeys(("counts", "counts_again", "is_set_aside", "asks_sign_off"), "boolean"),
    },
    "int_returns_due": {
        **_SUBJECT,
        **dict.fromkeys(("opens_on", "due_on", "arrived_on"), "date"),
        "receipt_id": "varchar",
        **dict.fromkeys(("is_due", "is_set_aside"), "boolean"),
        "days_overdue": "integer",
    },
    "int_findings": {
        **_SUBJECT,
        **_ORGANISATION,
        **dict.fromkeys(("receipt_id", "kind", "table_name", "sheet", "cell", "field", "label"), "varchar"),
        **dict.fromkeys(("typed", "understood", "bounds", "message", "ask"), "varchar"),
        "row_number": "integer",
    },
    "int_organisation_years": {
        **{name: _TYPES.get(field.type, "varchar") for name, field in tables()["organisations"].fields.items()},
        **_SUBJECT,
        **_ORGANISATION,
        **dict.fromkeys(("receipt_id", "sheet", "row_numbers", "previous_reporting_year", "register_name"), "varchar"),
        **dict.fromkeys(("row_number", "rows_in_return", "accounting_months", "years_since_previous"), "integer"),
        **dict.fromkeys(("previous_total_income_gbp", "previous_employees_headcount"), "double"),
        **dict.fromkeys(("previous_employees_fte", "register_name_similarity_ratio"), "double"),
        **dict.fromkeys(("is_enrolled", "on_register", "answered"), "boolean"),
        "arrived_on": "date",
        **dict.fromkeys(("register_removed_on", "year_starts_on", "year_ends_on"), "date"),
        "register_status": "varchar",
        **dict.fromkeys(("living_wage_gbp", "total_income_annualised_gbp", "outside_share"), "double"),
        "previous_total_income_annualised_gbp": "double",
    },
    "int_organisations_expected": {**_SUBJECT, **_ORGANISATION, "receipt_id": "varchar", "in_return": "boolean"},
    "int_factor_years": {
        **_SUBJECT,
        **dict.fromkeys(("receipt_id", "activity"), "varchar"),
        **dict.fromkeys(("factor_year", "organisations"), "integer"),
        "has_factor": "boolean",
    },
    "int_year_pairs": {
        **_ROW,
        "previous_reporting_year": "varchar",
        **dict.fromkeys(("years_between", "figures_same", "figures_compared"), "integer"),
        **dict.fromkeys(("period_starts_on", "period_ends_on", "previous_period_ends_on"), "date"),
        "prior_year_income_gbp": "double",
        **{
            before + figure: "double"
            for before in ("", "previous_")
            for figure in (
                "total_income_gbp",
                "total_income_annualised_gbp",
                "employees_headcount",
                "employees_fte",
                "volunteers",
            )
        },
    },
    "int_growth_effects": {
        **_ROW,
        **dict.fromkeys(("previous_reporting_year", "field", "peer_group"), "varchar"),
        "pairs_in_group": "integer",
        **dict.fromkeys(("this_value", "last_value", "ratio", "median_ratio", "effect", "robust_z"), "double"),
        **dict.fromkeys(("effect_q1", "effect_median", "effect_q3", "median_log_ratio", "log_spread"), "double"),
    },
    "int_silences": {
        **_SUBJECT,
        **_ORGANISATION,
        **dict.fromkeys(("receipt_id", "year_before"), "varchar"),
        **dict.fromkeys(("answered", "answered_year_before"), "boolean"),
    },
    "int_baseline_changes": {
        **_SUBJECT,
        **_ORGANISATION,
        "receipt_id": "varchar",
        **dict.fromkeys(("baseline_turnover_gbp", "turnover_now_sent_gbp"), "double"),
    },
    "int_organisation_links": {**_ROW, **dict.fromkeys(("postcode", "kind", "other_name"), "varchar")},
    "int_referral_history": {
        **_ROW,
        **dict.fromkeys(("scheme", "outcome", "first_referred_by"), "varchar"),
        **dict.fromkeys(("referred_on", "enrolled_on"), "date"),
        "was_enrolled": "boolean",
        "time_referred": "integer",
    },
    "int_brokerage": {
        **_SUBJECT,
        **dict.fromkeys(("receipt_id", "sheet", "opportunity", "buyer", "stage", "other_cluster_name"), "varchar"),
        "row_number": "integer",
        **dict.fromkeys(("value_gbp", "first_value_gbp"), "double"),
    },
    "int_return_totals": {
        **_SUBJECT,
        **dict.fromkeys(("receipt_id", "sheet", "largest_change_by"), "varchar"),
        **dict.fromkeys(("row_number", "cluster_year", "supported_so_far", "supported_before"), "integer"),
        **dict.fromkeys(("organisations_expected", "organisations_answered", "growth_pairs"), "integer"),
        **dict.fromkeys(("accounts_dated", "accounts_outside"), "integer"),
        "outside_share": "double",
        **dict.fromkeys(("grant_received_gbp", "coordination_spend_gbp", "grant_scheduled_gbp"), "double"),
        **dict.fromkeys(("coordination_limit_share", "response_share", "response_by_turnover_share"), "double"),
        **dict.fromkeys(("total_growth_ratio", "median_growth_ratio", "growth_spread"), "double"),
        **dict.fromkeys(("share_at_target", "largest_change_share"), "double"),
    },
}


@dataclass(frozen=True)
class Shown:
    """One example of the catalogue; its row carries `mark` as its cluster."""

    mark: str
    rule: Rule
    over: str
    example: Example
    catches: bool


@dataclass(frozen=True)
class Judged:
    """What dbt made of the examples: the alerts that fired, and the SQL that it ran for each family."""

    database: Path
    compiled: Mapping[str, str]
    fired: frozenset[tuple[str, str, str | None, str]]  # mark, rule, field, severity


@cache
def shown_examples() -> list[Shown]:
    found = []
    for rule in read_catalogue():
        for number, case in enumerate(rule.cases):
            for catches, examples in ((True, case.catches), (False, case.passes)):
                for at, example in enumerate(examples):
                    mark = f"{rule.code}/{number}/{'catches' if catches else 'passes'}/{at}"
                    found.append(Shown(mark, rule, case.over, example, catches))
    return found


class Bench:
    """A dbt project of the families and their union alone, over tables that hold the examples."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.folder = folder
        self.database = folder / "bench.duckdb"
        dbt_project = checkout / "dbt_project"
        shutil.copytree(dbt_project / "macros", folder / "macros")
        shutil.copytree(checkout / "expectations" / "rules", folder / "models" / "rules")
        shutil.copy(dbt_project / "models" / "intermediate" / "int_alerts.sql", folder / "models" / "alerts.sql")
        for relation in RELATIONS:
            source = "select * from {{ source('examples', '" + relation + "') }}"
            (folder / "models" / f"{relation}.sql").write_text(source, encoding="utf-8")
        self._write("dbt_project.yml", {"name": "bench", "profile": "bench", "models": {"+materialized": "view"}})
        target = {"type": "duckdb", "path": str(self.database), "schema": "main", "threads": 1}
        self._write("profiles.yml", {"bench": {"target": "dev", "outputs": {"dev": target}}})
        sources = [
            {"name": "examples", "tables": [{"name": relation} for relation in RELATIONS]},
            {"name": "landed", "tables": [{"name": "fields"}, {"name": "places"}]},
        ]
        self._write("models/sources.yml", {"sources": sources})

    def lay(self, rows: Mapping[str, Sequence[Mapping[str, Any]]], places: Sequence[Mapping[str, Any]] = ()) -> None:
        """Put rows into the relations; columns that are not named are null, names that are no columns are an error."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema if not exists examples; create schema if not exists landed")
            for relation, types in RELATIONS.items():
                _fill(connection, f"examples.{relation}", types, rows.get(relation, ()))
            fields = [
                {"table_name": table.name, "field": field.name, "label": field.means.rstrip("."), "kpi": field.kpi}
                for table in tables().values()
                for field in table.fields.values()
            ]
            _fill(connection, "landed.fields", dict.fromkeys(fields[0], "varchar"), fields)
            types = dict.fromkeys(("receipt_id", "table_name", "field", "sheet", "column_letters"), "varchar")
            _fill(connection, "landed.places", {**types, "row_number": "integer"}, places)

    def build(self, thresholds: Mapping[str, Mapping[str, float]] | None = None) -> Any:
        from dbt.cli.main import dbtRunner

        where = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        variables = json.dumps({"as_of": "2026-11-23", "thresholds": thresholds or {}})
        quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--log-path", str(self.folder / "logs")]
        return dbtRunner().invoke(["build", *where, "--vars", variables, *quiet])

    def alerts(self) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.database)) as connection:
            found = connection.execute("select * from alerts order by rule_code, alert_id")
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def compiled(self) -> dict[str, str]:
        files = (self.folder / "target" / "compiled").rglob("alerts_*.sql")
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def reasons(outcome: Any) -> str:
    results = getattr(outcome.result, "results", None) or ()
    return f"{outcome.exception} " + "; ".join(str(one.message) for one in results if str(one.status) != "success")


def _fill(
    connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    connection.execute(f"create or replace table {name} ({', '.join(f'{c} {t}' for c, t in types.items())})")
    for row in rows:
        columns, places = ", ".join(row), ", ".join("?" for _ in row)
        connection.execute(f"insert into {name} ({columns}) values ({places})", list(row.values()))
