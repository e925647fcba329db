"""What a lead agency gets back once its return is accepted: from the public edition, and of its own organisations."""

from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import pytest

from publishing.reader import open_marts
from tests.console.web.conftest import CLUSTER

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

# Of the demo: no error of Walsall is open in the one, eight are in the other.
ACCEPTED, NOT_YET = "2023-24", "2025-26"


def _query(home: Path, sql: str, edition: str = "") -> list[tuple[object, ...]]:
    file = home / "releases" / "current" / edition / "marts.duckdb"
    with open_marts(file) as marts:
        return marts.execute(sql).fetchall()


def test_the_cluster_stands_beside_the_programme_as_anyone_may_see_both(home: Path, agency: Client) -> None:
    page = agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/figures/").content.decode()
    everywhere = f"select sum(headcount_accepted) from employment_by_cluster where reporting_year = '{ACCEPTED}'"
    (whole,) = _query(home, everywhere, "public")
    (own,) = _query(home, f"{everywhere} and cluster_id = '{CLUSTER}'", "public")
    row = page[page.index("Employees</th>") :].split("</tr>")[0]
    assert f"{own[0]:,.0f}</td>" in row
    assert f"{whole[0]:,.0f}</td>" in row
    assert "Programme" in page


def test_an_organisation_has_its_place_among_its_peers(home: Path, agency: Client) -> None:
    growth = _query(
        home,
        f"""
        select one.organisation_id, one.organisation_name, one.cluster_id, one.growth_ratio, about.sectors
        from turnover_by_organisation as one
        inner join organisations as about on one.organisation_id = about.organisation_id
        where one.reporting_year = '{ACCEPTED}' and one.counts_for_growth
        order by one.organisation_name
        """,
    )
    own = next(row for row in growth if row[2] == CLUSTER and str(row[4]).startswith("health"))
    peers = [float(str(row[3])) for row in growth if "health" in str(row[4]).split("; ")]
    of_others = [row for row in growth if "health" in str(row[4]).split("; ") and row[2] != CLUSTER]
    assert len(of_others) >= 10
    low, _, high = quantiles(peers, n=4, method="inclusive")
    page = agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/figures/").content.decode()
    line = page[page.index(f">{own[1]}</a></th>") :].split("</tr>")[0]
    assert f"{float(str(own[3])):.1%}" in line
    assert f"Health: {len(peers)} organisations" in line
    assert f"{median(peers):.1%}</td>" in line
    assert f"{low:.1%} to {high:.1%}" in line
    benchmark = agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/organisations/{own[0]}/")
    assert str(own[1]) in benchmark.content.decode()
    chart = agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/organisations/{own[0]}/charts/your-place.svg")
    assert chart["Content-Type"] == "image/svg+xml"
    text = b"".join(
        agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/organisations/{own[0]}/tables/your-place.csv").streaming_content
    ).decode()
    assert "Whole programme" in text


def test_before_it_is_accepted_nothing_is_shown(home: Path, agency: Client) -> None:
    page = agency.get(f"/returns/{CLUSTER}/{NOT_YET}/figures/").content.decode()
    assert "Not yet" in page
    assert "Programme" not in page
    (one,) = _query(
        home,
        f"select min(organisation_id) from turnover_by_organisation "
        f"where reporting_year = '{NOT_YET}' and cluster_id = '{CLUSTER}' and answered",
    )
    assert agency.get(f"/returns/{CLUSTER}/{NOT_YET}/organisations/{one[0]}/").status_code == 404
    assert agency.get(f"/returns/{CLUSTER}/{NOT_YET}/figures/tables/places.csv").status_code == 404


def test_nothing_of_another_cluster_is_found(home: Path, agency: Client, steward: Client) -> None:
    (other,) = _query(
        home,
        "select min(organisation_id) from turnover_by_organisation "
        f"where reporting_year = '{ACCEPTED}' and cluster_id = 'wolverhampton' and answered",
    )
    for address in ("figures/", "figures/tables/places.csv", f"organisations/{other[0]}/"):
        assert agency.get(f"/returns/wolverhampton/{ACCEPTED}/{address}").status_code == 404
    # Nor under one's own address, whoever asks.
    for client in (agency, steward):
        assert client.get(f"/returns/{CLUSTER}/{ACCEPTED}/organisations/{other[0]}/").status_code == 404
    assert steward.get(f"/returns/wolverhampton/{ACCEPTED}/organisations/{other[0]}/").status_code == 200


def test_tables_and_charts_that_are_not_there_are_not_found(agency: Client) -> None:
    assert agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/figures/tables/nothing.csv").status_code == 404
    assert agency.get(f"/returns/{CLUSTER}/{ACCEPTED}/organisations/nobody/").status_code == 404
    assert agency.get(f"/returns/{CLUSTER}/1999-00/figures/").status_code == 404
