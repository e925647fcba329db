"""Releases: written, sealed, switched, verified."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.release import (
    Column,
    Mart,
    ReleaseError,
    current_release,
    open_release,
    publish,
    verify,
)

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
MARTS = (
    Mart(
        name="pets",
        means="One row per pet. It's made up.",
        columns=(
            Column("name", "What it is called."),
            Column("legs", "How many legs."),
            Column("born_on", "Birthday."),
        ),
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.pets as
            select * from (values
                ('Rex', 4, date '2020-01-02'), ('=1+1', -2, null), ('Ada', 2, date '2019-12-31')
            ) as pets (name, legs, born_on)
            """
        )
    return file


def test_a_release_holds_every_mart_as_database_parquet_and_csv(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={"landed": "x"})

    assert release.release_id == "20260701T020000Z"
    assert current_release(home).release_id == release.release_id
    assert dict(release.rows) == {"pets": 3}
    with open_release(release) as marts:
        expected = [("=1+1", -2, None), ("Ada", 2, date(2019, 12, 31)), ("Rex", 4, date(2020, 1, 2))]
        assert marts.execute("select * from pets").fetchall() == expected
        comments = marts.execute("select comment from duckdb_tables() where table_name = 'pets'").fetchall()
        assert comments == [("One row per pet. It's made up.",)]
    parquet = duckdb.sql(f"select * from '{release.folder}/parquet/pets.parquet'").fetchall()
    assert parquet == expected


def test_text_that_a_spreadsheet_would_run_is_made_harmless_and_numbers_are_not(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    with (release.folder / "csv" / "pets.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows == [
        ["name", "legs", "born_on"],
        ["'=1+1", "-2", ""],
        ["Ada", "2", "2019-12-31"],
        ["Rex", "4", "2020-01-02"],
    ]


def test_csv_metadata_describes_every_column(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    metadata = json.loads((release.folder / "csv" / "csv-metadata.json").read_text(encoding="utf-8"))
    (table,) = metadata["tables"]
    assert table["url"] == "pets.csv"
    described = [
        (column["name"], column["datatype"], column["dc:description"]) for column in table["tableSchema"]["columns"]
    ]
    assert described == [
        ("name", "string", "What it is called."),
        ("legs", "integer", "How many legs."),
        ("born_on", "date", "Birthday."),
    ]


def test_a_new_release_takes_over_and_the_old_one_stays_as_it_was(home: Home, database: Path) -> None:
    first = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    second = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    assert (first.release_id, second.release_id) == ("20260701T020000Z", "20260701T020000Z-2")
    assert current_release(home).release_id == second.release_id
    verify(first)
    verify(second)


def test_the_same_build_gives_the_same_parquet_and_csv(home: Home, database: Path) -> None:
    first = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    second = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    for name in ("csv/pets.csv", "parquet/pets.parquet", "csv/csv-metadata.json"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


@pytest.mark.parametrize("name", ["marts.duckdb", "parquet/pets.parquet", "csv/pets.csv"])
def test_a_single_flipped_bit_is_noticed(home: Home, database: Path, name: str) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    file = release.folder / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ReleaseError, match=rf"damaged: {name}"):
        verify(release)


def test_a_file_that_was_added_or_removed_is_noticed(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    (release.folder / "csv" / "pets.csv").unlink()
    with pytest.raises(ReleaseError, match=r"csv/pets\.csv"):
        verify(release)


def test_no_release_yet_is_said_in_one_line(home: Home) -> None:
    with pytest.raises(ReleaseError, match=r"no release in .* yet\. Run a night first"):
        current_release(home)


def test_a_failed_publication_leaves_the_current_release(home: Home, database: Path) -> None:
    first = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    unknown = Mart("no_such_mart", "One row per nothing.", ())
    with pytest.raises(duckdb.Error):
        publish(home, database, (unknown,), as_of=date(2026, 7, 1), now=NOW, inputs={})
    assert current_release(home).release_id == first.release_id
    verify(first)


def test_a_reader_cannot_write_or_reach_other_files(home: Home, database: Path, tmp_path: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with open_release(release) as marts:
        for sql in (
            "delete from pets",
            f"select * from '{tmp_path}/secret.csv'",
            f"copy pets to '{tmp_path}/out.csv'",
            f"attach '{database}' as other",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                marts.execute(sql)
