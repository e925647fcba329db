"""The command line, used wrongly and rightly."""

import csv
import io
import json
import os
import resource
from pathlib import Path

import pytest

from orchestration.cli import main
from tests.orchestration.conftest import Returns

pytestmark = pytest.mark.xdist_group("demo")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nightly", "--home", "{tmp}/none"], 2, "There is no home at {tmp}/none. Make one with: returns demo"),
        (["nightly", "--home", "{tmp}", "--programme", "{tmp}/none"], 2, "There is no programme in {tmp}/none"),
        (["nightly", "--home", "{tmp}", "--as-of", "soon"], 4, "'soon' does not match the format '%Y-%m-%d'"),
        (["nightly", "surplus"], 4, "Got unexpected extra argument (surplus)"),
        (["nightly", "--no-such-option"], 4, "No such option"),
        (["no-such-command"], 4, "No such command 'no-such-command'"),
        (["check"], 4, "Missing argument 'FILE'"),
        (["check", "{tmp}/none.xlsx", "--home", "{tmp}"], 4, "{tmp}/none.xlsx is not there. Name the file of one"),
        (["check", "{tmp}", "--home", "{tmp}"], 4, "{tmp} is a folder. Name the file of one return."),
        (["status", "--home", "{tmp}/none"], 2, "There is no home at {tmp}/none."),
        (["status", "--home", ""], 4, "its name is empty"),
        (["alerts", "--home", "{tmp}"], 2, "There is no release in {tmp} yet. Run a night first"),
        (["query", "--home", "{tmp}", "select 1"], 2, "There is no release in {tmp} yet. Run a night first"),
        (["query", "--home", "{tmp}", "select 1", "--csv", "--json"], 4, "--csv and --json cannot both be printed"),
        (["alerts", "--severity", "loud"], 4, "'loud' is not one of 'reject', 'error', 'warning', 'info'"),
        (["rules", "test", "P0"], 4, "There is no rule P0. Did you mean P01? There are: P01"),
        (["rules", "--home", "{tmp}/none"], 2, "There is no home at {tmp}/none."),
        (["decide", "3f", "--because", "so", "--home", "{tmp}"], 4, "Nothing was decided: it is not said what."),
        (["decide", "3f", "--as", "correct", "--new-value", "nan"], 4, "'nan' is not a number"),
        (["watch", "--older-than", "-1"], 4, "-1 is not from 0 up"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_or_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    words = [word.format(tmp=tmp_path) for word in words]
    if "--json" not in words:
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == code
        out, err = capsys.readouterr()
        (line,) = err.splitlines()
        assert line.startswith("returns: ")
        assert says.format(tmp=tmp_path) in line
        assert out == ""
    with pytest.raises(SystemExit) as left:
        main([*words, "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    told = json.loads(out)
    assert told["exit_code"] == left.value.code == code
    assert says.format(tmp=tmp_path) in f"{told['error']} {told['what_to_do']}"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            "raise ImportError('libduckdb.so is not\\nthere')",
            "A package is missing or damaged. Set up again",
        ),
        ("raise RuntimeError('the first line\\nthe second')", "Unexpected error. Run the same again"),
        ("raise ZeroDivisionError", "Unexpected error. Run the same again"),
        ("raise MemoryError", "There is not enough memory."),
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
    assert done.returncode == 5
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
    assert done.returncode == 5
    (line,) = done.stderr.splitlines()
    assert "Unexpected error." in line
    assert "Details: could not be written (no usable temporary directory found" in line


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
    ("sql", "says"),
    [
        ("selec 1", 'The query cannot be run: syntax error at or near "selec".'),
        ("drop table alerts", "The query cannot be run: Only queries that read can be run here"),
        ("select * from '/etc/passwd'", "There is no table /etc/passwd in the release. "),
        ("select no_such_column from alerts", 'The query cannot be run: Referenced column "no_such_column" not found'),
        ("select * from turnover_by_clusters", "There is no table turnover_by_clusters in the release. Did you mean "),
    ],
)
def test_a_query_that_cannot_be_run_says_so(
    demo_home: Path, capsys: pytest.CaptureFixture[str], sql: str, says: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["query", sql, "--home", str(demo_home)])
    assert left.value.code == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"returns: {says}")
    assert "Error:" not in line
    assert "LINE 1" not in line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("alerts --cluster wallsall", "There is no cluster wallsall. Did you mean walsall? There are: smethwick, "),
        ("alerts --year 2025-62", "There is no reporting year 2025-62 in the release. Did you mean 2025-26?"),
        ("alerts --rule P1", "There is no rule P1 in the release. Did you mean P"),
        ("report cluster wallsall", "There is no cluster wallsall. Did you mean walsall? There are: "),
        ("report programme --year 2025-62", "The release has no figures for 2025-62. Did you mean 2025-26?"),
        ("report organisation GB-CHC-0", "The release has no figures of GB-CHC-0 for 2025-26. Did you mean GB-CHC-"),
        (
            "trace turnover_by_clusters --cluster walsall --year 2024-25",
            "The mart turnover_by_clusters cannot be traced. Of those that can be traced: Did you mean turnover_by_c",
        ),
        ("trace turnover_by_cluster --cluster wallsall --year 2024-25", "There is no cluster wallsall. Did you mean "),
        (
            "trace turnover_by_cluster --cluster walsall --year 2024-52",
            "turnover_by_cluster has no row for walsall, ",
        ),
        ("template --cluster wallsall --year 2025-26", "There is no cluster wallsall. Did you mean walsall?"),
        ("template --cluster walsall --year 2025-62", "There is no reporting year 2025-62. Did you mean 202"),
        ("rollback 20261124T01", "There is no release 20261124T01 in "),
    ],
)
def test_what_is_named_and_not_there_is_answered_by_what_there_is(
    demo_home: Path, capsys: pytest.CaptureFixture[str], words: str, says: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words.split(), "--home", str(demo_home)])
    assert left.value.code == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"returns: {says}")


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
    assert done.returncode == 4
    assert "already holds files, so no demo was laid" in done.stderr
