"""Kill runs, their children, backups, restores, rollbacks and decisions at random points. `make bench-kills`.

On the demo: two hundred decisions are made, then one command after another is killed (SIGKILL) after a random time:
most often a run with all its children, else one child of a run, a backup, a restore, a rollback or a decision. After
each kill every byte of the current release must be as it was published, with the same alerts; every decision must be
there once, in a whole chain of hashes; and what a backup or a restore left must be whole or nothing. A last run that is
left alone must give the same alerts with the same statuses as one that was never disturbed; and so must a home of which
only the inbox, the register and the operational database are left.
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
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from console.database import close_operations, open_operations
from console.decisions.decide import Verdict, decide
from demo import lay_demo
from ingestion.programme import read_programme
from orchestration.backup import make_backup
from orchestration.home import PROJECT, SHIPPED_PROGRAMME, open_home
from orchestration.operations import broken_history
from orchestration.release import open_release, point_current_at, whole_release
from orchestration.restore import restore_backup
from orchestration.retention import published

_DECISIONS = 200
_KEPT_WHEN_ALL_IS_LOST = ("inbox", "register", "operations.sqlite3")
# What is killed, and how often beside the others.
_KINDS = {"run": 8, "child": 4, "backup": 2, "restore": 2, "rollback": 2, "decide": 2}

States = list[tuple[object, ...]]


@dataclass
class Trial:
    """A home under kills, and what must be true of it after each."""

    home: Path
    scratch: Path
    chance: random.Random
    day: str  # as of which every run counts, so that midnight changes nothing
    expected: States = field(default_factory=list)
    decisions: int = 0
    seconds: dict[str, float] = field(default_factory=dict)  # how long each command takes when it is left alone
    wrong: list[str] = field(default_factory=list)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in a group of its own."""
        command = [sys.executable, "-m", "orchestration.cli", *words]
        return subprocess.Popen(  # noqa: S603
            command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def run(self, home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a run."""
        return self.start("nightly", "--home", str(home or self.home), "--as-of", self.day, "--force")

    def whole_run(self, home: Path | None = None) -> None:
        """A run that nobody kills."""
        began = time.monotonic()
        if self.run(home).wait() != 0:
            raise click.ClickException("A run that nobody killed failed. See the logs.")
        self.seconds["run"] = time.monotonic() - began

    def kill(self, process: subprocess.Popen[bytes], kind: str) -> None:
        """End a command and all its children after a random part of the time that it takes."""
        time.sleep(self.chance.uniform(0, self.seconds[kind]))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def states(home: Path) -> States:
    """Every alert of the current release with its status and last decision, once every byte of it was checked."""
    with open_release(whole_release(open_home(home))) as marts:
        return marts.execute(
            "select alert_id, status, is_settled, decision, decision_reason, times_seen from alerts order by alert_id"
        ).fetchall()


def _decided(home: Path) -> int:
    from console.decisions.models import Decision

    database = open_operations(home)
    count = Decision.objects.using(database).count()
    close_operations(database)
    return count


def _decide(trial: Trial) -> None:
    """Two hundred decisions about the alerts of this run; many are decided twice."""
    verdicts = (
        Verdict(kind="acknowledge", explanation="seen"),
        Verdict(kind="ask", explanation="Is this right?"),
        Verdict(kind="confirm", reason="contract", explanation="A new contract."),
        Verdict(kind="rule-wrong", explanation="Nothing is wrong with it."),
        Verdict(kind="reopen", explanation="Look again."),
    )
    with open_release(whole_release(open_home(trial.home))) as marts:
        # Without a cluster there is nobody to ask.
        found = marts.execute("select alert_id from alerts where cluster_id is not null order by alert_id").fetchall()
    alerts = [str(row[0]) for row in found]
    database = open_operations(trial.home)
    for _ in range(_DECISIONS):
        alert, verdict = trial.chance.choice(alerts), trial.chance.choice(verdicts)
        decide(database, [alert], verdict, by="steward", at=datetime.now(UTC))
    close_operations(database)
    trial.decisions = _DECISIONS


def _kill_run(trial: Trial) -> None:
    trial.kill(trial.run(), "run")


def _kill_child(trial: Trial) -> None:
    """One child of a run: whether the run then publishes or fails, it ends by itself. What was landed is read again."""
    shutil.rmtree(trial.home / "landed", ignore_errors=True)
    process = trial.run()
    until = time.monotonic() + trial.chance.uniform(0, trial.seconds["run"])
    while time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    while process.poll() is None:
        children = _descendants(process.pid)
        if children:
            os.kill(trial.chance.choice(children), signal.SIGKILL)
            break
        time.sleep(0.05)
    try:
        process.wait(timeout=60 + 5 * trial.seconds["run"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        trial.wrong.append("A run one of whose children was killed never ended.")


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
        except OSError:
            continue
    return found


def _kill_backup(trial: Trial) -> None:
    """It is there and whole, or not there; and the next one is not kept from being made."""
    file = trial.scratch / "killed.tar.gz"
    trial.kill(trial.start("backup", "--home", str(trial.home), "--to", str(file)), "backup")
    if not file.exists():
        make_backup(open_home(trial.home), file, now=datetime.now(UTC))
    _restored(trial, file)
    file.unlink()


def _kill_restore(trial: Trial) -> None:
    """The new home is there and whole, or not there; and the next restore is not kept from it."""
    file, folder = trial.scratch / "whole.tar.gz", trial.scratch / "restored"
    trial.kill(trial.start("restore", str(file), "--home", str(folder)), "restore")
    if not (folder.exists() and any(folder.iterdir())):
        _restored(trial, file)
    elif states(folder) != trial.expected:
        trial.wrong.append("A restore that was killed left a home with other alerts.")
    shutil.rmtree(folder, ignore_errors=True)
    left = [one.name for one in trial.scratch.glob(".restored.restoring-*")]
    if left:
        _restored(trial, file)
        left = [one.name for one in trial.scratch.glob(".restored.restoring-*")]
    if left:
        trial.wrong.append(f"A restore that was killed left {left} for good.")


def _restored(trial: Trial, file: Path) -> None:
    """Restore a backup and hold it against what it is of."""
    folder = trial.scratch / "restored"
    shutil.rmtree(folder, ignore_errors=True)
    restore_backup(file, folder)
    if states(folder) != trial.expected or _decided(folder) != trial.decisions:
        trial.wrong.append("A backup holds other alerts or decisions.")
    shutil.rmtree(folder)


def _kill_rollback(trial: Trial) -> None:
    """The release before is current, or the one that was; both are whole."""
    newest = published(open_home(trial.home))[-1].release_id
    trial.kill(trial.start("rollback", "--home", str(trial.home)), "rollback")
    if states(trial.home) != trial.expected:
        trial.wrong.append("A rollback that was killed left a release with other alerts.")
    point_current_at(open_home(trial.home), newest)


def _kill_decide(trial: Trial) -> None:
    """The decision is there once, or not. It says again what was said last, so that no status changes."""
    alert = next(str(row[0]) for row in trial.expected if row[3] == "acknowledge")
    words = ("decide", alert, "--as", "acknowledge", "--because", "seen", "--by", "steward")
    trial.kill(trial.start(*words, "--home", str(trial.home)), "decide")
    now = _decided(trial.home)
    if now not in {trial.decisions, trial.decisions + 1}:
        trial.wrong.append(f"There were {trial.decisions} decisions, and after one that was killed there are {now}.")
    trial.decisions = now


_KILLS: dict[str, Callable[[Trial], None]] = {
    "run": _kill_run,
    "child": _kill_child,
    "backup": _kill_backup,
    "restore": _kill_restore,
    "rollback": _kill_rollback,
    "decide": _kill_decide,
}


def _look(trial: Trial, after: str) -> None:
    """What must be true after every kill."""
    if states(trial.home) != trial.expected:
        trial.wrong.append(f"{after} the release holds other alerts.")
    if _decided(trial.home) != trial.decisions:
        trial.wrong.append(f"{after} there are {_decided(trial.home)} decisions, not {trial.decisions}.")
    trial.wrong += [f"{after} {problem}" for problem in broken_history(open_home(trial.home))]


def _measure(trial: Trial) -> None:
    """How long each command takes, which says when it can be killed."""
    whole = trial.scratch / "whole.tar.gz"
    calls = {
        "backup": ("backup", "--home", str(trial.home), "--to", str(whole)),
        "restore": ("restore", str(whole), "--home", str(trial.scratch / "restored")),
        "rollback": ("rollback", "--home", str(trial.home)),
        "decide": ("decide", str(trial.expected[0][0]), "--home", str(trial.home)),
    }
    newest = published(open_home(trial.home))[-1].release_id
    for kind, words in calls.items():
        began = time.monotonic()
        if trial.start(*words).wait() != 0:
            raise click.ClickException(f"A {kind} that nobody killed failed.")
        trial.seconds[kind] = time.monotonic() - began
    trial.seconds["child"] = trial.seconds["run"]
    point_current_at(open_home(trial.home), newest)
    shutil.rmtree(trial.scratch / "restored")


@click.command()
@click.option("--kills", type=int, default=200, show_default=True, help="How many commands are killed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which, at which points, and which decisions.")
def main(kills: int, seed: int) -> None:
    """Print how many kills were survived, and how. Exit 1 where anything was lost or doubled."""
    chance = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="returns-kills-") as folder:
        scratch, now = Path(folder), datetime.now(UTC)
        trial = Trial(scratch / "home", scratch, chance, now.date().isoformat())
        lay_demo(trial.home, seed=2022, now=now, programme=read_programme(SHIPPED_PROGRAMME))
        trial.whole_run()
        _decide(trial)
        # Two: a rollback goes from one to the other.
        trial.whole_run()
        trial.whole_run()
        trial.expected = states(trial.home)
        _measure(trial)
        # Each kind comes at least once, where there are enough.
        kinds = [*_KINDS, *chance.choices(list(_KINDS), list(_KINDS.values()), k=max(0, kills - len(_KINDS)))][:kills]
        for number, kind in enumerate(kinds, start=1):
            _KILLS[kind](trial)
            _look(trial, f"After kill {number}, of a {kind},")
            click.echo(f"\r{number} of {kills} killed", nl=False, err=True)
        click.echo(err=True)
        trial.whole_run()
        _look(trial, "After the run that followed all kills")
        lost = scratch / "rebuilt"
        lost.mkdir()
        for name in _KEPT_WHEN_ALL_IS_LOST:
            kept = trial.home / name
            (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, lost / name)
        trial.whole_run(lost)
        if states(lost) != trial.expected:
            trial.wrong.append("The home that was built from nothing gives other alerts.")
        statuses = len({row[1] for row in trial.expected})
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(kinds).items()))
    click.echo(
        f"{kills} killed ({counts}); after each, after the next whole run and after a rebuild from nothing: every byte "
        f"of the release, {len(trial.expected)} alerts in {statuses} statuses, {trial.decisions} decisions in a chain."
    )
    if trial.wrong:
        click.echo("\n".join(trial.wrong), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
