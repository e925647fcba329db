"""People at the console at once: how long its pages take with ten thousand alerts, and whether any decision is lost.

`make bench-console`. The alerts of the demo are multiplied in a copy of its release; gunicorn serves it as it would
be served; every person has a connection and a session of their own over loopback, and asks again as soon as they are
answered, which no person does. With DATABASE_URL the operational database is that one, such as PostgreSQL.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import click
import duckdb

from console.database import open_operations
from console.decisions.register import record_night
from console.keys import kept_secret
from orchestration.text_table import table

_LISTS = (
    "/alerts/", "/alerts/?page=2", "/alerts/?page=100", "/alerts/?status=open", "/alerts/?severity=error",
    "/alerts/?dimension=accuracy&page=3", "/alerts/?assigned=nobody", "/alerts/?cluster_id=walsall&rule_code=P03",
)  # fmt: skip
_FOUND, _REFUSED = 302, 422


@dataclass
class Seen:
    """What one person saw: milliseconds of each answer by kind of page, and what went wrong."""

    answered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    decided: int = 0  # decisions that the console said it has kept
    problems: list[str] = field(default_factory=list)


class _Person:
    """Somebody with a browser: one connection, one session."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:
            # the server closed a connection on which nothing was asked for a while, as a browser would find too
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text

    def sign_in(self, email: str, password: str) -> None:
        _, page = self.ask("GET", "/sign-in/")
        status, _ = self.ask(
            "POST", "/sign-in/", {"csrfmiddlewaretoken": token(page), "username": email, "password": password}
        )
        if status != _FOUND:
            raise click.ClickException(f"{email} could not sign in: {status}.")


