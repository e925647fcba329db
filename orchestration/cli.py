"""The command line: `returns`. Heavy libraries are imported by the commands that need them, not by `--help`."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.decide_command import decide
from orchestration.home import SHIPPED_PROGRAMME, open_home
from orchestration.one_writer import AnotherNightError
from orchestration.operate_commands import backup, restore, rollback, watch
from orchestration.options import AS_OF, HOME, JSON, PROGRAMME, Unusable
from orchestration.rules_command import rules
from orchestration.template_command import template
from orchestration.trace_command import trace
from workspace.errors import PlainError

if TYPE_CHECKING:
    from ingestion.programme import Programme


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cluster-returns")
def returns() -> None:
    """Turn yearly returns of social enterprises into KPI figures that can be trusted.

    \b
    A first look:
      returns demo               lay a made-up inbox
      returns nightly            receive, check, count and publish
      returns alerts             what looks wrong, worst first
      returns query "select * from turnover_by_cluster"
    """


@returns.command()
@HOME
@PROGRAMME
@AS_OF
@click.option(
    "--inbox",
    metavar="ADDRESS",
    help="Where the returns lie: a folder, s3://…, sftp://…; else RETURNS_INBOX, else HOME/inbox.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    help="What counts: duckdb on this machine, or spark; else RETURNS_ENGINE, else what the programme says.",
)
@click.option("--force", is_flag=True, help="Build and publish even where nothing is new.")
@click.option("--wait", is_flag=True, help="Where another night is running, wait until it has ended.")
@JSON
def nightly(
    home: Path,
    programme: Path,
    as_of: datetime | None,
    inbox: str | None,
    engine: str | None,
    force: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Run one night: receive, land, build, judge, audit, publish.

    Takes every file of the inbox (which it only reads) and ends with a summary. A file that cannot be read is
    put into refused/ with its reason; the others count. A night that fails leaves the last release as it was. Where
    nothing is new the night only checks that the current release is whole.

    Exit codes: 0 published, 1 the night failed, 2 it could not start, 3 another night is running.
    """
    from orchestration.messages import tell_of_night
    from orchestration.night import run_night, stopped_night
    from orchestration.release import current_release
    from orchestration.summary import night_summary, night_summary_json

    if inbox:
        # The settings of a night come from the environment, also in the run that Dagster makes of it.
        os.environ["RETURNS_INBOX"] = inbox
    if engine:
        os.environ["RETURNS_ENGINE"] = engine
    where, scheme = open_home(home), _programme(programme)
    day, now = as_of.date() if as_of else None, datetime.now(UTC)
    try:
        record = run_night(where, scheme, as_of=day, now=now, force=force, wait=wait)
    except AnotherNightError:
        raise
    except Exception as error:
        tell_of_night(where, stopped_night(where, scheme, error, now=now))
        raise
    release = current_release(where) if record.succeeded else None
    for problem in tell_of_night(where, record):
        click.echo(f"returns: {problem}", err=True)
    if release is None:
        click.echo(f"returns: The night failed. {record.failure}", err=True)
        kept = (where.releases / "current").exists()
        click.echo("The last release stays as it was." if kept else "There is no release yet.", err=True)
        if record.log:
            click.echo(f"Log: {where.folder / record.log}", err=True)
        sys.exit(1)
    click.echo(night_summary_json(where, record, release) if as_json else night_summary(where, record, release))


@returns.command()
@click.argument("file", type=click.Path(path_type=Path))
@HOME
@PROGRAMME
@AS_OF
@JSON
def check(file: Path, home: Path, programme: Path, as_of: datetime | None, as_json: bool) -> None:
    """Say what a lead agency would be told about FILE. Nothing is kept.

    Where there is a home, the file is compared with the earlier years in it.

    Exit codes: 0 nothing to ask, 1 there are questions, 2 the file cannot be read.
    """
    from ingestion.refusals import Refusal
    from orchestration.check import check_file
    from orchestration.summary import check_summary

    if not file.exists():
        raise Unusable(f"There is no file {file}. Check the name.")
    scheme = _programme(programme)
    now = datetime.now(UTC)
    known = open_home(home) if home.is_dir() else None
    try:
        checked = check_file(file, scheme, known, as_of=as_of.date() if as_of else now.date(), now=now)
    except Refusal as refusal:
        told = {"refused": refusal.rule, "message": refusal.message, "ask": refusal.ask}
        click.echo(json.dumps(told, indent=2) if as_json else f"{refusal.message}\nWhat to do: {refusal.ask}")
        sys.exit(2)
    click.echo(check_summary(checked, file.name, as_json=as_json))
    sys.exit(1 if any(alert["severity"] != "info" for alert in checked.alerts) else 0)


