"""What a figure is made of, down to the cell: held against the workbooks that were sent."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from orchestration.home import Home
from orchestration.release import current_release
from orchestration.trace import Trace, trace
from publishing.totals import excluded
from tests.orchestration.conftest import Returns, query

pytestmark = pytest.mark.xdist_group("demo")

WALSALL = {"cluster": "walsall", "year": "2024-25"}


def traced(home: Path, mart: str, column: str | None = None, organisation: str | None = None) -> Trace:
    where = Home(home)
    return trace(where, current_release(where), mart, organisation=organisation, column=column, **WALSALL)


def in_workbook(home: Path, found: Trace) -> list[tuple[str, str]]:
    """What was told to be typed, and what stands in that cell of the file that was sent, as plain texts."""
    books = {name: CalamineWorkbook.from_path(home / "inbox" / name) for name in {one.file_name for one in found.parts}}
    sheets = {
        name: {sheet: book.get_sheet_by_name(sheet) for sheet in book.sheet_names} for name, book in books.items()
    }
    grids = {
        name: {key: one.to_python(skip_empty_area=False) for key, one in of.items()} for name, of in sheets.items()
    }
    pairs = []
    for part in found.parts:
        letters, number = re.fullmatch(r"([A-Z]+)(\d+)", part.cell or "").groups()  # type: ignore[union-attr]
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        there = grids[part.file_name][part.sheet or ""][int(number) - 1][column - 1]
        plain = str(int(there)) if isinstance(there, float) and there.is_integer() else str(there)
        pairs.append((part.typed or "", plain))
    return pairs


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        ("turnover_by_cluster", "turnover_gbp"),
        ("turnover_by_cluster", "turnover_accepted_gbp"),
        ("employment_by_cluster", "headcount_accepted"),
        ("social_value_by_cluster", "volunteer_hours_accepted"),
        ("turnover_by_cluster", "like_for_like_turnover_gbp"),
        ("employment_by_cluster", "fte"),
        ("employment_by_cluster", "headcount_change"),
        ("environment_by_cluster", "tco2e"),
        ("social_value_by_cluster", "volunteer_hours"),
        ("investment_by_cluster", "investment_received_gbp"),
        ("innovation_by_cluster", "new_products"),
    ],
)
def test_the_parts_sum_up_to_the_figure_and_stand_in_their_cells(demo_home: Path, mart: str, column: str) -> None:
    found = traced(demo_home, mart, column)
    ((figure,),) = query(
        demo_home, f"select {column} from {mart} where cluster_id = 'walsall' and reporting_year = '2024-25'"
    )
    assert found.value == figure
    assert ": the figure." in found.made_how
    assert (" As sent: " in found.made_how) is is_total(demo_home, mart, column)
    first = {part.organisation_id: part.figure for part in found.parts if part.reporting_year == "2024-25"}
    assert sum(value for value in first.values() if value is not None) == pytest.approx(figure)
    pairs = in_workbook(demo_home, found)
    assert len(pairs) >= len(first) > 20
    assert [typed for typed, _ in pairs] == [there for _, there in pairs]


def is_total(home: Path, mart: str, column: str) -> bool:
    return bool(
        query(home, f"from duckdb_columns() where (table_name, column_name) = ('{mart}', '{excluded(column)}')")
    )


def test_what_is_excluded_is_traced_to_the_cells_that_are_in_question(demo_home: Path) -> None:
    """Of Walsall 2024-25 one has 3 employees and 0 full-time equivalents (X03)."""
    found = traced(demo_home, "employment_by_cluster", "headcount_excluded")
    (part,) = [part for part in found.parts if part.figure is not None]
    assert (found.value, part.figure, part.typed) == (3, 3, "3")
    assert part.organisation_id in {
        one for (one,) in query(demo_home, "select organisation_id from alerts where rule_code = 'X03' and holds_back")
    }


@pytest.mark.parametrize(("mart", "column"), [("funding_by_cluster", "cash_received_gbp"),
                                              ("funding_by_cluster", "grant_received_gbp")])  # fmt: skip
def test_figures_of_the_cluster_itself_are_traced_to_their_sheet(demo_home: Path, mart: str, column: str) -> None:
    found = traced(demo_home, mart, column)
    assert sum(part.figure or 0 for part in found.parts) == pytest.approx(found.value or 0)
    assert all(typed == there for typed, there in in_workbook(demo_home, found))


def test_outcomes_are_traced_row_by_row(demo_home: Path) -> None:
    found = traced(demo_home, "social_value_outcomes_by_cluster")
    ((people,),) = query(
        demo_home,
        "select sum(people) from social_value_outcomes_by_cluster"
        " where cluster_id = 'walsall' and reporting_year = '2024-25'",
    )
    assert sum(part.figure or 0 for part in found.parts) == people
    assert all(typed == there for typed, there in in_workbook(demo_home, found))


def test_growth_of_one_organisation_rests_on_two_returns(demo_home: Path) -> None:
    ((organisation,),) = query(
        demo_home,
        "select min(organisation_id) from turnover_by_organisation"
        " where cluster_id = 'walsall' and reporting_year = '2024-25' and counts_for_growth",
    )
    found = traced(demo_home, "turnover_by_organisation", "growth_ratio", organisation)
    income = {part.reporting_year: float(part.understood or "nan") for part in found.parts if "income" in part.field}
    assert income.keys() == {"2023-24", "2024-25"}
    assert len({part.receipt_id for part in found.parts}) == 2
    if all(part.typed for part in found.parts):
        assert found.value == pytest.approx(income["2024-25"] / income["2023-24"] - 1, abs=1e-6)


def test_decisions_on_the_way_are_told(demo_home: Path, tmp_path: Path) -> None:
    home = Home(demo_home)
    release = current_release(home)
    shutil.copy(release.database, tmp_path / "marts.duckdb")
    ((organisation,),) = query(
        demo_home,
        "select min(organisation_id) from turnover_by_organisation"
        " where cluster_id = 'walsall' and reporting_year = '2024-25'",
    )
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as marts:
        marts.execute(
            """
            insert into decisions (decision_id, cluster_id, organisation_id, organisation_name, reporting_year, field,
                kind, decided_on, reason)
            values (7, 'walsall', ?, 'A', '2024-25', 'total_income_gbp', 'correct the figure', '2025-07-02', 'A typo.')
            """,
            [organisation],
        )
        marts.execute(
            """
            insert into corrections (cluster_id, organisation_id, reporting_year, field, kind, new_value, decision_id,
                is_in_effect)
            values ('walsall', ?, '2024-25', 'total_income_gbp', 'correct', 5, 7, true)
            """,
            [organisation],
        )
    found = trace(
        home, replace(release, folder=tmp_path), "turnover_by_cluster", organisation=None, column=None, **WALSALL
    )
    (noted,) = (part for part in found.parts if part.notes and part.organisation_id == organisation)
    assert [note for note in noted.notes if "decision" in note] == [
        "decision 7 of 2025-07-02: correct the figure",
        "put right by decision 7 to 5.0",
    ]
    assert [one["decision_id"] for one in found.decisions] == [7]


def test_the_command_prints_text_and_json(returns: Returns, demo_home: Path) -> None:
    words = ("trace", "turnover_by_cluster", "--cluster", "Walsall", "--year", "2024-25", "--home", demo_home)
    told = json.loads(returns(*words, "--json").stdout)
    text = returns(*words).stdout.splitlines()
    assert text[0] == f"turnover_by_cluster.turnover_accepted_gbp, walsall, 2024-25: {told['value']:,}"
    assert any(part["cell"] in line and part["name"] in line for part in told["parts"][:1] for line in text)
    assert f"  {told['parts'][0]['receipt_id'][:12]}  {told['parts'][0]['file_name']}" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["alerts"], "The mart alerts cannot be traced. Of those that can be traced: There are: "),
        (["turnover_by_cluster", "--cluster", "dudley"], "There is no cluster dudley. There are: smethwick, walsall, "),
        (["turnover_by_cluster", "--year", "1999-00"], "no row for walsall, 1999-00. There are: 2022-23, 2023-24"),
        (
            ["turnover_by_cluster", "--column", "nonsense"],
            "nonsense cannot be traced. Of those that can be traced: There are: like_",
        ),
        (["turnover_by_organisation"], "turnover_by_organisation is by organisation. Say which: --organisation ID"),
        (["turnover_by_organisation", "--organisation", "X"], "has no organisation X in walsall, 2024-25."),
        (["turnover_by_cluster", "--organisation", "X"], "X is no part of turnover_by_cluster for walsall, 2024-25."),
    ],
)
def test_what_cannot_be_traced_is_said_in_one_line(
    demo_home: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from orchestration.cli import main

    usual = {"--cluster": "walsall", "--year": "2024-25", "--home": str(demo_home)}
    usual |= dict(zip(words[1::2], words[2::2], strict=True))
    with pytest.raises(SystemExit) as ended:
        main(["trace", words[0], *(word for pair in usual.items() for word in pair)])
    assert ended.value.code == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("returns: ")
    assert says in line
