"""What a cluster does in a year: outcomes, support, referrals, brokerage, funding, its action plan and its hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from zlib import crc32

from ingestion.programme import year_bounds

Row = dict[str, Any]

_OUTCOMES = ("employment", "training", "wellbeing", "isolation", "housing", "income and debt", "health", "environment")
_TOOLS = ("WEMWBS", "Outcomes Star", "own survey", "other")
_SUPPORT = (
    "business support", "growth programme", "market brokerage", "consortium", "innovation", "finance readiness",
    "peer learning",
)  # fmt: skip
_BUYERS = (("A council", "public"), ("A hospital trust", "public"), ("A builder", "private"), ("A charity", "third"))
_SCHEMES = ("Growth Accelerator",) * 3 + ("Development Fund",) * 2
_ACTIONS = (
    ("Agree the development plan", "development plan"),
    ("Put up the cluster's signs and website", "identity"),
    ("Run the support programme", "support"),
    ("Open the hub", "hub"),
    ("Meet three large buyers", "market access"),
    ("Join the council's growth board", "strategic links"),
    ("Collect this return", "monitoring"),
)


def other_sheets(
    random: Random, cluster: Mapping[str, str], year: str, organisations: Sequence[Row]
) -> dict[str, list[Row]]:
    """Rows of every sheet besides the front page and the organisations, by landed table."""
    answering = [row for row in organisations if row["response_status"] == "answered"]
    first_year = year[:4] == cluster["started_on"][:4]
    progress = (
        ("not started", "on track", "on track", "at risk") if first_year else ("done", "done", "on track", "late")
    )
    opened_on = date(2024, 2, 1)
    is_open = year_bounds(year)[1] >= opened_on
    return {
        "outcomes": [_outcome(random, row) for row in random.sample(answering, 20)],
        "support": [_support(random, year, row) for row in random.sample(answering, 24)],
        "referrals": [
            _referral(random, year, row, scheme)
            for row, scheme in zip(random.sample(_of_this_year(answering, year), len(_SCHEMES)), _SCHEMES, strict=True)
        ],
        "brokerage": [_brokerage(random, cluster["cluster_id"], year, place, answering) for place in range(1, 5)],
        "funding": [_funding(random, year) for _ in range(3)],
        "action_plan": [
            {
                "action": action,
                "building_block": block,
                "due_on": year_bounds(year)[1] + timedelta(days=30 * place),
                "progress": random.choice(progress),
            }
            for place, (action, block) in enumerate(_ACTIONS)
        ],
        "hub": [
            {
                "hub_type": random.choice(("physical", "virtual")) if is_open else "none yet",
                "opened_on": opened_on if is_open else None,
                "services": ("brokerage", "growth and finance") if is_open else None,
            }
        ],
    }


def _of_this_year(answering: Sequence[Row], year: str) -> Sequence[Row]:
    """A quarter of the organisations, another one each year, so that nobody is referred in two years."""
    chosen = [row for row in answering if crc32(row["organisation_name"].encode()) % 4 == int(year[:4]) % 4]
    return chosen if len(chosen) >= len(_SCHEMES) else answering


def _outcome(random: Random, row: Row) -> Row:
    return {
        "organisation": row["organisation_name"],
        "outcome_type": random.choice(_OUTCOMES),
        "people": random.randint(1, row["clients_supported"]),
        "tool": random.choice(_TOOLS),
    }


def _support(random: Random, year: str, row: Row) -> Row:
    return {
        "organisation": row["organisation_name"],
        "intervention": random.choice(_SUPPORT),
        "started_on": _day(random, year, row),
        "support_hours": random.randint(2, 40),
    }


def _referral(random: Random, year: str, row: Row, scheme: str) -> Row:
    return {
        "organisation": row["organisation_name"],
        "scheme": scheme,
        "referred_on": _day(random, year, row),
        "outcome": random.choice(("accepted", "accepted", "declined", "waiting")),
    }


def _brokerage(random: Random, cluster_id: str, year: str, place: int, answering: Sequence[Row]) -> Row:
    buyer, sector = random.choice(_BUYERS)
    introduced = random.sample(answering, random.randint(1, 3))
    return {
        "opportunity": f"{cluster_id.upper()}-{year[:4]}-{place:02d}",
        "buyer": buyer,
        "buyer_sector": sector,
        "value_gbp": random.randint(8, 150) * 1_000,
        "stage": random.choice(("introduced", "bid", "won", "won", "lost")),
        "introduced_on": max(_day(random, year, row) for row in introduced),
        "organisations": tuple(row["organisation_name"] for row in introduced),
    }


def _funding(random: Random, year: str) -> Row:
    return {
        "funder": random.choice(("A community foundation", "A lottery fund", "A local firm", "The council")),
        "kind": random.choice(("grant", "grant", "regional investment", "sponsorship", "in kind")),
        "amount_gbp": random.randint(2, 60) * 500,
        "status": random.choice(("applied", "secured", "received")),
        "decided_on": year_bounds(year)[0] + timedelta(days=random.randint(20, 340)),
    }


def _day(random: Random, year: str, row: Row) -> date:
    """A day of the year on which the organisation took part already."""
    starts_on, ends_on = year_bounds(year)
    first: date = max(starts_on, row["joined_on"])
    return first + timedelta(days=random.randint(0, (ends_on - first).days))
