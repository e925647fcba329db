"""All kept releases, and what changed between one and the one before, worked out by hand from three small releases."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from django.test import override_settings

from orchestration.home import Home
from orchestration.release import publish
from publishing.marts import Column, Mart

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

FIRST, SECOND, THIRD = "20260701T020000Z", "20260702T020000Z", "20260703T020000Z"
_MARTS = [
    Mart(name, f"One row per {name}.", tuple(Column(one, "") for one in columns), (columns[0],))
    for name, columns in {
        "turnover": ("organisation_id", "cluster_id", "reporting_year", "turnover_gbp", "note"),
        "alerts": (
            "alert_id",
            "rule_code",
            "rule_title",
            "cluster_id",
            "organisation_id",
            "reporting_year",
            "holds_back",
        ),
    }.items()
]
_TURNOVER = {
    "a": ("walsall", "2025-26", 100.0, "=1+1"),
    "b": ("walsall", "2025-26", -50.0, ""),
    "c": ("ward-end", "2025-26", 7.5, ""),
}
_ALERTS = {"x": ("P01", "Large change", "walsall", "a", "2025-26"), "y": ("P02", "Other", "walsall", "b", "2025-26")}


def _publish(home: Home, day: int, turnover: dict[str, tuple[object, ...]], alerts: dict[str, tuple[object, ...]],
             inputs: dict[str, str], versions: dict[str, object]) -> None:  # fmt: skip
    file = home.folder / f"build-{day}.duckdb"
    with duckdb.connect(str(file)) as build:
        build.execute("create schema marts")
        build.execute(
            "create table marts.turnover (organisation_id varchar, cluster_id varchar, reporting_year varchar, "
            "turnover_gbp double, note varchar)"
        )
        build.execute(
            "create table marts.alerts (alert_id varchar, rule_code varchar, rule_title varchar, cluster_id varchar, "
            "organisation_id varchar, reporting_year varchar, holds_back boolean)"
        )
        build.executemany("insert into marts.turnover values (?, ?, ?, ?, ?)", [(k, *v) for k, v in turnover.items()])
        build.executemany(
            "insert into marts.alerts values (?, ?, ?, ?, ?, ?, false)", [(k, *v) for k, v in alerts.items()]
        )
    now = datetime(2026, 7, day, 2, tzinfo=UTC)
    publish(home, file, _MARTS, as_of=date(2026, 7, day), now=now, inputs=inputs, versions=versions)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with three releases: the second as the first, the third with one figure, one row, two alerts otherwise."""
    folder = tmp_path_factory.mktemp("three")
    home = Home(folder)
    versions = {"engines": {"duckdb": "1.5.5"}, "methods": {"rule": ["P01 Large change, aaaa"]}}
    _publish(home, 1, _TURNOVER, _ALERTS, {"code": "1", "returns": "1"}, versions)
    _publish(home, 2, _TURNOVER, _ALERTS, {"code": "1", "returns": "1"}, versions)
    after = {"a": ("walsall", "2025-26", 250.0, "=1+1"), "b": _TURNOVER["b"]}
    alerts = {"x": _ALERTS["x"], "z": ("P02", "Other", "walsall", "a", "2025-26")}
    later = {"engines": {"duckdb": "1.5.6"}, "methods": {"rule": ["P01 Large change, bbbb"]}}
    _publish(home, 3, after, alerts, {"code": "1", "returns": "2"}, later)
    with override_settings(HOME=folder):
        yield folder


def _rows(page: str, caption: str) -> list[list[str]]:
    """The cells of the table with a caption."""
    from html.parser import HTMLParser

    class Cells(HTMLParser):
        rows: list[list[str]] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag == "tr":
                self.rows.append([])
            elif tag in {"td", "th"}:
                self.rows[-1].append("")

        def handle_data(self, data: str) -> None:
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data

    table = page.split(f">{caption}</caption>")[1].split("</table>", maxsplit=1)[0]
    cells = Cells()
    cells.rows = []
    cells.feed(table)
    return [[" ".join(cell.split()) for cell in row] for row in cells.rows[1:]]


