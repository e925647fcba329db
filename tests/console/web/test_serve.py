"""`python -m console serve --demo` opens a home of the demo and prints who may sign in, which is true."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from console.access.roles import ROLES

pytestmark = pytest.mark.xdist_group("console")


def _command(home: Path, bind: str) -> list[str]:
    return [sys.executable, "-m", "console", "serve", "--demo", "--home", str(home), "--bind", bind]


@pytest.fixture
def served(night: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address and the password of each person, as printed."""
    home = tmp_path / "home"
    shutil.copytree(night, home, symlinks=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_"))}
    server = subprocess.Popen(
        _command(home, bind),
        env=env | {"RETURNS_CONSOLE_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert server.stdout
    people: dict[str, str] = {}
    try:
        for line in server.stdout:
            if found := re.search(r"(\S+@example.org) +(\S+)", line):
                people[found[1]] = found[2]
            if "Booting worker" in line:
                break
        yield f"http://{bind}", people
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)


def test_everybody_it_names_can_sign_in(served: tuple[str, dict[str, str]]) -> None:
    address, people = served
    assert sorted(people) == sorted(f"{role}@example.org" for role in ROLES)
    assert requests.get(f"{address}/health/", timeout=30).json()["database"] == "usable"
    for email, password in people.items():
        with requests.Session() as browser:
            browser.get(f"{address}/sign-in/", timeout=30)
            told = {"username": email, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            answer = browser.post(f"{address}/sign-in/", told, headers={"Referer": address}, timeout=30)
            assert answer.status_code == 200
            assert f"Signed in as Demo {email.split('@')[0]}" in answer.text


def test_a_home_of_ones_own_gets_no_users_with_known_names(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_"))}
    done = subprocess.run(
        _command(tmp_path, "127.0.0.1:0"), env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "is not a home of the demo" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--role", "agency", "--cluster", "atlantis"], "atlantis is no cluster of the programme. There are: ward-end"),
        (["--role", "agency"], "A lead agency needs a cluster"),
        (["--role", "steward", "--password", "password"], "This password is too common"),
    ],
)
def test_adding_somebody_who_cannot_be_is_refused_in_words(home: Path, told: list[str], said: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_"))}
    command = [sys.executable, "-m", "console", "add-user", "ada@example.org", "--name", "Ada", "--home", str(home)]
    command += [*told, *([] if "--password" in told else ["--password", "seven slow tall barges"])]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