@returns.command()
@HOME
@JSON
def status(home: Path, as_json: bool) -> None:
    """Show the release, the last nights, what was refused, what waits."""
    from orchestration.status import read_status, status_text

    found = read_status(open_home(home))
    click.echo(json.dumps(found, indent=2) if as_json else status_text(found))


@returns.command()
@HOME
@click.option("--cluster", help="Only this cluster, by its id, such as walsall.")
@click.option("--year", help="Only this reporting year, such as 2025-26.")
@click.option("--severity", type=click.Choice(["reject", "error", "warning", "info"]), help="Only this severity.")
@click.option("--rule", help="Only this rule, such as P01.")
@click.option("--all", "settled", is_flag=True, help="Also those that a steward has settled.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show.")
@JSON
def alerts(
    home: Path,
    cluster: str | None,
    year: str | None,
    severity: str | None,
    rule: str | None,
    settled: bool,
    most: int,
    as_json: bool,
) -> None:
    """List what looks wrong in the current release and is not settled: worst first, then what would change most."""
    from orchestration.alerts import alerts_text, read_alerts
    from orchestration.release import whole_release

    found, total = read_alerts(
        whole_release(open_home(home)),
        cluster_id=cluster,
        reporting_year=year,
        severity=severity,
        rule_code=rule,
        settled=settled,
        most=most,
    )
    click.echo(json.dumps(found, indent=2, default=str) if as_json else alerts_text(found, total))


@returns.command()
@click.argument("sql")
@HOME
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@JSON
@click.option("--to", type=click.Path(path_type=Path), help="Write it there: .csv, .json or .parquet.", metavar="FILE")
@click.option("--public", is_flag=True, help="Ask the public edition, in which small figures are hidden.")
def query(sql: str, home: Path, as_csv: bool, as_json: bool, to: Path | None, public: bool) -> None:
    """Run SQL over the current release. It can only read, and reads nothing but the release.

    \b
    returns query "select cluster_name, reporting_year, turnover_gbp from turnover_by_cluster"
    returns query "from turnover_by_cluster" --to turnover.parquet
    returns query "show tables" --public
    """
    import duckdb

    from orchestration.query import FORMS, run_query, write_query
    from orchestration.release import public_edition, whole_release
    from publishing.guard import QueryError

    if to and to.suffix.lower() not in FORMS:
        raise Unusable(f"{to.name} can be no table: name a file that ends in .csv, .json or .parquet.")
    release = whole_release(open_home(home))
    release = public_edition(release) if public else release
    try:
        if to:
            click.echo(f"Wrote {write_query(release, sql, to):,} rows to {to}.")
        else:
            click.echo(run_query(release, sql, form="csv" if as_csv else "json" if as_json else "text"))
    except (duckdb.Error, QueryError) as error:
        raise Unusable(f"The query cannot be run: {' '.join(str(error).split())}") from error


