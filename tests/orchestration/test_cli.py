"""The command line, used wrongly and rightly."""

import csv
import io
import json
import os
import resource
from pathlib import Path

import pytest

from tests.orchestration.conftest import Returns

pytestmark = pytest.mark.xdist_group("demo")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nightly", "--home", "{tmp}/none"], "There is no home at {tmp}/none. Make one with: returns demo"),
        (["nightly", "--home", "{tmp}", "--programme", "{tmp}/none"], "There is no programme in {tmp}/none"),
        (["nightly", "--home", "{tmp}", "--as-of", "soon"], "'soon' does not match the format '%Y-%m-%d'"),
        (["nightly", "surplus"], "Got unexpected extra argument (surplus)"),
        (["nightly", "--no-such-option"], "No such option"),
        (["no-such-command"], "No such command 'no-such-command'"),
        (["check"], "Missing argument 'FILE'"),
        (["check", "{tmp}/none.xlsx", "--home", "{tmp}"], "There is no file {tmp}/none.xlsx. Check the name."),
        (["status", "--home", "{tmp}/none"], "There is no home at {tmp}/none."),
        (["alerts", "--home", "{tmp}"], "There is no release in {tmp} yet. Run a night first"),
        (["query", "--home", "{tmp}", "select 1"], "There is no release in {tmp} yet. Run a night first"),
        (["alerts", "--severity", "loud"], "'loud' is not one of 'reject', 'error', 'warning', 'info'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(returns: Returns, tmp_path: Path, words: list[str], says: str) -> None:
    done = returns(*(word.format(tmp=tmp_path) for word in words))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("returns: ")
    assert says.format(tmp=tmp_path) in line
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            "raise ImportError('libduckdb.so is not\\nthere')",
            "missing or damaged: libduckdb.so is not there. Set up again",
        ),
        ("raise RuntimeError('the first line\\nthe second')", "did not foresee: the first line the second. Try again"),
        ("raise ZeroDivisionError", "did not foresee: ZeroDivisionError. Try again"),
        ("raise MemoryError", "The memory does not suffice."),
    ],
)
def test_what_nobody_foresaw_is_one_line_and_its_details_lie_in_a_file(
    returns: Returns, tmp_path: Path, fault: str, says: str
) -> None:
    """A package that cannot be imported: what explains errors must do without it."""
    (tmp_path / "duckdb.py").write_text(fault, encoding="utf-8")
    done = returns(
        "status", "--home", tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("returns: ")
    assert says in line
    (details,) = tmp_path.glob("returns-*.log")
    assert line.endswith(f"Details: {details}")
    assert "Traceback" in details.read_text(encoding="utf-8")


def test_a_disk_that_takes_nothing_is_one_line_too(returns: Returns, tmp_path: Path) -> None:
    (tmp_path / "duckdb.py").write_text("raise RuntimeError('broken')", encoding="utf-8")

    def takes_nothing() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = returns(
        "status", "--home", tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, preexec_fn=takes_nothing
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "did not foresee: broken." in line
    assert "Details could not be written: No usable temporary directory found" in line


def test_help_names_every_command(returns: Returns) -> None:
    told = returns("--help").stdout
    for command in ("nightly", "check", "status", "alerts", "query", "demo"):
        assert f"\n  {command} " in told


def test_status_of_a_home_without_a_night(returns: Returns, tmp_path: Path) -> None:
    done = returns("status", "--home", tmp_path)
    assert done.returncode == 0
    assert "No night has run yet: returns nightly" in done.stdout
    assert "There is no release in" in done.stdout


def test_query_prints_text_csv_and_json(returns: Returns, demo_home: Path) -> None:
    sql = "select cluster_id, cluster_name from clusters order by cluster_id limit 2"
    expected = [
        {"cluster_id": "smethwick", "cluster_name": "Smethwick"},
        {"cluster_id": "walsall", "cluster_name": "Walsall"},
    ]
    assert json.loads(returns("query", sql, "--home", demo_home, "--json").stdout) == expected
    assert list(csv.DictReader(io.StringIO(returns("query", sql, "--home", demo_home, "--csv").stdout))) == expected
    assert returns("query", sql, "--home", demo_home).stdout.splitlines() == [
        "cluster_id  cluster_name",
        "----------  ------------",
        "smethwick   Smethwick",
        "walsall     Walsall",
    ]


@pytest.mark.parametrize(
    "sql", ["selec 1", "drop table alerts", "select * from '/etc/passwd'", "select * from no_such_mart"]
)
def test_a_query_that_cannot_be_run_says_so(returns: Returns, demo_home: Path, sql: str) -> None:
    done = returns("query", sql, "--home", demo_home)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("returns: The query cannot be run: ")


def test_alerts_come_worst_first_and_can_be_narrowed(returns: Returns, demo_home: Path) -> None:
    everything = json.loads(returns("alerts", "--home", demo_home, "--json", "--most", "5000").stdout)
    order = ["reject", "error", "warning", "info"]
    ranks = [order.index(alert["severity"]) for alert in everything]
    assert ranks == sorted(ranks)
    assert ranks
    walsall = json.loads(
        returns("alerts", "--home", demo_home, "--json", "--cluster", "walsall", "--severity", "error").stdout
    )
    assert walsall == [a for a in everything if a["cluster_name"] == "Walsall" and a["severity"] == "error"]


def test_a_release_that_is_damaged_is_told_and_not_read(returns: Returns, demo_home: Path, tmp_path: Path) -> None:
    import shutil

    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    file = next((home / "releases" / "current").resolve().glob("csv/turnover_by_cluster.csv"))
    file.write_bytes(file.read_bytes().replace(b"2025-26", b"2025-27", 1))
    told = json.loads(returns("status", "--home", home, "--json").stdout)
    assert "damaged: csv/turnover_by_cluster.csv" in told["release_problem"]
    asked = returns("query", "select 1", "--home", home)
    assert asked.returncode == 2
    assert asked.stdout == ""
    assert "damaged: csv/turnover_by_cluster.csv is not as it was published" in asked.stderr


def test_nothing_waits_after_a_night(returns: Returns, demo_home: Path) -> None:
    assert json.loads(returns("status", "--home", demo_home, "--json").stdout)["waiting"] == []


def test_the_demo_is_not_laid_over_files(returns: Returns, demo_home: Path) -> None:
    done = returns("demo", "--home", demo_home)
    assert done.returncode == 2
    assert "already holds files, so no demo was laid" in done.stderr
