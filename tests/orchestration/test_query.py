"""SQL over a release: what it may not reach, and the forms in which it answers."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from orchestration.home import Home
from orchestration.query import run_query, write_query
from orchestration.release import Release, open_release, publish, verify
from publishing.guard import QueryError
from publishing.marts import Column, Mart

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
PETS = Mart("pets", "One row per pet.", (Column("name", ""), Column("legs", ""), Column("born_on", "")), ("name",))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def release(home: Path) -> Release:
    with duckdb.connect(str(home / "build.duckdb")) as build:
        build.execute("create schema marts")
        build.execute(
            "create table marts.pets as select * from (values ('=Rex', 4, date '2020-01-02'), ('Ada', null, null))"
            " as pets (name, legs, born_on)"
        )
    return publish(Home(home), home / "build.duckdb", [PETS], as_of=date(2026, 7, 1), now=NOW, inputs={})


@pytest.mark.parametrize(
    "sql",
    [
        "attach '{home}/build.duckdb' as other",
        "attach ':memory:' as other",
        "copy pets to '{tmp}/out.csv'",
        "copy (select 1) to '{tmp}/out.parquet'",
        "export database '{tmp}/out'",
        "import database '{tmp}/out'",
        "select * from read_csv('{tmp}/secret.csv')",
        "select * from read_text('{tmp}/secret.csv')",
        "select * from read_blob('{tmp}/secret.csv')",
        "select * from '{tmp}/secret.csv'",
        "select * from glob('{tmp}/*')",
        "select * from sniff_csv('{tmp}/secret.csv')",
        "select * from parquet_metadata('{tmp}/secret.parquet')",
        "select * from read_csv('https://example.org/secret.csv')",
        "install httpfs",
        "load httpfs",
        "load '{tmp}/own.duckdb_extension'",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "set temp_directory = '{tmp}'",
        "set profile_output = '{tmp}/out.json'",
        "pragma enable_profiling = 'json'",
        "create secret own (type s3)",
        "call enable_logging(storage = 'file', storage_path = '{tmp}/out')",
        "select * from Enable_Logging(storage = 'file', storage_path = '{tmp}/out')",
        "select * from \"enable_profiling\"(format = 'json', save_location = '{tmp}/out.json')",
        "create table other as select 1",
        "insert into pets select * from pets",
        "update pets set legs = 5",
        "delete from pets",
        "drop table pets",
        "alter table pets add column tail integer",
        "select 1; drop table pets",
        "select * from release",
        # a text that is run as SQL hides any name from who looks for it
        "from query('from en' || 'able_logging()')",
        "from \"query\" /* a */ -- b\n ('from en' || 'able_logging()')",
        "from json_execute_serialized_sql(json_serialize_sql('from en' || 'able_logging()'))",
        # with no address in memory DuckDB 1.5 ends the whole process
        "from pandas_scan(null)",
        "from Arrow_Scan_Dumb(null, null, null)",
        "select 1; select 2",
        "explain select 1; drop table pets",
        "set variable x = 1",
        "prepare x as select 1",
        "begin",
        "",
        "-- nothing",
    ],
)
def test_a_query_reads_the_release_and_nothing_else(home: Path, release: Release, tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.csv").write_text("secret\n1\n", encoding="utf-8")
    there = sorted(tmp_path.rglob("*"))
    with pytest.raises((duckdb.Error, QueryError)):
        run_query(release, sql.format(tmp=tmp_path, home=home), form="text")
    assert sorted(tmp_path.rglob("*")) == there
    verify(release)
    # and the next query finds all as it was
    assert json.loads(run_query(release, "select count(*) as pets from pets", form="json")) == [{"pets": 2}]


def test_what_only_reads_is_not_refused(release: Release) -> None:
    asked = {
        "from pets;": 2, "show tables": 2, "describe pets": 3, "explain select 1": 1, "values (1), (2)": 2,
        "pivot pets on legs using count(*) group by name": 2, "select 1 as query": 1,
        "with query as (select 1) from query": 1,
    }  # fmt: skip
    got = {sql: len(json.loads(run_query(release, sql, form="json"))) for sql in asked}
    assert got == asked


def test_many_readers_of_one_process_share_a_release(release: Release) -> None:
    readers = [open_release(release) for _ in range(4)]
    assert [reader.execute("select count(*) from pets").fetchone() for reader in readers] == [(2,)] * 4
    for reader in readers:
        reader.close()


def test_the_answer_can_be_written_as_csv_json_and_parquet(release: Release, tmp_path: Path) -> None:
    sql = "select * from pets order by name"
    for ending in (".csv", ".json", ".parquet"):
        assert write_query(release, sql, tmp_path / f"pets{ending}") == 2
    with (tmp_path / "pets.csv").open(encoding="utf-8", newline="") as handle:
        assert list(csv.reader(handle)) == [["name", "legs", "born_on"], ["'=Rex", "4", "2020-01-02"], ["Ada", "", ""]]
    assert json.loads((tmp_path / "pets.json").read_text(encoding="utf-8")) == [
        {"name": "=Rex", "legs": 4, "born_on": "2020-01-02"},
        {"name": "Ada", "legs": None, "born_on": None},
    ]
    rows = duckdb.sql(f"select * from '{tmp_path}/pets.parquet'").fetchall()
    assert rows == [("=Rex", 4, date(2020, 1, 2)), ("Ada", None, None)]


def test_the_command_writes_a_file_and_asks_the_public_edition(
    home: Path, release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["query", "from pets", "--home", str(home), "--to", str(tmp_path / "all.parquet")])
    assert capsys.readouterr().out == f"Wrote 2 rows to {tmp_path}/all.parquet.\n"
    main(["query", "select count(*) as marts from duckdb_tables()", "--home", str(home), "--public", "--json"])
    # `pets` is not declared to be public
    assert json.loads(capsys.readouterr().out) == [{"marts": 0}]
    with pytest.raises(SystemExit) as ended:
        main(["query", "from pets", "--home", str(home), "--to", str(tmp_path / "all.xlsx")])
    assert ended.value.code == 4
    assert capsys.readouterr().err == (
        f"returns: {tmp_path}/all.xlsx has another ending than what would be in it. "
        "Name a file that ends in .csv or .json or .parquet.\n"
    )


def test_a_file_that_is_there_is_written_over_only_when_that_is_said(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("typed by hand", encoding="utf-8")
    call = ["query", "from pets", "--home", str(home), "--to", str(mine)]
    with pytest.raises(SystemExit) as ended:
        main(call)
    assert ended.value.code == 4
    assert "mine.csv exists already and is not overwritten." in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "typed by hand"
    main([*call, "--overwrite"])
    assert "Ada" in mine.read_text(encoding="utf-8")
