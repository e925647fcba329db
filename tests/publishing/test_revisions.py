"""What changed between two releases made by hand, and the causes that are told."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from publishing.marts import Column, Mart
from publishing.revisions import REVISIONS, Edition, write_revisions
from publishing.seal import seal
from publishing.tables import write_tables

Tables = dict[str, list[dict[str, Any]]]
Change = Callable[[Tables, dict[str, Any]], object]

KEYS = {
    "turnover_by_organisation": ("cluster_id", "organisation_id", "reporting_year"),
    "environment_by_cluster": ("cluster_id", "reporting_year"),
    "programme_turnover": ("reporting_year",),
    "returns": ("cluster_id", "reporting_year"),
    "methods": ("kind", "method", "version"),
    "decisions": ("decision_id",),
    "alerts": ("alert_id",),
}


def tables() -> Tables:
    """Two clusters and two years; one organisation each; one rule, one factor, one alert, one decision."""
    return {
        "turnover_by_organisation": [
            {"cluster_id": cluster, "organisation_id": cluster[0], "reporting_year": year, "turnover_gbp": 100.0}
            for cluster in ("walsall", "ward-end")
            for year in ("2023-24", "2024-25")
        ],
        "environment_by_cluster": [{"cluster_id": "walsall", "reporting_year": "2024-25", "tco2e": 10.0}],
        "programme_turnover": [{"reporting_year": "2024-25", "turnover_gbp": 200.0}],
        "returns": [
            {"cluster_id": cluster, "reporting_year": year, "receipt_id": f"{cluster}{year}", "file_name": "r.xlsx"}
            for cluster in ("walsall", "ward-end")
            for year in ("2023-24", "2024-25")
        ],
        "methods": [
            {"kind": "rule", "method": "P01 Growth out of line", "version": "aa", "value": 1.0, "unit": "",
             "source": ""},
            {"kind": "greenhouse gas factors", "method": "UK factors", "version": "2024", "value": 1.0, "unit": "",
             "source": ""},
        ],
        "decisions": [
            {"decision_id": 1, "cluster_id": "walsall", "organisation_id": "w", "reporting_year": "2023-24",
             "settles_tonight": True, "is_last": True}
        ],
        "alerts": [
            {"alert_id": "x", "rule_code": "P01", "cluster_id": "walsall", "organisation_id": "w",
             "reporting_year": "2024-25", "holds_back": False}
        ],
    }  # fmt: skip


def make_edition(folder: Path, made: Tables, inputs: dict[str, Any]) -> tuple[tuple[Mart, ...], dict[str, Any]]:
    marts = tuple(
        Mart(name, "", tuple(Column(column, "") for column in rows[0]), KEYS[name]) for name, rows in made.items()
    )
    with duckdb.connect() as connection:
        for name, rows in made.items():
            connection.register("made", pa.Table.from_pylist(rows))
            connection.execute(f"create table {name} as select * from made")
        write_tables(connection, "memory.main", folder, marts)
    return marts, {"inputs": inputs, "as_of": inputs.get("as_of", "2025-07-01"), "files": seal(folder, {})}


def revisions(tmp_path: Path, change: Change) -> list[dict[str, str]]:
    before, inputs = tables(), {"code": "1", "register": "1", "programme": "1"}
    after, inputs_after = copy.deepcopy(before), dict(inputs)
    change(after, inputs_after)
    _, old = make_edition(tmp_path / "old", before, inputs)
    marts, new = make_edition(tmp_path / "new", after, inputs_after)
    written = write_revisions(tmp_path / "new", marts, new, Edition(tmp_path / "old" / "marts.duckdb", old))
    with (tmp_path / "new" / "changes.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == written.rows
    with duckdb.connect(str(tmp_path / "new" / "marts.duckdb"), read_only=True) as marts_of_new:
        assert marts_of_new.execute("select count(*) from revisions").fetchall() == [(len(rows),)]
    return rows


def turnover_of_walsall(made: Tables, to: float = 150.0) -> None:
    made["turnover_by_organisation"][1]["turnover_gbp"] = to  # walsall, 2024-25


def a_later_return(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    made["returns"][1]["receipt_id"] = "0123456789abcdef"


def a_return_of_elsewhere(made: Tables, inputs: dict[str, Any]) -> None:
    """Another cluster's return does not make this cluster's figure."""
    turnover_of_walsall(made)
    made["returns"][2]["receipt_id"] = "ward end"


def returns_of_two_years(made: Tables, inputs: dict[str, Any]) -> None:
    """The return of the year itself is nearer than that of the next."""
    made["turnover_by_organisation"][0]["turnover_gbp"] = 150.0  # walsall, 2023-24
    made["returns"][0]["receipt_id"] = "of the year"
    made["returns"][1]["receipt_id"] = "of the next"


def a_return_of_the_next_year(made: Tables, inputs: dict[str, Any]) -> None:
    """As a baseline changes where the first return states the year before otherwise."""
    made["turnover_by_organisation"][0]["turnover_gbp"] = 150.0
    made["returns"][1]["receipt_id"] = "of the next"


def a_decision(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    made["decisions"].append(made["decisions"][0] | {"decision_id": 2})


def a_return_and_a_decision(made: Tables, inputs: dict[str, Any]) -> None:
    a_later_return(made, inputs)
    a_decision(made, inputs)


def a_rule(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    made["methods"][0]["version"] = "bb"
    made["alerts"][0]["holds_back"] = True
    inputs["code"] = "2"


def a_rule_that_sees_what_it_saw(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    made["methods"][0]["version"] = "bb"
    inputs["code"] = "2"


def the_register(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    inputs["register"] = "2"


def the_day(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)
    inputs["as_of"] = "2025-07-02"


def nothing_known(made: Tables, inputs: dict[str, Any]) -> None:
    turnover_of_walsall(made)


@pytest.mark.parametrize(
    ("change", "cause", "caused_by"),
    [
        (a_later_return, "receipt", "receipt 0123456789ab (r.xlsx)"),
        (a_return_of_elsewhere, "not known", ""),
        (returns_of_two_years, "receipt", "receipt of the year (r.xlsx)"),
        (a_return_of_the_next_year, "receipt", "receipt of the next (r.xlsx)"),
        (a_decision, "decision", "decision 2"),
        (a_return_and_a_decision, "several", "decision 2; receipt 0123456789ab (r.xlsx)"),
        (a_rule, "rule", "rule P01"),
        (a_rule_that_sees_what_it_saw, "code", "code"),
        (the_register, "register", "register"),
        (the_day, "day", "day"),
        (nothing_known, "not known", ""),
    ],
)
def test_a_figure_that_changed_is_told_with_its_cause(
    tmp_path: Path, change: Change, cause: str, caused_by: str
) -> None:
    (row,) = (row for row in revisions(tmp_path, change) if row["mart"] == "turnover_by_organisation")
    assert (row["cluster_id"], row["organisation_id"], row["change"]) == ("walsall", "w", "changed")
    assert row["row_key"] == f"cluster_id=walsall; organisation_id=w; reporting_year={row['reporting_year']}"
    assert (row["figure"], row["value_before"], row["value_after"]) == ("turnover_gbp", "100.0", "150.0")
    assert (row["cause"], row["caused_by"]) == (cause, caused_by)


def test_a_factor_is_told_for_the_marts_that_use_it_and_a_return_for_the_programme(tmp_path: Path) -> None:
    def change(made: Tables, inputs: dict[str, Any]) -> None:
        made["environment_by_cluster"][0]["tco2e"] = 11.0
        made["programme_turnover"][0]["turnover_gbp"] = 250.0
        made["methods"][1]["version"] = "2025"
        made["returns"][3]["receipt_id"] = "ward end, corrected"

    rows = {row["mart"]: row for row in revisions(tmp_path, change) if row["mart"] != "methods"}
    assert rows.keys() == {"environment_by_cluster", "programme_turnover"}
    environment, programme = rows["environment_by_cluster"], rows["programme_turnover"]
    assert environment["cause"] == "reference edition"
    assert environment["caused_by"] == (
        "reference edition UK factors, 2024 no longer in force; reference edition UK factors, 2025"
    )
    assert (programme["cause"], programme["caused_by"]) == ("receipt", "receipt ward end, co (r.xlsx)")


def test_rows_that_came_and_went_are_told_once_each(tmp_path: Path) -> None:
    def change(made: Tables, inputs: dict[str, Any]) -> None:
        made["turnover_by_organisation"].pop(0)
        made["turnover_by_organisation"].append(
            {"cluster_id": "walsall", "organisation_id": "new", "reporting_year": "2024-25", "turnover_gbp": 5.0}
        )

    rows = revisions(tmp_path, change)
    assert [(row["organisation_id"], row["change"], row["figure"]) for row in rows] == [
        ("new", "row added", ""),
        ("w", "row removed", ""),
    ]


def test_the_first_release_and_one_that_says_the_same_have_no_revisions(tmp_path: Path) -> None:
    assert revisions(tmp_path, lambda made, inputs: None) == []
    marts, new = make_edition(tmp_path / "first", tables(), {})
    assert write_revisions(tmp_path / "first", marts, new, None).rows == 0
    names = [column.name for column in REVISIONS.columns]
    assert (tmp_path / "first" / "changes.csv").read_text(encoding="utf-8") == ",".join(names) + "\n"


def test_marts_of_another_make_are_compared_as_far_as_they_are_alike(tmp_path: Path) -> None:
    def change(made: Tables, inputs: dict[str, Any]) -> None:
        for row in made["turnover_by_organisation"]:
            row["headcount"] = 3.0
        turnover_of_walsall(made)

    (row,) = revisions(tmp_path, change)
    assert row["figure"] == "turnover_gbp"


def test_in_csv_a_number_below_zero_stays_and_a_formula_is_made_harmless(tmp_path: Path) -> None:
    def change(made: Tables, inputs: dict[str, Any]) -> None:
        turnover_of_walsall(made, -5.5)
        made["methods"][1]["source"] = "=1+1"

    told = {row["figure"]: (row["value_before"], row["value_after"]) for row in revisions(tmp_path, change)}
    assert told == {"turnover_gbp": ("100.0", "-5.5"), "source": ("", "'=1+1")}
