"""What an alert says is published is what the marts publish, in the demo's release."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publishing.totals import accepted
from tests.orchestration.conftest import query

pytestmark = pytest.mark.xdist_group("demo")

# What a sentence calls a figure, and the mart and column by which it is published.
PUBLISHED = {
    "Like-for-like growth of turnover": ("turnover_by_cluster", "like_for_like_growth_ratio"),
    "Employees": ("employment_by_cluster", accepted("headcount")),
    "Employees in full-time equivalents": ("employment_by_cluster", accepted("fte")),
    "Jobs created": ("employment_by_cluster", accepted("jobs_created_headcount")),
    "Jobs created in full-time equivalents": ("employment_by_cluster", accepted("jobs_created_fte")),
    "Jobs kept in full-time equivalents": ("employment_by_cluster", accepted("jobs_safeguarded_fte")),
    "Jobs created for disadvantaged people": ("employment_by_cluster", accepted("jobs_disadvantaged")),
    "Volunteers": ("social_value_by_cluster", accepted("volunteers")),
    "Volunteer hours": ("social_value_by_cluster", accepted("volunteer_hours")),
    "Clients supported": ("social_value_by_cluster", accepted("clients_supported")),
    "Social value beyond contracts in pounds": ("social_value_by_cluster", accepted("contract_social_value_gbp")),
    "New products": ("innovation_by_cluster", accepted("new_products")),
    "New markets": ("innovation_by_cluster", accepted("new_markets")),
    "Investment in pounds": ("investment_by_cluster", accepted("investment_received_gbp")),
    "Electricity in kWh": ("environment_by_cluster", accepted("electricity_kwh")),
    "Gas in kWh": ("environment_by_cluster", accepted("gas_kwh")),
}
SENTENCE = re.compile(r"(?P<what>[^,]+), (?P<cluster>[^,]+), (?P<year>\d{4}-\d{2}): published (?P<figure>[-\d,.]+%?),")


def test_every_published_figure_of_an_impact_is_that_of_the_mart(demo_home: Path) -> None:
    told = [text for (text,) in query(demo_home, "select impact from alerts where impact like '%: published %'")]
    assert len(told) > 30
    whats = set()
    for text in told:
        found = SENTENCE.match(text)
        assert found, text
        whats.add(found["what"])
        mart, column = PUBLISHED[found["what"]]
        both = [(mart, column)]
        if found["what"] == "Clients supported":
            # who counts attendances is published apart
            both.append((mart, accepted("client_attendances")))
        figures = [
            query(
                demo_home,
                f"select {name} from {table} "
                f"where cluster_name = '{found['cluster']}' and reporting_year = '{found['year']}'",
            )[0][0]
            for table, name in both
        ]
        is_percent = found["figure"].endswith("%")
        shown = float(found["figure"].rstrip("%").replace(",", "")) / (100 if is_percent else 1)
        near = 0.0005 if is_percent else 0.005
        assert any(figure is not None and abs(figure - shown) <= near + 1e-9 for figure in figures), (text, figures)
    assert len(whats) > 8


def test_a_figure_in_pence_is_told_beside_what_is_published(demo_home: Path) -> None:
    """Wolverhampton 2025-26: 8.9% are published, and nothing is said of a target that no published figure passes."""
    found = query(
        demo_home,
        "select distinct impact from alerts where cluster_id = 'wolverhampton' and reporting_year = '2025-26' "
        "and field = 'total_income_gbp' and holds_back",
    )
    assert found == [
        (
            "Like-for-like growth of turnover, Wolverhampton, 2025-26: published 8.9%, without this figure; 207% if it "
            "counts as sent (which reaches the target of 15%; the published one does not); "
            "8.8% if the explanation holds.",
        )
    ]
