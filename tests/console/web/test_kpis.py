"""The pages of the KPIs show what the release holds, in the year that is asked for; charts and files say the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.reporting.small_release import employment_row, make_release, marts_of_small

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
YEAR = "2024-25"


def _rows(sql: str, *values: object) -> list[dict[str, Any]]:
    return _release().query(sql, values)


def _release() -> Any:
    from django.conf import settings

    from console.releases import current_release

    return current_release(settings.HOME)


def _page(client: Client, name: str = "", year: str = "") -> str:
    answer = client.get(f"/kpis/{name}", {"year": year} if year else {})
    assert answer.status_code == 200
    return answer.content.decode()


def _tables(page: str) -> dict[str, dict[str, list[str]]]:
    """The cells of every table by its caption and by the first cell of the row."""
    found = {}
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        rows = [
            [_text(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        ]
        caption = re.search(r"<caption.*?</caption>", table, re.DOTALL)
        assert caption is not None
        found[_text(caption[0])] = {row[0]: row[1:] for row in rows}
    return found


def _text(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def _links(page: str, ending: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|src)="([^"]*)"', page) if f".{ending}?" in link]


def _kpis(client: Client, year: str = "") -> dict[str, list[str]]:
    return _tables(_page(client, year=year))["The KPIs of the business case, section 7.1"]


def test_the_programme_shows_each_kpi_as_the_marts_hold_it(analyst: Client) -> None:
    shown = _kpis(analyst)
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
        accepted = f"select sum({column}) as total from {mart} where reporting_year = ? and not is_held_back"
        sums = [_rows(accepted, year) for year in years]
        assert shown[measure][1:-1] == [f"{row['total']:,.0f}" for (row,) in sums]
        excluded = f"select coalesce(sum({column}), 0) as total from {mart} where reporting_year = ? and is_held_back"
        sums = [_rows(excluded, year) for year in years]
        if any(row["total"] for (row,) in sums):
            assert shown[f"{measure}: excluded"][1:-1] == [f"{row['total']:,.0f}" for (row,) in sums]


def test_growth_is_that_of_the_organisations_with_both_years(analyst: Client) -> None:
    (counted,) = _rows(
        """
        select sum(turnover_annualised_gbp) / sum(previous_turnover_annualised_gbp) - 1 as growth, count(*) as n
        from (select distinct on (organisation_id, reporting_year) * from turnover_by_organisation)
        where reporting_year = ? and counts_for_growth
        """,
        YEAR,
    )
    growth = _kpis(analyst, YEAR)["Turnover growth, like for like"]
    assert growth[-2:] == [f"{counted['growth']:.1%}", f"{counted['n']} organisations"]


def test_the_year_of_the_address_is_the_last_one_shown(analyst: Client) -> None:
    assert _kpis(analyst, "2023-24")["Measure"] == ["Target", "2022-23", "2023-24", "Rests on"]


def test_every_measure_leads_to_its_kpi_in_the_same_year(analyst: Client) -> None:
    page = _page(analyst, year=YEAR)
    linked = re.findall(r'<th scope="row"[^>]*><a class="govuk-link" href="([^"]*)">', page)
    measures = [name for name in _kpis(analyst, YEAR) if name != "Measure" and not name.endswith(": excluded")]
    assert len(linked) == len(measures) > 5
    assert {analyst.get(unescape(link)).status_code for link in linked} == {200}
    assert {link.rpartition("?")[2] for link in linked} == {f"year={YEAR}"}


def test_a_kpi_shows_its_clusters_side_by_side(analyst: Client) -> None:
    shown = _tables(_page(analyst, "employment/", YEAR))[f"Employment, {YEAR}"]
    counted = _rows(
        """
        select
            cluster_name,
            count(headcount) as n,
            sum(headcount) filter (where not is_held_back) as headcount,
            sum(headcount) filter (where is_held_back) as excluded
        from employment_by_organisation where reporting_year = ? group by cluster_name
        """,
        YEAR,
    )
    assert {name: cells[:2] for name, cells in shown.items() if name != "Cluster"} == {
        row["cluster_name"]: [str(row["n"]), f"{row['headcount']:,.0f}"] for row in counted
    } | {f"{row['cluster_name']}: excluded": ["", f"{row['excluded']:,.0f}"] for row in counted if row["excluded"]}


def test_a_change_is_split_into_what_the_same_organisations_did_and_all_else(analyst: Client) -> None:
    shown = _tables(_page(analyst, "employment/", YEAR))[f"Employees at the end of the year: change to {YEAR}"]
    (all_of_them,) = _rows(
        """
        select
            sum(headcount) filter (where reporting_year = '2023-24') as before,
            sum(headcount) filter (where reporting_year = '2024-25') as now
        from employment_by_organisation
        where not is_held_back
        """
    )
    (same,) = _rows("select sum(headcount_change) as change from employment_by_cluster where reporting_year = ?", YEAR)
    change = all_of_them["now"] - all_of_them["before"]
    wanted = [all_of_them["before"], all_of_them["now"], change, same["change"], change - same["change"]]
    assert shown["All of these"] == [f"{figure:,.0f}" for figure in wanted]


def test_what_is_held_back_and_estimated_is_counted(analyst: Client) -> None:
    shown = _tables(_page(analyst, "employment/", YEAR))[f"Answers, estimates and open questions, {YEAR}"]
    estimated = _rows(
        """
        select cluster_name, count(distinct organisation_id) as n
        from imputations
        where reporting_year = ? and kpi = 'employment' group by cluster_name
        """,
        YEAR,
    )
    at = shown["Cluster"].index("Estimated")
    assert {name: int(cells[at]) for name, cells in shown.items() if name != "Cluster" and cells[at] != "0"} == {
        row["cluster_name"]: row["n"] for row in estimated
    }


def test_baselines_are_the_sums_of_those_of_the_organisations(analyst: Client) -> None:
    shown = _tables(_page(analyst, "baselines/"))["Baselines as locked and as sent now"]
    sums = "select cluster_name, sum(baseline_turnover_gbp) as locked from baseline_by_organisation group by 1"
    assert {name: cells[0] for name, cells in shown.items() if name != "Cluster"} == {
        row["cluster_name"]: f"£{row['locked']:,.0f}" for row in _rows(sums)
    }


def test_a_figure_that_is_never_estimated_does_not_show_the_estimates_of_others(analyst: Client) -> None:
    page = _page(analyst, "people-helped/", YEAR)
    assert "Estimated" not in _tables(page)[f"Answers, estimates and open questions, {YEAR}"]["Cluster"]
    assert "None of these figures is ever estimated." in page


@pytest.mark.parametrize("year", ["2022-23", "2025-26"])
def test_every_chart_and_file_that_a_page_names_is_there(analyst: Client, year: str) -> None:
    from reporting.kpi_pages import kpi_pages

    for name in ("", *(f"{kpi}/" for kpi in kpi_pages())):
        page = _page(analyst, name, year)
        charts, sheets = _links(page, "svg"), _links(page, "csv")
        assert len(sheets) == len(_tables(page)) == len(set(sheets))
        assert len(charts) == page.count("<figure")
        assert {link: analyst.get(link).status_code for link in sheets} == dict.fromkeys(sheets, 200)
        for link in charts[:1]:
            answer = analyst.get(link)
            assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")


def test_a_chart_draws_the_figures_of_its_table(analyst: Client) -> None:
    page = _page(analyst, "employment/", YEAR)
    (bars,) = (link for link in _links(page, "svg") if link.startswith("/kpis/employment/charts/employment.svg"))
    drawn = analyst.get(bars).content.decode()
    for name, cells in _tables(page)[f"Employment, {YEAR}"].items():
        assert name == "Cluster" or name.endswith(": excluded") or f">{cells[1]}</text>" in drawn


def _csv(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[call-overload]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_file_has_the_numbers_unrounded_and_their_units(analyst: Client) -> None:
    release = _release().release_id
    rows = _csv(analyst, f"/kpis/turnover-growth/tables/turnover.csv?year={YEAR}&release={release}")
    columns = "cluster_name, turnover_accepted_gbp, turnover_excluded_gbp, like_for_like_growth_ratio"
    counted = _rows(f"select {columns} from turnover_by_cluster where reporting_year = ?", YEAR)
    figures = ("Accepted turnover (pounds)", "Excluded (pounds)", "Like for like (ratio)")
    assert {(row["Cluster"], *(float(row[name]) for name in figures)) for row in rows} == {
        tuple(row.values()) for row in counted
    }
    mixed = _csv(analyst, f"/kpis/programme/tables/kpis.csv?year={YEAR}&release={release}")
    units = {row["Measure"]: row["Unit"] for row in mixed}
    assert units["Turnover growth, like for like"] == "ratio"
    assert units["Social value beyond contracts"] == "pounds"
    assert units["Employees"] == ""


def test_the_workbook_has_the_same_numbers_as_the_csv(analyst: Client) -> None:
    from python_calamine import CalamineWorkbook

    address = f"/kpis/employment/tables/employment.{{}}?year={YEAR}&release={_release().release_id}"
    answer = analyst.get(address.format("xlsx"))
    assert f"employment-employment-{YEAR}-{_release().release_id}.xlsx" in answer["Content-Disposition"]
    head, *cells = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    rows = [dict(zip(head, row, strict=True)) for row in cells]
    assert all(isinstance(row["Employees"], float | int) for row in rows)
    assert [[str(row["Cluster"]), float(row["Employees"])] for row in rows] == [
        [row["Cluster"], float(row["Employees"])] for row in _csv(analyst, address.format("csv"))
    ]


def test_a_download_is_written_into_the_audit_log(analyst: Client) -> None:
    from console.access.models import AuditEntry

    address = f"/kpis/jobs/tables/jobs.csv?year={YEAR}&release={_release().release_id}"
    before = AuditEntry.objects.filter(what="download", about=address).count()
    analyst.get(address)
    assert AuditEntry.objects.filter(what="download", about=address, who="analyst@example.org").count() == before + 1


@pytest.mark.parametrize("year", ["2031-32", "1", "'", "2024-25 ", "../.."])
@pytest.mark.parametrize("page", ["", "jobs/"])
def test_a_year_without_figures_is_not_found_and_the_years_there_are_are_named(
    analyst: Client, page: str, year: str
) -> None:
    answer = analyst.get(f"/kpis/{page}", {"year": year})
    assert answer.status_code == 404
    assert "2022-23, 2023-24, 2024-25, 2025-26" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/kpis/happiness/",
        "/kpis/happiness/charts/jobs.svg?year=2024-25&release={release}",
        "/kpis/jobs/charts/happiness.svg?year=2024-25&release={release}",
        "/kpis/jobs/charts/rests-on.svg?year=2024-25&release={release}",  # a table without a chart
        "/kpis/jobs/charts/jobs.svg?year=2031-32&release={release}",
        "/kpis/jobs/charts/jobs.svg?release={release}",
        "/kpis/jobs/charts/jobs.svg?year=2024-25",
        "/kpis/jobs/charts/jobs.svg?year=2024-25&release=..",
        "/kpis/jobs/charts/jobs.svg?year=2024-25&release=current",
        "/kpis/jobs/tables/happiness.csv?year=2024-25&release={release}",
        "/kpis/jobs/tables/jobs.csv?year=2024-25&release=20200101T000000Z",
        "/kpis/jobs/tables/jobs.json?year=2024-25&release={release}",
    ],
)
def test_what_is_not_there_is_not_found(analyst: Client, address: str) -> None:
    assert analyst.get(address.format(release=_release().release_id)).status_code == 404


def test_the_authority_reads_the_kpis_and_nobody_posts(sign_in: Callable[[str], Client]) -> None:
    read = {"steward": 200, "analyst": 200, "officer": 200, "administrator": 200, "agency": 403, "": 302}
    of_jobs = f"year={YEAR}&release={_release().release_id}"
    for address in (
        "/kpis/",
        "/kpis/all/",
        "/kpis/jobs/",
        f"/kpis/jobs/charts/jobs.svg?{of_jobs}",
        f"/kpis/jobs/tables/jobs.csv?{of_jobs}",
    ):
        assert {role: sign_in(role).get(address).status_code for role in read} == read
    assert {role: sign_in(role).post("/kpis/jobs/").status_code for role in read if role} == dict.fromkeys(
        [role for role in read if role], 403
    )


def test_every_kpi_is_in_the_list_with_its_meaning(analyst: Client) -> None:
    from reporting.kpi_pages import kpi_pages

    page = _text(_page(analyst, "all/"))
    assert [kpi.heading for kpi in kpi_pages().values() if kpi.heading not in page or kpi.definition not in page] == []


def _publish(home: Path, name: str, **marts: list[dict[str, Any]]) -> None:
    """Make a small release by hand and let it be the current one."""
    make_release(home / "releases" / name, **marts)
    current = home / "releases" / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(name)


def test_charts_and_files_stay_those_of_the_page_when_another_release_comes(analyst: Client, tmp_path: Path) -> None:
    from django.test import override_settings

    with override_settings(HOME=tmp_path):
        _publish(tmp_path, "first")
        page = _page(analyst, "employment/", YEAR)
        _publish(tmp_path, "second", employment_by_cluster=[employment_row("Walsall", YEAR, 95, 72.5)])
        assert _tables(_page(analyst, "employment/", YEAR))[f"Employment, {YEAR}"]["Walsall"][1] == "95"
        assert _tables(page)[f"Employment, {YEAR}"]["Walsall"][1] == "90"
        (sheet,) = (link for link in _links(page, "csv") if "tables/employment.csv" in link)
        assert {row["Cluster"]: row["Employees"] for row in _csv(analyst, sheet)} == {
            "Walsall": "90",
            "Smethwick": "10",
        }
        (bars,) = (link for link in _links(page, "svg") if "charts/employment.svg" in link)
        assert ">90</text>" in analyst.get(bars).content.decode()


def test_before_the_first_return_counts_every_page_says_so(analyst: Client, tmp_path: Path) -> None:
    from django.test import override_settings

    _publish(tmp_path, "empty", turnover_by_cluster=[])
    with override_settings(HOME=tmp_path):
        for name in ("", "jobs/", "turnover-growth/"):
            assert "The release holds no return yet, so there is nothing to report." in unescape(_page(analyst, name))
        assert analyst.get("/kpis/jobs/", {"year": YEAR}).status_code == 404


def test_a_kpi_without_any_figures_has_a_page_that_says_so(analyst: Client, tmp_path: Path) -> None:
    from django.test import override_settings

    earlier = [{**row, "reporting_year": "2023-24"} for row in marts_of_small()["environment_by_cluster"]]
    _publish(tmp_path, "one", environment_by_cluster=earlier)
    with override_settings(HOME=tmp_path):
        page = _page(analyst, "environment/", YEAR)
    assert _tables(page)["Environment"]["Tonnes of CO2e"][-2] == "not known"
    assert "No return of this year counts yet." in page
    assert "<figure" not in page


def test_the_first_chart_of_a_process_is_drawn_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    from console import charts

    drawn: list[object] = []
    monkeypatch.setattr(charts, "as_svg", drawn.append)
    charts.get_ready_to_draw().join(timeout=30)
    assert len(drawn) == 1
