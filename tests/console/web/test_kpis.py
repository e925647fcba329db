"""The pages of the KPIs show what the release holds, in the year that is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


def _rows(sql: str, *values: object) -> list[dict[str, Any]]:
    from django.conf import settings

    from console.releases import current_release

    return current_release(settings.HOME).query(sql, values)


def _tables(page: str) -> dict[str, dict[str, list[str]]]:
    """The cells of every table by its caption and by the first cell of the row."""
    found = {}
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", table, re.DOTALL)
        assert caption is not None
        rows = [
            [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        ]
        found[caption[1]] = {row[0]: row[1:] for row in rows}
    return found


def _programme(client: Client, year: str = "") -> dict[str, list[str]]:
    answer = client.get("/kpis/", {"year": year} if year else {})
    assert answer.status_code == 200
    return _tables(answer.content.decode())["The KPIs of the business case, section 7.1"]


def test_the_programme_shows_each_kpi_as_the_marts_hold_it(analyst: Client) -> None:
    shown = _programme(analyst)
    years = [
        row["reporting_year"]
        for row in _rows("select distinct reporting_year from employment_by_organisation order by 1")
    ]
    assert shown["Measure"] == ["Target", *years, "Rests on"]
    for measure, column, mart in (
        ("Employees", "headcount", "employment_by_organisation"),
        ("New markets", "new_markets", "innovation_by_organisation"),
        ("Hours given by volunteers", "volunteer_hours", "social_value_by_organisation"),
    ):
        sums = [_rows(f"select sum({column}) as total from {mart} where reporting_year = ?", year) for year in years]
        assert shown[measure][1:-1] == [f"{row['total']:,.0f}" for (row,) in sums]


def test_growth_is_that_of_the_organisations_with_both_years(analyst: Client) -> None:
    (counted,) = _rows(
        """
        select sum(turnover_annualised_gbp) / sum(previous_turnover_annualised_gbp) - 1 as growth, count(*) as n
        from (select distinct on (organisation_id, reporting_year) * from turnover_by_organisation)
        where reporting_year = '2024-25' and counts_for_growth
        """
    )
    growth = _programme(analyst, "2024-25")["Turnover growth, like for like"]
    assert growth[-2:] == [f"{counted['growth']:.1%}", f"{counted['n']} organisations"]


def test_the_year_of_the_address_is_the_last_one_shown(analyst: Client) -> None:
    assert _programme(analyst, "2023-24")["Measure"] == ["Target", "2022-23", "2023-24", "Rests on"]


@pytest.mark.parametrize("year", ["2031-32", "1", "'", "2024-25 "])
def test_a_year_without_figures_is_not_found_and_the_years_there_are_are_named(analyst: Client, year: str) -> None:
    answer = analyst.get("/kpis/", {"year": year})
    assert answer.status_code == 404
    assert "2022-23, 2023-24, 2024-25, 2025-26" in answer.content.decode()
