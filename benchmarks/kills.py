"""Kill nights at random points, and rebuild from nothing: no alert twice, no decision lost. `make bench-kills`.

On the demo: two hundred decisions are made, then night after night is killed (SIGKILL, with all its children) after a
random time. After each kill the current release must be whole and every decision there. A last night that is left alone
must give the same alerts with the same statuses as one that was never disturbed; and so must a home of which only the
inbox, the register and the operational database are left.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from console.database import close_operations, open_operations
from console.decisions.decide import Verdict, decide
from demo import lay_demo
from ingestion.programme import read_programme
from orchestration.home import PROJECT, SHIPPED_PROGRAMME, open_home
from orchestration.release import current_release, open_release

_DECISIONS = 200
_KEPT_WHEN_ALL_IS_LOST = ("inbox", "register", "operations.sqlite3")

States = list[tuple[object, ...]]


def _night(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home), "--force"]
    return subprocess.Popen(  # noqa: S603
        command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _whole_night(home: Path) -> float:
    began = time.monotonic()
    if _night(home).wait() != 0:
        raise click.ClickException("A night that nobody killed failed. See the logs.")
    return time.monotonic() - began


def _states(home: Path) -> States:
    """Every alert of the current release with its status and its last decision. Opening checks every byte."""
    with open_release(current_release(open_home(home))) as marts:
        return marts.execute(
            "select alert_id, status, is_settled, decision, decision_reason, times_seen from alerts order by alert_id"
        ).fetchall()


def _decided(home: Path) -> int:
    from console.decisions.models import Decision

    database = open_operations(home)
    count = Decision.objects.using(database).count()
    close_operations(database)
    return count


def _decide(home: Path, chance: random.Random) -> None:
    """Two hundred decisions about the alerts of tonight; many are decided twice."""
    verdicts = (
        Verdict(kind="acknowledge", explanation="seen"),
        Verdict(kind="ask", explanation="Is this right?"),
        Verdict(kind="confirm", reason="contract", explanation="A new contract."),
        Verdict(kind="rule-wrong", explanation="Nothing is wrong with it."),
        Verdict(kind="reopen", explanation="Look again."),
    )
    alerts = [str(row[0]) for row in _states(home)]
    database = open_operations(home)
    for _ in range(_DECISIONS):
        alert, verdict = chance.choice(alerts), chance.choice(verdicts)
        decide(database, [alert], verdict, by="steward", at=datetime.now(UTC))
    close_operations(database)


@click.command()
@click.option("--kills", type=int, default=200, show_default=True, help="How many nights are killed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which points, and which decisions.")
def main(kills: int, seed: int) -> None:
    """Print how many kills were survived, and how. Exit 1 where anything was lost or doubled."""
    chance = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="returns-kills-") as scratch:
        home = Path(scratch) / "home"
        lay_demo(home, seed=2022, now=datetime.now(UTC), programme=read_programme(SHIPPED_PROGRAMME))
        _whole_night(home)
        _decide(home, chance)
        lasts = _whole_night(home)
        expected = _states(home)
        wrong: list[str] = []
        for number in range(1, kills + 1):
            night = _night(home)
            after = chance.uniform(0, lasts)
            time.sleep(after)
            if night.poll() is None:
                os.killpg(night.pid, signal.SIGKILL)
            night.wait()
            if _states(home) != expected:
                wrong.append(f"After kill {number} at {after:.1f} s the release holds other alerts.")
            if _decided(home) != _DECISIONS:
                wrong.append(f"After kill {number} at {after:.1f} s there are {_decided(home)} decisions.")
            click.echo(f"\r{number} of {kills} nights killed", nl=False, err=True)
        click.echo(err=True)
        _whole_night(home)
        if _states(home) != expected:
            wrong.append("The night after all kills gives other alerts.")
        lost = Path(scratch) / "rebuilt"
        lost.mkdir()
        for name in _KEPT_WHEN_ALL_IS_LOST:
            kept = home / name
            (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, lost / name)
        _whole_night(lost)
        if _states(lost) != expected:
            wrong.append("The home that was built from nothing gives other alerts.")
        statuses = len({row[1] for row in expected})
    click.echo(
        f"{kills} nights killed within {lasts:.0f} s; {len(expected)} alerts in {statuses} statuses and {_DECISIONS} "
        f"decisions after each, after the next whole night, and after a rebuild from nothing."
    )
    if wrong:
        click.echo("\n".join(wrong), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
