"""Secrets that the console makes for itself and keeps in the home, for nobody else to read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(home: Path, name: str) -> str | None:
    """The secret of this name, if the home has one."""
    file = home / "console" / name
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None


def make_secret(home: Path, name: str, *, letters: int = 64) -> str:
    """The secret of this name; made, with mode 0600, where the home has none."""
    file = home / "console" / name
    file.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(secrets.token_urlsafe(letters)[:letters])
    return file.read_text(encoding="utf-8").strip()
