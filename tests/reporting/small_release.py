"""A release made by hand: two clusters, a dozen organisations, two years, with only the columns that reports read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from publishing.declaration import read_declaration
from publishing.tables import MARKER
from publishing.totals import accepted, excluded
from reporting.figures import Figures

BEFORE, YEAR = "2023-24", "2024-25"
TARGET = 0.15

# Income in both years, in pounds, of the organisations of Walsall; ten trade in the sector "health".
WALSALL = {
    "GB-CHC-100001": ("Anvil Works", 20_000, 23_000),  # +15%: at the target
    "GB-CHC-100002": ("Beacon Café", 20_000, 30_000),  # +50%
    "GB-CHC-100003": ("Canal Trust", 20_000, 20_000),  # unchanged
    "GB-CHC-100004": ("Dray Carers", 20_000, 18_000),  # -10%
    **{f"GB-CHC-10001{n}": (f"Group {n}", 20_000, 22_000) for n in range(7)},  # +10%
}


PARTS = (
    "change_like_for_like_gbp",
    "change_joiners_gbp",
    "change_leavers_gbp",
    "change_held_back_gbp",
    "change_not_known_gbp",
    "change_imputation_gbp",
    "change_corrections_gbp",
)


# How the answers of a KPI's row by cluster stand.
ANSWERS = {
    "answers_due": 13,
    "answers_received": 11,
    "answers_held_back": 1,
    "answers_imputed": 2,
    "answered_turnover_share": 0.9,
    "alerts_open": 4,
    "quality_rating": "high",
    "quality_reason": "nearly all answered",
}


# What the public edition of an earlier version showed under another name.
SHOWN_BEFORE = ("confidence", "confidence_reason")


def below_twice() -> list[dict[str, Any]]:
    """An organisation that was below its path in both years."""
    return [
        turnover_row("GB-CHC-100001", "Anvil Works", BEFORE, 20_000, 19_000, distance_from_path_ratio=-0.1),
        turnover_row("GB-CHC-100001", "Anvil Works", YEAR, 21_000, 20_000, distance_from_path_ratio=-0.2),
    ]


def turnover_row(
    organisation_id: str, name: str, year: str, now: float | None, before: float | None, **other: Any
) -> dict[str, Any]:
    ratio = now / before - 1 if now is not None and before else None
    return {
        "cluster_id": "walsall",
        "cluster_name": "Walsall",
        "organisation_id": organisation_id,
        "organisation_name": name,
        "reporting_year": year,
        "answered": True,
        "turnover_gbp": now,
        "turnover_annualised_gbp": now,
        "previous_reporting_year": BEFORE if before else None,
        "previous_turnover_annualised_gbp": before,
        "growth_ratio": ratio,
        "growth_status": "counted" if ratio is not None else "no figure last year",
        "counts_for_growth": ratio is not None,
        "at_target": None if ratio is None else round(ratio, 6) >= TARGET,
        "target_growth_ratio": TARGET,
        "is_held_back": False,
        "distance_from_path_ratio": None if ratio is None else ratio - TARGET,
        **other,
    }


def cluster_row(cluster: str, year: str, **figures: Any) -> dict[str, Any]:
    return {
        "cluster_id": cluster.lower(),
        "cluster_name": cluster,
        "reporting_year": year,
        "organisations": 11,
        "turnover_gbp": 243_000.0,
        "growth_organisations": 11,
        "like_for_like_growth_ratio": 0.104545,
        "like_for_like_reason": None,
        "median_growth_ratio": 0.1,
        "at_target_organisations": 2,
        "share_at_target": 0.181818,
        "share_reason": None,
        "target_growth_ratio": TARGET,
        "on_target": False,
        "held_back_organisations": 0,
        "imputed_organisations": 0,
        "real_growth_reason": None,
        "change_starts_from_gbp": 220_000.0,
        "change_like_for_like_gbp": 23_000.0,
        "change_joiners_gbp": 9_000.0,
        "change_leavers_gbp": -9_000.0,
        **dict.fromkeys(
            ("change_held_back_gbp", "change_not_known_gbp", "change_imputation_gbp", "change_corrections_gbp"), 0.0
        ),
        "change_ends_at_gbp": 243_000.0,
        "change_gbp": 23_000.0,
        "change_reason": None,
        "turnover_imputed_gbp": None,
        **ANSWERS,
        **figures,
    }


def programme_row(year: str, **figures: Any) -> dict[str, Any]:
    return {
        "reporting_year": year,
        "growth_organisations": 11,
        "like_for_like_growth_ratio": 0.113636,
        "like_for_like_reason": None,
        "at_target_organisations": 2,
        "share_at_target": 0.181818,
        "share_reason": None,
        "target_growth_ratio": TARGET,
        "turnover_gbp": 255_000.0,
        "turnover_of_clusters_gbp": 258_000.0,
        **figures,
    }


def year_row(year: str, received: int = 2, due: int = 2, is_default: bool = False) -> dict[str, Any]:
    return {
        "reporting_year": year,
        "returns_received": received,
        "returns_due": due,
        "is_complete": received == due,
        "is_default": is_default,
    }


def response_row(cluster: str, arrived: str | None, days_late: int | None, **figures: Any) -> dict[str, Any]:
    return {
        **_of_cluster(cluster, YEAR),
        "return_state": "received" if arrived else "overdue",
        "arrived_on": arrived,
        "days_late": days_late,
        **dict.fromkeys(
            (
                "organisations_due",
                "organisations_received",
                "organisations_partial",
                "organisations_refused",
                "organisations_no_answer",
                "organisations_left",
                "organisations_late",
            ),
            5,
        ),
        "received_share": 1.0,
        **figures,
    }


def action_row(block: str, overdue: int) -> dict[str, Any]:
    return {
        **_of_cluster("Walsall", YEAR),
        "building_block": block,
        "actions": 4,
        "actions_done": 1,
        "actions_on_track": 3 - overdue,
        "actions_at_risk": 0,
        "actions_late": overdue,
        "actions_not_started": 0,
        "actions_overdue": overdue,
        "progress": "red" if overdue else "green",
    }


def outputs_row(cluster: str, year: str, hub: str | None = "virtual", offered: int = 2, **other: Any) -> dict[str, Any]:
    help_of_hub = (
        "hub_offers_market_opportunities",
        "hub_offers_innovation_partners",
        "hub_offers_product_development",
        "hub_offers_brokerage",
        "hub_offers_growth_and_finance",
    )
    return {
        **_of_cluster(cluster, year),
        "has_return": True,
        "supported_organisations": 41,
        "supported_target": 50.0,
        "grown_organisations": 9,
        "growth_accelerator_organisations": 3,
        "growth_accelerator_accepted_organisations": 1,
        "growth_accelerator_target": 3.0,
        "development_fund_organisations": 1,
        "development_fund_accepted_organisations": 0,
        "development_fund_target": 2.0,
        "hub_type": hub,
        **{name: number < offered for number, name in enumerate(help_of_hub)},
        "hub_services": offered,
        "opportunities_introduced": 6,
        "opportunities_bid": 5,
        "opportunities_won": 2,
        "opportunities_lost": 1,
        **other,
    }


def path_row(cluster: str, year: str, distance: float | None) -> dict[str, Any]:
    return {
        **_of_cluster(cluster, year),
        "target_growth_ratio": TARGET,
        "organisations_with_turnover": 11,
        "distance_from_path_ratio": distance,
    }


def make_release(
    folder: Path, hidden: Sequence[tuple[str, str, str]] = (), **replaced: Sequence[Mapping[str, Any]]
) -> Figures:
    """Write the release into a folder; `replaced` gives other rows for a mart.

    `hidden` names cells that the public edition hides: mart, cluster's id and column, in every year.
    """
    marts = {name: [with_parts(name, row) for row in rows] for name, rows in {**marts_of_small(), **replaced}.items()}
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, marts)
    _write(folder / "public", _public(marts, hidden))
    (folder / "manifest.json").write_text(
        json.dumps({"release_id": "20250701T010000Z", "as_of": "2025-07-01"}), encoding="utf-8"
    )
    return Figures(folder)


def with_parts(mart: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row, with the accepted and the excluded part of each total: all is accepted, where it does not say."""
    declared = read_declaration().marts.get(mart)
    parts: dict[str, Any] = {}
    for column, value in row.items() if declared else ():
        if declared and (declared.shows(accepted(column)) or accepted(column) in declared.left_out):
            left_out = row.get(excluded(column), 0.0)
            parts |= {accepted(column): None if value is None else value - left_out, excluded(column): left_out}
    return {**parts, **row}


