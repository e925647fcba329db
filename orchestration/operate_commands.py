"""Commands for whoever runs the machine: watch, backup, restore."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from orchestration.described import LOCKED, command
from orchestration.endings import end_of
from orchestration.home import open_home
from orchestration.options import HOME, PLACE, Number, new_file, show
from workspace.errors import Ending
from workspace.offered import offered


@command(
    examples=[
        "returns watch",
        "0 8 * * *  returns watch --home /srv/returns --older-than 26   # a line for cron",
    ],
    codes={0: "all is well", 1: "something is wrong, and people were told"},
)
@HOME
@click.option("--older-than", type=Number(least=0), default=26.0, show_default=True, metavar="HOURS",
              help="How old the last good night may be.")  # fmt: skip
def watch(home: Path, older_than: float, as_json: bool) -> None:
    """Speak up when a night failed, was killed or never came. For cron or a systemd timer.

    Says nothing when all is well. What is wrong is printed, and told to people as for a night.
    """
    from orchestration.notify import Message, channels_from, tell
    from orchestration.watch import what_is_wrong

    try:
        problems = what_is_wrong(open_home(home), older_than=timedelta(hours=older_than), now=datetime.now(UTC))
    except Exception as error:
        # Whatever keeps it from looking is itself something that an operator must look at.
        problems = [str(end_of(error))]
    if as_json:
        show(as_json, {"problems": problems}, "")
    if not problems:
        return
    text = "\n".join([*problems, f"Home: {home.absolute()}", "See docs/operations.md, “When a night fails”."])
    if not as_json:
        click.echo("\n".join(problems), err=True)
    for problem in tell(Message("Cluster Returns needs a look", text + "\n"), channels_from()):
        click.echo(f"returns: {problem}", err=True)
    sys.exit(Ending.FINDINGS.exit_code)


@command(
    examples=["returns backup --to /mnt/safe/returns-2026-07-01.tar.gz --wait"],
    codes={
        0: "saved and read back",
        1: "saved and read back, and the home is not whole",
        2: "it could not be saved",
        3: LOCKED,
    },
)
@HOME
@click.option("--to", type=PLACE, required=True, help="The file to write.", metavar="FILE")
@click.option("--wait", is_flag=True, help="Where a night is running, wait until it has ended.")
def backup(home: Path, to: Path, wait: bool, as_json: bool) -> None:
    """Save everything that cannot be made again in one file.

    In it: the archive, refusals, register, releases, records of runs, the inbox, and the decisions where they are kept
    in the home. A database named by DATABASE_URL is not in it, and the command says so. Files of the inbox that
    change while they are read are named and left for the next backup.
    """
    from orchestration.backup import make_backup
    from orchestration.night import LONGEST_NIGHT_SECONDS

    patience = LONGEST_NIGHT_SECONDS if wait else 0
    target = new_file(to, (".tar.gz", ".tgz"))
    made = make_backup(open_home(home), target, now=datetime.now(UTC), wait_seconds=patience)
    show(as_json, {"file": str(to), **asdict(made)}, "\n".join(made.lines(to)))
    if made.damage:
        sys.exit(Ending.FINDINGS.exit_code)


@command(
    examples=[
        "returns restore /mnt/safe/returns-2026-07-01.tar.gz --home /srv/returns",
        "returns nightly --home /srv/returns",
    ],
    codes={0: "restored", 2: "the backup is damaged, there is no room, or the home is not empty"},
)
@click.argument("file", type=PLACE)
@HOME
def restore(file: Path, home: Path, as_json: bool) -> None:
    """Lay a backup into a new home. A damaged backup and a home that is not empty are refused."""
    from orchestration.restore import restore_backup

    restored = restore_backup(file, home)
    files = len(restored.files) + len(restored.same)
    show(
        as_json,
        {"home": str(home), "files": files, "made_at": restored.made_at},
        f"Restored {files:,} files, saved on {restored.made_at[:10]}, into {home}.\n"
        f"Next: {offered('nightly', home=home)}",
    )


@command(
    "start-without-decisions",
    examples=["returns start-without-decisions --home /srv/returns"],
    codes={0: "begun", 2: "there is an operational database that can be used; nothing was changed", 3: LOCKED},
)
@HOME
def start_without_decisions(home: Path, as_json: bool) -> None:
    """Begin a new operational database where a home has lost its own, as if nothing had ever been decided.

    A run stops where a home has releases and no operational database, since every question would be asked again. This
    command says that it is meant. Users, letters and the audit log begin anew too. A damaged file is moved into
    damaged/, never deleted. Restore a backup instead where there is one.
    """
    from orchestration.operations import start_without_decisions as start

    aside = start(open_home(home), now=datetime.now(UTC))
    told = ["There is a new operational database. Nothing has been decided in it, and nobody can sign in yet."]
    show(
        as_json,
        {"set_aside": [asdict(one) for one in aside]},
        "\n".join([*map(str, aside), *told, f"Next: {offered('nightly', home=home)}"]),
    )


@command(
    examples=["returns rollback", "returns rollback 20260701T010003Z"],
    codes={0: "it is current now", 2: "there is no such release, or it is damaged", 3: LOCKED},
)
@click.argument("release", required=False)
@HOME
def rollback(release: str | None, home: Path, as_json: bool) -> None:
    """Make an older RELEASE the current one again; without a name, the newest whole one before the current.

    Every file of it is checked first; those that are damaged are named and passed by. Nothing is removed: the next run
    that has something new publishes forward again. To make a run build at once: returns nightly --force
    """
    from orchestration.retention import roll_back

    passed_by: list[str] = []
    chosen = roll_back(open_home(home), release, now=datetime.now(UTC), passed_by=passed_by.append)
    told = f"{chosen.release_id}, as of {chosen.as_of}, is the current release again. Every file of it is whole."
    show(
        as_json,
        {
            "release_id": chosen.release_id,
            "as_of": chosen.as_of.isoformat(),
            "folder": str(chosen.folder),
            "passed_by": passed_by,
        },
        "\n".join([*(f"Passed by: {problem}" for problem in passed_by), told]),
    )
