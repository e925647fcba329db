"""Start the console, or add somebody who may use it: `python -m console --help`."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from console.access.roles import AGENCY, ROLES
from console.keys import make_secret
from workspace.permissions import keep_to_owner

_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: os.environ.get("RETURNS_HOME", "var"),
    help="The folder that holds everything; else RETURNS_HOME, else ./var.",
    metavar="DIR",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def console() -> None:
    """The web pages on which stewards decide, lead agencies send and analysts look."""


@console.command()
@_HOME
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Where to listen.")
@click.option("--demo", is_flag=True, help="Plain HTTP, and a user of each role; only on a home of the demo.")
def serve(home: Path, bind: str, demo: bool) -> None:
    """Bring the database up to date and serve the pages with gunicorn."""
    _open(home, plain=demo)
    if demo:
        _demo_users(home, bind)
    from django.core.management import call_command

    from console.access.counting import forget_counts
    from console.access.tries import forget_the_future
    from console.returns.delivery import finish_deliveries, signed_off
    from console.returns.uploads import forget_old

    call_command("clearsessions")
    forget_the_future()
    forget_counts(home)
    forget_old(home / "uploads")
    finish_deliveries(home, signed_off("default"))
    os.execv(  # noqa: S606
        sys.executable,
        [sys.executable, "-m", "gunicorn", "console.wsgi", "--bind", bind, "--worker-class", "gthread",
         "--workers", os.environ.get("RETURNS_CONSOLE_WORKERS", "2"), "--threads", "8", "--no-control-socket"],
    )  # fmt: skip


@console.command("add-user")
@click.argument("email")
@_HOME
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--cluster", default="", help="The cluster of a lead agency, by its id, such as walsall.")
@click.password_option(help="Asked for where it is not given.")
def add_user(email: str, home: Path, name: str, role: str, cluster: str, password: str) -> None:
    """Add somebody who may sign in."""
    _open(home, plain=False)
    from django.conf import settings
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from console.access.models import User
    from ingestion.programme import read_programme

    clusters = [one["cluster_id"] for one in read_programme(settings.PROGRAMME).clusters]
    if cluster and cluster not in clusters:
        raise click.ClickException(f"{cluster} is no cluster of the programme. There are: {', '.join(clusters)}.")
    try:
        validate_password(password)
        User.objects.create_user(email, password, name=name, role=role, cluster_id=cluster)
    except ValidationError as problem:
        raise click.ClickException(" ".join(problem.messages)) from None
    click.echo(f"{email} can sign in as {ROLES[role].lower()}.")


def _open(home: Path, *, plain: bool) -> None:
    if not home.is_dir():
        first = shlex.join(["returns", "nightly", "--home", str(home)])
        raise click.ClickException(f"There is no home at {home}. Run a night first: {first}")
    keep_to_owner(home)
    os.environ.update(RETURNS_HOME=str(home.absolute()), DJANGO_SETTINGS_MODULE="console.settings")
    if plain:
        os.environ["RETURNS_CONSOLE_PLAIN_HTTP"] = "1"
    if not os.environ.get("DJANGO_SECRET_KEY"):
        make_secret(home, "secret-key")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import Error

    from console.error_pages import UNFORESEEN, failure_of

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise click.ClickException(str(error)) from None
    _refuse_without_database(home)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except (Error, OSError) as error:
        failure = failure_of(error, home)
        if failure is UNFORESEEN:
            raise
        raise click.ClickException(f"{failure.title}. {failure.operator}") from None


def _refuse_without_database(home: Path) -> None:
    """A home that has releases had users and decisions too: a new database would say that there were none."""
    from console.database import problem_of_operations

    problem = problem_of_operations(home)
    if problem:
        raise click.ClickException(str(problem))


def _demo_users(home: Path, bind: str) -> None:
    """One user of each role, all with the one password that the home keeps, printed."""
    from console.access.models import User
    from console.releases import current_release

    if not (home / "demo").is_dir():
        raise click.ClickException(f"{home} is not a home of the demo. Add users with: python -m console add-user")
    password = make_secret(home, "demo-password", letters=20)
    first = current_release(home).query("select min(cluster_id) as cluster_id from turnover_by_cluster")
    click.echo(f"The console: http://{bind}/")
    for role, words in ROLES.items():
        email = f"{role}@example.org"
        cluster_id = str(first[0]["cluster_id"]) if role == AGENCY else ""
        user = User.objects.filter(email=email).first()
        if user is None:
            User.objects.create_user(email, password, name=f"Demo {role}", role=role, cluster_id=cluster_id)
        elif not user.check_password(password):
            user.set_password(password)
            user.save()
        click.echo(f"  {words:<14} {email:<27} {password}")


if __name__ == "__main__":
    console(prog_name="python -m console")
