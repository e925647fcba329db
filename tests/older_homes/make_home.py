"""Make the home of an older version, as a steward, two lead agencies and three runs leave it.

The home is made with the code of that version, and kept beside this file as NAME.tar.xz with NAME.json: what that
version itself says of it. `test_older_homes.py` opens it with the code of today. To make one again, or one of a later
version before its successor changes what is kept:

    git worktree add ../older fa5a69b
    make -C ../older .venv/ready
    cd ../older
    .venv/bin/python THIS_CHECKOUT/tests/older_homes/make_home.py THIS_CHECKOUT/tests/older_homes/fa5a69b
    cd -
    git worktree remove ../older

Everything in it is made up. In it, in this order:

    run 1   three returns, one file that is no spreadsheet; then one decision of every kind
    run 2   a fourth return; then two letters: one waits, one is answered, accepted in part and turned down in part
    run 3   a corrected return, sent and signed off on the console

Builds, logs, reports and Dagster's records are left out: each version makes its own.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

PROGRAMME = Path(__file__).parent / "programme"
RUNS = tuple(datetime(2026, month, day, 2, 0, tzinfo=UTC) for month, day in ((7, 10), (8, 10), (9, 14)))
# Whom the console knows: role, cluster.
PEOPLE = {
    "admin@example.org": ("administrator", ""),
    "steward@example.org": ("steward", ""),
    "analyst@example.org": ("analyst", ""),
    "walsall@example.org": ("agency", "walsall"),
    "smethwick@example.org": ("agency", "smethwick"),
}
_LEFT_OUT = ("build", "logs", "dagster", "reports", "uploads", "night.lock", "secret-key", "metrics")
_MEMBERS = 8
_YEARS = ("2024-25", "2025-26")


def main(target: Path) -> None:
    """Write TARGET.tar.xz and TARGET.json."""
    # Another version's packages come from where this is run, this file's folder only gives the programme.
    sys.path[0] = str(Path.cwd())
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        set_up(home)
        _live(home)
        told = tell(home)
        target.with_suffix(".json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        _pack(home, target.with_suffix(".tar.xz"))


def tell(home: Path) -> dict[str, Any]:
    """What a version says of a home: alerts, letters, which return counts, figures, releases. Ready for JSON."""
    from console.queries.models import Question
    from console.queries.waiting import states
    from publishing.reader import open_marts

    current = (home / "releases" / "current").resolve()
    with open_marts(current / "marts.duckdb") as marts:

        def rows(sql: str) -> list[list[Any]]:
            return [[str(value) if isinstance(value, date) else value for value in row]
                    for row in marts.execute(sql).fetchall()]  # fmt: skip

        return {
            "releases": sorted(one.name for one in (home / "releases").iterdir() if not one.is_symlink()),
            "current": current.name,
            "alerts": rows("select alert_id, rule_code, status, is_settled from alerts order by all"),
            "decisions": rows("select decision_id, alert_id, kind, is_last from decisions order by all"),
            "returns": rows("select cluster_id, reporting_year, receipt_id from returns order by all"),
            "turnover_by_cluster": rows(
                "select cluster_id, reporting_year, organisations, turnover_gbp from turnover_by_cluster order by all"
            ),
            "turnover_by_organisation": rows(
                "select organisation_id, reporting_year, turnover_gbp from turnover_by_organisation order by all"
            ),
            "letters": [[one.letter_id, one.number, one.alert_id, one.state] for one in states(Question.objects.all())],
        }


def set_up(home: Path) -> None:
    os.environ |= {
        "RETURNS_HOME": str(home),
        "RETURNS_PROGRAMME": str(PROGRAMME),
        "RETURNS_CONSOLE_PLAIN_HTTP": "1",
        "DJANGO_SETTINGS_MODULE": "console.settings",
    }
    import django
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    call_command("migrate", verbosity=0, interactive=False)


def _live(home: Path) -> None:
    """Three runs, and what people do after each."""
    returns = _made_up_returns(home)
    for cluster, year in (("walsall", "2024-25"), ("walsall", "2025-26"), ("smethwick", "2024-25")):
        _send(home, returns[cluster, year], RUNS[0] - timedelta(days=2))
    (home / "inbox" / "Smethwick scan.xlsx").write_bytes(b"%PDF-1.7\n")
    _as_of_file(home / "inbox" / "Smethwick scan.xlsx", RUNS[0] - timedelta(days=1))
    run(home, RUNS[0])
    with _at(RUNS[0] + timedelta(hours=8)) as now:
        _add_people()
        _decide_each_kind(home, now)
    _send(home, returns["smethwick", "2025-26"], RUNS[1] - timedelta(days=3))
    run(home, RUNS[1])
    with _at(RUNS[1] + timedelta(hours=8)) as now:
        _write_letters(home, now)
    with _at(RUNS[1] + timedelta(days=10)):
        _send_on_the_console(home, returns["walsall", "2025-26"])
    run(home, RUNS[2])


def run(home: Path, now: datetime) -> None:
    from django.db import connections

    from ingestion.programme import read_programme
    from orchestration.home import open_home
    from orchestration.night import run_night

    record = run_night(open_home(home), read_programme(PROGRAMME), as_of=None, now=now)
    assert record.succeeded and not record.idle, record.failure
    connections.close_all()


def _made_up_returns(home: Path) -> dict[tuple[str, str], Any]:
    """Eight organisations of each cluster and two years, with slips in the second: see `_slips`."""
    import csv

    from demo.organisations import make_organisations
    from demo.returns import make_returns
    from ingestion.programme import read_programme

    programme = read_programme(PROGRAMME)
    random = Random(11)
    everybody = make_organisations(random, [one["cluster_id"] for one in programme.clusters])
    members = []
    for cluster in programme.clusters:
        stays = [one for one in everybody if one.cluster_id == cluster["cluster_id"] and not one.left_on]
        members += [one for one in stays if one.numbers and not one.silent_year][:_MEMBERS]
    made = {(one.cluster_id, one.reporting_year): one for one in make_returns(random, programme, everybody)}
    for one in made.values():
        _leave_only(one.answers, {member.name for member in members})
    _slips(made)
    register = home / "register" / "enrolments.csv"
    register.parent.mkdir()
    columns = ("cluster_id", "organisation_name", "charity_number", "company_number", "mutual_number", "postcode")
    with register.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*columns, "enrolled_on", "left_on"])
        for one in members:
            plain = vars(one) | {"organisation_name": one.name}
            writer.writerow([*(plain[name] for name in columns), one.joined_on, None])
    return {key: one for key, one in made.items() if key[1] in _YEARS}


def _leave_only(answers: dict[str, list[dict[str, Any]]], names: set[str]) -> None:
    """Take every row about another organisation out of the answers of a return."""
    for table, rows in answers.items():
        kept = []
        for row in rows:
            about = row.get("organisations") or [row.get("organisation_name") or row.get("organisation")]
            if table == "cover" or about == [None] or set(about) <= names:
                kept.append(row)
        answers[table] = kept


def _slips(made: dict[tuple[str, str], Any]) -> None:
    """What is wrong in 2025-26: thousands, pence, a blank, a fall, a rise, staff and energy out of all proportion."""
    for cluster in ("walsall", "smethwick"):
        rows = made[cluster, "2025-26"].organisations
        for row, change in (
            (rows[0], {"total_income_gbp": lambda value: max(1, round(value / 1000))}),
            (rows[1], {"total_income_gbp": lambda value: value * 100}),
            (rows[2], {"total_income_gbp": lambda _: None}),
            (rows[3], {"total_income_gbp": lambda value: value * 4, "traded_income_gbp": lambda value: value * 4}),
            (rows[4], {"total_expenditure_gbp": lambda value: -value}),
        ):
            for name, of in change.items():
                row[name] = of(row[name])


def _send(home: Path, one: Any, when: datetime) -> None:
    inbox = home / "inbox"
    inbox.mkdir(exist_ok=True)
    _write(one, inbox / one.file_name, when)
    _as_of_file(inbox / one.file_name, when)


def _write(one: Any, target: Path, when: datetime) -> None:
    from demo.returns import NOTICE
    from ingestion.forms import read_form
    from ingestion.programme import read_programme
    from ingestion.workbook import write_form

    form = read_form(read_programme(PROGRAMME).forms[0])
    write_form(form, target, answers=one.answers, notice=NOTICE, created_at=when)


def _as_of_file(file: Path, when: datetime) -> None:
    os.utime(file, (when.timestamp(), when.timestamp()))


@contextmanager
def _at(now: datetime) -> Iterator[datetime]:
    """The console's clock shows this moment."""
    with mock.patch("django.utils.timezone.now", return_value=now):
        yield now


