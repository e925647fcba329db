"""What a watchman is told, and what people read when something is wrong."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.error_log import Line

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")


def test_health_names_the_release(sign_in: Callable[[str], Client], home: Path) -> None:
    answer = sign_in("").get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"database": "usable", "release": (home / "releases" / "current").resolve().name}


def test_without_a_release_it_is_not_well(
    sign_in: Callable[[str], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "HOME", tmp_path)
    answer = sign_in("").get("/health/")
    assert (answer.status_code, answer.json()["release"]) == (503, "unusable")


def test_a_form_from_elsewhere_does_nothing_and_says_so(home: Path) -> None:
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a@example.org", "password": "b"})
    assert answer.status_code == 403
    assert "Nothing was done" in answer.content.decode()


def test_an_error_of_ours_is_told_with_a_number_that_the_log_has_and_without_its_details(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import Client

    from console.access import health

    def fails() -> str:
        raise ZeroDivisionError("jo@example.org sent this")

    monkeypatch.setattr(health, "_database", fails)
    with _lines_of_the_log() as lines:
        answer = Client(raise_request_exception=False).get("/health/?who=jo@example.org")
    assert answer.status_code == 500
    told = answer.content.decode()
    assert "Unexpected error" in told
    assert "ZeroDivisionError" not in told
    number = answer["X-Request-ID"]
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", number)
    assert f"<strong>{number}</strong>" in told
    (line,) = lines()
    assert "jo@example" not in json.dumps(line)
    assert (line["request_id"], line["page"], line["status"]) == (number, "access:health", 500)
    assert line["error"] == ["ZeroDivisionError"]
    assert line["places"][0].endswith(" fails")


def test_an_answer_that_breaks_off_while_it_is_sent_is_logged_too(
    analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.data import views

    def broken(*_: object) -> Iterator[dict[str, object]]:
        yield {"cluster_id": "walsall"}
        raise RuntimeError("in the middle")

    monkeypatch.setattr(views, "_rows", broken)
    answer = analyst.get("/data/marts/turnover_by_cluster.csv")
    with _lines_of_the_log() as lines, pytest.raises(RuntimeError):
        list(answer.streaming_content)  # type: ignore[attr-defined]
    (line,) = lines()
    assert (line["request_id"], line["page"]) == (answer["X-Request-ID"], "data:mart-file")
    assert "in the middle" not in json.dumps(line)


@contextmanager
def _lines_of_the_log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the handler of the settings writes meanwhile, line by line."""
    handler = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, Line))
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    try:
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    finally:
        handler.setStream(before)


def test_sign_in_behind_a_proxy_that_writes_ports_or_rubbish_never_fails(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from axes.models import AccessAttempt
    from django.conf import settings

    monkeypatch.setattr(settings, "PROXIES", 1)
    client = sign_in("")
    for forwarded in (
        "192.0.2.61:4711",
        "[2001:db8::61]:4711",
        "fe80::61%eth0",
        "unknown",
        "\u2603",
        "," * 500,
        "9" * 900,
    ):
        told = {"username": "proxied@example.org", "password": "wrong"}
        answer = client.post("/sign-in/", told, headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.62:80")
        assert answer.status_code == 200, forwarded
    tried = AccessAttempt.objects.filter(username="proxied@example.org").values_list("ip_address", flat=True)
    assert sorted(tried) == ["192.0.2.61", "192.0.2.62", "2001:db8::61", "fe80::61"]


def test_nothing_is_left_to_mend_before_it_is_deployed(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_"))}
    env |= {"RETURNS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "console.settings"}
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    # The same check speaks up where the pages go over plain HTTP.
    plain = subprocess.run(
        command, capture_output=True, text=True, check=False, env=env | {"RETURNS_CONSOLE_PLAIN_HTTP": "1"}
    )
    assert plain.returncode != 0
