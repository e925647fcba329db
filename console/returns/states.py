"""How the return of each cluster and year stands: from the release, and from what was sent and decided since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404
from django.utils.timezone import localdate

from console.alerts.live import RESOLVED, live_of
from console.queries.waiting import FOR_THE_AGENCY, RESENDING, asked
from console.releases import Release
from console.returns.models import Sent
from console.returns.programme import programme
from ingestion.programme import Programme, year_bounds

NOT_DUE, DUE, LATE = "not due", "due", "late"
SET_ASIDE = "set aside by us"
RECEIVED, REFUSED, BEING_CHECKED, QUERIES_OUT, ACCEPTED = (
    "received", "refused", "being checked", "queries out", "accepted",
)  # fmt: skip
STATES = {
    NOT_DUE: "The year is not over, so that no return can be sent yet.",
    DUE: "The return can be sent, and has not come in yet.",
    LATE: "The day by which it was due is over, and nothing has come in.",
    RECEIVED: "It has come in. The next run reads and counts it.",
    REFUSED: "The newest file could not be read, or is of another cluster or year. Please send it again.",
    SET_ASIDE: "We have it, but our own program stops at it. There is nothing for the lead agency to do. Until we have "
    "resolved it, the version before counts, where there is one.",
    BEING_CHECKED: "It is read, and figures are excluded until questions about them are settled.",
    QUERIES_OUT: "The lead agency has been asked about it in a letter, and is to answer or to send a correction.",
    ACCEPTED: "Every figure counts: no error is open.",
}
_SET_ASIDE_RULE = "F13"


@dataclass(frozen=True)
class Standing:
    """The return of one cluster and year."""

    cluster_id: str
    cluster_name: str
    reporting_year: str
    state: str
    opens_on: date | None  # the day from which it can be sent
    due_on: date | None
    arrived_on: date | None
    days_late: int | None  # of its first version: a correction makes no return late
    versions: int
    errors: int  # open alerts that exclude figures
    warnings: int  # other open alerts
    to_see: int  # those of both that the lead agency can do something about
    to_answer: int  # questions in letters that the lead agency is to answer

    @property
    def explained(self) -> str:
        """What the state means."""
        return STATES[self.state]


def standings(release: Release, of: Programme, *, today: date, cluster_id: str | None = None) -> Sequence[Standing]:
    """How every return stands, the newest year first, then by cluster; of one cluster where one is named."""
    marts = {
        (row["cluster_id"], row["reporting_year"]): row
        for row in release.query("select * from returns where coalesce(cluster_id = $one, true)", {"one": cluster_id})
    }
    files = receipts(release, cluster_id)
    versions: dict[tuple[str, str], int] = {}
    late: dict[tuple[str, str], int | None] = {}
    for file in files:
        if file["version"] is not None:
            key = (file["cluster_id"], file["reporting_year"])
            versions[key] = max(versions.get(key, 0), file["version"])
            if file["version"] == 1:
                late[key] = file["days_late"]
    newest: dict[tuple[str, str], Sent] = {}
    for sent in Sent.objects.order_by("pk"):
        newest[sent.cluster_id, sent.reporting_year] = sent
    known = {name: file["state"] for file in files for name in names_of(file)}
    questions = _questions(release, cluster_id)
    nothing = _Questions()
    found = []
    for key, about in _due(of, marts, cluster_id).items():
        mart, sent_last = marts.get(key), newest.get(key)
        open_now = questions.get(key, nothing)
        has_come = mart is not None and mart["receipt_id"] is not None
        found.append(
            Standing(
                cluster_id=key[0],
                cluster_name=about["cluster_name"],
                reporting_year=key[1],
                state=_came(sent_last, known, mart["arrived_on"] if mart else None)
                or (SET_ASIDE if mart and mart["state"] == SET_ASIDE else "")
                or (_counted(open_now) if has_come else _awaited(about["opens_on"], about["due_on"], today)),
                opens_on=about["opens_on"],
                due_on=about["due_on"],
                arrived_on=mart["arrived_on"] if mart else None,
                days_late=late.get(key),
                versions=versions.get(key, 0),
                errors=open_now.errors,
                warnings=open_now.warnings,
                to_see=open_now.to_see,
                to_answer=open_now.to_answer,
            )
        )
    found.sort(key=lambda one: one.cluster_name)
    found.sort(key=lambda one: one.reporting_year, reverse=True)
    return found


def standing_of(release: Release, cluster_id: str, year: str) -> Standing:
    """How one return stands today. Raises Http404 where the programme has no such cluster and year."""
    every = standings(release, programme(), today=localdate(), cluster_id=cluster_id)
    found = [one for one in every if one.reporting_year == year]
    if not found:
        raise Http404
    return found[0]


def receipts(release: Release, cluster_id: str | None = None) -> list[dict[str, Any]]:
    """Every receipt, the newest first. What was refused is its cluster's where it was sent on the console.

    Empty where the release was made before receipts were published.
    """
    if not release.keep("has receipts", lambda: bool(release.query(_HAS_RECEIPTS))):
        return []
    of_console = f"console/{cluster_id}/"
    found = release.query(
        """
        select * from receipts
        where coalesce(cluster_id = $one or (cluster_id is null and starts_with(file_name, $folder)), $one is null)
        order by received_on desc, arrived_on desc, version desc nulls last, file_name, receipt_id
        """,
        {"one": cluster_id, "folder": of_console},
    )
    # Releases that were made before arrivals were numbered have days alone.
    return sorted(found, key=lambda file: file.get("last_arrival") or 0, reverse=True)


def names_of(file: Mapping[str, Any]) -> frozenset[str]:
    """Every name under which a file of `receipts` came, as paths below the inbox."""
    again = file["sent_again_as"]
    return frozenset({file["file_name"], *(again.split("; ") if again else ())})


_HAS_RECEIPTS = "select 1 from duckdb_tables() where table_name = 'receipts'"


def _due(
    programme: Programme, marts: Mapping[tuple[str, str], Mapping[str, Any]], cluster_id: str | None
) -> dict[tuple[str, str], dict[str, Any]]:
    """Every cluster and year of the programme, and those of the release besides."""
    found = due_of(programme, cluster_id)
    for key, mart in marts.items():
        about = {"cluster_name": mart["cluster_name"], "opens_on": mart["due_on"], "due_on": mart["due_on"]}
        found.setdefault(key, about)
    return found


def due_of(programme: Programme, cluster_id: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """By cluster and year what the programme asks for: keys cluster_name, opens_on, due_on."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for cluster in programme.clusters:
        for year in programme.reporting_years:
            starts_on, ends_on = year_bounds(year["reporting_year"])
            started_on, ended_on = _day(cluster["started_on"]), _day(cluster.get("ended_on", ""))
            takes_part = started_on is not None and started_on <= ends_on and (ended_on or starts_on) >= starts_on
            if takes_part and cluster_id in (None, cluster["cluster_id"]):
                found[cluster["cluster_id"], year["reporting_year"]] = {
                    "cluster_name": cluster["cluster_name"],
                    "opens_on": _day(year["opens_on"]),
                    "due_on": _day(year["due_on"]),
                }
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _awaited(opens_on: date | None, due_on: date | None, today: date) -> str:
    if opens_on is None or due_on is None or today < opens_on:
        return NOT_DUE
    return DUE if today <= due_on else LATE


