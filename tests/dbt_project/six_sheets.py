"""What the six organisations' cluster says of its support, referrals, brokerage, money, plan and hub.

| year    | support                               | referred to the Growth Accelerator | to the Development Fund |
|---------|---------------------------------------|------------------------------------|-------------------------|
| 2023-24 | Ashley, Brook, Dudley; one for nobody | Ashley twice, Brook                | Ashley; one of nobody   |
| 2024-25 | Forge, Eastside                       | Canal                              | -                       |

| opportunity     | 2023-24             | 2024-25          | 2025-26          |
|-----------------|---------------------|------------------|------------------|
| Tender 1        | 100,000, introduced | 120,000, won     | -                |
| Tender 2        | 50,000, bid         | -                | 50,000, lost     |
| Tender 3        | -                   | no value yet     | -                |

The grant is 20,000 in 2023-24, all of it paid; 8,000 of 10,000 is paid in 2024-25; 2025-26 says nothing of 5,000.
Co-ordination takes 4,000 of 20,000, then 2,500 where 2,000 is the most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Sheets = Mapping[str, Sequence[Mapping[str, Any]]]

FIRST_COVER = {"grant_received_gbp": 20_000, "coordination_spend_gbp": 4_000, "operational_spend_gbp": 15_000}
SECOND_COVER = {"grant_received_gbp": 8_000, "coordination_spend_gbp": 2_500, "operational_spend_gbp": 5_000}

FIRST: Sheets = {
    "support": [
        {
            "organisation": "ASHLEY HALL TRUST",
            "intervention": "business support",
            "started_on": date(2023, 5, 1),
            "support_hours": 10,
        },
        {"organisation": "07444723", "intervention": "growth programme", "started_on": date(2024, 1, 15)},
        {"organisation": "Dudley Road Pantry", "intervention": "business support", "support_hours": 5},
        {"organisation": "Nobody", "intervention": "business support", "support_hours": 99},
    ],
    "referrals": [
        {"organisation": "Ashley Hall Trust", "scheme": "Growth Accelerator", "outcome": "accepted"},
        {"organisation": "1090095", "scheme": "Growth Accelerator", "outcome": "waiting"},
        {"organisation": "Brook Bakery CIC", "scheme": "Growth Accelerator", "outcome": "declined"},
        {"organisation": "Ashley Hall Trust", "scheme": "Development Fund", "outcome": "accepted"},
        {"organisation": "Nobody", "scheme": "Development Fund"},
    ],
    "brokerage": [
        {
            "opportunity": "Tender 1",
            "buyer": "The council",
            "buyer_sector": "public",
            "stage": "introduced",
            "value_gbp": 100_000,
            "organisations": "Ashley Hall Trust; Brook Bakery CIC",
        },
        {"opportunity": "Tender 2", "buyer_sector": "private", "stage": "bid", "value_gbp": 50_000},
    ],
    "funding": [
        {"funder": "A lottery fund", "kind": "grant", "status": "received", "amount_gbp": 30_000},
        {"funder": "A lottery fund", "kind": "grant", "status": "secured", "amount_gbp": 12_000},
        {"funder": "A bank", "kind": "sponsorship", "status": "applied", "amount_gbp": 2_000},
        {"funder": "The council", "kind": "in kind", "status": "received", "amount_gbp": 5_000},
        {"funder": "The university", "kind": "in kind", "status": "received"},
    ],
    "action_plan": [
        {
            "action": "Agree the plan",
            "building_block": "development plan",
            "progress": "done",
            "due_on": date(2023, 9, 30),
        },
        {"action": "Open the hub", "building_block": "hub", "progress": "on track", "due_on": date(2026, 12, 31)},
        {"action": "Find a name", "building_block": "identity", "progress": "late", "due_on": date(2024, 1, 31)},
        {
            "action": "Count what changes",
            "building_block": "monitoring",
            "progress": "not started",
            "due_on": date(2024, 3, 1),
        },
    ],
    "hub": [
        {"hub_type": "physical", "opened_on": date(2023, 10, 1), "services": "brokerage; product development"},
    ],
}

SECOND: Sheets = {
    "support": [
        {"organisation": "Forge Works", "intervention": "innovation", "started_on": date(2024, 6, 1)},
        {"organisation": "Eastside Youth", "intervention": "peer learning", "started_on": date(2024, 9, 1)},
    ],
    "referrals": [{"organisation": "Canal Crafts", "scheme": "Growth Accelerator", "outcome": "waiting"}],
    "brokerage": [
        {"opportunity": "TENDER 1", "buyer_sector": "public", "stage": "won", "value_gbp": 120_000},
        {"opportunity": "Tender 3", "buyer_sector": "third", "stage": "introduced"},
    ],
    "funding": [
        {"funder": "A fund for the region", "kind": "regional investment", "status": "received", "amount_gbp": 7_000}
    ],
    "action_plan": [
        {"action": "Open the hub", "building_block": "hub", "progress": "done", "due_on": date(2025, 3, 31)},
        {"action": "Widen the hub", "building_block": "hub", "due_on": date(2025, 12, 31)},
    ],
    "hub": [
        {
            "hub_type": "physical",
            "opened_on": date(2023, 10, 1),
            "services": "market opportunities; innovation partners; product development; brokerage; growth and finance",
        },
    ],
}

THIRD: Sheets = {
    "brokerage": [{"opportunity": "Tender 2", "buyer_sector": "private", "stage": "lost", "value_gbp": 50_000}],
}
