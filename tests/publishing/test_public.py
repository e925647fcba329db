"""The public edition of marts made by hand, and what can be worked out of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest
import yaml

from publishing.declaration import DECLARATION, read_declaration
from publishing.marts import Column, Mart
from publishing.public import write_public
from publishing.tables import write_tables
from tests.publishing.attack import attack
from tests.publishing.small_marts import YEAR, make_marts

# Six organisations, one of which makes 90% of the turnover; three clusters in which nobody stands out.
DOMINATED = {
    "a": [900, 20, 20, 20, 20, 20],
    "b": [100, 100, 100, 100, 100, 100],
    "c": [200, 200, 200, 200, 200, 200],
    "d": [500, 500, 500, 500, 500, 500],
}
A, TOTAL = (
    ("turnover_by_cluster", f"a|{YEAR}", "turnover_accepted_gbp"),
    ("programme_turnover", YEAR, "turnover_of_clusters_accepted_gbp"),
)


def shown(folder: Path, mart: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{mart}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def publish_public(tmp_path: Path, *made: object) -> Path:
    marts = make_marts(tmp_path / "internal.duckdb", *made)  # type: ignore[arg-type]
    write_public(tmp_path / "internal.duckdb", tmp_path / "public", marts, about="Release 1")
    return tmp_path / "public"


def test_a_sum_that_one_organisation_dominates_is_hidden_and_another_with_it(tmp_path: Path) -> None:
    """a makes 1,000, of it one organisation 900, which could be 900 / 0.7 = 1,286 at most: 286 to hide behind.

    The smallest other figure of at least 286 is b's 600. The total and the others stay.
    """
    folder = publish_public(tmp_path, DOMINATED)
    turnover = {row["cluster_id"]: row["turnover_accepted_gbp"] for row in shown(folder, "turnover_by_cluster")}
    assert turnover == {"a": "[c]", "b": "[c]", "c": "1200.0", "d": "3000.0"}
    assert [row["turnover_of_clusters_accepted_gbp"] for row in shown(folder, "programme_turnover")] == ["5800.0"]
    found = attack(folder / "csv")
    assert found.keys() == {A, ("turnover_by_cluster", f"b|{YEAR}", "turnover_accepted_gbp")}
    assert found[A].low == pytest.approx(0, abs=0.1)
    assert found[A].high == pytest.approx(1600, abs=0.1)
    # The ratio that rests on the same organisation is hidden too.
    growth = {row["cluster_id"]: row["like_for_like_growth_ratio"] for row in shown(folder, "turnover_by_cluster")}
    assert growth == {"a": "[c]", "b": "0.1", "c": "0.1", "d": "0.1"}


def test_without_secondary_suppression_the_attack_finds_the_hidden_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishing.disclosure.hide", lambda values, needs, *rest: frozenset(needs))
    found = attack(publish_public(tmp_path, DOMINATED) / "csv")
    assert found.keys() == {A}
    assert (found[A].low, found[A].high) == (pytest.approx(1000, abs=0.1), pytest.approx(1000, abs=0.1))


@pytest.mark.parametrize(
    ("figures", "is_hidden"),
    [
        ([25, 25, 25, 25], True),  # four organisations
        ([20, 20, 20, 20, 20], False),
        ([20, 20, 20, 20, 20, 0], False),
        ([25, 25, 25, 25, 0], True),  # the fifth gave nothing
        ([0, 0, 0, 0, 0], False),  # nothing of nobody in particular
        ([70, 10, 10, 5, 5], False),  # 70%, and 80% of two
        ([71, 8, 7, 7, 7], True),  # 71% of one
        ([60, 25, 5, 5, 5], False),  # 85% of two
        ([60, 26, 5, 5, 4], True),  # 86% of two
    ],
)
def test_who_contributes_decides_what_is_hidden(tmp_path: Path, figures: list[float], is_hidden: bool) -> None:
    folder = publish_public(tmp_path, {"a": figures, "b": [100.0] * 9, "c": [100.0] * 9})
    turnover = {row["cluster_id"]: row["turnover_accepted_gbp"] for row in shown(folder, "turnover_by_cluster")}
    assert (turnover["a"] == "[c]") is is_hidden
    assert ("[c]" in (turnover["b"], turnover["c"])) is is_hidden


@pytest.mark.parametrize(
    ("left_out", "shown_excluded", "shown_of_all"),
    [
        ({}, "0.0", "0.0"),  # nothing is excluded
        ({"a": [300.0]}, "[c]", "[c]"),  # one organisation
        ({"a": [300.0], "b": [100.0] * 5}, "[c]", "800.0"),  # b is hidden too, else a would be the rest of all
        ({"a": [100.0] * 6}, "600.0", "600.0"),  # six, none of which stands out
    ],
)
def test_what_is_excluded_tells_nothing_of_one_organisation(
    tmp_path: Path, left_out: dict[str, list[float]], shown_excluded: str, shown_of_all: str
) -> None:
    """The accepted totals are shown all the same, and the total as sent never is."""
    turnover = {cluster: [100.0] * 9 for cluster in "abcd"}
    folder = publish_public(tmp_path, turnover, None, left_out)
    rows = {row["cluster_id"]: row for row in shown(folder, "turnover_by_cluster")}
    assert [row["turnover_accepted_gbp"] for row in rows.values()] == ["900.0"] * 4
    assert rows["a"]["turnover_excluded_gbp"] == shown_excluded
    assert [rows[name]["turnover_excluded_gbp"] for name in "cd"] == ["0.0"] * 2
    assert "turnover_gbp" not in rows["a"]
    (programme,) = shown(folder, "programme_turnover")
    assert programme["turnover_of_clusters_excluded_gbp"] == shown_of_all
    for place, interval in attack(folder / "csv").items():
        assert interval.low <= 0.85 * 300 and interval.high >= 1.15 * 300, place


def test_small_counts_of_people_are_hidden_and_so_is_what_would_tell_them(tmp_path: Path) -> None:
    """Of new jobs (all, of disadvantaged people): what is left of the two is a count of people too.

    a: 3 is small, 30 is not.  b: 25 and 30 leave 5, so one of them goes: the 25.  c: nobody.  d: 8 and 2 are small.
    """
    jobs = {"a": (30.0, 3.0), "b": (30.0, 25.0), "c": (30.0, 0.0), "d": (8.0, 2.0)}
    folder = publish_public(tmp_path, {"a": [1.0] * 9}, jobs)
    rows = {row["cluster_id"]: row for row in shown(folder, "employment_by_cluster")}
    told = {
        key: (row["jobs_created_headcount_accepted"], row["jobs_disadvantaged_accepted"]) for key, row in rows.items()
    }
    assert told == {"a": ("30.0", "[c]"), "b": ("30.0", "[c]"), "c": ("30.0", "0.0"), "d": ("[c]", "[c]")}
    found = attack(folder / "csv")
    # Nobody of c's 30 new jobs is hidden: that all of them are of other people may be known.
    others = found.pop(("employment_by_cluster", f"c|{YEAR}", "what else is in jobs_created_headcount_accepted"))
    assert (round(others.low), round(others.high)) == (30, 30)
    assert len(found) == 7
    for interval in found.values():
        assert interval.low <= 1
        assert interval.high >= 9


def test_in_the_database_a_hidden_cell_is_empty_beside_its_marker(tmp_path: Path) -> None:
    folder = publish_public(tmp_path, DOMINATED)
    sql = "select turnover_accepted_gbp, turnover_accepted_gbp_marker from turnover_by_cluster order by cluster_id"
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as marts:
        assert marts.execute(sql).fetchall() == [(None, "[c]"), (None, "[c]"), (1200.0, None), (3000.0, None)]
        names = {name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()}
    assert names == {"turnover_by_cluster", "programme_turnover"}
    metadata = json.loads((folder / "csv" / "csv-metadata.json").read_text(encoding="utf-8"))
    (table,) = (table for table in metadata["tables"] if table["url"] == "turnover_by_cluster.csv")
    columns = {column["name"]: column for column in table["tableSchema"]["columns"]}
    assert list(columns) == list(shown(folder, "turnover_by_cluster")[0])
    assert columns["turnover_accepted_gbp"]["null"] == ["", "[c]"]


def test_a_column_that_nobody_declared_is_not_published(tmp_path: Path) -> None:
    file = tmp_path / "internal.duckdb"
    marts = list(make_marts(file, DOMINATED))
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table turnover_by_cluster add column new_gbp double default 1")
        connection.execute("create table surprises as select 1 as new")
    place = next(number for number, mart in enumerate(marts) if mart.name == "turnover_by_cluster")
    marts[place] = Mart("turnover_by_cluster", "", (*marts[place].columns, Column("new_gbp", "")))
    marts.append(Mart("surprises", "", (Column("new", ""),)))
    write_public(file, tmp_path / "public", marts, about="Release 1")
    assert "new_gbp" not in shown(tmp_path / "public", "turnover_by_cluster")[0]
    assert not (tmp_path / "public" / "csv" / "surprises.csv").exists()
    assert read_declaration().undeclared(marts) == ("turnover_by_cluster.new_gbp", "surprises")


def described_marts(project: Path) -> tuple[Mart, ...]:
    files = sorted((project / "dbt_project" / "models" / "marts").glob("*.yml"))
    told = [model for file in files for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])]
    return tuple(Mart(one["name"], "", tuple(Column(column["name"], "") for column in one["columns"])) for one in told)


def test_every_column_of_every_mart_is_declared_once(project: Path) -> None:
    """A new column must be put into disclosure.yml: as people, money, ratio, safe, printed or left out."""
    marts = described_marts(project)
    assert len(marts) > 30
    declaration = read_declaration()
    assert declaration.undeclared(marts) == ()
    described = {mart.name: [column.name for column in mart.columns] for mart in marts}
    told = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))
    for name, mart in told["marts"].items():
        kinds = ("keys", "safe", "printed", "people", "money", "ratio", "unless_zero")
        columns = [column for kind in kinds for column in mart.get(kind, [])]
        columns += [column for one in mart.get("left_out", []) for column in one["columns"]]
        assert sorted(columns) == sorted(described[name]), name
    assert declaration.left_out.keys() | declaration.marts.keys() == described.keys()


def test_only_what_has_a_reason_is_shown_of_people_and_money(project: Path) -> None:
    """A column in pounds or of people may be shown as it is only where it is printed elsewhere."""
    told = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))
    for name, mart in told["marts"].items():
        for column in mart["safe"]:
            counts_people = not column.startswith("organisations_") and column.endswith(("_fte", "_people", "_hours"))
            assert not counts_people, (name, column)
            assert not column.endswith("_gbp"), (name, column)


def test_the_same_marts_give_the_same_public_files(tmp_path: Path) -> None:
    marts = make_marts(tmp_path / "internal.duckdb", DOMINATED, {"a": (30.0, 3.0)})
    for name in ("one", "two"):
        write_public(tmp_path / "internal.duckdb", tmp_path / name, marts, about="Release 1")
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").glob("*/*"))
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_tables_without_markers_keep_their_text(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table notes as select '[c] is a word here' as note")
        write_tables(connection, "memory.main", tmp_path / "out", [Mart("notes", "", (Column("note", ""),))])
    assert (tmp_path / "out" / "csv" / "notes.csv").read_text(encoding="utf-8") == "note\n[c] is a word here\n"