def token(page: str) -> str:
    """The token that a form of this page carries."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return found[1] if found else ""


def multiply_alerts(home: Path, database: str, wanted: int) -> list[str]:
    """Make so many alerts of those in the home's release, in the marts and in the register; their ids, in order."""
    release = (home / "releases" / "current").resolve()
    with duckdb.connect(str(release / "marts.duckdb")) as marts:
        (there,) = marts.execute("select count(*) from alerts").fetchone() or (0,)
        copies = -(-wanted // there)
        marts.execute(
            f"""
            create table more as
            select alerts.* replace (
                case when copy = 0 then alert_id else md5(alert_id || copy) end as alert_id,
                impact_ratio / (1 + copy) as impact_ratio
            )
            from alerts cross join range({copies}) as copies (copy)
            order by copy, alert_id limit {wanted}
            """
        )
        marts.execute("drop table alerts; alter table more rename to alerts; checkpoint")
        found = marts.execute("select * from alerts order by alert_id")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        (as_of,) = marts.execute("select max(last_seen_on) from alerts").fetchone() or (date.min,)
    record_night(database, release.name, as_of, rows)
    return [str(row["alert_id"]) for row in rows]


@contextmanager
def serving(home: Path) -> Iterator[tuple[int, str]]:
    """The console on this home, as it is served: its port and the password of the demo's users."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "console", "serve", "--demo", "--home", str(home), "--bind", f"127.0.0.1:{port}"]
    with tempfile.TemporaryFile() as said:
        served = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)  # noqa: S603
        try:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, kept_secret(home, "demo-password") or ""
        finally:
            os.killpg(served.pid, signal.SIGTERM)
            served.wait(timeout=30)


def load(
    port: int,
    password: str,
    alerts: list[str],
    *,
    people: int,
    rounds: int,
    seed: int,
    until: Callable[[], bool],
    lists: bool = False,
) -> list[Seen]:
    """So many stewards at once, each of whom looks at lists and alerts and decides about one in every round.

    They stop after so many rounds, but not before `until` says so. With `lists` they look at lists only.
    """
    shares = [alerts[number::people] for number in range(people)]
    ready = threading.Barrier(people)
    seen = [Seen() for _ in range(people)]

    def work(number: int) -> None:
        person, chance = _Person(port), random.Random(f"{seed} {number}")  # noqa: S311
        try:
            person.sign_in("steward@example.org", password)
        except (click.ClickException, OSError) as problem:
            seen[number].problems.append(str(problem))
            ready.abort()
            return
        ready.wait(timeout=300)
        of_round = 0
        while of_round < rounds or not until():
            _one_round(person, seen[number], chance, None if lists else shares[number][of_round % len(shares[number])])
            of_round += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _one_round(person: _Person, seen: Seen, chance: random.Random, alert: str | None) -> None:
    for path in chance.sample(_LISTS, 3):
        _timed(person, seen, "list of alerts", "GET", path)
    if alert is None:
        return
    page = _timed(person, seen, "one alert", "GET", f"/alerts/{alert}/")
    last = re.search(r'name="seen" value="(\d+)"', page)
    form = {"csrfmiddlewaretoken": token(page), "kind": "acknowledge", "seen": last[1] if last else "0"}
    before = len(seen.problems)
    _timed(person, seen, "decision", "POST", f"/alerts/{alert}/", form)
    seen.decided += len(seen.problems) == before


def _timed(person: _Person, seen: Seen, kind: str, method: str, path: str, form: dict[str, str] | None = None) -> str:
    started = time.perf_counter()
    status, text = person.ask(method, path, form)
    seen.answered[kind].append((time.perf_counter() - started) * 1000)
    if status != (_FOUND if method == "POST" else 200):
        seen.problems.append(f"{method} {path}: {status}")
    return text


def _own_alerts(home: Path) -> list[str]:
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        return [alert for (alert,) in marts.execute("select alert_id from alerts order by 1").fetchall()]


@contextmanager
def _night(home: Path) -> Iterator[Callable[[], bool]]:
    """A whole night beside the people; gives a function that says whether it is over. Raises where it failed."""
    before = (home / "releases" / "current").resolve().name
    command = [sys.executable, "-m", "orchestration.cli", "nightly", "--force", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:  # noqa: S603
        told: list[str] = []
        reading = threading.Thread(target=lambda: told.extend(running.stdout or []))
        reading.start()
        yield lambda: running.poll() is not None
        reading.join()
    after = (home / "releases" / "current").resolve().name
    if running.returncode or after == before:
        raise click.ClickException("The night failed beside them.\n" + "".join(told[-20:]))
    click.echo(f"Meanwhile a night published {after} in place of {before}.")


def _decisions(database: str) -> int:
    from console.decisions.models import Decision

    return Decision.objects.using(database).count()


@click.command()
@click.option("--home", type=click.Path(path_type=Path, exists=True), required=True, help="A home with a release.")
@click.option("--people", default=20, show_default=True, help="How many stewards at once.")
@click.option("--alerts", "wanted", default=10_000, show_default=True, help="How many alerts.")
@click.option("--rounds", default=10, show_default=True, help="Rounds of three lists, one alert, one decision.")
@click.option(
    "--night", is_flag=True, help="A night runs meanwhile, on the demo's own alerts; they work until it ends."
)
@click.option("--lists", is_flag=True, help="They look at lists only.")
@click.option("--seed", default=1, show_default=True)
def main(home: Path, people: int, wanted: int, rounds: int, night: bool, lists: bool, seed: int) -> None:
    """Measure the console with many people at once."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy, symlinks=True)
        database = open_operations(copy)
        ids = _own_alerts(copy) if night else multiply_alerts(copy, database, wanted)
        with serving(copy) as (port, password):
            # warm: both processes have read the release
            load(port, password, ids, people=8, rounds=3, seed=seed + 1, until=lambda: True)
            before = _decisions(database)
            started = time.perf_counter()
            with _night(copy) if night else nullcontext(lambda: True) as over:
                seen = load(port, password, ids, people=people, rounds=rounds, seed=seed, until=over, lists=lists)
            seconds = time.perf_counter() - started
        kept = _decisions(database) - before
    answered: dict[str, list[float]] = defaultdict(list)
    for one in seen:
        for kind, times in one.answered.items():
            answered[kind] += times
    rows = []
    for kind, times in sorted(answered.items()):
        cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
        rows.append((kind, len(times), *(round(value) for value in (cuts[49], cuts[89], cuts[98], max(times)))))
    answers = sum(map(len, answered.values()))
    click.echo(f"{people} people at once, {len(ids):,} alerts, {answers} answers in {seconds:.1f} s")
    click.echo("\n".join(table(("Page", "Answers", "Half, ms", "90%", "99%", "Slowest"), rows)))
    said = sum(one.decided for one in seen)
    problems = [problem for one in seen for problem in one.problems]
    click.echo(f"Decisions that the console said it has kept: {said}. In the database: {kept}.")
    for problem in problems[:10]:
        click.echo(problem)
    if problems or said != kept:
        raise click.ClickException(f"{len(problems)} answers went wrong, {said - kept} decisions were lost.")


if __name__ == "__main__":
    main()
