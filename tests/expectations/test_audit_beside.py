"""The audit in a process of its own says what the audit in this one says, and ends with whoever began it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from expectations.suites.beside import AuditBeside, AuditError
from expectations.suites.gate import audit

pytestmark = pytest.mark.xdist_group("gate")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Marts of which one is there, with a row that breaks its suite; the others are absent."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.methods as select 'rule' as kind, 'P01' as method, '1' as version, "
            "cast(null as varchar) as source"
        )
    return file


def test_it_says_the_same(database: Path) -> None:
    beside = AuditBeside().of(database)
    here = audit(database)
    assert not beside.passed
    assert [one.sentence for one in beside.results] == [one.sentence for one in here.results]
    assert [(one.unexpected, one.sample) for one in beside.results if one.mart == "methods" and not one.passed] == [
        (1, ({"kind": "rule", "method": "P01", "version": "1", "source": None},))
    ]


def test_one_that_was_killed_is_started_once_more(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = AuditBeside()
    once._process.kill()
    assert [one.sentence for one in once.of(database).results] == [one.sentence for one in audit(database).results]
    monkeypatch.setattr("expectations.suites.beside._start", _killed)
    with pytest.raises(AuditError, match=r"^The audit of the marts ended unexpectedly\."):
        AuditBeside().of(database)


def _killed() -> subprocess.Popen[str]:
    """A process that is killed each time."""
    command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, **streams)


def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"^The audit of the marts ended unexpectedly\.") as failed:
        AuditBeside().of(tmp_path / "no-such.duckdb")
    # What the process said is for whoever looks into the details.
    assert "no-such.duckdb" in str(failed.value.__cause__)
    assert "no-such" not in str(failed.value)


def test_it_ends_when_it_is_not_needed_or_its_parent_is_killed() -> None:
    called_off = AuditBeside()
    called_off.close()
    assert called_off._process.returncode is not None
    begin = (
        "import sys, time; from expectations.suites.beside import AuditBeside; "
        "print(AuditBeside()._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", begin], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = Path("/proc") / parent.stdout.readline().strip()
    parent.kill()
    parent.wait()
    for _ in range(300):
        if not child.exists() or "Z" in (child / "stat").read_text().rsplit(")", 1)[1].split()[0]:
            break
        subprocess.run(["sleep", "0.1"], check=True)
    else:
        pytest.fail("the audit outlived whoever began it")
