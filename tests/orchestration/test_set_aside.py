"""A return at which the build stops is found, set aside and named; the others are published as if it had never come."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from demo import lay_demo
from expectations.suites.gate import GateOutcome
from ingestion.land import read_landing
from ingestion.programme import Programme, read_programme
from ingestion.receive import receive
from orchestration import dbt_build
from orchestration.build_attempt import Marts, Settings
from orchestration.build_load import load_build
from orchestration.build_step import Built, build_without_guilty
from orchestration.check import check_file
from orchestration.commands import returns
from orchestration.dbt_build import DbtOutcome
from orchestration.home import SHIPPED_PROGRAMME, Home, open_home
from orchestration.idle import nothing_new
from orchestration.inputs import inputs_of
from orchestration.landing import land
from orchestration.messages import message_of
from orchestration.night import NightRecord, run_night
from orchestration.release import current_release
from orchestration.set_aside import SetAside, in_force, keep, records, surroundings
from orchestration.status import read_status, status_text
from orchestration.summary import night_summary, night_summary_json
from tests.orchestration.conftest import query, read_marts
from workspace.records import write_record

pytestmark = [pytest.mark.xdist_group("set aside"), pytest.mark.long]

AS_OF = date(2026, 8, 1)
NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)
WALSALL, CORRECTED = "Walsall return 2024-25.xlsx", "Walsall return 2024-25 corrected.xlsx"
OTHER, NEXT = "Smethwick return 2024-25.xlsx", "Smethwick return 2025-26.xlsx"
_COUNTED = "column_name = 'alerts_open' and table_name = ?"
# What a model or a test of ours may one day say of one organisation, whose name no file but a test's bears.
ROWS = """
select receipt_id, sheet, row_number from {{ ref('int_organisation_years') }} where organisation_name = 'Stops Ltd'
"""


# A condition that holds for every organisation but one, at which it raises: then no row is named.
RAISES = """
where
    case
        when landed.organisation_name = 'Raises Ltd' then cast(landed.organisation_name as integer)
        else 1
    end = 1
"""


@dataclass(frozen=True)
class Demo:
    """The files of a demo, from which each test takes the few that it needs."""

    files: Path
    programme: Programme


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    programme = read_programme(SHIPPED_PROGRAMME)
    lay_demo(folder, seed=2022, now=NOW, programme=programme)
    return Demo(folder / "inbox", programme)


@pytest.fixture(scope="module")
def project_of_dbt(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Path]:
    """The dbt project with a test that stops at “Stops Ltd” and a model that stops at “Raises Ltd”."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(project / "dbt_project", folder / "dbt_project")
    (folder / "expectations").symlink_to(project / "expectations")
    (folder / "dbt_project" / "tests").mkdir()
    (folder / "dbt_project" / "tests" / "nothing_stops.sql").write_text(ROWS, encoding="utf-8")
    staging = folder / "dbt_project" / "models" / "staging" / "stg_organisations.sql"
    staging.write_text(staging.read_text(encoding="utf-8") + RAISES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_build, "DBT_PROJECT", folder / "dbt_project")
        yield folder / "dbt_project"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, demo: Demo, project_of_dbt: Path) -> Path:
    """A home with one release, of a first version for Walsall and a return for Smethwick. Only read."""
    home = tmp_path_factory.mktemp("before") / "home"
    (home / "inbox").mkdir(parents=True)
    for name in (WALSALL, OTHER):
        shutil.copy2(demo.files / name, home / "inbox")
    assert run_night(open_home(home), demo.programme, as_of=AS_OF, now=NOW).succeeded
    return home


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, before: Path, demo: Demo) -> tuple[Path, NightRecord]:
    """The same home after a run in which a correction for Walsall stops the build."""
    home = tmp_path_factory.mktemp("after") / "home"
    shutil.copytree(before, home, symlinks=True)
    _with_name(demo.files / CORRECTED, home / "inbox" / CORRECTED, "Stops Ltd")
    return home, run_night(open_home(home), demo.programme, as_of=AS_OF, now=NOW + timedelta(hours=1))


def _with_name(source: Path, target: Path, name: str) -> None:
    """A return with the organisation in row 6 called otherwise."""
    known = b"Bramblegarth Garden Project CIC"
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as written:
        assert known in read.read("xl/sharedStrings.xml")
        for part in read.namelist():
            written.writestr(part, read.read(part).replace(known, name.encode()))
    shutil.copystat(source, target)


def _receipt(home: Path, cluster: str, year: str) -> Path:
    """The landed set of the newest return of a cluster and year."""
    found = []
    for folder in (home / "landed").iterdir():
        landing = json.loads((folder / "landing.json").read_text(encoding="utf-8"))
        if (landing["cluster_id"], landing["reporting_year"]) == (cluster, year):
            found.append(folder)
    return max(found, key=lambda folder: folder.stat().st_mtime_ns)