def _came(sent: Sent | None, known: Mapping[str, str], arrived_on: date | None) -> str:
    """The state that the file sent last gives, until a run has counted it or a later one has come another way.

    `known` are states by the names under which files came: the same bytes may have come before under another.
    """
    if sent is None:
        return ""
    state = known.get(sent.inbox_name)
    if state is None:
        return RECEIVED
    is_last = arrived_on is None or arrived_on <= localdate(sent.sent_at)
    return REFUSED if state == "refused" and is_last else ""


@dataclass
class _Questions:
    """What is open about one return."""

    errors: int = 0
    warnings: int = 0
    to_see: int = 0
    to_answer: int = 0
    to_send_again: int = 0  # questions to which the lead agency promised a corrected return


def _counted(found: _Questions) -> str:
    is_out = found.to_answer or found.to_send_again
    return QUERIES_OUT if is_out else BEING_CHECKED if found.errors else ACCEPTED


def open_questions(release: Release, cluster_id: str, year: str) -> list[dict[str, Any]]:
    """The alerts of a return that its lead agency can mend and nobody has settled; not those for the record."""
    return [one for one in _open(release, cluster_id) if one["reporting_year"] == year and _is_theirs(one)]


def _questions(release: Release, cluster_id: str | None) -> dict[tuple[str, str], _Questions]:
    """By cluster and year what is open: of the release, and of the letters."""
    alerts = _open(release, cluster_id)
    in_letters = asked([alert["alert_id"] for alert in alerts])
    found: dict[tuple[str, str], _Questions] = {}
    for alert in alerts:
        if alert["rule_code"] == _SET_ASIDE_RULE:
            continue  # about our own program, not about the return
        of_return = found.setdefault((alert["cluster_id"], alert["reporting_year"]), _Questions())
        is_error = alert["severity"] in ("reject", "error")
        of_return.errors += is_error
        of_return.warnings += not is_error
        of_return.to_see += _is_theirs(alert)
        question = in_letters.get(alert["alert_id"])
        of_return.to_answer += question is not None and question.state in FOR_THE_AGENCY
        of_return.to_send_again += question is not None and question.state == RESENDING
    return found


def _is_theirs(alert: Mapping[str, Any]) -> bool:
    """Whether the lead agency can do something about an alert."""
    return bool(alert["mend"] == "submitter")


def _open(release: Release, cluster_id: str | None) -> list[dict[str, Any]]:
    """The alerts of returns that are not settled, with what was decided since the release."""
    alerts = release.query(
        """
        select
            alert_id, cluster_id, reporting_year, severity, status, mend, rule_code, rule_title, organisation_name,
            label, sheet, cell, message, ask
        from alerts
        where severity <> 'info' and cluster_id is not null and reporting_year is not null
            and coalesce(cluster_id = $one, true)
        order by rule_code, sheet, organisation_name, cell, alert_id
        """,
        {"one": cluster_id},
    )
    since = live_of(release).status
    for alert in alerts:
        alert["status"] = since.get(alert["alert_id"], alert["status"])
    return [alert for alert in alerts if alert["status"] not in RESOLVED]
