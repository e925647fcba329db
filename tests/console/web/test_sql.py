"""SQL of users: what it answers, what it cannot reach, what it may cost, and who finds it again."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from django.db import DatabaseError, connection, transaction

from console.access.models import AuditEntry
from console.data import sql as running
from console.data.models import SqlRun
from console.data.sql import BusyError, Limits, SqlError, ask

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pets") / "marts.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("create table pets as select * from (values ('=Rex', 4), ('Ada', null)) as pets (name, legs)")
    return file


def test_the_answer_has_the_rows_and_types_of_the_query(pets: Path) -> None:
    answer = ask(pets, "select name, legs, 1.5 as legs, date '2026-03-31' as d from pets order by name", Limits())
    assert answer.columns == ("name", "legs", "legs_2", "d")
    assert answer.types == ("VARCHAR", "INTEGER", "DECIMAL(2,1)", "DATE")
    assert answer.rows == [["=Rex", 4, "1.5", "2026-03-31"], ["Ada", None, "1.5", "2026-03-31"]]
    assert answer.more is False


def test_every_type_of_duckdb_is_shown_as_something(pets: Path) -> None:
    got = ask(pets, "select * from test_all_types()", Limits())
    assert len(got.rows) == 3
    assert all(value is None or isinstance(value, bool | int | float | str) for row in got.rows for value in row)


def test_a_query_with_more_rows_than_anybody_reads_gives_the_first_ones_soon(pets: Path) -> None:
    endless = "select a.range as a, b.range as b from range(100000) a, range(100000) b"
    began = time.monotonic()
    answer = ask(pets, endless, Limits(rows=3))
    assert (answer.rows, answer.more) == ([[0, 0], [1, 0], [2, 0]], True)
    recursive = "with recursive t as (select 1 as n union all select n + 1 from t where n < 5) from t"
    assert (len((five := ask(pets, recursive, Limits(rows=5))).rows), five.more) == (5, False)
    assert time.monotonic() - began < 8


def test_long_texts_and_long_answers_are_cut(pets: Path) -> None:
    assert ask(pets, "select repeat('x', 5000) as x", Limits(cell=10)).rows == [["xxxxxxxxx…"]]
    cut = ask(pets, "select repeat('x', 900) as x from range(1000)", Limits(rows=1000, characters=10_000))
    assert (len(cut.rows), cut.more) == (11, True)  # each is 904 characters of the answer


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select * from read_csv('/etc/passwd')", "nothing else: no other file"),
        ("select * from read_text('/proc/self/environ')", "nothing else: no other file"),
        ("select * from '/etc/passwd'", "There is no mart"),
        ("select * from glob('/etc/*')", "nothing else: no other file"),
        ("select * from read_csv('https://example.org/x.csv')", "nothing else: no other file"),
        ("copy pets to '/tmp/out.csv'", "Only queries that read can be run here"),
        ("attach '/tmp/other.duckdb'", "Only queries that read can be run here"),
        ("install httpfs", "Only queries that read can be run here"),
        ("load httpfs", "Only queries that read can be run here"),
        ("set memory_limit = '100GB'", "Only queries that read can be run here"),
        ("pragma memory_limit = '100GB'", "Only queries that read can be run here"),
        ("call enable_logging()", "they write files"),
        ("from query('from en' || 'able_logging()')", "The function query cannot be used here"),
        ("from pandas_scan(null)", "The function pandas_scan cannot be used here"),
        ("select getenv('HOME')", "There is no function “getenv”."),
        ("drop table pets", "Only queries that read can be run here"),
        ("select 1; select 2", "These are 2 statements. Write one query at a time."),
        ("-- nothing", "There is no query."),
        ("slect 1", "We could not read the query near “slect”."),
        ("select * from", "The query ends too early."),
        ("select 'x", "A quotation mark is opened and never closed."),
        ("select", "We could not read the query."),
        ("select name, count(*) from pets", "Group by “name” too, or sum it."),
        ("select sum(name) from pets", "The types of “sum(VARCHAR)” do not fit."),
        ("select * from cats", "There is no mart “cats”."),
        ("select age from pets", "There is no column “age”."),
        ("select pets.age from pets", "There is no column “age”."),
        ("select cast('x' as integer)", "cannot be turned into the type"),
        (f"select {', '.join(map(str, range(300)))}", "The query yields 300 columns. At most 200 can be shown."),
        ("select repeat('x', 4000000000)", "needed more memory than one may have"),
        ("select list(range) from range(200000000)", "needed more memory than one may have"),
        ("select * from range(200000000) order by random()", "needed more memory than one may have"),
        (
            "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t",
            "took more than 2 seconds",
        ),
        ("select count(*) from range(30000) a, range(30000) b, range(30000) c", "took more than 2 seconds"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(pets: Path, query: str, told: str) -> None:
    before = (pets.stat().st_mtime_ns, sorted(pets.parent.iterdir()))
    with pytest.raises(SqlError, match=re.escape(told)):
        ask(pets, query, Limits(seconds=2 if "2 seconds" in told else 60, memory_mib=128))
    assert (pets.stat().st_mtime_ns, sorted(pets.parent.iterdir())) == before


def test_a_child_that_dies_is_said_and_the_next_query_runs(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.sys, "executable", "/bin/false")
    with pytest.raises(SqlError, match="needed more memory"):
        ask(pets, "select 1", Limits())
    monkeypatch.undo()
    assert ask(pets, "select 1", Limits()).rows == [[1]]


def test_the_kernel_keeps_the_child_from_files_network_and_programs(pets: Path) -> None:
    """Even where DuckDB or the guard had a hole: the same steps as the child takes, then Python tries."""
    tries = """