def test_it_is_published_without_the_return_and_the_record_names_file_sheet_and_row(
    after: tuple[Path, NightRecord],
) -> None:
    home, record = after
    assert record.succeeded
    (aside,) = records(Home(home))
    assert [one["places"] for one in record.set_aside] == [["Organisations, row 6"]]
    assert record.set_aside[0]["file_name"] == CORRECTED
    assert (aside.file_name, aside.cluster_id, aside.reporting_year) == (CORRECTED, "walsall", "2024-25")
    assert aside.places == ("Organisations, row 6",)
    assert aside.reason == "With this return a check of the figures did not pass."
    assert aside.is_certain


def test_the_version_before_counts_again_and_the_year_says_set_aside_by_us(after: tuple[Path, NightRecord]) -> None:
    home, record = after
    (aside,) = (one["receipt_id"] for one in record.set_aside)
    assert query(
        home, "select state, file_name, set_aside_receipt_id from returns where cluster_id = 'walsall' order by all"
    )[-1] == ("set aside by us", WALSALL, aside)
    assert query(home, "select state, version, file_name from receipts where cluster_id = 'walsall' order by 2") == [
        ("counts", 1, WALSALL),
        ("set aside by us", 2, CORRECTED),
    ]
    assert query(home, "select severity, mend, message from alerts where rule_code = 'F13'") == [
        (
            "error",
            "WMCA",
            "We have set the 2024-25 return of Walsall aside: our own build stops at it. With this return a check of "
            "the figures did not pass. Look first at: Organisations, row 6.",
        )
    ]


def test_nothing_else_differs_from_a_build_in_which_it_had_never_come(
    before: Path, after: tuple[Path, NightRecord]
) -> None:
    marts = read_marts(before).keys()
    assert marts == read_marts(after[0]).keys()
    assert len(marts) > 40
    # What tells of the return itself: its receipt, the state of its year, and the one alert with the counts of it.
    of_it = {
        "receipts": ("*", "where state <> 'set aside by us'"),
        "alerts": ("*", "where rule_code <> 'F13'"),
        "rule_scorecard": ("* exclude (share_of_alerts)", "where rule_code <> 'F13'"),
        "returns": ("* exclude (state, set_aside_receipt_id, set_aside_reason)", ""),
        "response_by_cluster": ("* exclude (return_state)", ""),
        "quality_by_cluster": ("* exclude (alerts, alerts_error)", ""),
        "reconciliations": ("* exclude (expected, actual, tolerance)", ""),
    }
    with_counts = [name for name in marts if query(before, f"select 1 from duckdb_columns() where {_COUNTED}", name)]
    assert len(with_counts) > 4
    of_it |= dict.fromkeys(with_counts, ("* exclude (alerts_open)", ""))
    for mart in sorted(marts - {"revisions"}):
        columns, rows = of_it.get(mart, ("*", ""))
        sql = f"select {columns} from {mart} {rows} order by all"
        assert query(before, sql) == query(after[0], sql), mart
    for mart in of_it:
        sql = f"select * from {mart} order by all"
        assert query(before, sql) != query(after[0], sql), mart


def test_people_are_told_loudly(after: tuple[Path, NightRecord]) -> None:
    home, record = Home(after[0]), after[1]
    release = current_release(home)
    for text in (night_summary(home, record, release), status_text(read_status(home))):
        assert "Set aside by us" in text
        assert f"{CORRECTED} (walsall, 2024-25)" in text
        assert "Look first at: Organisations, row 6" in text
    (one,) = json.loads(night_summary_json(home, record, release))["returns_set_aside"]
    assert one["file_name"] == CORRECTED
    message = message_of(home, record, release)
    assert message.subject.endswith("published, 1 SET ASIDE BY US")
    assert "the return of walsall for 2024-25, receipt" in message.text
    assert "Look first at: Organisations, row 6" in message.text
    assert CORRECTED not in message.text
    listed = CliRunner().invoke(returns, ["set-aside", "--home", str(home.folder)])
    assert (listed.exit_code, CORRECTED in listed.output) == (0, True)
    for text in (message.text, night_summary(home, record, release), listed.output):
        for word in ("nothing_stops", "int_", "Error", "dbt"):
            assert word not in text


