"""`returns report` over the demo: what is made, where, and what a wrong word is told."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from orchestration import release_assets, reports
from orchestration.cli import main
from orchestration.reports import Reports
from orchestration.resources import Night
from reporting.pdf import pages_of
from tests.orchestration.conftest import Returns, query

pytestmark = pytest.mark.xdist_group("demo")


def test_the_annual_report_links_each_figure_to_its_mart(returns: Returns, demo_home: Path, tmp_path: Path) -> None:
    made = returns("report", "programme", "--home", demo_home, "--to", tmp_path)
    assert made.returncode == 0, made.stderr
    release = (demo_home / "releases" / "current").resolve().name
    folder = tmp_path / release / "2025-26" / "programme"
    assert made.stdout.strip() == f"Made {folder}"
    page = (folder / "report.html").read_text(encoding="utf-8")
    growth = query(
        demo_home,
        "select like_for_like_growth_ratio from turnover_by_cluster "
        "where cluster_id = 'walsall' and reporting_year = '2025-26'",
    )[0][0]
    assert f"Walsall {growth * 100:.1f}%" in page
    named = re.findall(r'<p class="sources">.*?</p>', page)
    assert len(named) > 20
    assert set(re.findall(r'href="#([^"]+)"', " ".join(named))) <= set(re.findall(r'<dt id="([^"]+)"', page))
    linked = re.findall(r'<dt [^>]*><a href="([^"]+)#(\w+)">', page)
    assert {"turnover_by_cluster", "employment_by_cluster", "programme_outputs"} <= {mart for _, mart in linked}
    dictionaries = {(folder / address).resolve() for address, _ in linked}
    assert dictionaries == {(demo_home / "releases" / "current").resolve() / "data-dictionary.html"}
    explained = (demo_home / "releases" / "current" / "data-dictionary.html").read_text(encoding="utf-8")
    assert [mart for _, mart in linked if f'id="{mart}"' not in explained] == []


def test_all_reports_of_a_year_are_made_within_a_minute(returns: Returns, demo_home: Path, tmp_path: Path) -> None:
    answered = query(
        demo_home,
        "select count(distinct organisation_id) from turnover_by_organisation "
        "where reporting_year = '2025-26' and answered",
    )[0][0]
    started = time.monotonic()
    made = returns("report", "all", "--home", demo_home, "--to", tmp_path)
    seconds = time.monotonic() - started
    assert made.returncode == 0, made.stderr
    pages = list(tmp_path.rglob("organisations/*/report.pdf"))
    assert len(pages) == answered > 150
    assert {pages_of(page.read_bytes()) for page in pages} == {1}
    assert len(list(tmp_path.rglob("report.pdf"))) == answered + 6
    # generous, since other tests run beside it
    assert seconds < 180


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["cluster"], "Say which cluster, by its id. Like this: returns report cluster ID"),
        (["cluster", "dudley"], "There is no cluster dudley. There are: smethwick, walsall, ward-end, wolverhampton."),
        (["organisation", "GB-CHC-1"], "The release has no figures of GB-CHC-1 for 2025-26."),
        (["programme", "--year", "1999-00"], "The release has no figures for 1999-00."),
        (["cluster", "walsall", "--public"], "Only the annual report of the programme has a public edition"),
        (["programme", "walsall"], "A report of programme takes no name."),
    ],
)
def test_a_wrong_word_is_told_in_one_line(
    returns: Returns, demo_home: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    made = returns("report", *words, "--home", demo_home, "--to", tmp_path)
    assert made.returncode == 4
    assert told in made.stderr
    assert len(made.stderr.splitlines()) == 1


def test_the_asset_makes_all_reports_of_the_release(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster asks for the same as `returns report all`, below the home; the making itself is tested above."""
    asked: list[tuple[object, ...]] = []

    def make(release: Path, *what: object, to: Path, now: datetime) -> Reports:
        asked.append((release.name, *what, to))
        return Reports((tmp_path, tmp_path), (("2025-26/organisations/GB-CHC-1", "there is nothing to say"),))

    monkeypatch.setattr(release_assets, "make_reports", make)
    made = dg.materialize([release_assets.reports], resources={"night": Night(home=str(demo_home))})
    assert made.success
    current = (demo_home / "releases" / "current").resolve().name
    assert asked == [(current, "all", None, None, demo_home / "reports")]
    (materialised,) = made.asset_materializations_for_node("reports")
    assert materialised.metadata["reports"].value == 2
    assert materialised.metadata["not_made"].value == ["2025-26/organisations/GB-CHC-1"]


def test_reports_that_could_not_be_made_are_named_and_the_exit_code_says_so(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    not_made = tuple((f"2025-26/organisations/GB-CHC-{number}", "unexpected error") for number in range(4))
    monkeypatch.setattr(reports, "make_reports", lambda *_, **__: Reports((tmp_path,), not_made))
    with pytest.raises(SystemExit) as ended:
        main(["report", "all", "--home", str(demo_home), "--to", str(tmp_path)])
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert told.out == f"Made 1 report below {tmp_path}.\n"
    assert told.err.splitlines() == [
        "Not made: 2025-26/organisations/GB-CHC-0: unexpected error.",
        "Not made: 2025-26/organisations/GB-CHC-1: unexpected error.",
        "Not made: 2 more.",
    ]