def _add_people() -> None:
    from console.access.audit import record
    from console.access.models import User

    for email, (role, cluster) in PEOPLE.items():
        User.objects.create_user(email, None, name=f"Some {role}", role=role, cluster_id=cluster)
        record(None, "user", f"{email}: added")


def client(email: str) -> Any:
    from django.test import Client

    from console.access.models import User

    browser = Client()
    browser.force_login(User.objects.get(email=email), "django.contrib.auth.backends.ModelBackend")
    return browser


def _open_alerts(home: Path) -> list[tuple[str, str, str | None, str | None]]:
    """Id, rule, cluster and the figure of an organisation that it is about, if any; worst first."""
    from publishing.reader import open_marts

    with open_marts((home / "releases" / "current").resolve() / "marts.duckdb") as marts:
        return marts.execute(
            """
            select alert_id, rule_code, cluster_id,
                case when value is not null and organisation_id is not null then field end
            from alerts where not is_settled
            order by severity = 'error' desc, severity = 'warning' desc, rule_code, alert_id
            """
        ).fetchall()


def _decide_each_kind(home: Path, now: datetime) -> None:
    from console.access.models import User
    from console.alerts.models import Assignment, SavedView
    from console.decisions.decide import Verdict, decide

    found = {alert_id: field for alert_id, _, _, field in _open_alerts(home) if field}
    # In fa5a69b a run failed for good once a turnover, staff or volunteers' hours had been left out.
    harmless = next(alert_id for alert_id, field in found.items() if field == "total_expenditure_gbp")
    figures = [alert_id for alert_id in found if alert_id != harmless]
    verdicts = (
        Verdict("correct", "They wrote thousands.", new_value=163000.0, source="accounts of 31 March 2026"),
        Verdict("confirm", "Won the care contract.", reason="contract", within=0.3),
        Verdict("confirm", "Checked.", reason="checked", until=date(2027, 3, 31)),
        Verdict("rule-wrong", "Not an error here."),
        Verdict("acknowledge", "Seen."),
        Verdict("ask", "Is this right?"),
    )
    assert len(figures) > len(verdicts), figures
    for alert_id, verdict in zip(figures, verdicts, strict=False):
        decide("default", [alert_id], verdict, by="steward@example.org", at=now)
    decide("default", [harmless], Verdict("leave-out", "They cannot tell."), by="steward@example.org", at=now)
    again = figures[len(verdicts)]
    for verdict in (Verdict("rule-wrong", "Not an error here."), Verdict("reopen", "It may be one.")):
        decide("default", [again], verdict, by="steward@example.org", at=now)
    Assignment.objects.create(
        alert_id=again, assigned_to="steward@example.org", assigned_by="admin@example.org", assigned_at=now
    )
    steward = User.objects.get(email="steward@example.org")
    SavedView.objects.create(owner=steward, name="Errors of Walsall", filters="cluster=walsall&severity=error")