@returns.command()
@click.argument("kind", type=click.Choice(["programme", "cluster", "organisation", "all"]))
@click.argument("subject", required=False)
@HOME
@click.option("--year", help="The reporting year, such as 2025-26; else the newest with figures.")
@click.option("--public", is_flag=True, help="The annual report of the programme as anyone may see it.")
@click.option("--to", type=click.Path(path_type=Path), help="Write it there; else HOME/reports/RELEASE.", metavar="DIR")
def report(kind: str, subject: str | None, home: Path, year: str | None, public: bool, to: Path | None) -> None:
    """Make a report from the current release, as a web page, a PDF and its tables as CSV.

    \b
    returns report programme                       the annual report, for the lead officer
    returns report programme --public              the same, for anyone: nothing of single organisations
    returns report cluster walsall                 for the cluster's steering group
    returns report organisation GB-CHC-1090095     one page for an organisation that answered
    returns report all                             all of them, for one year
    """
    from orchestration.release import whole_release
    from orchestration.reports import make_reports

    if kind in {"cluster", "organisation"} and not subject:
        raise Unusable(f"Say which {kind}, by its id: returns report {kind} ID")
    if kind in {"programme", "all"} and subject:
        raise Unusable(f"A report of {kind} takes no name. Did you mean: returns report cluster {subject}")
    if public and kind != "programme":
        raise Unusable(
            "Only the annual report of the programme has a public edition: returns report programme --public"
        )
    where = open_home(home)
    made = make_reports(
        whole_release(where).folder,
        "public" if public else kind,
        subject,
        year,
        to=to or where.reports,
        now=datetime.now(UTC),
    )
    click.echo(f"Made {len(made)} reports below {to or where.reports}." if kind == "all" else f"Made {made[0]}")


@returns.command()
@HOME
@click.option("--seed", type=int, default=2022, show_default=True, help="Another number makes another demo.")
def demo(home: Path, seed: int) -> None:
    """Lay a made-up inbox to try things on.

    Four clusters, four years, about fifty organisations each, and a list of the defects planted among them.
    """
    from demo import lay_demo

    scheme = _programme(SHIPPED_PROGRAMME)
    home.mkdir(parents=True, exist_ok=True)
    where = open_home(home)
    if where.inbox.is_dir() and any(where.inbox.iterdir()):
        raise Unusable(f"{where.inbox} already holds files, so no demo was laid. Name another place with --home.")
    laid = lay_demo(where.folder, seed=seed, now=datetime.now(UTC), programme=scheme)
    click.echo(f"Laid {laid.files} made-up files in {where.inbox}.")
    click.echo(f"The {laid.planted} defects planted in them are listed in {where.folder / 'demo'}.")


for command in (watch, backup, restore, rollback, decide, rules, template, trace):
    returns.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever goes wrong is said in one line."""
    try:
        from orchestration.progress import report_to, to_terminal

        report_to(to_terminal())
        returns.main(args=arguments, prog_name="returns", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "returns"
        click.echo(f"returns: {error.format_message().rstrip('.')}. See: {where} --help", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("returns: Stopped. What was done so far is safe; run the same command again.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AnotherNightError as error:
        click.echo(f"returns: {error}", err=True)
        sys.exit(3)
    except Exception as error:
        _explain(error)
        sys.exit(2)


def _programme(folder: Path) -> Programme:
    from ingestion.programme import read_programme

    return read_programme(folder)


def _explain(error: Exception) -> None:
    """One line for what went wrong; the details of what nobody foresaw go into a file.

    Nothing is imported here: a package that cannot be imported may be what went wrong.
    """
    if isinstance(error, PlainError):
        said = str(error)
    elif _is_full_disk(error):
        said = "The disk is full or failing. What was there before is safe: free some space, then run the same again."
    elif isinstance(error, OSError) and not isinstance(error, ConnectionError):
        what = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}"
        said = f"{what}. Check its permissions and the disk."
    elif isinstance(error, ImportError):
        said = f"A package is missing or damaged: {_in_one_line(error)}. Set up again with: make clean .venv/ready"
        said = f"{said}. {_kept()}"
    elif isinstance(error, MemoryError):
        said = f"The memory does not suffice. Close other programs, or use a larger machine. {_kept()}"
    else:
        said = f"Something went wrong that we did not foresee: {_in_one_line(error)}. Try again; if it stays, send us "
        said += f"the details. {_kept()}"
    click.echo(f"returns: {said}", err=True)


def _is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, comes of a full disk. Each database has words of its own for it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if any(words in str(error).lower() for words in ("no space left on device", "disk is full", "disk i/o error")):
            return True
        error = error.__cause__ or error.__context__
    return False


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _kept() -> str:
    """Keep the details of the error at hand in a file, and say where."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile("w", prefix="returns-", suffix=".log", delete=False, errors="replace") as log:
            log.write(traceback.format_exc())
    except OSError as error:
        return f"Details could not be written: {error.strerror or error}."
    return f"Details: {log.name}"


if __name__ == "__main__":
    main()
