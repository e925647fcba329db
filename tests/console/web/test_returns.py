"""Returns: how each stands, every file that came, and the differences between two versions figure by figure."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.console.web.conftest import CLUSTER

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

DIFFERENCES = "/returns/walsall/2024-25/differences"


def _states(home: Path, today: date) -> dict[tuple[str, str], str]:
    from console.releases import current_release
    from console.returns.programme import programme
    from console.returns.states import standings

    found = standings(current_release(home), programme(), today=today)
    return {(one.cluster_id, one.reporting_year): one.state for one in found}


@pytest.mark.parametrize(
    ("today", "state"),
    [
        # As reporting_years.csv has it: 2026-27 opens on 1 April 2027 and is due on 31 July 2027.
        (date(2027, 3, 31), "not due"),
        (date(2027, 4, 1), "due"),
        (date(2027, 7, 31), "due"),
        (date(2027, 8, 1), "late"),
    ],
)
def test_what_has_not_come_in_is_due_by_the_programmes_days(home: Path, today: date, state: str) -> None:
    assert _states(home, today)["smethwick", "2026-27"] == state


def test_a_return_is_accepted_once_no_error_is_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.alerts.live import Live
    from console.releases import current_release
    from console.returns import states

    day = date(2026, 12, 1)
    # The demo has no alert about the first year, and three errors in Smethwick's last.
    assert _states(home, day)["smethwick", "2022-23"] == "accepted"
    assert _states(home, day)["smethwick", "2025-26"] == "being checked"
    errors = [
        row["alert_id"]
        for row in current_release(home).query(
            "select alert_id from alerts where cluster_id = 'smethwick' and reporting_year = '2025-26' "
            "and severity = 'error' order by 1"
        )
    ]
    assert len(errors) == 3
    told = dict.fromkeys(errors[:2], "confirmed")
    monkeypatch.setattr(states, "live_of", lambda _: Live(told, {}))
    assert _states(home, day)["smethwick", "2025-26"] == "being checked"
    # A decision to ask asks nobody; how a letter changes it is held in test_states.py.
    told[errors[2]] = "to be asked"
    assert _states(home, day)["smethwick", "2025-26"] == "being checked"
    told[errors[2]] = "left out"
    assert _states(home, day)["smethwick", "2025-26"] == "accepted"


def test_what_was_sent_is_received_until_a_night_has_counted_or_refused_it(home: Path) -> None:
    from console.releases import current_release
    from console.returns.models import Sent

    release = current_release(home)
    names = {row["receipt_id"]: row["file_name"] for row in release.query("select receipt_id, file_name from receipts")}

    def send(sha256: str, year: str, at: datetime | None = None, *, arrival: int = 1) -> None:
        new = f"console/ward-end/{sha256[:9]}-{arrival}/a.xlsx"
        Sent.objects.create(
            cluster_id="ward-end", reporting_year=year, file_name="a.xlsx", sha256=sha256, arrival=arrival,
            inbox_name=names.get(sha256, new) if arrival == 1 else new, size_bytes=1, organisations=1, to_put_right=0,
            to_look_at=0, sent_at=at or datetime.now(UTC), sent_by="ward@example.org", signed_by="Ada",
            statement="I send it.",
        )  # fmt: skip

    day = date(2026, 12, 1)
    files = {
        row["state"]: row["receipt_id"]
        for row in release.query(
            "select state, min(receipt_id) as receipt_id from receipts "
            "where cluster_id = 'ward-end' or state = 'refused' group by state "
            "union all select 'another refused', max(receipt_id) from receipts where state = 'refused'"
        )
    }
    before = _states(home, day)["ward-end", "2024-25"]
    send("0" * 64, "2024-25")
    assert _states(home, day)["ward-end", "2024-25"] == "received"
    send(files["refused"], "2024-25")
    assert _states(home, day)["ward-end", "2024-25"] == "refused"
    # Refused a day before the return that counts came in: that one has settled it.
    send(files["another refused"], "2024-25", datetime(2025, 6, 27, 12, tzinfo=UTC))
    assert _states(home, day)["ward-end", "2024-25"] == before
    send(files["counts"], "2024-25")
    assert _states(home, day)["ward-end", "2024-25"] == before == "being checked"
    # The same bytes sent once more: it is another arrival, which the next run receives.
    send(files["counts"], "2024-25", arrival=2)
    assert _states(home, day)["ward-end", "2024-25"] == "received"


def test_clusters_that_began_later_ended_or_have_no_day_are_asked_for_no_other_year(home: Path) -> None:
    from dataclasses import replace

    from console.releases import current_release
    from console.returns.programme import programme
    from console.returns.states import standings

    def cluster(name: str, started_on: str, ended_on: str) -> dict[str, str]:
        return {"cluster_id": name, "cluster_name": name, "started_on": started_on, "ended_on": ended_on}

    # Reporting years go from April to March.
    clusters = (cluster("a", "2024-03-31", ""), cluster("b", "2022-04-01", "2024-04-01"), cluster("c", "", ""))
    of = replace(programme(), clusters=clusters)
    found = standings(current_release(home), of, today=date(2026, 12, 1))
    years = {name: [one.reporting_year for one in found if one.cluster_id == name] for name in "abc"}
    assert years == {
        "a": ["2026-27", "2025-26", "2024-25", "2023-24"],
        "b": ["2024-25", "2023-24", "2022-23"],
        "c": [],
    }


def test_the_list_has_a_row_for_each_cluster_and_year_and_the_filters_hold(steward: Client, home: Path) -> None:
    page = steward.get("/returns/").content.decode()
    # 4 clusters and the 5 years of the programme
    assert page.count('<th scope="row"') == 20
    assert "20 returns" in page
    assert "Wolverhampton return scan.xlsx" in page
    chosen = steward.get("/returns/?cluster=wolverhampton&year=2024-25").content.decode()
    assert chosen.count('<th scope="row"') == 1
    assert "12 Aug 2025, 12 days late" in chosen
    assert steward.get("/returns/?state=accepted&page=999").status_code == 200
    assert "No return fits" in steward.get("/returns/?year=1999-00").content.decode()


def test_a_correction_after_the_due_day_makes_no_return_late(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.releases import current_release
    from console.returns import states
    from console.returns.programme import programme

    def late(first: int | None, second: int | None) -> int | None:
        files = [
            {"cluster_id": CLUSTER, "reporting_year": "2024-25", "receipt_id": str(n), "state": "counts"}
            | {"version": n, "days_late": days, "file_name": f"{n}.xlsx", "sent_again_as": None}
            for n, days in ((2, second), (1, first))
        ]
        monkeypatch.setattr(states, "receipts", lambda *_: files)
        found = states.standings(current_release(home), programme(), today=date(2026, 12, 1), cluster_id=CLUSTER)
        return next(one.days_late for one in found if one.reporting_year == "2024-25")

    assert (late(None, 117), late(12, 117), late(12, None)) == (None, 12, 12)


def test_one_return_has_every_version_with_its_fingerprint(analyst: Client) -> None:
    page = analyst.get("/returns/walsall/2024-25/").content.decode()
    fingerprints = [
        "551f451b9b795dd5e9ad42804e3f6fc1e00dd2a8ec1ddd504a1c6bb150930844",
        "138f6d587b8f0ac05787f343e3657b259f3cf838be1f90eb9c4355a51d5e3413",
    ]
    places = [page.index(one) for one in fingerprints]
    assert places == sorted(places)
    assert "8 beside the version before" in page
    assert '<option value="1" selected>' in page
    assert analyst.get("/returns/walsall/1999-00/").status_code == 404
    assert analyst.get("/returns/nowhere/2024-25/").status_code == 404


def test_an_agency_sees_its_own_returns_only(agency: Client) -> None:
    page = agency.get("/returns/").content.decode()
    assert page.count('<th scope="row"') == 5
    assert "Smethwick" not in page
    assert "scan.xlsx" not in page
    assert agency.get(f"/returns/{CLUSTER}/2024-25/").status_code == 200
    for address in ("", "differences/", "differences.csv"):
        assert agency.get(f"/returns/smethwick/2024-25/{address}").status_code == 404


def test_an_agency_reads_what_is_asked_about_its_return_and_what_it_can_do(agency: Client, steward: Client) -> None:
    page = agency.get(f"/returns/{CLUSTER}/2025-26/").content.decode()
    # Two of the eight errors and one of the three warnings that the demo has there.
    told = [
        "Please put right",
        "Turnover of £297 is 811 times less",
        "Organisations, cell S28",
        "Please look again",
        "645,000 kWh",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert "Please put right" not in agency.get(f"/returns/{CLUSTER}/2022-23/").content.decode()
    # A steward has the list of alerts for it.
    assert "Please put right" not in steward.get(f"/returns/{CLUSTER}/2025-26/").content.decode()
    rows = agency.get("/returns/").content.decode().split("<tr ")[2:]
    can_do = {row.split(", ")[1][:7]: row for row in rows}
    assert f'href="/returns/{CLUSTER}/2026-27/form/"' in can_do["2026-27"]
    assert "See your figures" in can_do["2022-23"]
    assert "What you can do" not in steward.get("/returns/").content.decode()


def test_differences_are_those_of_the_cells(home: Path, steward: Client) -> None:
    from python_calamine import CalamineWorkbook

    def cells(name: str) -> dict[tuple[str, int, int], Any]:
        book = CalamineWorkbook.from_path(str(home / "inbox" / name))
        return {
            (sheet, row, column): value
            for sheet in book.sheet_names
            for row, line in enumerate(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
            for column, value in enumerate(line)
        }

    first, second = cells("Walsall return 2024-25.xlsx"), cells("Walsall return 2024-25 corrected.xlsx")
    expected = {
        (first[sheet, row, 0], first[sheet, 2, column], f"{first[sheet, row, column]:,.0f}", f"{value:,.0f}")
        for (sheet, row, column), value in second.items()
        if first[sheet, row, column] != value
    }
    assert len(expected) == 8
    answer = steward.get(f"{DIFFERENCES}.csv?from=1&to=2")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert {(one["About"], one["Figure or answer"], one["Before"], one["After"]) for one in found} == expected
    assert len(found) == 8
    page = steward.get(f"{DIFFERENCES}/").content.decode()
    assert "version 2 says differently from version 1" in page
    assert page.count('<th scope="row"') == 8
    assert "0 differences" in steward.get(f"{DIFFERENCES}/?from=2&to=2").content.decode()


@pytest.mark.parametrize("asked", ["?from=1&to=9", "?from=../..&to=2", "?from=²&to=1", "?from=-1", "?from=99999999999"])
def test_versions_that_are_not_there_are_told_in_words(steward: Client, asked: str) -> None:
    answer = steward.get(f"{DIFFERENCES}/{asked}")
    assert answer.status_code == 422
    assert "Choose two versions" in answer.content.decode()
    assert steward.get(f"{DIFFERENCES}.csv{asked}").status_code == 404


def test_rows_that_came_or_went_and_answers_that_are_none_are_differences(tmp_path: Path) -> None:
    from console.returns.differences import differences
    from ingestion.forms import read_form
    from ingestion.land import read_landing, seal_landed
    from ingestion.programme import read_programme
    from ingestion.workbook import write_form
    from ingestion.workers import ParseJob, parse_files
    from orchestration.home import SHIPPED_PROGRAMME

    form, written_at = read_form("west-midlands-return-1"), datetime(2026, 6, 1, tzinfo=UTC)

    cover = {"cluster_stated": "Walsall", "reporting_year_stated": "2025-26"}
    jobs = []
    for name, organisations, support in (
        (
            "first",
            [
                {"organisation_name": "Kept", "charity_number": "1090095", "volunteers": 5, "water_m3": 3},
                {"organisation_name": "Left out"},
            ],
            [{"organisation": "Kept", "intervention": "peer learning"}] * 2,
        ),
        (
            "second",
            [
                {"organisation_name": "Added"},
                {"organisation_name": "Kept by another name", "charity_number": "1090095", "volunteers": "not known"},
            ],
            [{"organisation": "Kept", "intervention": "peer learning"}],
        ),
    ):
        file = tmp_path / f"{name}.xlsx"
        answers = {"cover": [cover], "organisations": organisations, "support": support}
        write_form(form, file, answers=answers, created_at=written_at)
        jobs.append(ParseJob(name, file.name, file, tmp_path / name))
    assert [one.refusal for one in parse_files(jobs, read_programme(SHIPPED_PROGRAMME), processes=1)] == [None, None]
    # Landed before there was a roll call.
    (tmp_path / "first" / "roll_call.parquet").unlink()
    seal_landed(tmp_path / "first", read_landing(tmp_path / "first"))
    found = {tuple(vars(one).values()) for one in differences(tmp_path, "first", "second")}
    kept = "Kept by another name"
    assert found == {
        ("organisations", kept, "Name of organisation", "Kept", kept),
        ("organisations", kept, "Volunteers during the year", "5", "not known"),
        ("organisations", kept, "Water", "3", ""),
        ("organisations", "Left out", "Whole row", "was there", ""),
        ("organisations", "Added", "Whole row", "", "added"),
        ("support", "Organisation: Kept; Kind of support: peer learning", "Whole row", "was there", ""),
    }


def test_the_form_to_fill_in_has_last_years_answers_and_is_the_clusters_own(home: Path, agency: Client) -> None:
    from python_calamine import CalamineWorkbook

    answer = agency.get(f"/returns/{CLUSTER}/2026-27/form/")
    assert answer["Content-Disposition"] == 'attachment; filename="Walsall return 2026-27.xlsx"'
    content = b"".join(answer.streaming_content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    # Of the 51 of last year two had left or closed, and are not asked again.
    before = CalamineWorkbook.from_path(str(home / "inbox" / "Walsall return 2025-26.xlsx"))
    rows = before.get_sheet_by_name("Organisations").to_python(skip_empty_area=False)
    status = rows[2].index("Answering this year?")
    expected = [row[0] for row in rows[3:] if row[status] not in ("left", "closed", "merged")]
    roll_call = book.get_sheet_by_name("Roll call").to_python(skip_empty_area=False)
    assert [row[0] for row in roll_call[3:]] == expected
    assert len(expected) == 49
    assert agency.get("/returns/smethwick/2026-27/form/").status_code == 404
    assert agency.get(f"/returns/{CLUSTER}/1999-00/form/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["%00/2025-26/", "walsall/%00/", "walsall/2025-26/form/%00", "walsall/2024-25/organisations/%00/", "check/%00/"],
)
def test_an_address_that_nobody_types_is_not_found(agency: Client, address: str) -> None:
    assert agency.get(f"/returns/{address}").status_code == 404


@pytest.mark.parametrize("asked", ["year=%F0%9F%92%A9", "state=nothing", "page=-1", "page=x", "cluster=" + "a" * 3000])
def test_filters_that_mean_nothing_find_nothing(steward: Client, asked: str) -> None:
    assert steward.get(f"/returns/?{asked}").status_code == 200
