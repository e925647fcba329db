"""Figures for whoever watches the console, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console.access.counting import WITHIN_SECONDS, counted
from console.access.models import AuditEntry
from console.releases import NoReleaseError, release_of
from expectations.catalogue import SEVERITIES
from workspace.records import pass_by, read_each, read_record
from workspace.run_order import newest_first


@dataclass(frozen=True)
class _Run:
    """What is shown of a run, out of its record."""

    started_at: datetime
    succeeded: bool


def metrics(request: HttpRequest) -> HttpResponse:
    """The last night, the alerts that are open, the requests and the sign-ins that were refused."""
    lines = [
        *_last_night(settings.HOME, timezone.now()),
        *_alerts(request),
        *_requests(settings.HOME),
        *_sign_ins(),
    ]
    return HttpResponse(
        "\n".join(lines) + "\n",
        content_type="text/plain; version=0.0.4; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _about(name: str, kind: str, words: str) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]


def _last_night(home: Path, now: datetime) -> Iterator[str]:
    """Nothing where there was no run yet. A record that is damaged is passed by: `returns status` names it."""
    night = next(read_each(newest_first(home / "nights"), _read_run, pass_by), None)
    if night is None:
        return
    age = (now - night.started_at).total_seconds()
    yield from _about("returns_last_night_age_seconds", "gauge", "Time since the last night began.")
    yield f"returns_last_night_age_seconds {age:.0f}"
    yield from _about("returns_last_night_succeeded", "gauge", "1 where the last night ended well, else 0.")
    yield f"returns_last_night_succeeded {int(night.succeeded)}"


def _read_run(file: Path) -> _Run:
    return read_record(file, _Run, what_to_do="The next run sets it aside.")


def _alerts(request: HttpRequest) -> Iterator[str]:
    """Nothing where there is no release yet."""
    try:
        rows = release_of(request).query("select severity, count(*) as n from alerts where not is_settled group by all")
    except NoReleaseError:
        return
    found = {row["severity"]: row["n"] for row in rows}
    yield from _about("returns_alerts_open", "gauge", "Alerts of the current release that are not settled.")
    for severity in SEVERITIES:
        yield f'returns_alerts_open{{severity="{severity}"}} {found.get(severity, 0)}'


def _requests(home: Path) -> Iterator[str]:
    name = "returns_console_request_seconds"
    yield from _about(name, "histogram", "Requests that the console answered since it was started, by status.")
    for status, (within, seconds) in counted(home).items():
        so_far = 0
        for most, answers in zip([*map(str, WITHIN_SECONDS), "+Inf"], within, strict=True):
            so_far += answers
            yield f'{name}_bucket{{status="{status}",le="{most}"}} {so_far}'
        yield f'{name}_sum{{status="{status}"}} {seconds:.6f}'
        yield f'{name}_count{{status="{status}"}} {so_far}'


def _sign_ins() -> Iterator[str]:
    for what, name, words in (
        ("sign-in-refused", "returns_console_sign_ins_refused_total", "Sign-ins that were refused, ever."),
        ("locked", "returns_console_lockouts_total", "Times that an account was locked, ever."),
    ):
        yield from _about(name, "counter", words)
        yield f"{name} {AuditEntry.objects.filter(what=what).count()}"
