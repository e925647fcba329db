"""Six organisations of one cluster over four years, small enough to work everything out by head.

The figures of the returns that count; growth is worked out on twelve months. The cluster starts in April 2023, and all
join then but Forge Works, which joins in May 2022 and has no accounts from before; its first return says that the year
before was 60,000. Canal Crafts does not say when it joined.

| organisation                    | 2022-23 | 2023-24        | 2024-25         | 2025-26                         |
|---------------------------------|---------|----------------|-----------------|---------------------------------|
| Ashley Hall Trust, charity      |  80,000 | 100,000 (+25%) | 120,000 (+20%)  | 198,000 over 18 months =        |
|                                 |         |                |                 | 132,000 (+10%)                  |
| Brook Bakery CIC, then another  |  40,000 |  50,000 (+25%) |  57,500 (+15%)  | 30,000 over 6 months =          |
| name, same company number       |         |                |                 | 60,000 (+4.35%)                 |
| Canal Crafts, numbered from     |       - |   4,000        |   8,000 (base   | 10,000 (+25%)                   |
| 2024-25 on                      |         |                |  under 5,000)   |                                 |
| Dudley Road Pantry, society     | 190,000 | 200,000 (+5.3%)| 210,000 (+5%)   | 231, and in two rows: held back |
| Eastside Youth, unregistered    |  24,000 |  30,000 (+25%) |  36,000 (+20%)  | accounts not ready              |
| Forge Works, company            |  64,000 |  80,000 (+25%) | 100,000 (+25%)  | left                            |

Of 2022-23 an earlier version said 41,000 for Brook Bakery; of 2024-25 one said 999,999 for Ashley Hall.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.dbt_project import six_sheets
from tests.dbt_project.small_programme import Sent

ASHLEY = {"organisation_name": "Ashley Hall Trust", "charity_number": "1090095", "postcode": "WS1 1AA"}
BROOK = {"organisation_name": "Brook Bakery CIC", "company_number": "07444723", "postcode": "WS1 2BB"}
BROOK_RENAMED = {**BROOK, "organisation_name": "Brook Bread CIC"}
CANAL = {"organisation_name": "Canal Crafts", "postcode": "WS2 3CC"}
CANAL_NUMBERED = {**CANAL, "company_number": "08123456"}
DUDLEY = {"organisation_name": "Dudley Road Pantry", "mutual_number": "28797R", "postcode": "WS2 4DD"}
EASTSIDE = {"organisation_name": "Eastside Youth", "unregistered": True, "postcode": "WS3 5EE"}
FORGE = {"organisation_name": "Forge Works", "company_number": "09506232", "postcode": "WS3 6FF"}


def _year(first: int) -> dict[str, date]:
    return {"period_starts_on": date(first, 4, 1), "period_ends_on": date(first + 1, 3, 31)}


def _row(who: Mapping[str, Any], income: float | None, **more: Any) -> dict[str, Any]:
    common = {"response_status": "answered", "participant_class": "social enterprise", "total_income_gbp": income}
    return {**who, **common, **more}


_BEFORE_REPLACED = Sent(
    "e" * 64,
    "2022-23",
    date(2023, 7, 1),
    [_row(BROOK, 41_000, **_year(2022), joined_on=date(2023, 4, 1))],
)

_BEFORE = Sent(
    "f" * 64,
    "2022-23",
    date(2023, 7, 20),
    [
        _row(ASHLEY, 80_000, **_year(2022), joined_on=date(2023, 4, 1), employees_headcount=8, employees_fte=6),
        _row(BROOK, 40_000, **_year(2022), joined_on=date(2023, 4, 1)),
        _row(DUDLEY, 190_000, **_year(2022), joined_on=date(2023, 4, 1)),
        _row(EASTSIDE, 24_000, joined_on=date(2023, 4, 1)),
        _row(FORGE, 64_000, **_year(2022), joined_on=date(2022, 5, 1), prior_year_income_gbp=60_000),
    ],
)

_FIRST = Sent(
    "a" * 64,
    "2023-24",
    date(2024, 7, 1),
    [
        _row(
            ASHLEY,
            100_000,
            **_year(2023),
            employees_headcount=10,
            employees_fte=8,
            volunteers=5,
            volunteer_hours=100,
            volunteer_hours_quality="recorded",
            clients_supported=40,
            clients_basis="different people",
            jobs_created_headcount=2,
            jobs_created_fte=1.5,
            electricity_kwh=10_000,
            gas_kwh=20_000,
            diesel_litres=100,
            water_m3=50,
            environment_themes="retrofit; nature",
            new_products=2,
            new_products_note="A lunch club and a repair course",
            new_markets=1,
            new_markets_note="The council, and an online shop",
            investment_received_gbp=25_000,
            contract_social_value_gbp=5_000,
            jobs_disadvantaged=1,
        ),
        _row(
            BROOK, 50_000, **_year(2023), employees_headcount=4, employees_fte=3, electricity_kwh=1_000, new_products=0
        ),
        _row(CANAL, 4_000, **_year(2023), unregistered=True, clients_supported=300, clients_basis="attendances"),
        _row(DUDLEY, 200_000, **_year(2023), employees_headcount=20, employees_fte=15),
        _row(EASTSIDE, 30_000, volunteers=3, volunteer_hours=60, volunteer_hours_quality="estimated"),
        _row(FORGE, 80_000, **_year(2023), employees_headcount=0, employees_fte=0),
    ],
    [
        {"organisation": "Ashley Hall Trust", "outcome_type": "training", "people": 12, "tool": "own survey"},
        {"organisation": "Ashley Hall Trust", "outcome_type": "training", "people": 3, "tool": "other"},
        {"organisation": "07444723", "outcome_type": "income and debt", "people": 4, "tool": "other"},
        {"organisation": "Nobody", "outcome_type": "training", "people": 99, "tool": "other"},
    ],
    cover=six_sheets.FIRST_COVER,
    sheets=six_sheets.FIRST,
)

_ASHLEY_IN_2024 = {
    "employees_headcount": 12,
    "employees_fte": 9,
    "electricity_kwh": 8_000,
    "gas_kwh": 22_000,
    "diesel_litres": 20,
    "investment_received_gbp": 0,
}

# Replaced by the next one: of its organisation, turnover and headcount were other than they are now.
_REPLACED = Sent(
    "b" * 64,
    "2024-25",
    date(2025, 6, 1),
    [_row(ASHLEY, 999_999, **_year(2024), **{**_ASHLEY_IN_2024, "employees_headcount": 11})],
)

_SECOND = Sent(
    "c" * 64,
    "2024-25",
    date(2025, 8, 10),
    [
        _row(
            ASHLEY,
            120_000,
            **_year(2024),
            **_ASHLEY_IN_2024,
        ),
        _row(BROOK_RENAMED, 57_500, **_year(2024), employees_headcount=6, employees_fte=5),
        _row(CANAL_NUMBERED, 8_000, **_year(2024)),
        _row(DUDLEY, 210_000, **_year(2024), employees_headcount=20, employees_fte=16, jobs_safeguarded_fte=1.5),
        _row(EASTSIDE, 36_000, **_year(2024)),
        _row(FORGE, 100_000, **_year(2024), employees_headcount=2, employees_fte=2.5),
    ],
    cover=six_sheets.SECOND_COVER,
    sheets=six_sheets.SECOND,
)

_THIRD = Sent(
    "d" * 64,
    "2025-26",
    date(2026, 7, 31),
    [
        _row(ASHLEY, 198_000, period_starts_on=date(2024, 10, 1), period_ends_on=date(2026, 3, 31)),
        _row(BROOK_RENAMED, 30_000, period_starts_on=date(2025, 10, 1), period_ends_on=date(2026, 3, 31)),
        _row(CANAL_NUMBERED, 10_000, **_year(2025)),
        _row(DUDLEY, 231, **_year(2025)),
        _row(
            EASTSIDE,
            None,
            total_income_gbp_missing="accounts not ready",
            period_starts_on=date(2025, 8, 1),
            period_ends_on=date(2026, 7, 31),
            gas_kwh=1_000,
            water_m3=10,
        ),
        {**FORGE, "response_status": "left", "participant_class": "social enterprise"},
        _row(DUDLEY, 231, **_year(2025)),
    ],
    sheets=six_sheets.THIRD,
)

RETURNS = (_BEFORE_REPLACED, _BEFORE, _FIRST, _REPLACED, _SECOND, _THIRD)