def test_the_next_run_has_nothing_to_do_and_undoing_it_is_news(
    after: tuple[Path, NightRecord], demo: Demo, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(after[0], home, symlinks=True)
    later = NOW + timedelta(hours=2)
    assert nothing_new(Home(home), demo.programme, as_of=AS_OF, now=later) is not None
    (receipt,) = (one["receipt_id"] for one in after[1].set_aside)
    unknown = CliRunner().invoke(returns, ["set-aside", "--home", str(home), "--try-again", "no such"])
    assert unknown.exit_code != 0
    undone = CliRunner().invoke(returns, ["set-aside", "--home", str(home), "--try-again", receipt[:12]])
    assert undone.output == f"The next run tries again: {CORRECTED} (walsall, 2024-25).\n"
    assert nothing_new(Home(home), demo.programme, as_of=AS_OF, now=later) is None


@dataclass
class Loaded:
    """A home with landed returns and a loaded build database, to which a test does harm."""

    home: Path
    programme: Programme

    def build(self) -> Built:
        """The build of a run, without Dagster and without publishing."""
        home, folder = Home(self.home), self.home / "build" / "run"
        folder.mkdir(parents=True)
        inputs = inputs_of(home, self.programme, as_of=AS_OF)
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            load_build(connection, home, self.programme, today=AS_OF, left_out={}, links=folder / "landed")
        settings = Settings(home, self.programme, AS_OF, AS_OF, "duckdb", 400, lambda event: ())
        return build_without_guilty(settings, folder, run="a run", now=NOW, inputs=inputs)

    def marts(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the build database."""
        with duckdb.connect(str(self.home / "build" / "run" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def loaded(before: Path, demo: Demo, tmp_path: Path) -> Loaded:
    """The home of one release, with a correction for Walsall and a return for Smethwick that are new."""
    home = tmp_path / "home"
    shutil.copytree(before, home, symlinks=True)
    shutil.rmtree(home / "build")
    for name in (CORRECTED, NEXT):
        shutil.copy2(demo.files / name, home / "inbox")
    receive(home / "inbox", home / "archive", now=NOW + timedelta(hours=1))
    land(Home(home), demo.programme, progress=lambda words: None, processes=1, as_of=AS_OF)
    return Loaded(home, demo.programme)


def change(file: Path, row: int, **values: object) -> None:
    """Write other values into one row of a landed table."""
    rows = pq.read_table(file)
    for column, value in values.items():
        cells = rows[column].to_pylist()
        cells[row] = value
        place = rows.schema.get_field_index(column)
        rows = rows.set_column(place, rows.schema.field(column), pa.array(cells, rows.schema.field(column).type))
    pq.write_table(rows, file)


def test_two_at_once_are_found_by_leaving_out_where_no_row_is_named(loaded: Loaded) -> None:
    """One makes a model raise at run time, the other breaks an expectation of the gate, which only then is asked."""
    walsall, smethwick = _receipt(loaded.home, "walsall", "2024-25"), _receipt(loaded.home, "smethwick", "2025-26")
    change(walsall / "organisations.parquet", 2, organisation_name="Raises Ltd", total_income_gbp=9e8)
    change(smethwick / "organisations.parquet", 4, investment_received_gbp=None, investment_received_gbp_missing=None)
    built = loaded.build()
    assert built.passed
    by_cluster = {one.cluster_id: one for one in built.set_aside}
    assert {cluster: one.receipt_id for cluster, one in by_cluster.items()} == {
        "walsall": walsall.name,
        "smethwick": smethwick.name,
    }
    assert all(one.is_certain for one in built.set_aside)
    # The model that stopped named no row: what is out of all proportion is pointed at.
    assert by_cluster["walsall"].reason == "With this return a calculation of the figures stopped."
    assert by_cluster["walsall"].places[0].startswith("Organisations, cell ")
    assert "9e+08" in by_cluster["walsall"].places[0]
    # That of the other came to light in the build without it.
    assert by_cluster["smethwick"].reason == (
        "With this return this does not hold: there is a figure or the reason why there is none; a blank is never zero."
    )
    (place,) = by_cluster["smethwick"].places
    assert place.startswith("Organisations, row ")
    assert loaded.marts(
        "select set_aside_reason from marts.receipts where cluster_id = 'smethwick' and state like 'set%'"
    ) == [(by_cluster["smethwick"].explanation,)]
    assert loaded.marts(
        "select cluster_id, reporting_year, state from marts.returns where state like 'set%' order by 1"
    ) == [
        ("smethwick", "2025-26", "set aside by us"),
        ("walsall", "2024-25", "set aside by us"),
    ]
    # Nothing of Smethwick's year is held against its lead agency.
    assert loaded.marts(
        """
        select days_overdue, organisations_due, organisations_no_answer, organisations_set_aside_by_us > 40
        from marts.response_by_cluster where cluster_id = 'smethwick' and reporting_year = '2025-26'
        """
    ) == [(None, 0, 0, True)]
    assert loaded.marts(
        """
        select count(*) from marts.alerts
        where cluster_id = 'smethwick' and reporting_year = '2025-26' and rule_code <> 'F13'
        """
    ) == [(0,)]
    assert not (loaded.home / "build" / "run" / "tries").exists()


def test_a_check_of_a_file_that_stops_the_models_answers_in_a_sentence(
    before: Path, demo: Demo, tmp_path: Path
) -> None:
    file = tmp_path / CORRECTED
    _with_name(demo.files / CORRECTED, file, "Raises Ltd")
    words = ["check", str(file), "--home", str(before), "--as-of", AS_OF.isoformat()]
    answered = CliRunner().invoke(returns, words)
    assert answered.exit_code == 1
    assert "ERROR   F13  The whole return" in answered.output
    assert "our own program stops at it, so we cannot say more. That is a fault of ours." in answered.output
    told = json.loads(CliRunner().invoke(returns, [*words, "--json"]).output)
    assert [alert["rule_code"] for alert in told["alerts"]] == ["F13"]
    for text in (answered.output, json.dumps(told)):
        assert "Conversion" not in text
        assert "Traceback" not in text


def test_a_check_beside_a_home_that_stops_the_models_is_made_alone(before: Path, demo: Demo, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(before, home, symlinks=True)
    change(_receipt(home, "walsall", "2024-25") / "organisations.parquet", 2, organisation_name="Raises Ltd")
    checked = check_file(demo.files / NEXT, demo.programme, Home(home), as_of=AS_OF, now=NOW)
    *alerts, last = checked.alerts
    assert len(alerts) > 3
    assert "F13" not in {alert["rule_code"] for alert in alerts}
    assert last["message"].startswith("We could not compare this return with earlier years: our own program stopped.")


def record(home: Home, programme: Programme, receipt: str, **other: Any) -> SetAside:
    hashes: Mapping[str, str] = surroundings(home, programme, [receipt])
    told = {
        "file_name": "a.xlsx",
        "cluster_id": "walsall",
        "reporting_year": "2024-25",
        "run": "",
        "reason": "It stopped.",
    }
    return SetAside(receipt, set_aside_at=NOW.isoformat(), places=(), surroundings=hashes[receipt], **{**told, **other})


def test_a_record_holds_until_what_it_depends_on_changes(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    home, programme = Home(loaded.home), loaded.programme
    walsall = _receipt(loaded.home, "walsall", "2024-25")
    keep(home, record(home, programme, walsall.name))
    held = inputs_of(home, programme, as_of=AS_OF)["set_aside"]
    assert list(in_force(home, programme)) == [walsall.name]
    (loaded.home / "register").mkdir(exist_ok=True)
    enrolments = loaded.home / "register" / "enrolments.csv"
    enrolments.write_text("cluster_id\n", encoding="utf-8")
    assert in_force(home, programme) == {}
    assert inputs_of(home, programme, as_of=AS_OF)["set_aside"] == "" != held
    enrolments.unlink()
    assert list(in_force(home, programme)) == [walsall.name]
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.set_aside.hash_of_code", lambda: "another version")
        assert in_force(home, programme) == {}
    # A return of another cluster changes nothing; one of the cluster's other years does.
    smethwick = _receipt(loaded.home, "smethwick", "2025-26")
    another = loaded.home / "landed" / "another"
    shutil.copytree(smethwick, another)
    assert list(in_force(home, programme)) == [walsall.name]
    write_record(another / "landing.json", replace(read_landing(another), cluster_id="walsall"))
    assert in_force(home, programme) == {}


def test_it_counts_again_once_a_build_with_it_has_passed(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    home, walsall = Home(loaded.home), _receipt(loaded.home, "walsall", "2024-25").name
    keep(home, record(home, loaded.programme, walsall))
    smethwick = _receipt(loaded.home, "smethwick", "2025-26").name
    keep(home, replace(record(home, loaded.programme, smethwick), surroundings="as they were"))
    tried: list[set[str]] = []

    def build(settings: Settings, database: Path, left_out: Mapping[str, str], *, is_loaded: bool) -> Marts:
        tried.append(set(left_out))
        return Marts(database, left_out, DbtOutcome(True, ()), GateOutcome(True, ()), ())

    monkeypatch.setattr("orchestration.build_step.build_marts", build)
    built = loaded.build()
    # What changed around it is tried again and counts again; the other was not tried.
    assert tried == [{walsall}]
    assert [one.receipt_id for one in built.counts_again] == [smethwick]
    assert [one.receipt_id for one in records(home)] == [walsall]


def test_a_damaged_record_is_none(loaded: Loaded) -> None:
    home = Home(loaded.home)
    keep(home, record(home, loaded.programme, _receipt(loaded.home, "walsall", "2024-25").name))
    (file,) = home.set_aside.iterdir()
    for content in (b"", b"{", b"[]", b"null", b'{"receipt_id": "x"}'):
        file.write_bytes(content)
        assert records(home) == ()