def attempt(name, do):
    try: do(); print(name, "done")
    except OSError as error: print(name, type(error).__name__)
attempt("read", lambda: open("/etc/passwd"))
attempt("write", lambda: open("/tmp/some-new-file", "w"))
attempt("socket", lambda: socket.socket())
attempt("program", lambda: os.execv("/bin/true", ["true"]))
"""
    program = (
        "import os, socket\nimport console.data.sql_child as child\n"
        f"def tried(marts, asked):\n    exec({tries!r}, globals())\n    return {{'more': False}}\n"
        "child._answer = tried\nchild.main()\n"
    )
    asked = {"database": str(pets), "sql": "", "processor_seconds": 10, "memory_mib": 256}
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=True,
    )
    assert done.stdout.splitlines()[:-1] == [
        "read OSError", "write OSError", "socket PermissionError", "program PermissionError",
    ]  # fmt: skip


def test_no_secret_of_the_web_server_is_in_the_childs_environment(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    real = subprocess.Popen

    def spy(*words: object, **named: object) -> object:
        seen.update(named["env"])  # type: ignore[call-overload]
        return real(*words, **named)  # type: ignore[call-overload]

    monkeypatch.setenv("DJANGO_SECRET_KEY", "very secret")
    monkeypatch.setattr(running.subprocess, "Popen", spy)
    ask(pets, "select 1", Limits())
    assert set(seen) <= {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "PYTHONUTF8"}


def test_too_many_at_once_are_told_to_wait(pets: Path, analyst: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_WAIT_SECONDS", 0.01)
    assert running._AT_ONCE.acquire(blocking=False)
    assert running._AT_ONCE.acquire(blocking=False)
    try:
        with pytest.raises(BusyError, match="Wait a moment"):
            ask(pets, "select 1", Limits())
        busy = analyst.post("/data/sql/", {"sql": "select 1"})
        assert (busy.status_code, "Wait a moment" in busy.content.decode()) == (503, True)
    finally:
        running._AT_ONCE.release(2)
    assert ask(pets, "select 1", Limits()).rows == [[1]]


def test_the_page_shows_the_answer_and_keeps_the_query_for_its_writer_alone(
    analyst: Client, officer: Client, steward: Client
) -> None:
    query = "select reporting_year, sum(turnover_gbp) as pounds from turnover_by_cluster group by 1 order by 1"
    page = analyst.post("/data/sql/", {"sql": query})
    assert page.status_code == 200
    # 9,983,514 + 6,391,934 + 9,804,861 + 20,878,837, the four clusters' own pages
    assert "47,059,146" in page.content.decode()
    run = SqlRun.objects.first()
    assert run is not None
    assert (run.who, run.sql, run.rows, run.more, run.problem) == ("analyst@example.org", query, 4, False, "")
    newest = AuditEntry.objects.first()
    assert newest is not None
    assert (newest.who, newest.what, newest.about) == ("analyst@example.org", "query", query)
    again = analyst.get(f"/data/sql/?run={run.pk}").content.decode()
    assert "order by 1</textarea>" in again
    assert [other.get(f"/data/sql/?run={run.pk}").status_code for other in (officer, steward)] == [404, 404]
    assert "sum(turnover_gbp)" not in officer.get("/data/sql/").content.decode()


def test_nothing_in_the_history_is_ever_changed(analyst: Client) -> None:
    analyst.post("/data/sql/", {"sql": "select 'first'"})
    run = SqlRun.objects.first()
    assert run is not None
    for statement in ("update data_sqlrun set sql = 'x'", "delete from data_sqlrun"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    run.refresh_from_db()
    assert run.sql == "select 'first'"


def test_a_bad_query_is_explained_on_the_page(analyst: Client) -> None:
    answer = analyst.post("/data/sql/", {"sql": "select turnover from turnover_by_cluster"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert '<a href="#id_sql">There is no column “turnover”.</a>' in page
    assert "Candidate bindings" in page
    run = SqlRun.objects.first()
    assert run is not None
    assert (run.rows, run.problem) == (None, "There is no column “turnover”.")
    assert analyst.post("/data/sql/", {"sql": " "}).status_code == 422
    assert analyst.post("/data/sql/", {"sql": "select '" + "x" * 20_000 + "'"}).status_code == 422


def test_the_answer_as_csv_has_all_rows_and_no_formula(analyst: Client) -> None:
    query = "select range as n, '=1+' || range as f from range(1234)"
    shown = analyst.post("/data/sql/", {"sql": query}).content.decode()
    assert "The first 200 rows; there are more." in shown
    answer = analyst.post("/data/sql.csv", {"sql": query})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))  # type: ignore[arg-type]
    assert (len(rows), rows[0], rows[-1]) == (1235, ["n", "f"], ["1233", "'=1+1233"])
    newest = AuditEntry.objects.first()
    assert newest is not None
    assert (newest.what, newest.about) == ("download", "/data/sql.csv")
    too_many = analyst.post("/data/sql.csv", {"sql": "from range(100001)"})
    assert (too_many.status_code, "A file holds 100,000 rows" in too_many.content.decode()) == (422, True)


def test_who_may_ask(sign_in: Callable[[str], Client]) -> None:
    got = {
        role: (sign_in(role).get("/data/sql/").status_code, sign_in(role).post("/data/sql/", {"sql": ""}).status_code)
        for role in ("steward", "analyst", "officer", "agency", "administrator")
    }
    may, may_not = (200, 422), (403, 403)
    assert got == {"steward": may, "analyst": may, "officer": may, "agency": may_not, "administrator": may_not}
    assert sign_in("analyst").get("/data/sql.csv").status_code == 403


def test_a_mart_can_be_asked_from_its_page(analyst: Client) -> None:
    assert "from organisations\nlimit 100</textarea>" in analyst.get("/data/sql/?mart=organisations").content.decode()
    assert ">\n</textarea>" in analyst.get("/data/sql/?mart=nothing").content.decode()
