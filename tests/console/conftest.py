"""Django is set up once for all tests of the console: with its web pages, on a home in a folder of its own.

The operational database is SQLite in that home, or the one that RETURNS_TEST_DATABASE_URL names.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

WEB_HOME = Path(tempfile.mkdtemp(prefix="console-home-"))
atexit.register(shutil.rmtree, WEB_HOME, ignore_errors=True)

_BEFORE = {name: os.environ.get(name) for name in ("RETURNS_HOME", "RETURNS_CONSOLE_PLAIN_HTTP", "DATABASE_URL")}
os.environ.update(RETURNS_HOME=str(WEB_HOME), RETURNS_CONSOLE_PLAIN_HTTP="1", DJANGO_SETTINGS_MODULE="console.settings")
os.environ.pop("DATABASE_URL", None)
if _database := os.environ.get("RETURNS_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = _database
import django  # noqa: E402

django.setup()
from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402

# A million rounds for each password are for people who guess; a test that signs in need not wait for them.
PBKDF2PasswordHasher.iterations = 1_000
# Only this process has the web pages' settings: a command that a test starts has those of a user's.
del os.environ["DJANGO_SETTINGS_MODULE"]
for _name, _value in _BEFORE.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value