def marts_of_small() -> dict[str, Sequence[Mapping[str, Any]]]:
    """The rows of every mart that reports read."""
    return {
        "clusters": [{"cluster_id": name.lower(), "cluster_name": name} for name in ("Smethwick", "Walsall")],
        "turnover_by_cluster": [
            cluster_row("Smethwick", YEAR, like_for_like_growth_ratio=0.2, on_target=True),
            cluster_row("Walsall", BEFORE, turnover_gbp=220_000.0),
            cluster_row("Walsall", YEAR),
        ],
        "turnover_by_organisation": [
            *(turnover_row(one, name, YEAR, now, before) for one, (name, before, now) in WALSALL.items()),
            turnover_row("GB-CHC-100020", "New Here", YEAR, 9_000, None),
            turnover_row("GB-CHC-100021", "Quiet One", YEAR, None, None, answered=False),
        ],
        "organisations": [
            {"organisation_id": one, "sectors": "health"} for one in (*WALSALL, "GB-CHC-100020", "GB-CHC-100021")
        ],
        "employment_by_cluster": [
            employment_row("Walsall", BEFORE, 100, 80.0),
            employment_row("Walsall", YEAR, 90, 72.5),
            employment_row("Smethwick", YEAR, 10, 8.0),
        ],
        "employment_by_organisation": [
            {
                "cluster_id": "walsall",
                "organisation_id": "GB-CHC-100001",
                "reporting_year": YEAR,
                "headcount": 4,
                "fte": 2.5,
            }
        ],
        "social_value_by_cluster": [_social_value("Walsall", YEAR)],
        "social_value_by_organisation": [
            own_value("GB-CHC-100001", 100.0, 1_221.0),
            own_value("GB-CHC-100002", 50.0, None),
            own_value("GB-CHC-100003", 0.0, None),
            own_value("GB-CHC-100004", None, None),
        ],
        "environment_by_cluster": [
            {
                **_of_cluster("Walsall", YEAR),
                "organisations_with_quantities": 3,
                "tco2e_scope_1": 1.0,
                "tco2e_scope_2": 2.0,
                "tco2e_scope_3": 0.5,
                "tco2e": 3.5,
                "tco2e_change_by_activity": None,
                "tco2e_change_by_factors": None,
                "factors_verified": True,
                "factor_missing": False,
                **ANSWERS,
            }
        ],
        "environment_by_organisation": [
            own_carbon("GB-CHC-100001", 1.0, 3.0, 4.0),
            own_carbon("GB-CHC-100002", None, None, None),
        ],
        "programme_years": [year_row(BEFORE), year_row(YEAR, is_default=True)],
        "programme_turnover": [programme_row(YEAR)],
        "programme_outputs": [
            {
                "reporting_year": YEAR,
                "clusters": 2,
                "clusters_with_return": 2,
                "supported_organisations": 82,
                "supported_target": 100.0,
                "grown_organisations": 18,
                "clusters_with_hub": 2,
                "clusters_with_whole_hub": 0,
                "growth_accelerator_organisations": 6,
                "clusters_at_growth_accelerator_target": 2,
                "development_fund_organisations": 2,
                "clusters_at_development_fund_target": 0,
                "opportunities_introduced": 12,
                "brokerage_target_gbp": 1_000_000.0,
                "brokerage_introduced_gbp": 1_467_000.0,
                "brokerage_won_gbp": 569_000.0,
            }
        ],
        "programme_growth_path": [
            {
                "population": "participants",
                "reporting_year": YEAR,
                "target_growth_ratio": TARGET,
                "organisations_with_turnover": 11,
                "turnover_gbp": 245_000.0,
                "target_of_those_gbp": 253_000.0,
                "distance_ratio": -0.03,
            }
        ],
        "target_path_by_cluster": [path_row("Smethwick", YEAR, 0.02), path_row("Walsall", YEAR, -0.05)],
        "baseline_by_cluster": [
            {
                "cluster_id": name.lower(),
                "cluster_name": name,
                "organisations": 12,
                "organisations_on_accounts_before_joining": 4,
                "organisations_on_stated_year": 3,
                "organisations_on_first_accounts": 5,
                "organisations_without_baseline": 0,
                "baseline_turnover_gbp": 220_000.0,
                "turnover_now_sent_gbp": 219_000.0,
                "revision_gbp": -1_000.0,
                "organisations_with_headcount": 11,
                "baseline_headcount": 100.0,
                "headcount_now_sent": 101.0,
                "baseline_fte": 80.5,
                "fte_now_sent": 80.5,
                "revised_organisations": 1,
                "restated_organisations": 2,
            }
            for name in ("Smethwick", "Walsall")
        ],
        "outputs_by_cluster": [outputs_row("Smethwick", YEAR), outputs_row("Walsall", YEAR)],
        "action_plan_by_cluster": [action_row("hub", 1), action_row("support", 0)],
        "innovation_by_cluster": [
            {
                **_of_cluster(name, YEAR),
                "organisations_with_answer_on_products": 11,
                "new_products": 7.0,
                "organisations_with_new_products": 4,
                "organisations_describing_products": 3,
                "organisations_with_answer_on_markets": 11,
                "new_markets": 2.0,
                "organisations_with_new_markets": 2,
                "organisations_describing_markets": 1,
                **ANSWERS,
            }
            for name in ("Smethwick", "Walsall")
        ],
        "social_value_outcomes_by_cluster": [
            {**_of_cluster("Walsall", YEAR), "outcome_type": "training", "people": 35.0, "organisations": 3}
        ],
        "response_by_cluster": [response_row(name, "2025-06-30", None) for name in ("Smethwick", "Walsall")],
        "alerts": [],
    }


