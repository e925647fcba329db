"""Clean returns of invented organisations: plausible figures for each year, which add up and hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil, exp
from random import Random
from typing import Any

from demo.organisations import YEARS, Organisation
from demo.other_sheets import other_sheets
from ingestion.programme import Programme, year_bounds
from ingestion.workbook import Quirks

Row = dict[str, Any]
NOTICE = "Made-up figures for demonstration"

# Growth of a year stays within these, so that two years together change a figure by less than half or double.
_LEAST_RATIO, _MOST_RATIO = 0.76, 1.4
# Smaller ones have nobody on the payroll.
_LEAST_TURNOVER_WITH_STAFF_GBP = 15_000
_LEAST_STAFF_WITH_NEW_JOBS = 4


@dataclass
class Return:
    """One file that a cluster sends: the answers by landed table, and how and when it comes."""

    cluster_id: str
    reporting_year: str
    file_name: str
    arrived_at: datetime
    answers: dict[str, list[Row]]
    quirks: Quirks = field(default_factory=Quirks)

    @property
    def organisations(self) -> list[Row]:
        """Rows of the sheet of organisations."""
        return self.answers["organisations"]


def make_returns(random: Random, programme: Programme, organisations: Sequence[Organisation]) -> list[Return]:
    """One return for each cluster and year, by cluster and then year, without any defect."""
    turnovers = {organisation.name: _turnovers(random, organisation) for organisation in organisations}
    returns = []
    for cluster in programme.clusters:
        members = [one for one in organisations if one.cluster_id == cluster["cluster_id"]]
        for number, year in enumerate(YEARS):
            present = sorted((one for one in members if one.is_in(year)), key=lambda one: one.name)
            rows = [_row(random, one, year, turnovers[one.name]) for one in present]
            arrived_on = date(int(year[:4]) + 1, 6, 15) + timedelta(days=random.randint(0, 30))
            arrived_at = datetime(
                arrived_on.year, arrived_on.month, arrived_on.day, random.randint(8, 17), random.randint(0, 59),
                tzinfo=UTC,
            )  # fmt: skip
            grants = [float(grant["grant_gbp"]) for grant in programme.grant_schedule]
            grant = round(grants[number]) if number < len(grants) else 0
            cover: Row = {
                "cluster_stated": cluster["cluster_name"],
                "reporting_year_stated": year,
                "lead_organisation": cluster["lead_agency"],
                "signed_off_by_role": random.choice(("Chief executive", "Director", "Cluster manager")),
                "signed_off_on": arrived_on - timedelta(days=random.randint(1, 6)),
                "grant_received_gbp": grant,
                "coordination_spend_gbp": round(grant * 0.2),
                "operational_spend_gbp": grant - round(grant * 0.2),
            }
            returns.append(
                Return(
                    cluster_id=cluster["cluster_id"],
                    reporting_year=year,
                    file_name=f"{cluster['cluster_name']} return {year}.xlsx",
                    arrived_at=arrived_at,
                    answers={"cover": [cover], "organisations": rows, **other_sheets(random, cluster, year, rows)},
                )
            )
    return returns


def _turnovers(random: Random, organisation: Organisation) -> dict[str, int]:
    """Turnover in whole pounds for every year, also those of which nothing is sent."""
    turnover = organisation.first_turnover_gbp
    by_year = {}
    for year in YEARS:
        by_year[year] = round(turnover)
        ratio = exp(random.gauss(organisation.growth, 0.09))
        turnover *= min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
    return by_year


def _row(random: Random, organisation: Organisation, year: str, turnovers: dict[str, int]) -> Row:
    status = organisation.status(year)
    row: Row = {
        "organisation_name": organisation.name,
        "charity_number": organisation.charity_number,
        "company_number": organisation.company_number,
        "mutual_number": organisation.mutual_number,
        "unregistered": None if organisation.numbers else True,
        "postcode": organisation.postcode,
        "legal_form": organisation.legal_form,
        "sectors": organisation.sectors,
        "participant_class": organisation.participant_class,
        "stage": "starting up" if organisation.joined_on >= year_bounds(year)[0] else "established",
        "joined_on": organisation.joined_on,
        "left_on": organisation.left_on if status in ("left", "closed") else None,
        "response_status": status,
        "fast_track": organisation.fast_track,
    }
    if status != "answered":
        return row
    if organisation.fast_track:
        row["stage"] = "growing"
    before = turnovers.get(YEARS[YEARS.index(year) - 1]) if year != YEARS[0] else None
    return (
        row
        | _money(random, organisation, year, turnovers[year], before)
        | _people(random, organisation, turnovers[year])
    )


def _money(random: Random, organisation: Organisation, year: str, total: int, before: int | None) -> Row:
    starts_on, ends_on = _period(organisation, year)
    traded = round(total * organisation.traded_ratio)
    other = round((total - traded) * random.uniform(0, 0.3))
    return {
        "period_starts_on": starts_on,
        "period_ends_on": ends_on,
        "figures_from": random.choice(("accounts", "accounts", "management accounts", "estimate")),
        "total_income_gbp": total,
        "traded_income_gbp": traded,
        "grants_and_donations_gbp": total - traded - other,
        "other_income_gbp": other,
        "prior_year_income_gbp": before,
        "total_expenditure_gbp": round(total * random.uniform(0.9, 1.04)),
        "investment_received_gbp": random.choice((0, 0, 0, 0, 5_000, 12_000, 25_000)),
    }


def _period(organisation: Organisation, year: str) -> tuple[date, date]:
    """The twelve months of accounts that end within a reporting year."""
    starts_on, last_day = year_bounds(year)
    month, day = organisation.year_end
    in_first_calendar_year = (month, day) > (last_day.month, last_day.day)
    ends_on = date(starts_on.year if in_first_calendar_year else last_day.year, month, day)
    return ends_on.replace(year=ends_on.year - 1) + timedelta(days=1), ends_on


def _people(random: Random, organisation: Organisation, turnover: int) -> Row:
    fte = round(turnover / organisation.turnover_per_fte_gbp, 1) if turnover >= _LEAST_TURNOVER_WITH_STAFF_GBP else 0
    headcount = ceil(fte * 1.25)
    volunteers = organisation.volunteers_base and organisation.volunteers_base + random.randint(-1, 3)
    clients = round(organisation.clients_base * random.uniform(0.8, 1.25))
    jobs = random.choice((0, 0, 0, 1, 1, 2)) if headcount >= _LEAST_STAFF_WITH_NEW_JOBS else 0
    row: Row = {
        "employees_headcount": headcount,
        "employees_fte": fte,
        "full_time_week_hours": random.choice((None, 35, 37, 37.5)),
        "volunteers": volunteers,
        "volunteer_hours": round(volunteers * organisation.hours_each_volunteer * random.uniform(0.85, 1.2)),
        "volunteer_hours_quality": random.choice(("recorded", "sampled", "estimated")),
        "clients_supported": clients,
        "clients_basis": random.choice(("different people", "different people", "attendances")),
        "jobs_created_headcount": jobs,
        "jobs_created_fte": round(jobs * 0.8, 1),
        "jobs_safeguarded_fte": random.choice((0, 0, 0, 0.5, 1)) if headcount else 0,
        "jobs_disadvantaged": random.randint(0, jobs),
        "new_products": random.choice((0, 0, 0, 1, 1, 2)),
        "new_markets": random.choice((0, 0, 0, 0, 1)),
        "contract_social_value_gbp": random.choice((None, None, None, 1_500, 4_000)),
    }
    if row["new_products"]:
        row["new_products_note"] = random.choice(("A weekend service", "A second workshop", "An online shop"))
    if row["new_markets"]:
        row["new_markets_note"] = random.choice(("Schools nearby", "The next borough", "Housing associations"))
    if row["contract_social_value_gbp"]:
        row["contract_social_value_note"] = "Work placements beyond the contract"
    return row | _environment(random, organisation, fte)


def _environment(random: Random, organisation: Organisation, fte: float) -> Row:
    if not organisation.has_premises:
        return dict.fromkeys(("electricity_kwh", "gas_kwh", "water_m3"), "not applicable")
    return {
        "electricity_kwh": round((fte + 1) * random.uniform(1_400, 2_600)),
        "gas_kwh": round((fte + 1) * random.uniform(2_500, 5_500)),
        "petrol_litres": random.choice((0, 0, 120, 300)),
        "diesel_litres": random.choice((0, 0, 0, 450)),
        "water_m3": round((fte + 2) * random.uniform(5, 11)),
        "waste_landfill_tonnes": round((fte + 1) * random.uniform(0.05, 0.2), 2),
        "waste_recycled_tonnes": round((fte + 1) * random.uniform(0.1, 0.35), 2),
        "environment_themes": random.choice((None, None, ("circular economy",), ("nature",), ("retrofit", "nature"))),
    }
