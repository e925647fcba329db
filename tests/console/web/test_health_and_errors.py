"""What a watchman is told, and what people read when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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


def test_an_error_of_ours_is_told_without_its_details(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client

    from console.access import health

    monkeypatch.setattr(health, "_database", lambda: 1 / 0)
    answer = Client(raise_request_exception=False).get("/health/")
    assert answer.status_code == 500
    told = answer.content.decode()
    assert "Something went wrong" in told
    assert "ZeroDivisionError" not in told


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