def _write(folder: Path, marts: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The marts as one database, and a data dictionary that says of each column that it is that column."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(folder / "marts.duckdb")) as connection:
        for name, rows in marts.items():
            if rows:
                connection.register("rows_to_load", pa.Table.from_pylist([dict(row) for row in rows]))
                connection.execute(f"create table {name} as select * from rows_to_load")
            else:
                connection.execute(
                    f"create table {name} (cluster_id varchar, cluster_name varchar, organisation_id varchar, "
                    "organisation_name varchar, reporting_year varchar, severity varchar, rule_title varchar, "
                    "label varchar, message varchar, building_block varchar, outcome_type varchar)"
                )
        columns = connection.execute("select table_name, column_name from duckdb_columns()").fetchall()
    told = [
        {
            "mart": name,
            "description": f"All of {name}.",
            "columns": [
                {"column": column, "description": f"The {column}."} for table, column in columns if table == name
            ],
        }
        for name in marts
    ]
    (folder / "data-dictionary.json").write_text(json.dumps({"marts": told}), encoding="utf-8")


def _public(
    marts: Mapping[str, Sequence[Mapping[str, Any]]], hidden: Sequence[tuple[str, str, str]]
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """What the declaration lets anyone see of the marts, with the cells marked that are hidden."""
    declaration = read_declaration()
    shown: dict[str, Sequence[Mapping[str, Any]]] = {}
    for name, rows in marts.items():
        if name not in declaration.marts:
            continue
        cells = {(cluster, column) for mart, cluster, column in hidden if mart == name}
        shown[name] = [
            {
                **{
                    column: None if (row.get("cluster_id"), column) in cells else value
                    for column, value in row.items()
                    if declaration.marts[name].shows(column) or column in SHOWN_BEFORE
                },
                **{column + MARKER: "[c]" if row.get("cluster_id") == cluster else None for cluster, column in cells},
            }
            for row in rows
        ]
    return shown


def alert_row(organisation_id: str, name: str, message: str) -> dict[str, Any]:
    return {
        "cluster_id": "walsall",
        "organisation_id": organisation_id,
        "organisation_name": name,
        "reporting_year": YEAR,
        "severity": "warning",
        "rule_title": "Large change",
        "label": "Turnover (total income)",
        "message": message,
    }


def _of_cluster(cluster: str, year: str) -> dict[str, Any]:
    return {"cluster_id": cluster.lower(), "cluster_name": cluster, "reporting_year": year}


def employment_row(cluster: str, year: str, headcount: int, fte: float) -> dict[str, Any]:
    return {
        **_of_cluster(cluster, year),
        "organisations_with_headcount": 11,
        "headcount": headcount,
        "fte": fte,
        "headcount_imputed": 3.0,
        "fte_imputed": 2.0,
        "headcount_change": -10,
        "headcount_growth_ratio": -0.1,
        "organisations_with_jobs_created": 11,
        "jobs_created_fte": 12.0,
        "jobs_created_headcount": 12.0,
        "jobs_safeguarded_fte": 12.0,
        "jobs_disadvantaged": 12.0,
        **ANSWERS,
    }


def _social_value(cluster: str, year: str) -> dict[str, Any]:
    numbers = dict.fromkeys(
        (
            "organisations",
            "organisations_with_hours",
            "volunteers",
            "volunteer_hours",
            "volunteer_hours_low_gbp",
            "volunteer_hours_central_gbp",
            "volunteer_hours_high_gbp",
            "volunteer_hours_imputed",
            "clients_supported",
            "client_attendances",
            "contract_social_value_gbp",
        ),
        12.0,
    )
    return {**_of_cluster(cluster, year), **numbers, **ANSWERS}


def own_value(
    organisation_id: str, hours: float | None, central: float | None, method_flag: str | None = None
) -> dict[str, Any]:
    return {
        "cluster_id": "walsall",
        "organisation_id": organisation_id,
        "reporting_year": YEAR,
        "volunteers": 5,
        "volunteer_hours": hours,
        "volunteer_hours_low_gbp": central,
        "volunteer_hours_central_gbp": central,
        "volunteer_hours_high_gbp": None if central is None else central * 2,
        "clients_supported": 30,
        "method_flag": method_flag,
        "method_id": "WMSE-SV",
        "method_version": "1.0",
    }


def own_carbon(
    organisation_id: str, scope_1: float | None, scope_2: float | None, tco2e: float | None, change: float | None = None
) -> dict[str, Any]:
    return {
        "cluster_id": "walsall",
        "organisation_id": organisation_id,
        "reporting_year": YEAR,
        "electricity_kwh": 12_000.0,
        **dict.fromkeys(("gas_kwh", "petrol_litres", "diesel_litres", "water_m3"), 1.0),
        "tco2e_scope_1": scope_1,
        "tco2e_scope_2": scope_2,
        "tco2e_scope_3": None if tco2e is None else 0.0,
        "tco2e": tco2e,
        "tco2e_change": change,
        "tco2e_change_by_activity": change,
        "tco2e_change_by_factors": None if change is None else 0.0,
    }
