"""Releases: written, sealed, switched, verified."""

import csv
import hashlib
import json
import re
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.release import ReleaseError, current_release, open_release, publish, verify
from publishing.marts import Column, Mart

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
    assert dict(release.rows) == {"pets": 3, "revisions": 0}
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
    (table, changes) = metadata["tables"]
    assert (table["url"], changes["url"]) == ("pets.csv", "../changes.csv")
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
    for name in ("csv/pets.csv", "parquet/pets.parquet", "csv/csv-metadata.json", "data-dictionary.json"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_the_database_can_be_read_by_clients_of_duckdb_1_2_and_has_nothing_left_to_write(
    home: Home, database: Path
) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    with open_release(release) as marts:
        ((tags,),) = marts.execute("select tags from duckdb_databases() where path like '%marts.duckdb'").fetchall()
    assert tags == {"storage_version": "v1.2.0+"}
    assert not release.folder.joinpath("marts.duckdb.wal").exists()


def test_the_manifest_says_what_the_release_was_made_from_and_what_is_in_it(home: Home, database: Path) -> None:
    versions = {"code": {"version": "0.1.0"}}
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={"landed": "x"}, versions=versions)
    about = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))
    assert (about["release_id"], about["as_of"]) == ("20260701T020000Z", "2026-07-01")
    assert about["versions"] == versions
    assert about["inputs_sha256"] == hashlib.sha256(b'{"landed": "x"}').hexdigest()
    tables = {name: file["rows"] for name, file in about["files"].items() if "rows" in file}
    assert tables == {"changes.csv": 0, "csv/pets.csv": 3, "marts.duckdb": 3, "parquet/pets.parquet": 3}
    for name, file in about["files"].items():
        content = (release.folder / name).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    on_disk = {file.relative_to(release.folder).as_posix() for file in release.folder.rglob("*") if file.is_file()}
    assert on_disk == about["files"].keys() | {"manifest.json"}


def test_the_data_dictionary_tells_every_column_to_people_and_programs(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    told = json.loads((release.folder / "data-dictionary.json").read_text(encoding="utf-8"))
    mart, revisions = told["marts"]
    assert revisions["mart"] == "revisions"
    assert (mart["mart"], mart["description"], mart["rows"]) == ("pets", "One row per pet. It's made up.", 3)
    assert mart["columns"][2] == {
        "column": "born_on",
        "type": "DATE",
        "unit": "date",
        "description": "Birthday.",
    }
    page = (release.folder / "data-dictionary.html").read_text(encoding="utf-8")
    assert '<th scope="row"><code>born_on</code></th><td>date</td><td>date</td><td>Birthday.</td>' in page
    assert "It&#x27;s made up." in page


def test_the_quality_report_says_what_was_expected_and_loads_nothing_from_elsewhere(home: Home, database: Path) -> None:
    expected = {"mart": "pets", "expectation": "expect_column_values_to_be_between", "column": "legs"}
    expected |= {"why": "No pet has <five> legs.", "passed": True, "unexpected": 0}
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={}, audited=[expected])
    told = json.loads((release.folder / "quality-report.json").read_text(encoding="utf-8"))
    assert told == {"expectations": [expected]}
    page = (release.folder / "quality-report.html").read_text(encoding="utf-8")
    assert "1 of 1 expectations held." in page
    assert "<td>held</td><td><code>legs</code></td><td>column values to be between</td>" in page
    assert "No pet has &lt;five&gt; legs." in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page)


def test_the_bill_of_materials_names_every_package_and_is_the_same_twice(home: Home, database: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    first = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    bill = (first.folder / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    told = json.loads(bill)
    assert told["metadata"]["timestamp"] == "2026-07-01T00:00:00Z"
    assert "serialNumber" not in told
    versions = {one["name"]: one["version"] for one in told["components"]}
    assert versions["duckdb"] == duckdb.__version__
    assert versions["great-expectations"] == version("great_expectations")
    assert "cluster-returns" not in versions
    assert [one["purl"] for one in told["components"] if one["name"] == "duckdb"] == [
        f"pkg:pypi/duckdb@{duckdb.__version__}"
    ]
    second = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=datetime(2026, 7, 2, tzinfo=UTC), inputs={})
    assert (second.folder / "sbom.cdx.json").read_text(encoding="utf-8") == bill


@pytest.mark.parametrize(
    "name",
    ["manifest.json", "marts.duckdb", "parquet/pets.parquet", "csv/pets.csv", "csv/csv-metadata.json",
     "data-dictionary.json", "data-dictionary.html", "quality-report.html", "changes.csv", "sbom.cdx.json",
     "public/manifest.json"],
)  # fmt: skip
def test_a_single_flipped_bit_is_noticed(home: Home, database: Path, name: str) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    file = release.folder / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    told = "its manifest cannot be read" if name == "manifest.json" else f"{name} is not as it was published"
    with pytest.raises(ReleaseError, match=rf"The release 20260701T020000Z is damaged: {told}"):
        verify(release)


def test_a_bit_anywhere_in_the_manifest_counts(home: Home, database: Path) -> None:
    release = publish(home, database, MARTS, as_of=date(2026, 7, 1), now=NOW, inputs={})
    file = release.folder / "manifest.json"
    content = file.read_bytes()
    for place in range(0, len(content), 4):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        file.write_bytes(changed)
        with pytest.raises(ReleaseError, match="is damaged: its manifest cannot be read"):
            verify(release)
    file.write_bytes(content)
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
