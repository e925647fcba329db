"""Every mart with its dictionary, the rows that the address asks for, and files of them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from console.access.models import AuditEntry

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

_RICH = {"cluster_id": "walsall", "reporting_year": "2025-26", "column-1": "turnover_gbp", "how-1": "least"}


@pytest.fixture(scope="module")
def release(home: Path) -> Path:
    return (home / "releases" / "current").resolve()


def _csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _downloaded(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))  # type: ignore[arg-type]


def test_every_mart_of_the_release_is_listed_and_opens(analyst: Client, release: Path) -> None:
    page = analyst.get("/data/").content.decode()
    files = {file.stem for file in (release / "parquet").iterdir()} | {"revisions"}
    assert files == {part.split("/")[0] for part in page.split('href="/data/marts/')[1:]}
    answers = {name: analyst.get(f"/data/marts/{name}/").status_code for name in sorted(files)}
    assert answers == dict.fromkeys(files, 200)


def test_a_page_has_every_column_with_its_meaning_type_and_unit(officer: Client) -> None:
    page = officer.get("/data/marts/turnover_by_cluster/").content.decode()
    row = page.split(">turnover_accepted_gbp</code></dt>")[1].split("</dd>")[0]
    assert "turnover" in row.split("<br>")[0].lower()
    assert "Number (pounds); public edition: shown, small figures hidden" in row
    as_sent = page.split(">turnover_gbp</code></dt>")[1].split("</dd>")[0]
    assert "public edition: left out" in as_sent
    assert "20,878,837" in page  # Wolverhampton 2025-26
    one = officer.get("/data/marts/turnover_by_organisation/").content.decode()
    assert "not in the public edition: figures of one organisation" in one


def test_the_address_says_which_rows_and_in_what_order(analyst: Client, release: Path) -> None:
    rows = _csv(release / "csv" / "turnover_by_organisation.csv")
    figures = sorted(
        (
            (float(row["turnover_gbp"]), row["organisation_id"])
            for row in rows
            if (row["cluster_id"], row["reporting_year"]) == ("walsall", "2025-26") and row["turnover_gbp"]
        ),
        reverse=True,
    )
    third = figures[2][0]
    asked = urlencode({**_RICH, "value-1": f"£{third:,.2f}", "sort": "turnover_gbp", "down": "on"})
    page = analyst.get(f"/data/marts/turnover_by_organisation/?{asked}").content.decode()
    assert ">3 rows. Download them" in page
    places = [page.index(organisation) for _, organisation in figures[:3]]
    assert places == sorted(places)
    got = _downloaded(analyst, f"/data/marts/turnover_by_organisation.csv?{asked}")
    assert [(float(row["turnover_gbp"]), row["organisation_id"]) for row in got] == figures[:3]


def test_pages_follow_one_another_without_a_gap(analyst: Client, release: Path) -> None:
    ids = sorted(row["organisation_id"] for row in _csv(release / "csv" / "organisations.csv"))
    assert len(ids) > 200
    seen = []
    for number in range(1, 6):
        page = analyst.get(f"/data/marts/organisations/?sort=organisation_id&page={number}").content.decode()
        seen += [part.split("<")[0] for part in page.split('<th scope="row" class="govuk-table__header">')[1:]]
    assert [one for one in seen if one] == ids
    last = analyst.get("/data/marts/organisations/?sort=organisation_id&page=9999")
    assert (last.status_code, ids[-1] in last.content.decode()) == (200, True)


def test_empty_is_found_and_is_not_the_value_that_it_is_not(analyst: Client, release: Path) -> None:
    rows = _csv(release / "csv" / "turnover_by_organisation.csv")
    without = sum(row["turnover_gbp"] == "" for row in rows)
    assert without > 0
    about = "/data/marts/turnover_by_organisation.csv?column-1=turnover_gbp&how-1="
    assert len(_downloaded(analyst, f"{about}empty")) == without
    assert len(_downloaded(analyst, f"{about}filled")) == len(rows) - without
    assert len(_downloaded(analyst, f"{about}not&value-1=-1")) == len(rows)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_whole_mart_as_a_file_is_the_mart_of_the_release(
    analyst: Client, release: Path, tmp_path: Path, form: str
) -> None:
    last = AuditEntry.objects.count()
    answer: Any = analyst.get(f"/data/marts/outputs_by_cluster.{form}")
    assert answer["Content-Disposition"] == f'attachment; filename="outputs_by_cluster-{release.name}.{form}"'
    content = b"".join(answer) if answer.streaming else answer.content
    (tmp_path / f"got.{form}").write_bytes(content)
    source = f"read_parquet('{release}/parquet/outputs_by_cluster.parquet')"
    with duckdb.connect() as connection:
        expected = connection.sql(f"select * from {source} order by cluster_id, reporting_year")
        want, names = expected.fetchall(), expected.columns
        if form == "xlsx":
            cells = CalamineWorkbook.from_path(tmp_path / "got.xlsx").get_sheet_by_index(0).to_python()
            # a workbook knows one kind of number, and an empty cell is an empty text to the reader
            assert (cells[0], cells[1:]) == (names, [["" if one is None else one for one in row] for row in want])
        else:
            got = f"read_{form}('{tmp_path}/got.{form}')"
            assert connection.sql(f"select * from {got} order by cluster_id, reporting_year").fetchall() == want
    assert AuditEntry.objects.count() == last + 1
    newest = AuditEntry.objects.first()
    assert newest is not None
    assert (newest.what, newest.about) == ("download", f"/data/marts/outputs_by_cluster.{form}")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("column-1=shoe_size&how-1=is&value-1=4", "Column: there is no “shoe_size” in this mart."),
        ("sort=shoe_size", "Sort by: there is no “shoe_size” in this mart."),
        ("cluster_id=atlantis", "Cluster: there is no “atlantis” in this mart."),
        ("column-1=turnover_gbp&how-1=least&value-1=lots", "turnover_gbp: “lots” is no number."),
        ("column-1=turnover_gbp&how-1=least&value-1=nan", "turnover_gbp: “nan” is no number."),
        ("column-1=organisations&how-1=is&value-1=99999999999999999999", "is no whole number."),
        ("column-1=organisations&how-1=is", "organisations: write a value, or choose “is empty”."),
        ("column-1=turnover_gbp&how-1=has&value-1=1", "“contains” is for texts"),
        ("column-1=turnover_gbp&how-1=drop&value-1=1", "Condition: there is no “drop”"),
        ("column-1=%22%3B+drop+table+x&how-1=is&value-1=1", "there is no “&quot;; drop table x”"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(analyst: Client, asked: str, told: str) -> None:
    for address in ("turnover_by_cluster/", "turnover_by_cluster.csv"):
        answer = analyst.get(f"/data/marts/{address}?{asked}")
        assert answer.status_code == 422
        assert told in answer.content.decode()
        assert "There is a problem" in answer.content.decode()


def test_a_value_is_a_value_and_never_sql(analyst: Client) -> None:
    asked = urlencode({"column-1": "cluster_name", "how-1": "has", "value-1": "' or 1=1 --"})
    page = analyst.get(f"/data/marts/turnover_by_cluster/?{asked}").content.decode()
    assert ">0 rows." in page


def test_more_rows_than_a_workbook_should_hold_are_refused_in_words(
    analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.data import views

    monkeypatch.setattr(views, "_MOST_CELLS_IN_A_WORKBOOK", 10 * 8)  # clusters has 8 columns
    assert analyst.get("/data/marts/clusters.xlsx").status_code == 200
    monkeypatch.setattr(views, "_MOST_CELLS_IN_A_WORKBOOK", 3 * 8)
    refused = analyst.get("/data/marts/clusters.xlsx")
    assert (refused.status_code, "holds 3 rows of this mart" in refused.content.decode()) == (422, True)
    assert analyst.get("/data/marts/clusters.xlsx?cluster_id=walsall").status_code == 200


def test_no_column_is_for_a_person(release: Path) -> None:
    """As the page says of each mart: who somebody is stays in the operational database."""
    told = json.loads((release / "data-dictionary.json").read_text(encoding="utf-8"))
    columns = {f"{mart['mart']}.{one['column']}" for mart in told["marts"] for one in mart["columns"]}
    people = re.compile(r"mail|phone|contact|surname|forename|person|_by$")
    # what matched two organisations, and what caused a change
    not_people = {"organisation_merges.matched_by", "revisions.caused_by"}
    assert {column for column in columns if people.search(column)} == not_people


def test_the_public_editions_workbook_is_there(officer: Client, agency: Client, release: Path) -> None:
    answer = officer.get("/data/public.xlsx")
    assert b"".join(answer) == (release / "public" / "tables.xlsx").read_bytes()  # type: ignore[arg-type]
    assert 'href="/data/public.xlsx"' in officer.get("/data/").content.decode()
    assert agency.get("/data/public.xlsx").status_code == 403


def test_what_is_not_there_is_not_found(analyst: Client) -> None:
    assert analyst.get("/data/marts/pg_tables/").status_code == 404
    assert analyst.get("/data/marts/pg_tables.csv").status_code == 404
    assert analyst.get("/data/marts/turnover_by_cluster.exe").status_code == 404


def test_agencies_see_no_mart(agency: Client) -> None:
    addresses = ("/data/", "/data/marts/turnover_by_cluster/", "/data/marts/turnover_by_cluster.csv")
    assert [agency.get(address).status_code for address in addresses] == [403, 403, 403]


def test_texts_that_look_like_a_contact_are_pointed_at(tmp_path: Path) -> None:
    from console.data.marts import personal_texts

    folder = tmp_path / "20260701T020000Z"
    (folder / "public").mkdir(parents=True)
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute(
            "create table notes as select * from (values ('Ask jo.smith@example.org'), ('07700 900123'), ('none'), "
            "(null)) as notes (note)"
        )
    column = {"column": "note", "type": "VARCHAR", "unit": None, "description": "A note."}
    mart = {"mart": "notes", "description": "One row per note.", "rows": 4, "columns": [column]}
    (folder / "data-dictionary.json").write_text(json.dumps({"marts": [mart]}), encoding="utf-8")
    (folder / "public" / "data-dictionary.json").write_text(json.dumps({"marts": []}), encoding="utf-8")
    assert personal_texts(folder, "notes") == {"note": 2}
