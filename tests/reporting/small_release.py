"""A release made by hand: two clusters, a dozen organisations, two years, with only the columns that reports read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

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
        **figures,
    }


def make_release(folder: Path, **replaced: Sequence[Mapping[str, Any]]) -> Figures:
    """Write the release into a folder; `replaced` gives other rows for a mart."""
    marts: dict[str, Sequence[Mapping[str, Any]]] = {
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
            _employment("Walsall", BEFORE, 100, 80.0),
            _employment("Walsall", YEAR, 90, 72.5),
            _employment("Smethwick", YEAR, 10, 8.0),
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
            _own_value("GB-CHC-100001", 100.0, 1_221.0),
            _own_value("GB-CHC-100002", 50.0, None),
            _own_value("GB-CHC-100003", 0.0, None),
            _own_value("GB-CHC-100004", None, None),
        ],
        "environment_by_cluster": [
            {
                **_of_cluster("Walsall", YEAR),
                "organisations_with_quantities": 3,
                "tco2e_scope_1": 1.0,
                "tco2e_scope_2": 2.0,
                "tco2e_scope_3": 0.5,
                "tco2e": 3.5,
            }
        ],
        "environment_by_organisation": [
            _own_carbon("GB-CHC-100001", 1.0, 3.0, 4.0),
            _own_carbon("GB-CHC-100002", None, None, None),
        ],
        "returns": [
            {**_of_cluster(name, YEAR), "receipt_id": receipt, "days_late": late}
            for name, receipt, late in (("Smethwick", "a", None), ("Walsall", "b", None))
        ],
        "alerts": [],
        **replaced,
    }
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "marts.duckdb")) as connection:
        for name, rows in marts.items():
            if rows:
                connection.register("rows_to_load", pa.Table.from_pylist([dict(row) for row in rows]))
                connection.execute(f"create table {name} as select * from rows_to_load")
            else:
                connection.execute(
                    f"create table {name} (cluster_id varchar, organisation_id varchar, organisation_name varchar, "
                    "reporting_year varchar, severity varchar, rule_title varchar, label varchar, message varchar)"
                )
    (folder / "manifest.json").write_text(
        json.dumps({"release_id": "20250701T010000Z", "as_of": "2025-07-01"}), encoding="utf-8"
    )
    return Figures(folder)


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


def _employment(cluster: str, year: str, headcount: int, fte: float) -> dict[str, Any]:
    return {
        **_of_cluster(cluster, year),
        "organisations_with_headcount": 11,
        "headcount": headcount,
        "fte": fte,
        "headcount_change": -10,
        "headcount_growth_ratio": -0.1,
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
            "clients_supported",
            "outcome_employment_people",
            "outcome_training_people",
            "outcome_wellbeing_people",
            "contract_social_value_gbp",
            "jobs_created_fte",
            "jobs_created_headcount",
            "jobs_safeguarded_fte",
            "jobs_disadvantaged",
        ),
        12.0,
    )
    return {**_of_cluster(cluster, year), **numbers}


def _own_value(organisation_id: str, hours: float | None, central: float | None) -> dict[str, Any]:
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
        "method_id": "WMSE-SV",
        "method_version": "1.0",
    }


def _own_carbon(
    organisation_id: str, scope_1: float | None, scope_2: float | None, tco2e: float | None
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
    }