def test_the_list_has_each_release_newest_first_with_how_much_changed(three: Path, officer: Client) -> None:
    rows = _rows(officer.get("/data/releases/").content.decode(), "Releases")
    assert [(row[0], row[2], row[3], row[4], row[5]) for row in rows] == [
        (f"{THIRD} current", "2026-07-03", "2", "2", "returns"),
        (SECOND, "2026-07-02", "2", "0", "nothing"),
        (FIRST, "2026-07-01", "2", "0", "There was none before"),
    ]


def test_one_release_says_what_changed_and_by_what(three: Path, analyst: Client) -> None:
    page = analyst.get(f"/data/releases/{THIRD}/").content.decode()
    assert _rows(page, "By mart") == [["turnover", "1", "0", "1"]]
    assert _rows(page, "By what caused it") == [["day", "day", "2"]]
    assert _rows(page, "By rule") == [["P02", "Other", "1", "1"]]
    assert _rows(page, "Rows") == [["turnover", "3", "2"]]
    assert _rows(page, "Versions of code, engines, forms, rules and methods") == [
        ["engines, duckdb", "1.5.5", "1.5.6"],
        ["methods, rule: P01 Large change, aaaa", "in force", "–none"],
        ["methods, rule: P01 Large change, bbbb", "–none", "in force"],
    ]
    changes = _rows(analyst.get(f"/data/releases/{THIRD}/marts/revisions/").content.decode(), "Revisions")
    assert [row[1:8] for row in changes] == [
        ["organisation_id=a", "walsall", "a", "2025-26", "changed", "turnover_gbp", "100.0"],
        ["organisation_id=c", "ward-end", "c", "2025-26", "row removed", "–none", "–none"],
    ]


def test_nothing_changed_is_said(three: Path, analyst: Client) -> None:
    page = analyst.get(f"/data/releases/{SECOND}/").content.decode()
    assert "None: every figure is as it was." in page
    assert "None: there was no release before it." in analyst.get(f"/data/releases/{FIRST}/").content.decode()


def test_the_marts_of_an_older_release_stay_as_they_were(three: Path, analyst: Client) -> None:
    got = {}
    for release in (SECOND, THIRD):
        answer = analyst.get(f"/data/releases/{release}/marts/turnover.csv?column-1=organisation_id&value-1=a")
        (row,) = csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))  # type: ignore[arg-type]
        got[release] = (row["turnover_gbp"], row["note"])
    assert got == {SECOND: ("100.0", "'=1+1"), THIRD: ("250.0", "'=1+1")}
    assert SECOND in analyst.get(f"/data/releases/{SECOND}/marts/").content.decode()


def test_a_damaged_release_is_said_to_be_and_harms_no_other(three: Path, analyst: Client, tmp_path: Path) -> None:
    shutil.copytree(three, tmp_path / "copy", symlinks=True)
    manifest = tmp_path / "copy" / "releases" / SECOND / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2026-07-02", "2026-07-09"), encoding="utf-8")
    (tmp_path / "copy" / "releases" / FIRST / "marts.duckdb").write_bytes(b"nothing")
    with override_settings(HOME=tmp_path / "copy"):
        rows = _rows(analyst.get("/data/releases/").content.decode(), "Releases")
        assert [row[0] for row in rows] == [f"{THIRD} current", FIRST, SECOND]
        assert rows[2][1] == "Damaged: its manifest is not as it was published"
        for release in (FIRST, SECOND):
            answer = analyst.get(f"/data/releases/{release}/")
            assert (answer.status_code, "This release is damaged" in answer.content.decode()) == (200, True)
        answer = analyst.get(f"/data/releases/{THIRD}/")
        assert (answer.status_code, "not kept any more" in answer.content.decode()) == (200, True)
        assert analyst.get(f"/data/releases/{FIRST}/marts/turnover/").status_code == 404


def test_what_is_no_release_is_not_found(three: Path, analyst: Client, agency: Client) -> None:
    (three / "releases" / ".unfinished-x").mkdir()
    for name in ("20200101T000000Z", "current", ".unfinished-x", "..%2F..%2Fetc"):
        for rest in ("", "marts/", "marts/turnover/", "marts/turnover.csv"):
            assert analyst.get(f"/data/releases/{name}/{rest}").status_code == 404
    assert agency.get("/data/releases/").status_code == 403
