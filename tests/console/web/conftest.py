"""The web pages on a finished demo night, with somebody of each role signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.orchestration.conftest import demo_home  # noqa: F401
from tests.postgresql import move_from_sqlite

if TYPE_CHECKING:
    from django.test import Client

PASSWORD = "thirteen pale owls"
CLUSTER = "walsall"
_AT_FIRST = "operations.at-first"


@pytest.fixture(scope="session")
def night(request: pytest.FixtureRequest) -> Path:
    """A home with a finished demo night, for reading: RETURNS_TEST_HOME where that is set."""
    ready = os.environ.get("RETURNS_TEST_HOME")
    return Path(ready) if ready else request.getfixturevalue("demo_home")


@pytest.fixture(scope="session")
def home(night: Path) -> Path:
    """The home of the web pages: a copy of that night, with one user of each role."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.test.utils import setup_test_environment

    from console.access.models import User
    from console.access.roles import AGENCY, ROLES

    where = Path(settings.HOME)
    shutil.copytree(night, where, symlinks=True, dirs_exist_ok=True)
    setup_test_environment()
    call_command("migrate", verbosity=0, interactive=False)
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        move_from_sqlite(where, os.environ["RETURNS_TEST_DATABASE_URL"])
    for role in ROLES:
        User.objects.create_user(
            f"{role}@example.org",
            PASSWORD,
            name=f"Some {role}",
            role=role,
            cluster_id=CLUSTER if role == AGENCY else "",
        )
    connections.close_all()
    shutil.copyfile(where / "operations.sqlite3", where / _AT_FIRST)
    return where


@pytest.fixture(scope="session", autouse=True)
def _as_long_as_it_takes() -> None:
    """No check of a file races the clock of a machine that does other things too; what is limited says so itself."""
    from console.returns import checking

    checking.LONGEST_SECONDS = checking._PATIENCE_SECONDS = 3600.0


@pytest.fixture(scope="module", autouse=True)
def _as_the_night_left_it(home: Path) -> None:
    """Every file of tests begins with the same decisions, users and uploads, whatever ran before it."""
    from django.conf import settings
    from django.db import connections

    from console.alerts import live

    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    connections.close_all()
    for beside in home.glob("operations.sqlite3-*"):
        beside.unlink()
    shutil.copyfile(home / _AT_FIRST, home / "operations.sqlite3")
    for left in (home / "inbox" / "console", home / "uploads"):
        shutil.rmtree(left, ignore_errors=True)
    live._read.cache_clear()  # rows only ever get more, anywhere but here


@pytest.fixture
def sign_in(home: Path) -> Callable[[str], Client]:
    """A function that gives a client signed in with a role; "" for nobody."""
    from django.test import Client

    from console.access.models import User

    def signed_in(role: str) -> Client:
        client = Client()
        if role:
            client.force_login(
                User.objects.get(email=f"{role}@example.org"), "django.contrib.auth.backends.ModelBackend"
            )
        return client

    return signed_in


@pytest.fixture
def steward(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("steward")


@pytest.fixture
def agency(sign_in: Callable[[str], Client]) -> Client:
    """The lead agency of CLUSTER."""
    return sign_in("agency")


@pytest.fixture
def analyst(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("analyst")


@pytest.fixture
def officer(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("officer")


@pytest.fixture
def administrator(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("administrator")


@pytest.fixture
def taken_back(home: Path) -> Iterator[None]:
    """Whatever the test writes to the database is taken back: others find it as it was."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