def _write_letters(home: Path, now: datetime) -> None:
    """One letter to each agency: Smethwick's waits; of Walsall's one answer is accepted, one turned down, one waits."""
    from console.access.audit import record
    from console.access.models import User
    from console.queries.answers import Given, accept, keep_answers, last_seen, turn_down
    from console.queries.letters import make_letters, not_to_ask
    from console.releases import current_release

    release = current_release(home)
    not_again = set(not_to_ask(release))
    of = {cluster: [alert_id for alert_id, _, whose, field in _open_alerts(home)
                    if whose == cluster and field and alert_id not in not_again][:4]
          for cluster in ("walsall", "smethwick")}  # fmt: skip
    assert all(len(ids) == 4 for ids in of.values()), of
    letters = make_letters(
        release, [*of["walsall"], *of["smethwick"]], by="steward@example.org", at=now,
        answer_by=date(2026, 9, 30), note="Please look at these.",
    )  # fmt: skip
    walsall = next(one for one in letters if one.cluster_id == "walsall")
    record(None, "letter", "made two letters", user=User.objects.get(email="steward@example.org"))
    given = {
        1: Given("right", "growth", explanation="We grew."),
        2: Given("not-known", explanation="Nobody knows any more."),
        3: Given("right", "checked", explanation="We looked."),
    }
    keep_answers(walsall, given, by="walsall@example.org", at=now + timedelta(hours=1))
    seen = last_seen()
    accept(walsall, [1], by="steward@example.org", at=now + timedelta(hours=2), **seen)
    turn_down(walsall, 2, "Please ask your bookkeeper.", by="steward@example.org", at=now + timedelta(hours=3),
              seen_answer=seen["seen_answer"])  # fmt: skip


def _send_on_the_console(home: Path, one: Any) -> None:
    """Walsall sends 2025-26 again, with the missing figure: through the pages, as the lead agency does."""
    one.organisations[2]["total_income_gbp"] = 98_700
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "Walsall return 2025-26 corrected.xlsx"
        _write(one, file, RUNS[1])
        upload = io.BytesIO(file.read_bytes())
        upload.name = file.name
        agency = client("walsall@example.org")
        checked = agency.post("/returns/check/", {"file": upload})
        assert checked.status_code == 302, checked.content
        sent = agency.post(f"{checked['Location']}send/", {"name": "A. Signatory", "agree": "on"})
        assert sent.status_code == 302, sent.content
    for delivered in (home / "inbox" / "console").rglob("*.xlsx"):
        _as_of_file(delivered, RUNS[1] + timedelta(days=10))
    analyst = client("analyst@example.org")
    assert analyst.post("/data/sql/", {"sql": "select count(*) from alerts"}).status_code in {200, 302}


def _pack(home: Path, target: Path) -> None:
    """Everything of the home that its successor needs, owned by nobody, times to the second."""
    from django.db import connections

    connections.close_all()
    with closing(sqlite3.connect(home / "operations.sqlite3")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
        database.execute("pragma journal_mode = delete")
        # Sessions name the machine's secret key; they end with it.
        database.execute("delete from django_session")
        database.commit()
        database.execute("vacuum")
    with (
        lzma.open(target, "wb", preset=9 | lzma.PRESET_EXTREME) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        for entry in sorted(home.rglob("*")):
            inner = entry.relative_to(home)
            if inner.parts[0] in _LEFT_OUT or inner.name.endswith(("-wal", "-shm")):
                continue
            about = tar.gettarinfo(entry, inner.as_posix())
            about.uid = about.gid = 0
            about.uname = about.gname = ""
            about.mtime = int(about.mtime)
            if about.isreg():
                with entry.open("rb") as content:
                    tar.addfile(about, content)
            else:
                tar.addfile(about)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
